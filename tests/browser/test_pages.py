"""Each level's pages in a real browser."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from services.demo.making.places import CENTRE, Q5
from tests.browser.conftest import Watched

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

HEADINGS = {
    "central": ("Ban chỉ đạo Trung ương", "Trung ương"),
    "hcm": ("Ban chỉ đạo cấp tỉnh", "Thành phố Hồ Chí Minh"),
    "q5": ("Ban chỉ đạo cấp huyện", "Quận 5"),
    "q5-wards": ("Ban chỉ đạo cấp xã", "Quận 5"),
    "tayninh": ("Ban chỉ đạo cấp tỉnh", "Tỉnh Tây Ninh"),
    "tayninh-communes": ("Ban chỉ đạo cấp xã", "Huyện Tân Biên"),
}
PATHS = (
    "/",
    "/calendar",
    "/timeline",
    "/reports",
    "/sync",
    "/figures/report-status",
    "/figures/model-stock",
)

_PAPER = 1032
"""Pixels of a sheet of A4 on its side, without its margins."""
_OVERFLOWING = """() => [...document.querySelectorAll("th, td")].filter((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getBoundingClientRect().right > cell.getBoundingClientRect().right + 1;
}).map((cell) => cell.innerText)"""
"""What is wider than its cell."""


@pytest.mark.parametrize("node", HEADINGS)
def test_each_node_has_its_first_page(
    nodes: Mapping[str, str], watched: Watched, node: str
) -> None:
    committee, unit = HEADINGS[node]
    watched.open(nodes[node])
    page = watched.page
    assert page.locator("html").get_attribute("lang") == "vi"
    assert committee in page.locator(".committee").inner_text()
    assert page.locator("h1").inner_text() == unit
    assert "6 tháng đầu năm 2025 (15/12/2024 – 14/6/2025)" in page.locator(".period").inner_text()
    for title in ("Chế độ họp của ban chỉ đạo", "Chế độ báo cáo", "Hoạt động"):
        assert page.get_by_role("heading", name=title).is_visible()
    assert watched.console == []


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_asked_of_anybody_else(
    nodes: Mapping[str, str], watched: Watched, path: str
) -> None:
    watched.open(nodes["q5"] + path)
    here = urlsplit(nodes["q5"]).netloc
    assert {urlsplit(url).netloc for url in watched.requested} == {here}
    assert watched.console == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("node", ["central", "q5", "q5-wards"])
def test_a_phone_needs_no_sideways_scrolling(
    nodes: Mapping[str, str], phone: Watched, node: str, path: str
) -> None:
    phone.open(nodes[node] + path)
    assert phone.fits()


@pytest.mark.parametrize("path", PATHS)
def test_on_a_phone_no_name_runs_into_the_next_column(
    nodes: Mapping[str, str], phone: Watched, path: str
) -> None:
    phone.open(nodes["q5-wards"] + path)
    assert phone.page.evaluate(_OVERFLOWING) == []


@pytest.mark.parametrize("name", ["model-stock", "report-status", "activity"])
def test_paper_takes_whole_tables(nodes: Mapping[str, str], watched: Watched, name: str) -> None:
    """Nobody pushes paper sideways. A browser shrinks what is too wide to half its size at most."""
    watched.page.emulate_media(media="print")
    watched.page.set_viewport_size({"width": _PAPER, "height": 700})
    watched.open(f"{nodes['q5']}/figures/{name}")
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 2 * _PAPER


def test_a_notice_does_not_look_as_if_all_were_well(
    nodes: Mapping[str, str], watched: Watched
) -> None:
    watched.open(f"{nodes['q5']}/sync")
    notice = watched.page.get_by_text("nút chưa có khóa ký, nên chưa niêm phong")
    colour = "element => getComputedStyle(element).borderLeftColor"
    well = watched.page.locator(".banner.complete")
    assert notice.evaluate(colour) != well.evaluate(colour)


def test_a_number_opens_into_its_events_and_an_event_into_its_content(
    nodes: Mapping[str, str], watched: Watched
) -> None:
    watched.open(nodes["central"] + f"/?unit={Q5.unit_id}")
    page = watched.page
    late = page.locator('tr.total td a[href*="measure=late"]')
    assert late.inner_text() == "1"
    late.click()
    assert page.locator("h1").inner_text() == "Trễ hạn: 1"
    rows = page.locator("table.events tbody tr")
    assert rows.count() == 1
    assert "Phường 13" in rows.first.inner_text()
    rows.first.locator("th a").click()
    assert page.locator("h1").inner_text() == "Gửi báo cáo"
    recorded = page.locator(".fields").first.inner_text()
    assert "17/6/2025" in recorded
    assert "Ngày diễn ra" in recorded
    assert watched.console == []


def test_the_numbers_are_the_storys(nodes: Mapping[str, str], watched: Watched) -> None:
    watched.open(nodes["central"] + f"/?unit={Q5.unit_id}&period=2025-Q1")
    page = watched.page
    activity = page.locator("section", has=page.get_by_role("heading", name="Hoạt động"))
    assert "5.860" in activity.locator("tr.total").inner_text()
    page.get_by_label("Kỳ").select_option("2025-H1")
    page.get_by_role("button", name="Xem").click()
    models = page.locator("section", has=page.get_by_role("heading", name="Mô hình"))
    assert "73" in models.locator("tr.total").inner_text()


def test_the_language_is_switched_and_kept(nodes: Mapping[str, str], watched: Watched) -> None:
    watched.open(nodes["hcm"])
    page = watched.page
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", name="Reporting").is_visible()
    page.get_by_role("link", name="Timeline").click()
    assert page.locator("h1").inner_text().startswith("Timeline")
    page.get_by_role("link", name="Tiếng Việt").click()
    assert page.locator("h1").inner_text().startswith("Dòng thời gian")
    assert watched.console == []


def test_done_and_arrived_look_different(nodes: Mapping[str, str], watched: Watched) -> None:
    """Every row says how much of it has arrived, the state page says it stream by stream."""
    watched.open(nodes["central"] + f"/figures/meeting-compliance?unit={CENTRE.unit_id}")
    held = watched.page.locator("tr.child .held")
    assert held.count() == 2
    assert all("đã nhận" in text for text in held.all_inner_texts())
    watched.open(nodes["tayninh"] + f"/?unit={Q5.unit_id}")
    assert "chưa nhận được gì" in watched.page.locator(".banner").inner_text()


def test_the_keyboard_reaches_the_content_first(nodes: Mapping[str, str], watched: Watched) -> None:
    watched.open(nodes["q5"])
    watched.page.keyboard.press("Tab")
    assert watched.page.evaluate("document.activeElement.className") == "skip"
    watched.page.keyboard.press("Enter")
    assert watched.page.evaluate("document.activeElement.id") == "main"


def test_the_calendar_is_filtered_and_opens_what_was_done(
    nodes: Mapping[str, str], watched: Watched
) -> None:
    watched.open(nodes["q5-wards"])
    page = watched.page
    page.get_by_role("link", name="Lịch công việc").click()
    assert page.locator("h1").inner_text() == "Lịch công việc: Quận 5"
    page.get_by_label("Phạm vi").select_option("1")
    page.get_by_label("Việc").select_option("half_year")
    page.get_by_role("button", name="Xem").click()
    rows = page.locator("table.duties tbody tr")
    late = rows.filter(has_text="Phường 13")
    assert "đã xong, trễ 3 ngày" in late.first.inner_text()
    late.first.get_by_role("link", name="17/6/2025").click()
    assert page.locator("h1").inner_text() == "Gửi báo cáo"
    assert watched.console == []


def test_the_calendar_on_a_phone_is_a_list(nodes: Mapping[str, str], phone: Watched) -> None:
    phone.open(nodes["q5-wards"] + f"/calendar?unit={Q5.unit_id}&below=1")
    regions = phone.page.locator(".scroll")
    assert regions.count() > 0
    wide = "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
    assert regions.evaluate_all(wide) == 0
    assert "Hạn cuối" in phone.page.evaluate(
        "getComputedStyle(document.querySelector('.duties td'), '::before').content"
        " + document.querySelector('.duties td').dataset.title"
    )


def test_reports_are_found_from_the_first_page(nodes: Mapping[str, str], watched: Watched) -> None:
    watched.open(nodes["q5"] + "/?period=2025-H1")
    page = watched.page
    page.get_by_role("link", name="Báo cáo", exact=True).click()
    assert page.locator("h1").inner_text() == "Báo cáo: Quận 5"
    page.locator("table.reports tbody tr a").first.click()
    assert "Các phiên bản" in page.locator("main").inner_text()
    assert watched.console == []
