"""How documents are named: their kinds, their numbers, and what points to one (R01, C6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from pydantic import model_validator

from domain.events import Day, Label, Value, invalid


class DocumentKind(StrEnum):
    """What a document is."""

    PROGRAMME = "programme"
    PLAN = "plan"
    DIRECTIVE = "directive"
    GUIDANCE = "guidance"
    REGULATION = "regulation"
    JOINT_RESOLUTION = "joint_resolution"
    DECISION = "decision"


class DocumentRef(Value):
    """A decision, resolution or plan, named as its issuer writes it (catalogue C6)."""

    number_raw: Label
    """The number as printed, for example "279/KH-MTTW-BCA"; never normalised."""
    issued_on: Day | None = None
    issuer: Label | None = None
    """The issuing office; never a person."""


class DocumentLink(Value):
    """Another document: one that is recorded, or a paper named as its issuer writes it, or both.

    A recorded one need not have arrived here: it may come from another level.
    """

    document_id: UUID | None = None
    """The aggregate of its `DocumentIssued`."""
    number_raw: Label | None = None
    issued_on: Day | None = None
    issuer: Label | None = None
    """The issuing office; never a person."""

    @model_validator(mode="after")
    def _points_somewhere(self) -> Self:
        if self.document_id is None and self.number_raw is None:
            raise invalid(
                "document_link",
                vi="Phải có document_id (văn bản đã ghi) hoặc number_raw (số in trên văn bản).",
                en="document_id (of a recorded document) or number_raw (the printed number) is "
                "needed.",
            )
        return self


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """What a printed number says, as far as it can be read."""

    number: int
    year: int | None
    """Of laws, decrees and circulars only: 23/2012/TT-BCA."""
    symbol: str | None
    """The abbreviation of the kind of document: "KH", "CTrPH"; None where there is none."""
    issuers: tuple[str, ...]
    """The abbreviations of the issuers: ("MTTW", "BCA")."""

    @property
    def kind(self) -> DocumentKind | None:
        """The kind that the symbol stands for, if it is one of the catalogue's."""
        return None if self.symbol is None else _KINDS.get(self.symbol.upper())


_KINDS: Final = {
    "CTR": DocumentKind.PROGRAMME,
    "CTPH": DocumentKind.PROGRAMME,
    "CTRPH": DocumentKind.PROGRAMME,
    "KH": DocumentKind.PLAN,
    "KHPH": DocumentKind.PLAN,
    "KHLT": DocumentKind.PLAN,
    "CT": DocumentKind.DIRECTIVE,
    "HD": DocumentKind.GUIDANCE,
    "HDLT": DocumentKind.GUIDANCE,
    "QC": DocumentKind.REGULATION,
    "QCPH": DocumentKind.REGULATION,
    "NQLT": DocumentKind.JOINT_RESOLUTION,
    "QĐ": DocumentKind.DECISION,
}
"""By symbol in capitals. The Party writes CT for a directive and CTr for a programme (C6)."""

_NUMBER: Final = re.compile(
    r"""
    (?: số \s* :? \s* )?
    (?P<number> [0-9]{1,6} ) \s*
    (?: / \s* (?P<year> (?:19|20|21)[0-9]{2} ) \s* (?= / ) )?
    (?: [/-] \s* (?P<rest> [^\W\d_] [\w\s/.–-]* ) )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PARTS: Final = re.compile(r"\s*[/–-]\s*")


def read_number(raw: str) -> DocumentNumber | None:
    """What a printed number says; None if it has another form, which is no error.

    The state writes 279/KH-MTTW-BCA, the Party 157-KH/TU, scanners and typists put spaces in
    (13 /CTrPH-CA-MTTQ): number first, then the kind, then the issuers, whatever stands between.
    """
    found = _NUMBER.fullmatch(raw.strip())
    if found is None:
        return None
    symbol, *issuers = [part for part in _PARTS.split(found["rest"] or "") if part] or [None]
    return DocumentNumber(
        number=int(found["number"]),
        year=None if found["year"] is None else int(found["year"]),
        symbol=symbol,
        issuers=tuple(issuer for issuer in issuers if issuer is not None),
    )
