"""The signed heads of a stream as they lie in a folder."""

from __future__ import annotations

from hashlib import sha256

from domain.refusals import Text
from services.node.audit import layout
from services.node.audit.checked import Checked
from services.node.audit.files import Files
from services.node.audit.findings import Finding
from services.node.audit.layout import StreamEntry
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_name
from services.node.ledger.note import NoteError


def read_heads(files: Files, entry: StreamEntry, checked: Checked) -> None:
    """Note those that are as the index says; what is wrong with others stands in the report."""
    found: dict[int, SignedCheckpoint] = {}
    newest = max((size for size in entry.checkpoints if size <= entry.size), default=0)
    prefix = f"{layout.LOGS}/{entry.origin}"
    for size, digest in sorted(entry.checkpoints.items()):
        names = [f"{prefix}/{layout.CHECKPOINTS}/{size}"]
        if size == newest and newest:
            names.append(f"{prefix}/{layout.CHECKPOINT}")
        checked.files.update(names)
        for name in names:
            raw = files.read(name)
            if raw is None or sha256(raw).hexdigest() != digest:
                text = Text(
                    f"điểm chốt cỡ {size} thiếu hoặc đã bị sửa",
                    f"the checkpoint of size {size} is missing or was altered",
                )
            else:
                try:
                    found[size] = _read(raw, entry, size)
                    continue
                except NoteError as error:
                    text = Text(
                        f"điểm chốt cỡ {size} không phải của luồng này: {error}",
                        f"the checkpoint of size {size} is not of this stream: {error}",
                    )
            checked.report.findings.append(
                Finding("checkpoint-altered", text, files.name, entry.origin, file=name)
            )
    checked.notes = found


def _read(raw: bytes, entry: StreamEntry, size: int) -> SignedCheckpoint:
    signed = SignedCheckpoint.read(raw)
    if (signed.checkpoint.origin, signed.checkpoint.size) != (origin_name(entry.origin), size):
        raise NoteError("it is of another log or size")
    return signed
