"""Each promise of the architecture page names a test that exists."""

from __future__ import annotations

import re

import pytest

from tests.docs.texts import ROOT, read, table

PROMISES = table("docs/architecture.md", "promises")
_TEST = re.compile(r"`([\w/.]+\.py)::(\w+)`")


@pytest.mark.parametrize(("promise", "tests"), PROMISES, ids=[row[0] for row in PROMISES])
def test_a_promise_is_tested(promise: str, tests: str) -> None:
    named = _TEST.findall(tests)
    assert named, promise
    for path, function in named:
        assert f"def {function}(" in (ROOT / path).read_text("utf-8"), (path, function)


def test_every_decision_is_listed_and_has_its_parts() -> None:
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", read("docs/decisions/README.md")))
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert listed == {record.name for record in records}
    for number, record in enumerate(records, start=1):
        text = record.read_text("utf-8")
        assert record.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number:04} ")
        parts = ("\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n")
        assert all(part in text for part in parts), record.name
        assert len(text.split()) < 450, record.name
