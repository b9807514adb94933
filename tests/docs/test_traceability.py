"""Every requirement names the code that serves it, and the table says so."""

from __future__ import annotations

from tests.docs import traceability


def test_the_table_is_that_of_the_code() -> None:
    assert traceability.main(["--check"]) == 0, "run python -m tests.docs.traceability"


def test_no_docstring_names_a_row_that_does_not_exist() -> None:
    known = {row.number for row in traceability.requirements()}
    assert {row: at for row, at in traceability.served().items() if row not in known} == {}


def test_ranges_are_written_out() -> None:
    assert list(traceability.rows_named("R07, R53–R55 and R119-120")) == [
        "R07",
        "R53",
        "R54",
        "R55",
        "R119",
        "R120",
    ]
