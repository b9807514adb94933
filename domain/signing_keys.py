"""Keys that sign: which key vouches for a stream, and from which event on until which.

A recording seat announces its key in its own stream before it signs with it. So the stream itself
says which key may sign a tree of which size, and whoever holds the stream can check it: a later
announcement or a revocation ends the key before it with the very event that says so. A superior may
revoke a key too, which ends it for everything that is checked from then on. Corrections and
retractions of these events change nothing: a signature that was given stays given.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from domain.decisions import Accepted, Context, Decision, decides
from domain.events import Body, Draft, Record, body_of, derive_id, event_type, invalid
from domain.once import record_once
from domain.refusals import ALREADY_EXISTS, NO_SUCH_RECORD, refuse
from domain.standing import identity_refusal, recorder_refusal

_RULE: Final = "C2SP signed-note"
_ORIGIN_PREFIX: Final = "antq-sync/origin/"


def _key_belongs_to_its_name(value: str) -> str:
    """A vkey carries four bytes of a digest of its name and key: a mistyped one is found out."""
    name, identity, encoded = value.split("+", 2)
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != identity:
        raise invalid(
            "vkey",
            vi="Khóa không khớp với mã khóa đứng trước nó; chép lại từ `antq keys show`.",
            en="The key does not fit the key id before it; copy it from `antq keys show`.",
        )
    return value


Vkey = Annotated[
    str,
    Field(
        pattern=r"^antq-sync/(origin|node)/[a-z0-9][a-z0-9-]{0,62}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$"
    ),
    AfterValidator(_key_belongs_to_its_name),
]
"""A public key as tools for signed notes write it: name, key id and key, joined by plus signs."""


class RevocationReason(StrEnum):
    """Why a key must not sign any more."""

    REPLACED = "replaced"
    LOST = "lost"
    DISCLOSED = "disclosed"
    RETIRED = "retired"


class _OfAKey(Body):
    vkey: Vkey

    def default_aggregate_id(self, event_id: UUID) -> UUID | None:
        """A key is one thing, whoever speaks of it."""
        del event_id
        return derive_id("signing-key", self.vkey)


@event_type(aggregate="signing_key", title_vi="Đăng ký khóa ký", title_en="Signing key registered")
class SigningKeyRegistered(_OfAKey):
    """A public key was announced: of the stream that holds this event, or of a node that cosigns
    what it receives. It takes the place of the key announced there before."""


@event_type(aggregate="signing_key", title_vi="Thu hồi khóa ký", title_en="Signing key revoked")
class SigningKeyRevoked(_OfAKey):
    """A key must not be trusted any more, by its own unit or by a superior."""

    reason: RevocationReason


@decides(SigningKeyRegistered)
def decide_registered(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A key is registered once, and never again after it was revoked."""
    return identity_refusal(draft, _RULE) or record_once(history, draft, ctx)


