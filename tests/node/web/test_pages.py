"""The pages of a node, over HTTP, without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from markupsafe import escape

from domain.samples import CENTRE, MINISTRY, WARD, WARD_FRONT, WARD_POLICE
from services.commune.spec import SPEC as COMMUNE
from tests.node.api.serving import (
    Event,
    Served,
    World,
    common,
    event,
    make_node,
    meeting,
    serve,
    until,
    world,
)

EVALUATION = {"evaluated": 18, "fulfilled": 17, "not_fulfilled": 1}
RESIDENTIAL = {"category": "residential_area", "year": 2025}
PATHS = (
    "/",
    "/calendar",
    "/timeline",
    "/reports",
    "/sync",
    "/figures/meeting-compliance",
    "/figures/report-status",
    "/figures/model-stock",
    "/figures/standard-rate",
    "/figures/indicators",
    "/figures/activity",
)


def areas() -> list[Event]:
    """Two of the ward's three residential areas register, and both committed all households."""
    day = common(WARD, WARD_POLICE, "2025-02-10")
    counts = {"kind": "register", "households": 90, "households_committed": 90}
    number = {
        "indicator_code": "subjects.residential_area",
        "period": "2025",
        "value": 3,
        "unit": "areas",
    }
    return [
        event("IndicatorReported", day | number),
        *(
            event("EmulationRegistered", day | counts | RESIDENTIAL | {"subject_code": code})
            for code in ("kp1", "kp2")
        ),
    ]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A centre and a ward that met twice in March 2025, once as its committee."""
    with world(tmp_path_factory.mktemp("world")) as found:
        pushed = found.ward.push_all(
            [
                meeting(kind="committee_periodic", member_evaluation=EVALUATION),
                meeting(occurred_on="2025-03-20", attendees=1_200),
                *areas(),
            ]
        )
        assert pushed.status_code == 200, pushed.text
        until(lambda: found.centre.node.log.position() >= found.ward.node.log.position())
        found.ward.projected()
        found.centre.projected()
        yield found


class Page(HTMLParser):
    """What a test asks of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.links: list[str] = []
        self.headers: list[dict[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag == "th":
            self.headers.append(values)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _page(node: Served, path: str, **parameters: str) -> Page:
    return _answer(node, path, 200, parameters)


def _answer(node: Served, path: str, status: int, parameters: dict[str, str]) -> Page:
    response = node.http.get(path, params=parameters)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Page(response.text)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_whole_in_both_languages(nodes: World, path: str, language: str) -> None:
    parameters = {} if language == "vi" else {"lang": "en"}
    for node in (nodes.ward, nodes.centre):
        page = _page(node, path, **parameters)
        assert f'<html lang="{language}">' in page.text
        assert page.text.count("<h1") == 1
        assert all(header.get("scope") in ("col", "row") for header in page.headers)
        assert ("Đồng bộ" in page.text) == (language == "vi")


@pytest.mark.parametrize("path", PATHS)
def test_links_within_the_site_keep_english(nodes: World, path: str) -> None:
    page = _page(nodes.centre, path, lang="en")
    for href in page.links:
        if href.startswith("/") and not href.startswith("/v1/") and href != page.links[1]:
            assert parse_qs(urlsplit(href).query).get("lang") == ["en"], href


@pytest.mark.parametrize("path", PATHS)
def test_every_link_leads_somewhere(nodes: World, path: str) -> None:
    for href in _page(nodes.ward, path).links:
        if href.startswith("/"):
            assert nodes.ward.http.get(href).status_code == 200, href


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_figure_of_a_committee_has_its_page_by_every_category(
    nodes: World, language: str
) -> None:
    for node in (nodes.ward, nodes.centre):
        for figure in node.node.spec.figures:
            for category in (*figure.categories, None):
                asked = {"period": "2025-Q1", "lang": language}
                asked |= {} if category is None else {"category": category}
                page = _page(node, f"/figures/{figure.name}", **asked)
                for title in figure.categories.values():
                    shown = title.vi if language == "vi" else title.en
                    assert escape(shown) in page.text


def test_a_figure_is_asked_by_category_and_opened_by_it(nodes: World) -> None:
    areas, schools = (
        _page(nodes.centre, "/figures/standard-rate", period="2025-Q1", category=category)
        for category in ("residential_area", "school")
    )
    assert "66,7" in areas.text
    assert "2/3" in areas.text
    assert "chưa báo tổng số" not in areas.text
    assert "chưa báo tổng số" in schools.text
    assert '<input type="hidden" name="category" value="school">' in schools.text
    href = next(h for h in areas.links if "measure=registered&" in h and "row=" not in h)
    assert parse_qs(urlsplit(href).query)["category"] == ["residential_area"]
    behind = Page(nodes.centre.http.get(href).text)
    assert "Đã đăng ký: 2" in behind.text
    assert "(khu dân cư)" in behind.text
    assert len([h for h in behind.links if h.startswith("/events/")]) == 2
    (back,) = [h for h in behind.links if h.startswith("/figures/standard-rate?")]
    assert "category=residential_area" in back


def test_what_holds_of_every_row_is_said_once(nodes: World) -> None:
    page = _page(nodes.centre, "/figures/standard-rate", period="2025-Q1", category="school")
    assert page.text.count("chưa báo tổng số; ") == 1


def test_a_row_outside_the_total_says_so(nodes: World) -> None:
    left_out = "Chính đơn vị này (ngoài tổng)"
    page = _page(nodes.ward, "/figures/inspections", unit=CENTRE, period="2025-Q1")
    assert left_out in page.text
    counted = _page(nodes.centre, "/figures/committee-coverage", period="2025-Q1")
    assert "Chính đơn vị này" in counted.text
    assert left_out not in counted.text


@pytest.mark.parametrize("path", ["/figures/activity", "/assets/antq.css"])
def test_a_page_can_be_asked_for_its_headers(nodes: World, path: str) -> None:
    assert nodes.ward.http.head(path).status_code == 200


def test_a_commune_reads_its_areas_one_by_one(nodes: World) -> None:
    page = _page(nodes.ward, "/figures/standard-rate", period="2025-Q1")
    assert "Từng đối tượng đã đăng ký" in page.text
    assert page.text.count("90/90") == 2
    (href,) = [h for h in page.links if "aggregate=" in h and "/timeline" in h][:1]
    assert "Đăng ký thi đua" in Page(nodes.ward.http.get(href).text).text
    assert "Từng đối tượng" not in _page(nodes.centre, "/figures/standard-rate").text


def test_a_figure_of_another_level_is_none_of_this_node(nodes: World) -> None:
    _answer(nodes.ward, "/figures/unevenness", 404, {})
    _page(nodes.centre, "/figures/unevenness")


def test_a_target_of_a_count_is_shown_with_its_verdict(nodes: World) -> None:
    rule = event(
        "RuleDefined",
        common(CENTRE, MINISTRY, "2020-01-01")
        | {
            "kind": "target",
            "scope": {"unit_id": CENTRE},
            "params": {"figure": "F4", "most": 0},
            "valid_from": "2020-01-01",
        },
    )
    assert nodes.centre.push(rule).status_code == 201
    nodes.centre.projected()
    page = _page(nodes.centre, "/figures/movement-classification", period="2025-Q1")
    assert "Chỉ tiêu: Yếu: không quá 0" in page.text
    assert '<span class="verdict">đạt</span>' in page.text


def test_pages_allow_nothing_from_elsewhere(nodes: World) -> None:
    response = nodes.ward.http.get("/")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"
    assert "<script" not in response.text
    assert not re.search(r'(src|href)="(https?:)?//', response.text)


@pytest.mark.parametrize("name", ["antq.css", "icon.svg"])
def test_assets_are_served(nodes: World, name: str) -> None:
    response = nodes.ward.http.get(f"/assets/{name}")
    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    assert nodes.ward.http.get("/assets/../pages.py").status_code == 404


def test_numbers_are_written_as_the_language_writes_them(nodes: World) -> None:
    assert "1.218" in _page(nodes.ward, "/", period="2025-03").text
    assert "1,218" in _page(nodes.ward, "/", period="2025-03", lang="en").text


def test_the_page_opens_with_the_half_year_of_the_last_activity(nodes: World) -> None:
    assert "6 tháng đầu năm 2025 (15/12/2024 – 14/6/2025)" in _page(nodes.ward, "/").text


def test_a_number_leads_to_exactly_its_events(nodes: World) -> None:
    page = _page(nodes.centre, "/figures/activity", period="2025-Q1")
    [href] = [h for h in page.links if "measure=MeetingHeld.attendees" in h and "row=" in h]
    behind = Page(nodes.centre.http.get(href).text)
    assert "Lượt người dự: 1.218" in behind.text
    opened = [h for h in behind.links if h.startswith("/events/")]
    assert len(opened) == 2
    shown = Page(nodes.centre.http.get(opened[0]).text)
    assert "sha256:" in shown.text


def test_a_number_that_rules_make_says_so(nodes: World) -> None:
    page = _page(
        nodes.ward,
        "/figures/meeting-compliance/events",
        period="2025-H1",
        unit=WARD,
        measure="due",
    )
    assert "suy ra từ quy định" in page.text
    assert "chế độ họp" in page.text


def test_an_event_shows_what_became_of_it(nodes: World) -> None:
    copy = meeting(org_id=WARD_FRONT, attendees=5, occurred_on="2024-11-11")
    first = meeting(attendees=5, occurred_on="2024-11-11")
    retraction = event(
        "EventRetracted",
        common(WARD, WARD_FRONT, "2024-11-12")
        | {"target_event_id": copy["id"], "reason": "duplicate", "duplicate_of": first["id"]},
    )
    assert nodes.ward.push_all([first, copy, retraction]).status_code == 200
    nodes.ward.projected()
    page = _page(nodes.ward, f"/events/{copy['id']}")
    assert "Đã rút" in page.text
    assert f"/events/{retraction['id']}" in page.text
    timeline = _page(nodes.ward, "/timeline", period="2024-11")
    assert timeline.text.count('<tr class="retracted">') == 1


def test_the_timeline_is_paged_without_loss(nodes: World) -> None:
    events = [meeting(occurred_on="2023-05-01") for _ in range(120)]
    assert nodes.ward.push_all(events).status_code == 200
    nodes.ward.projected()
    href: str | None = f"/timeline?unit={WARD}&period=2023-05&type=MeetingHeld"
    found: list[str] = []
    while href is not None:
        page = Page(nodes.ward.http.get(href).text)
        found += [h.split("/")[2].split("?")[0] for h in page.links if h.startswith("/events/")]
        older = [h for h in page.links if "before=" in h and "lang=en" not in h]
        href = older[0] if older else None
    assert sorted(found) == sorted(e["id"] for e in events)


def test_the_timeline_shows_the_newest_day_first_whenever_it_was_recorded(nodes: World) -> None:
    days = [f"2022-06-{day:02}" for day in (*range(1, 29), *range(1, 29))]
    shuffled = days[::3] + days[1::3] + days[2::3]
    assert nodes.ward.push_all([meeting(occurred_on=d) for d in shuffled]).status_code == 200
    nodes.ward.projected()
    href = f"/timeline?unit={WARD}&period=2022-06&type=MeetingHeld"
    first = Page(nodes.ward.http.get(href).text)
    (older,) = [h for h in first.links if "before=" in h and "lang=en" not in h]
    events = [
        h.split("/")[2].split("?")[0]
        for page in (first, Page(nodes.ward.http.get(older).text))
        for h in page.links
        if h.startswith("/events/")
    ]
    with nodes.ward.node.projector.view() as view:
        timeline = view.tables["timeline"]
        shown = {
            row.event_id: (row.occurred_on, row.position)
            for row in view.connection.execute(timeline.select())
        }
    places = [shown[event] for event in events]
    assert len(places) == len(days)
    assert places == sorted(places, reverse=True)


def test_what_was_pushed_is_shown_and_never_run(nodes: World) -> None:
    name = '<script>alert("x")</script>'
    change = event(
        "OrganisationChanged",
        common(CENTRE, MINISTRY, "2021-01-01")
        | {
            "kind": "renamed",
            "organisations": [{"org_id": WARD_POLICE, "unit_id": WARD, "name": name}],
            "effective_on": "2021-01-01",
        },
    )
    assert nodes.centre.push(change).status_code == 201
    nodes.centre.projected()
    page = _page(nodes.centre, "/timeline", period="2025-03", unit=WARD)
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("/", {"unit": "11111111-1111-4111-8111-111111111111"}, 404),
        ("/", {"unit": "nobody"}, 404),
        ("/", {"period": "soon"}, 400),
        ("/", {"period": "2025-13"}, 400),
        ("/", {"period": "9999-12"}, 400),
        ("/", {"period": "0000-01"}, 400),
        ("/", {"period": "2025-99-99..2025-01-01"}, 400),
        ("/timeline", {"before": "x"}, 400),
        ("/timeline", {"before": "9" * 40}, 400),
        ("/timeline", {"type": "Nothing\x00"}, 400),
        ("/timeline", {"aggregate": "\x00"}, 404),
        ("/figures/nothing", {}, 404),
        ("/figures/standard-rate", {"category": "family"}, 400),
        ("/figures/activity/events", {}, 404),
        ("/figures/activity/events", {"measure": "nothing"}, 400),
        ("/figures/activity/events", {"measure": "MeetingHeld.attendees", "row": "x"}, 400),
        ("/figures/activity/events", {"measure": "MeetingHeld.attendees", "after": "x"}, 400),
        ("/events/nothing", {}, 404),
    ],
)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_cannot_be_shown_is_a_page_that_says_why(
    nodes: World, path: str, parameters: dict[str, str], status: int, language: str
) -> None:
    asked = parameters if language == "vi" else {**parameters, "lang": "en"}
    page = _answer(nodes.ward, path, status, asked)
    heading = "Không hiển thị được" if language == "vi" else "cannot be shown"
    assert heading in page.text


