"""Files of events: told apart by their beginning, read event by event."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from services.node.cli.pushing.reading import (
    BATCH_EVENTS,
    FileForm,
    Item,
    UnreadableFileError,
    batches,
    form_of,
    items_of,
)


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "events"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b'{"a":1}\n{"b":2}\n', FileForm.LINES),
        (b'{"a":1}', FileForm.LINES),
        (b"", FileForm.LINES),
        (b"\n\n", FileForm.LINES),
        (b'{"a":\n{"b":2}\n', FileForm.LINES),
        (b"not json\n{}\n", FileForm.LINES),
        (b'\n [\n{"a":1}]', FileForm.ARRAY),
        (b'\xef\xbb\xbf[{"a":1}]', FileForm.ARRAY),
        (b'{\n  "a": 1\n}\n', FileForm.ONE),
        (b'{"a": 1,\n "b": 2}', FileForm.ONE),
    ],
)
def test_the_form_is_told_by_the_beginning(tmp_path: Path, content: bytes, form: FileForm) -> None:
    assert form_of(_file(tmp_path, content)) is form


def test_lines_keep_their_numbers_and_their_bytes(tmp_path: Path) -> None:
    path = _file(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\n  broken\n{"b":2}')
    items = list(items_of(path, FileForm.LINES))
    assert [(item.number, item.raw) for item in items] == [
        (1, b'{"a": 1}'),
        (3, b"broken"),
        (4, b'{"b":2}'),
    ]
    assert items[-1].end == path.stat().st_size


def test_an_array_is_numbered_from_one(tmp_path: Path) -> None:
    path = _file(tmp_path, b'[\n{"a": 1},\n 2]')
    assert [(i.number, orjson.loads(i.raw)) for i in items_of(path, FileForm.ARRAY)] == [
        (1, {"a": 1}),
        (2, 2),
    ]


def test_one_object_over_lines_is_one_event(tmp_path: Path) -> None:
    path = _file(tmp_path, b'{\n "a": 1\n}')
    assert [i.raw for i in items_of(path, FileForm.ONE)] == [b'{"a":1}']


def test_a_broken_array_says_where(tmp_path: Path) -> None:
    path = _file(tmp_path, b'[{"a": 1},\n{"b"}]')
    with pytest.raises(UnreadableFileError, match="2:"):
        list(items_of(path, FileForm.ARRAY))


def test_batches_are_bounded_by_number_and_by_size() -> None:
    small = [Item(n, b"{}", n) for n in range(1, 2 * BATCH_EVENTS + 2)]
    assert [len(batch) for batch in batches(small)] == [BATCH_EVENTS, BATCH_EVENTS, 1]
    large = [Item(n, b"x" * 5_000_000, n) for n in range(3)]
    assert [len(batch) for batch in batches(large)] == [1, 1, 1]
    assert list(batches([])) == []
