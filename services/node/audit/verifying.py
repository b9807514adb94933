"""Checking audit folders: every leaf, tile, root, signature, and what lies between them.

Nothing is believed that the events do not lead to: the tree is computed anew from their bytes and
compared with every file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from uuid import UUID

from contracts.tombstone import leaf_of
from domain.refusals import Text
from services.node.audit import layout
from services.node.audit.findings import Finding, Report
from services.node.audit.folder import Folder
from services.node.audit.given import Given, has_vouched
from services.node.audit.hands import Task, checked, usual_jobs
from services.node.audit.removals import Removals
from services.node.ledger.keys import VerifierKey
from services.node.ledger.tiles import WIDTH

Progress = Callable[[int, int], None]
"""Is told the events checked and the events there are."""


def verify(
    folders: Sequence[Path],
    given: Sequence[VerifierKey] = (),
    progress: Progress | None = None,
    *,
    digests: Collection[str] = (),
    checkpoints: Sequence[bytes] = (),
    jobs: int | None = None,
) -> Report:
    """Check folders, each by itself and against each other; everything that was found.

    `given`: keys that the auditor got another way. `digests`: of the folders, as they were written
    down; every folder must have one of them if there are any. `checkpoints`: signed notes that the
    auditor got another way. `jobs`: how many processes read streams; None: as many as the events
    are worth. The report is the same.

    Raises LayoutError if one is no audit folder, NoteError if one is no checkpoint of a stream.
    """
    opened = [Folder(path, given) for path in folders]
    total = sum(stream.size for folder in opened for stream in folder.index.streams)
    report = Report(
        [str(path) for path in folders], {folder.name: folder.digest for folder in opened}
    )
    sizes = _common_sizes(opened)
    received = Given(checkpoints)
    removals = Removals()
    roots: dict[UUID, dict[int, list[tuple[Folder, bytes]]]] = {}
    tasks = [
        Task(
            folder.files.path,
            entry,
            (*sizes.get(entry.origin, ()), *received.sizes(entry.origin)),
        )
        for folder in opened
        for entry in folder.index.streams
    ]
    done = 0
    # Closed where an error leaves it: the processes beside this one end with it.
    with closing(checked(tasks, usual_jobs(total) if jobs is None else jobs)) as found:
        for folder in opened:
            report.findings += folder.findings
            if digests and folder.digest not in digests:
                report.findings.append(_another(folder))
            for entry, stream in zip(folder.index.streams, found, strict=False):
                folder.take(stream)
                removals.add(stream.removals)
                for size, root in stream.roots.items():
                    roots.setdefault(entry.origin, {}).setdefault(size, []).append((folder, root))
                report.streams.append(stream.report)
                done += entry.size
                if progress is not None:
                    progress(done, total)
            folder.believed.learnt()
            for one in report.streams:
                if one.folder == folder.name:
                    folder.check_signatures(one)
            report.findings += folder.unexpected()
    for judged in removals.judged():
        if isinstance(judged, Finding):
            report.findings.append(judged)
        else:
            report.removed.append(judged)
    _compare(roots, sizes, report)
    report.findings += received.compare(opened, roots)
    report.given = len(received)
    return report


def _another(folder: Folder) -> Finding:
    return Finding(
        "digest-differs",
        Text(
            f"bộ hồ sơ có mã băm {folder.digest}, không phải mã đã ghi",
            f"the folder has the digest {folder.digest}, which is not one that was written down",
        ),
        folder.name,
        file=layout.INDEX,
    )


def _common_sizes(folders: Sequence[Folder]) -> dict[UUID, tuple[int, ...]]:
    """Of streams in several folders, the sizes at which they can be compared."""
    held: dict[UUID, list[int]] = {}
    for folder in folders:
        for entry in folder.index.streams:
            held.setdefault(entry.origin, []).append(entry.size)
    return {o: tuple(sorted(set(sizes))) for o, sizes in held.items() if len(sizes) > 1}


def _compare(
    roots: Mapping[UUID, Mapping[int, Sequence[tuple[Folder, bytes]]]],
    sizes: Mapping[UUID, Sequence[int]],
    report: Report,
) -> None:
    """Between folders: the shorter stream must be the beginning of the longer one."""
    for origin, common in sizes.items():
        same = True
        for size in common:
            held = roots.get(origin, {}).get(size, ())
            if len({root for _, root in held}) > 1:
                names = ", ".join(folder.name for folder, _ in held)
                first = _first_difference([folder for folder, _ in held], origin, size)
                report.findings.append(
                    Finding(
                        "levels-differ",
                        Text(
                            f"sự kiện {first} của luồng {origin} khác nhau giữa {names}",
                            f"event {first} of the stream {origin} differs between {names}",
                        ),
                        held[0][0].name,
                        origin,
                        first,
                    )
                )
                same = False
                break
        report.compared += same
        report.findings += _rolled_back(origin, roots)


def _rolled_back(
    origin: UUID, roots: Mapping[UUID, Mapping[int, Sequence[tuple[Folder, bytes]]]]
) -> list[Finding]:
    """Folders whose node once signed or cosigned more of a stream than it holds, as the checkpoints
    in the folders of others show. One that merely lags behind has done neither."""
    folders = {folder for held in roots.get(origin, {}).values() for folder, _ in held}
    notes = [signed for folder in folders for signed in folder.signed(origin)]
    found: list[Finding] = []
    for folder in sorted(folders, key=lambda one: one.name):
        size = folder.sizes[origin]
        own = {signed.checkpoint.size for signed in folder.signed(origin)}
        more = [
            signed.checkpoint.size
            for signed in notes
            if signed.checkpoint.size > size
            and signed.checkpoint.size not in own  # that is told by the folder alone
            and has_vouched(folder, origin, signed)
        ]
        if more:
            found.append(
                Finding(
                    "rolled-back",
                    Text(
                        f"sự kiện {size + 1}–{max(more)} không còn, tuy chính nút này đã ký",
                        f"event {size + 1}–{max(more)} are gone; this very node has signed them",
                    ),
                    folder.name,
                    origin,
                    size + 1,
                    max(more),
                )
            )
    return found


def _first_difference(folders: Sequence[Folder], origin: UUID, size: int) -> int | None:
    """The first of `size` events that the folders, which may hold more, do not have in common."""
    held = [folder.sizes[origin] for folder in folders]
    for first in range(0, size, WIDTH):
        leaves = [
            [leaf_of(raw) for raw in folder.entries(origin, first // WIDTH, own) or ()]
            for folder, own in zip(folders, held, strict=True)
        ]
        for place in range(min(WIDTH, size - first)):
            if len({tuple(one[place : place + 1]) for one in leaves}) > 1:
                return first + place + 1
    return None
