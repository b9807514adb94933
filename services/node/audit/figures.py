"""Deriving figures again from the events of a folder, with the node's own models, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from contracts.envelope import decode
from domain.directory import Directory, concerns_directory
from domain.events import Record
from domain.refusals import Text
from services.node.api.completeness import Completeness
from services.node.api.figure_answers import figure_answer
from services.node.audit.findings import Finding
from services.node.audit.folder import Folder
from services.node.audit.folderlog import FolderLog
from services.node.database import Database
from services.node.figures import Cut, Figure, FigureQuestionError, parse_span
from services.node.language import Language
from services.node.levelspec import LevelSpec
from services.node.origins import unit_of
from services.node.projector import Projector
from services.node.reading import Unknown, record_of
from services.node.readmodels import EVERY_NODES
from services.node.views import Stream

_PAGE: Final = 2_000
_UNKNOWN: Final = Completeness(
    as_of="",
    position=0,
    units=0,
    units_heard=0,
    origins=0,
    complete=0,
    behind=0,
    waiting=0,
    forked=0,
    missing_events=0,
    oldest_last_seen="",
    items=[],
)
"""A folder does not say what was announced; an answer's completeness is not compared."""
_SHOWN: Final = 5
"""Differences of a figure that are named."""
_NUMBERS: Final = ("values", "ratios", "details")


class AnswerError(ValueError):
    """A file is no answer of `GET /v1/figures/…` that could be derived: nothing is said of the
    events by it. `text` says it to a person."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked when a figure was given, read from the answer itself."""

    figure: str
    unit: str
    period: str
    cut: Cut
    answer: Mapping[str, Any]

    @classmethod
    def read(cls, raw: bytes) -> Question:
        """From a saved answer. Raises AnswerError."""
        try:
            found = orjson.loads(raw)
            if found["as_of"] is not None:
                raise AnswerError(
                    Text(
                        "đó là số liệu của một trạng thái trước; lưu câu trả lời không có as_of",
                        "it is of an earlier state; save an answer without as_of",
                    )
                )
            on, after = found["hierarchy_on"], found.get("upcoming_after")
            return cls(
                found["figure"],
                str(UUID(found["unit"]["unit_id"])),
                found["period"]["code"],
                Cut(
                    hierarchy_on=None if on is None else date.fromisoformat(on),
                    category=found["category"],
                    organisation=found["organisation"],
                    today=None if after is None else date.fromisoformat(after),
                    tag=found.get("tag"),
                    area=found.get("area"),
                ),
                found,
            )
        except AnswerError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise AnswerError(
                Text("không phải câu trả lời của /v1/figures/…", "it is no answer of /v1/figures/…")
            ) from error


class Derivation:
    """The events of one folder, folded into tables in memory."""

    def __init__(self, folder: Folder, spec: LevelSpec) -> None:
        """`spec` of the level whose node gave the figures."""
        self._figures: Mapping[str, Figure] = {figure.name: figure for figure in spec.figures}
        self._database = Database("sqlite:///:memory:")
        log = FolderLog(folder)
        directory = Directory.fold(_reference(log))
        self._projector = Projector(
            log,
            self._database,
            (*EVERY_NODES, *spec.models),
            directory=lambda: directory,
            streams=lambda: _streams(log),
        )
        self._projector.start()
        while self._projector.run_once():
            pass

    def close(self) -> None:
        """Let go of the tables."""
        self._database.close()

    def differences(self, question: Question) -> list[Text]:
        """Where the answer is not what the events give: paths within it, or why they give none;
        empty if it agrees.

        Raises AnswerError for a figure that this level does not have, or a period that is none.
        """
        figure = self._figures.get(question.figure)
        if figure is None:
            raise AnswerError(
                Text(
                    f"nút của cấp này không có số liệu {question.figure}",
                    f"a node of this level has no figure {question.figure}",
                )
            )
        with self._projector.view() as view:
            try:
                span = parse_span(question.period, view.directory, question.unit)
            except ValueError as error:
                raise AnswerError(
                    Text(f"không có kỳ {question.period}", f"there is no period {question.period}")
                ) from error
            if span is None:
                return [
                    Text(
                        f"không quy định nào đặt ra kỳ {question.period}",
                        f"no rule fixes the period {question.period}",
                    )
                ]
            try:
                result = figure.compute(view, question.unit, span, question.cut)
            except FigureQuestionError as error:
                return [error.text]
        # The form in which the API writes figures is the one to compare.
        answer = figure_answer(result, "", _UNKNOWN, Language.VI)
        derived = answer.model_dump(mode="json", exclude={"completeness"})
        paths = _differing(_plain(question.answer), _plain(derived), "")
        return [Text(path, path) for path in paths]


def check_figures(
    folder: Folder, spec: LevelSpec, answers: Mapping[str, bytes]
) -> tuple[list[str], list[Finding]]:
    """Names of answers that the events give too, and findings about the others.

    Raises AnswerError, which names the file, if one is no answer that can be derived.
    """
    agreeing: list[str] = []
    findings: list[Finding] = []
    derivation = Derivation(folder, spec)
    try:
        for name, raw in answers.items():
            try:
                question = Question.read(raw)
                differing = derivation.differences(question)
            except AnswerError as error:
                said = error.text
                raise AnswerError(Text(f"{name}: {said.vi}", f"{name}: {said.en}")) from error
            if not differing:
                agreeing.append(f"{question.figure} {question.period} ({name})")
                continue
            shown = differing[:_SHOWN]
            findings.append(
                Finding(
                    "figure-differs",
                    Text(
                        f"số liệu trong {name} không phải số tính từ sự kiện: "
                        + ", ".join(text.vi for text in shown),
                        f"the figure in {name} is not what the events give: "
                        + ", ".join(text.en for text in shown),
                    ),
                    folder.name,
                    file=name,
                )
            )
    finally:
        derivation.close()
    return agreeing, findings


def _reference(log: FolderLog) -> Iterator[Record]:
    """The records that make up units, organisations and rules."""
    position = 0
    while page := log.read(position, _PAGE):
        for logged in page:
            record = record_of(logged.raw)
            if not isinstance(record, Unknown) and concerns_directory(record):
                yield record
        position = page[-1].position


def _streams(log: FolderLog) -> dict[str, Stream]:
    """How far each stream is, and whose it is, as its first event says."""
    return {
        str(origin): Stream(unit_of(decode(log.read_stream(origin, 1, 1)[0].raw)), size)
        for origin, size in log.heads().items()
    }


def _plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of an answer, without texts in a language and without what it rests on."""

    def numbers(one: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: one.get(name) for name in _NUMBERS}
        return {**kept, "unit": one["unit"]["unit_id"]} if "unit" in one else kept

    return {
        "total": numbers(answer.get("total", {})),
        "own": numbers(answer.get("own", {})),
        "children": {row["unit"]["unit_id"]: numbers(row) for row in answer.get("children", ())},
        "levels": {name: numbers(one) for name, one in answer.get("levels", {}).items()},
        "reports": {
            line["unit"]["unit_id"]: {k: v for k, v in line.items() if k != "unit"}
            for line in answer.get("reports", ())
        },
        "subjects": list(answer.get("subjects", ())),
        "rules": sorted(answer.get("rules", ())),
    }


def _differing(given: Any, derived: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(derived, dict):
        for name in sorted(given.keys() | derived.keys()):
            yield from _differing(given.get(name), derived.get(name), f"{path}/{name}")
    elif given != derived:
        yield f"{path}: {given} ≠ {derived}"