def test_a_node_without_its_catalogue_says_that_it_waits(tmp_path: Path) -> None:
    node = make_node(tmp_path, "lonely", COMMUNE, WARD, "centre")
    with serve(node) as served:
        page = _page(served, "/")
    assert "Đang chờ danh mục đơn vị" in page.text
    assert 'http-equiv="refresh"' in page.text


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_browser_gets_a_page_where_there_is_none(nodes: World) -> None:
    found = nodes.ward.http.get("/nopage", headers={"Accept": BROWSER})
    assert found.status_code == 404
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert "Không có đường dẫn /nopage." in found.text
    english = nodes.ward.http.get("/nopage?lang=en", headers={"Accept": BROWSER})
    assert "There is no path /nopage." in english.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/nopage", "*/*"), ("/nopage", "application/json"), ("/v1/nopage", BROWSER)],
)
def test_a_program_gets_a_document(nodes: World, path: str, accept: str) -> None:
    found = nodes.ward.http.get(path, headers={"Accept": accept})
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json"


def test_an_event_is_told_in_words(nodes: World) -> None:
    (held,) = nodes.ward.http.get("/v1/events?type=MeetingHeld&limit=1").json()["items"]
    page = _page(nodes.ward, f"/events/{held['event_id']}")
    for words in ("Ngày diễn ra", "Cơ quan ghi", "Tài khoản ghi"):
        assert f">{words}</dt>" in page.text
    for code in ("occurred_on", "org_id", "actor_account"):
        assert f">{code}<" not in page.text


def test_a_stream_without_a_key_is_told_of(nodes: World) -> None:
    page = _page(nodes.ward, "/sync")
    assert "chưa đăng ký" in page.text
    assert "antq keys init" in page.text
    assert "chưa có" in page.text