@decides(SigningKeyRevoked)
def decide_revoked(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A registered key is revoked once, by its own unit, its successor or a superior."""
    refusal = identity_refusal(draft, _RULE)
    if refusal is not None:
        return refusal
    vkey = body_of(draft, SigningKeyRevoked).vkey
    registered = next((r for r in history if r.type == "SigningKeyRegistered"), None)
    if registered is None:
        return refuse(
            NO_SUCH_RECORD,
            "/data/vkey",
            _RULE,
            vi="Nút này không biết khóa {vkey}.",
            en="This node does not know the key {vkey}.",
            vkey=vkey,
        )
    if any(record.type == "SigningKeyRevoked" for record in history):
        return refuse(
            ALREADY_EXISTS,
            "/data/vkey",
            _RULE,
            vi="Khóa {vkey} đã bị thu hồi.",
            en="The key {vkey} is revoked already.",
            vkey=vkey,
        )
    unit_id = UUID(registered.data["unit_id"])
    return recorder_refusal(ctx, draft, unit_id, _RULE) or Accepted((draft,))


KEY_TYPES: Final = frozenset({"SigningKeyRegistered", "SigningKeyRevoked"})


@dataclass(frozen=True, slots=True)
class Registration:
    """A key, and which sizes of its stream's tree it may sign."""

    vkey: str
    unit_id: str
    origin: str
    """The stream that announced it."""
    sequence: int
    """The event that announced it: the smallest tree it may sign."""
    until: int | None = None
    """The event that ended it: it may not sign a tree that holds that event."""
    revoked: bool = False
    """By another than its own stream: not trusted for anything any more."""
    revoked_at: str = ""
    """When another revoked it first, as recorded; "" if none did."""
    replaced_at: str = ""
    """When its stream announced the next, as recorded; "" if it did not, or somebody revoked it."""

    @property
    def name(self) -> str:
        return self.vkey.partition("+")[0]

    def signs(self, size: int) -> bool:
        """Whether it may sign a tree of that size of its own stream."""
        ended = self.until is not None and size >= self.until
        return self.sequence <= size and not ended and not self.revoked


class KeyBook:
    """Which keys are known: a function of the events alone, whatever order they came in."""

    def __init__(self, records: Mapping[str, Record] | None = None) -> None:
        self._records = dict(records or {})
        self._by_name = _registrations(self._records.values())
        self._cosigners = tuple(
            one
            for name, found in sorted(self._by_name.items())
            if not name.startswith(_ORIGIN_PREFIX)
            for one in found
            if one.until is None and not one.revoked
        )

    def with_records(self, records: Iterable[Record]) -> KeyBook:
        """This book and these records; others than `KEY_TYPES` are passed over."""
        new = {r.event_id: r for r in records if r.type in KEY_TYPES and _is_readable(r)}
        if new.keys() <= self._records.keys():
            return self
        return KeyBook({**self._records, **new})

    def of_stream(self, origin: UUID | str) -> tuple[Registration, ...]:
        """The keys that a stream announced for itself, in their order."""
        found = self._by_name.get(f"{_ORIGIN_PREFIX}{origin}", ())
        return tuple(one for one in found if one.origin == str(origin))

    def every_cosigner(self) -> tuple[Registration, ...]:
        """The keys of nodes that cosign or have done so."""
        return tuple(
            one
            for name, found in sorted(self._by_name.items())
            if not name.startswith(_ORIGIN_PREFIX)
            for one in found
        )

    def current(self, name: str, origin: UUID | str) -> Registration | None:
        """The key of that name that a stream announced last, unless it has ended."""
        own = [one for one in self._by_name.get(name, ()) if one.origin == str(origin)]
        if not own or own[-1].until is not None or own[-1].revoked:
            return None
        return own[-1]

    def cosigners(self) -> tuple[Registration, ...]:
        """The keys of nodes that cosign, as far as they have not ended."""
        return self._cosigners


def _is_readable(record: Record) -> bool:
    """Another node may have recorded a malformed one; no other key must suffer for it."""
    return isinstance(record.data.get("vkey"), str) and "unit_id" in record.data


def _registrations(records: Iterable[Record]) -> Mapping[str, tuple[Registration, ...]]:
    """By the key's name, in the order in which each stream announced them."""
    announced: dict[tuple[str, str], list[Record]] = {}
    revocations: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: (record.origin, record.sequence)):
        vkey = record.data["vkey"]
        if record.type == "SigningKeyRegistered":
            announced.setdefault((vkey.partition("+")[0], record.origin), []).append(record)
        else:
            revocations.setdefault(vkey, []).append(record)
    found: dict[str, tuple[Registration, ...]] = {}
    for (name, origin), own in sorted(announced.items()):
        following = [*own[1:], None]
        found[name] = (
            *found.get(name, ()),
            *(
                _registration(record, after, revocations.get(record.data["vkey"], ()), origin)
                for record, after in zip(own, following, strict=True)
            ),
        )
    return found


def _registration(
    record: Record, after: Record | None, revocations: Sequence[Record], origin: str
) -> Registration:
    ends = [one.sequence for one in revocations if one.origin == origin]
    if after is not None:
        ends.append(after.sequence)
    foreign = [one.recorded_at for one in revocations if one.origin != origin]
    return Registration(
        record.data["vkey"],
        record.data["unit_id"],
        origin,
        record.sequence,
        min(ends, default=None),
        bool(foreign),
        min(foreign, default=""),
        "" if after is None or revocations else after.recorded_at,
    )
