"""What free text may not hold, and that no free text of any event escapes (facts)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import EVENTS, Body
from domain.parse import parse_body
from domain.samples import FULL
from domain.screening import ACCOUNT, IDENTITY, PHONE, SECRET, Forbidden, TextKind, screen
from domain.texts import free_texts, text_refusal
from tests.domain.scenario import Log, ident, new_unit

FORBIDDEN: list[tuple[Forbidden, str]] = [
    (IDENTITY, "079085012345"),
    (IDENTITY, "Người báo tin 079085012345"),
    (IDENTITY, "Mô hình của 123456789"),
    (IDENTITY, "MH-123456789"),
    (IDENTITY, "079 085 012 345"),
    (IDENTITY, "079.085.012.345"),
    (IDENTITY, "123 456 789"),
    (IDENTITY, "123456789012"),
    (IDENTITY, "CCCD: 079-085-012345"),
    (IDENTITY, "CMND số 12 345 6789"),
    (IDENTITY, "căn cước công dân số: 079085012345"),
    (PHONE, "0912345678"),
    (PHONE, "Tổ liên lạc 0912 345 678"),
    (PHONE, "0912.345.678"),
    (PHONE, "091-234-5678"),
    (PHONE, "+84 912 345 678"),
    (PHONE, "+84912345678"),
    (PHONE, "84912345678"),
    (PHONE, "(+84) 912 345 678"),
    (PHONE, "+84 0912345678"),
    (PHONE, "028 3855 1234"),
    (PHONE, "(028) 38551234"),
    (PHONE, "02438551234"),
    (PHONE, "0276 382 1234"),
    (PHONE, "sđt 0912345678"),
    (PHONE, "Điện thoại: 010 0000 0000"),
    (ACCOUNT, "STK 0071001234567"),
    (ACCOUNT, "số tài khoản: 123456"),
    (ACCOUNT, "tài khoản số 12 3456 7890"),
    (ACCOUNT, "9704229201234567890"),
    (ACCOUNT, "1234567890123"),
    (SECRET, "Mật"),
    (SECRET, "MẬT"),
    (SECRET, "Tối mật"),
    (SECRET, "TUYỆT MẬT"),
    (SECRET, "12/KH-BCA (Mật)"),
    (SECRET, "12/KH-BCA - Mật"),
    (SECRET, "Mật: Kế hoạch"),
    (SECRET, "Độ mật: A"),
    (SECRET, "12/KH-BCA MẬT"),
    (SECRET, "TUYET MAT"),
]

ALLOWED = [
    "279/KH-MTTW-BCA",
    "157-KH/TU",
    "13 /CTrPH-CA-MTTQ",
    "23/2012/TT-BCA",
    "Kế hoạch số 580/KH-BCD ngày 08 tháng 02 năm 2023",
    "giai đoạn 2021 - 2023",
    "Chương trình 2023-2033, tổng kết 2028",
    "từ ngày 01/8/2013 đến 30/3/2023",
    "05-10-2024 06-11-2024",
    "09.12.2024 10.12.2024",
    "20241216",
    "202412160001",
    "20241216083000",
    "000.00.12.H29-240101-0001",
    "H29.11.05",
    "Mô hình “5+1”",
    "Camera an ninh 24/7, 113, 114, 115",
    "Đường dây nóng 1800 1234",
    "Quỹ an ninh 500000000 đồng",
    "Quỹ an ninh 500 000 000 đ",
    "Tiết kiệm 100.000.000 đồng",
    "Mở tài khoản định danh mức 2",
    "Mở tài khoản định danh, giai đoạn 2021-2023",
    "Bảo vệ bí mật nhà nước",
    "BAN CHỈ ĐẠO BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "BẢO MẬT THÔNG TIN",
    "ĐỔI MẬT KHẨU",
    "Ban Cơ yếu - bí mật, an toàn",
    "Tổ nuôi ong mật",
    "Phường Mật Sơn",
    "Điện thoại đỏ",
    "Phường 8 (27316)",
    "Thông tư 124/2021/TT-BCA",
    "Quyết định 20/2020/QĐ-TTg",
    "Mã số thuế 0301234567",
]


@pytest.mark.parametrize(("forbidden", "text"), FORBIDDEN, ids=[text for _, text in FORBIDDEN])
def test_a_label_holds_no_such_thing(forbidden: Forbidden, text: str) -> None:
    assert screen(text, TextKind.LABEL) is forbidden


@pytest.mark.parametrize("text", ALLOWED)
def test_names_numbers_and_days_are_left_alone(text: str) -> None:
    assert screen(text, TextKind.LABEL) is None
    assert screen(text, TextKind.KEY) is None


@pytest.mark.parametrize(
    "key",
    [
        "123456789",
        "079085012345",
        "202503140001",
        "0912345678",
        "9704229201234567890",
        "5f0c3a2e-8d7b-4a51-9c06-446655440000",
        "BAO-MAT",
    ],
)
def test_the_digits_of_a_key_mean_nothing(key: str) -> None:
    assert screen(key, TextKind.KEY) is None


@pytest.mark.parametrize(
    ("key", "forbidden"),
    [
        ("CCCD 079085012345", IDENTITY),
        ("sđt:0912345678", PHONE),
        ("STK 0071001234567", ACCOUNT),
        ("HS-12 (Mật)", SECRET),
    ],
)
def test_a_key_may_not_say_that_it_is_one(key: str, forbidden: Forbidden) -> None:
    assert screen(key, TextKind.KEY) is forbidden


@given(st.text(max_size=300))
def test_any_text_is_screened_in_bounded_time(text: str) -> None:
    screen(text, TextKind.LABEL)


@given(st.sampled_from("0 8.-(+"), st.integers(1, 300))
def test_long_runs_of_one_sign_are_no_trap(sign: str, length: int) -> None:
    screen((sign + "0") * (length // 2), TextKind.LABEL)


# In every event

WORST = "CCCD 079085012345"


def strings(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all strings in a JSON value."""
    if isinstance(value, str):
        yield at
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from strings(item, (*at, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from strings(item, (*at, index))


def planted(data: Any, at: tuple[str | int, ...], text: str) -> Any:
    """The data with another text in one place."""
    copy = deepcopy(data)
    *path, last = at
    inner = copy
    for step in path:
        inner = inner[step]
    inner[last] = text
    return copy


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_no_free_text_of_any_event_escapes(name: str) -> None:
    sample = json.loads(json.dumps(FULL[name]))
    found = 0
    for at in strings(sample):
        if at[0] == "replacement":
            continue  # read as an event of its own and screened then, see below
        body = parse_body(name, EVENTS[name].version, planted(sample, at, WORST))
        if isinstance(body, list):
            continue  # a code, an identifier, a day: it takes no free text
        refusal = text_refusal(body)
        assert refusal is not None, at
        assert refusal.field == "/".join(("/data", *map(str, at)))
        found += 1
    assert found >= 1  # source_record_id


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_samples_pass(name: str) -> None:
    body = parse_body(name, EVENTS[name].version, FULL[name])
    assert isinstance(body, Body)
    assert text_refusal(body) is None
    assert "/data/source_record_id" in {found.pointer for found in free_texts(body)}


def test_the_refusal_names_field_and_law_and_repeats_nothing(log: Log) -> None:
    fields = {
        "code": "MH-01",
        "domain": "self_management",
        "host_org_id": ident("p8 police"),
        "opened_on": "2024-12-16",
    }
    log.given("ModelEstablished", "p8", name="Tổ dân phố tự quản", **fields)
    refusal = log.refused("ModelEstablished", "p8", name="Tổ của 079085012345", **fields)
    assert (refusal.code, refusal.field) == ("text-not-allowed", "/data/name")
    assert "91/2025" in refusal.rule
    assert not any(
        "079085" in text
        for part in (refusal.detail, refusal.kind.title, refusal.kind.remedy)
        for text in (part.vi, part.en)
    )


def test_lists_and_what_stands_in_them_are_screened(log: Log) -> None:
    unit = new_unit("p99", "ward", "27999", "quan 5") | {"name": "Phường 0912345678"}
    refusal = log.refused(
        "UnitReorganised", "centre", kind="created", to=[unit], effective_on="2024-12-16"
    )
    assert (refusal.code, refusal.field) == ("text-not-allowed", "/data/to/0/name")


def test_a_correction_does_not_bring_it_in(log: Log) -> None:
    first = log.given(
        "DifficultyRaised", "p8", about="d", topic="funding", document={"number_raw": "12/BC"}
    )
    replacement = {**first.data, "document": {"number_raw": "12/BC (Tối mật)"}}
    refusal = log.refused(
        "EventCorrected",
        "p8",
        about="d",
        target_event_id=first.event_id,
        replacement=replacement,
        reason="typing_error",
    )
    assert (refusal.code, refusal.field) == (
        "text-not-allowed",
        "/data/replacement/document/number_raw",
    )


def test_what_is_recorded_stays_readable() -> None:
    """A screening that learns more never makes the log unreadable."""
    data = {**FULL["ModelEstablished"], "name": WORST}
    assert isinstance(parse_body("ModelEstablished", 1, data), Body)
