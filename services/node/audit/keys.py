"""Which keys a check believes, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.envelope import decode
from domain.events import Record
from domain.signing_keys import KEY_TYPES, KeyBook, Registration
from services.node.announcedkeys import verifier_of
from services.node.audit.records import record_in
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.keys import COSIGNATURE, VerifierKey, cosigned_at
from services.node.ledger.note import NoteError, verified_by

GIVEN: Final = "given"
ANNOUNCED: Final = "announced"
LISTED: Final = "listed"
_BASES: Final = (GIVEN, ANNOUNCED, LISTED)


_Id = tuple[str, bytes]
"""A key's name and its four bytes: how a signature names it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that is right."""

    key: VerifierKey
    basis: str
    cosigned_at: int | None


@dataclass(slots=True)
class Believed:
    """Keys by why they are believed. Those that the auditor gave come first."""

    given: Sequence[VerifierKey] = ()
    listed: Sequence[VerifierKey] = ()
    book: KeyBook = field(default_factory=KeyBook)
    """Of the events that announce keys, as far as they were read."""
    _records: list[Record] = field(default_factory=list)
    _announced: Mapping[_Id, tuple[VerifierKey, Registration]] = field(default_factory=dict)
    """Every key that a node has announced to cosign with."""
    _decided: Collection[str] = ()
    """The texts of these."""
    _given: Mapping[_Id, Sequence[VerifierKey]] = field(init=False)
    _listed: Mapping[_Id, Sequence[VerifierKey]] = field(init=False)
    """The keys that a signature may mean: there may be as many keys as streams, and each stream has
    checkpoints, so to go through them for each takes longer than all the rest."""

    _listed_names: Collection[str] = field(init=False)

    def __post_init__(self) -> None:
        self._given, self._listed = _by_id(self.given), _by_id(self.listed)
        self._listed_names = {key.name for key in self.listed}

    def lists(self, name: str) -> bool:
        """Whether the folder lists a key of that name."""
        return name in self._listed_names

    def learn(self, records: Sequence[Record]) -> None:
        """Note events that announce or revoke keys."""
        self._records += records

    def learnt(self) -> None:
        """All events were read: work out who may sign what."""
        self.book = self.book.with_records(self._records)
        self._announced = {
            (key.name, key.key_id): (key, one)
            for one in self.book.every_cosigner()
            if (key := verifier_of(one)) is not None
        }
        self._decided = {one.vkey for _, one in self._announced.values()}

    def signatures(self, origin: UUID, signed: SignedCheckpoint) -> list[Signed]:
        """The signatures on a checkpoint that are right, by keys that may sign it.

        Raises NoteError if a known key's signature is wrong, or if the stream has announced keys
        and none that may sign this size has.
        """
        values = {(one.name, one.key_id): one.value for one in signed.note.signatures}
        basis = self._bases(origin, signed, values)
        try:
            keys = verified_by(signed.note, list(basis))
        except NoteError:
            if any((key.name, key.key_id) in values for key in basis):
                raise
            keys = ()
        found = [
            Signed(
                key,
                basis[key],
                cosigned_at(values[key.name, key.key_id]) if key.kind == COSIGNATURE else None,
            )
            for key in keys
            if isinstance(key, VerifierKey)
        ]
        own = any(one.key.name == signed.checkpoint.origin for one in found)
        if not own and self.book.of_stream(origin):
            raise NoteError("no key that may sign it has signed it")
        return found

    def _bases(
        self, origin: UUID, signed: SignedCheckpoint, values: Mapping[_Id, bytes]
    ) -> Mapping[VerifierKey, str]:
        """The keys that may sign this checkpoint. The events decide about every key that they
        announce, whoever else names it: one that has ended is not believed because it was given."""
        cosigners = self._cosigners(values)
        text = signed.note.text
        vouched_at = min(
            (
                at
                for key, at in cosigners.items()
                if key.is_signature_of(text, values[key.name, key.key_id])
            ),
            default=None,
        )
        registrations = self.book.of_stream(origin)
        good = {
            one.vkey for one in registrations if _signs(one, signed.checkpoint.size, vouched_at)
        }
        good |= {str(key) for key in cosigners}
        own = {one.vkey for one in registrations}
        basis: dict[VerifierKey, str] = {}
        groups = (
            _named(self._given, values),
            read_keys(sorted(good)),
            _named(self._listed, values),
        )
        for why, keys in zip(_BASES, groups, strict=True):
            for key in keys:
                text = str(key)
                if text in good or not (text in own or text in self._decided):
                    basis.setdefault(key, why)
        return basis

    def _cosigners(self, values: Mapping[_Id, bytes]) -> Mapping[VerifierKey, int]:
        """Cosigners' keys that are named on a checkpoint and were good at the time that they name,
        with that time. A key that was replaced was good before; of one that was revoked nobody
        knows who signed with it, and when."""
        found = {
            key: at
            for key in _named(self._given, values)
            if key.kind == COSIGNATURE
            and str(key) not in self._decided
            and (at := cosigned_at(values.get((key.name, key.key_id), b""))) is not None
        }
        for identity in values.keys() & self._announced.keys():
            key, one = self._announced[identity]
            at = cosigned_at(values[identity])
            ended = one.revoked or (one.until is not None and not _before(at, one.replaced_at))
            if at is not None and not ended:
                found[key] = at
        return found


def _by_id(keys: Iterable[VerifierKey]) -> Mapping[_Id, Sequence[VerifierKey]]:
    """Keys as signatures name them: four bytes may be those of several."""
    found: dict[_Id, list[VerifierKey]] = {}
    for key in keys:
        found.setdefault((key.name, key.key_id), []).append(key)
    return found


def _named(
    keys: Mapping[_Id, Sequence[VerifierKey]], values: Iterable[_Id]
) -> Iterator[VerifierKey]:
    """Those that the signatures on a checkpoint name."""
    for identity in values:
        yield from keys.get(identity, ())


def key_records(types: Sequence[str], raws: Sequence[bytes]) -> list[Record]:
    """Of these events, those that announce or revoke keys."""
    if KEY_TYPES.isdisjoint(types):
        return []
    return [
        record
        for kind, raw in zip(types, raws, strict=True)
        if kind in KEY_TYPES and (record := record_in(decode(raw))) is not None
    ]


def _signs(key: Registration, size: int, vouched_at: int | None) -> bool:
    """Whether a stream's key might sign a tree of that size. One that a superior revoked has signed
    what another node vouched for before that; whatever else bears its name proves nothing."""
    if not key.revoked:
        return key.signs(size)
    return _before(vouched_at, key.revoked_at) and replace(key, revoked=False).signs(size)


def _before(at: int | None, recorded_at: str) -> bool:
    return (
        bool(recorded_at)
        and at is not None
        and at < datetime.fromisoformat(recorded_at).timestamp()
    )


def read_keys(lines: Iterable[str]) -> list[VerifierKey]:
    """Keys, one a line; empty lines and those that begin with # are passed over.

    Raises KeyFormatError.
    """
    stripped = (line.strip() for line in lines)
    return [VerifierKey.parse(line) for line in stripped if line and not line.startswith("#")]
