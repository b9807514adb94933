"""Settings that do not do are refused with the variable's name, in both languages, at the start."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.node.errors import SettingsError
from services.node.settings import load_settings

UNIT = str(uuid4())


@pytest.mark.parametrize(
    ("values", "vi", "en"),
    [
        ({"units": UNIT}, "ANTQ_NODE: chưa được đặt", "ANTQ_NODE: Field required"),
        ({"node": "Xã 1", "units": UNIT}, "ANTQ_NODE: chỉ gồm chữ thường", "lower-case letters"),
        ({"node": "n"}, "hãy đặt ANTQ_UNITS", "set ANTQ_UNITS or ANTQ_UNITS_UNDER"),
        ({"node": "n", "units": "27316"}, "ANTQ_UNITS: không phải mã UUID", "ANTQ_UNITS: Input"),
        ({"node": "n", "parent": "n", "units": UNIT}, "cấp trên của chính nó", "its own parent"),
        (
            {"node": "n", "units": UNIT, "port": "x"},
            "ANTQ_PORT: không phải số nguyên",
            "ANTQ_PORT: Input should be a valid integer",
        ),
        (
            {"node": "n", "units": UNIT, "port": 70_000},
            "ANTQ_PORT: không được quá 65535",
            "ANTQ_PORT: Input should be less than or equal to 65535",
        ),
        (
            {"node": "n", "units": UNIT, "announce_seconds": 0},
            "ANTQ_ANNOUNCE_SECONDS: phải lớn hơn 0",
            "ANTQ_ANNOUNCE_SECONDS: Input should be greater than 0",
        ),
        (
            {"node": "n", "units": UNIT, "kafka_compression": "zip"},
            "ANTQ_KAFKA_COMPRESSION: phải là một trong: 'none', 'lz4', 'gzip' or 'zstd'",
            "ANTQ_KAFKA_COMPRESSION: Input should be",
        ),
        (
            {"node": "n", "units": UNIT, "kafka_ca_file": "ca.pem"},
            "đi cùng ANTQ_KAFKA_SECURITY_PROTOCOL=SSL hoặc SASL_SSL",
            "belong to ANTQ_KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL",
        ),
    ],
)
def test_what_is_wrong_is_said_in_both_languages(values: dict[str, Any], vi: str, en: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(**values)
    assert vi in caught.value.text.vi
    assert en in caught.value.text.en
    assert str(caught.value) == caught.value.text.en


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(units=UNIT, port="x", partitions=0)
    for name in ("ANTQ_NODE", "ANTQ_PORT", "ANTQ_PARTITIONS"):
        assert name in caught.value.text.vi
        assert name in caught.value.text.en
