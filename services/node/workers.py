"""The workers of a node: what each does, how it rests, and what a person is told when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from domain.refusals import Text
from services.node.erasure.eraser import Eraser
from services.node.forwarder import Forwarder
from services.node.notary import Notary
from services.node.receiver import Receiver
from services.node.recovery import Recovery
from services.node.worker import Worker

_IDLE_SECONDS: Final = 0.5
"""How long a worker rests when nothing wakes it: another process may have written."""
_GATHER_SECONDS: Final = 0.05
"""How long the projector lets events gather; so much later does a figure show a lone event. While
its steps take long it lets them gather longer, see `Worker`; while many come, as long as the
settings allow."""
_LEDGER_SECONDS: Final = 0.5
"""How long trees let events gather before they are kept and sealed."""
_WORK: Final[Mapping[str, Text]] = {
    "projector": Text("tính số liệu", "computing figures"),
    "erasure": Text("xóa nội dung không được lưu", "removing what must not be held"),
    "ledger": Text("niêm phong sổ cái", "sealing the ledger"),
    "patrol": Text("kiểm tra nhật ký", "verifying the log"),
    "recovery": Text("kiểm tra nhật ký còn nguyên", "checking that the log is whole"),
    "forward-up": Text("gửi lên cấp trên", "sending up"),
    "forward-down": Text("gửi xuống cấp dưới", "sending down"),
    "receive-above": Text("nhận từ cấp trên", "receiving from above"),
    "receive-below": Text("nhận từ cấp dưới", "receiving from below"),
}


def own_workers(
    project: Callable[[], int],
    notary: Notary,
    eraser: Eraser,
    recovery: Recovery,
    *,
    gather_figures: Callable[[], float],
) -> list[Worker]:
    """Those that every node has. `gather_figures` tells for how many seconds the projector had
    better let events gather at this time, see `Worker`."""
    return [
        Worker(
            "projector",
            project,
            idle_seconds=_IDLE_SECONDS,
            gather_seconds=_GATHER_SECONDS,
            gather_longer=gather_figures,
        ),
        Worker(
            "ledger",
            notary.run_once,
            idle_seconds=_IDLE_SECONDS,
            gather_seconds=_LEDGER_SECONDS,
        ),
        Worker(
            "erasure",
            eraser.run_once,
            idle_seconds=_IDLE_SECONDS,
            gather_seconds=_LEDGER_SECONDS,
        ),
        Worker("patrol", notary.patrol.run_once, idle_seconds=_IDLE_SECONDS, by_clock=True),
        Worker("recovery", recovery.run_once, idle_seconds=_IDLE_SECONDS, by_clock=True),
    ]


def link_workers(forwarders: Iterable[Forwarder], receivers: Iterable[Receiver]) -> list[Worker]:
    """Those that carry, in a node that is not served by hand alone."""
    return [
        *(
            Worker(
                forwarder.name,
                forwarder.run_once,
                idle_seconds=_IDLE_SECONDS,
                rests=True,
                is_level=forwarder.is_level,
                on_failure=forwarder.reconnect,
            )
            for forwarder in forwarders
        ),
        *(
            Worker(
                receiver.name,
                receiver.run_once,
                idle_seconds=0,
                rests=True,
                began=receiver.began,
                by_clock=True,
                on_failure=receiver.reconnect,
            )
            for receiver in receivers
        ),
    ]


def followers(workers: Iterable[Worker]) -> list[Worker]:
    """Those that may have something to do as soon as this node has recorded. The patrol goes by the
    clock, recovery by that and by what other nodes say."""
    return [worker for worker in workers if not worker.by_clock]


def failing(worker: Worker) -> Text:
    """What a worker that fails keeps from being done, and why."""
    work = _WORK[worker.name]
    return Text(
        f"{work.vi} đang tạm dừng và tự thử lại ({worker.error})",
        f"{work.en} is interrupted and tries again by itself ({worker.error})",
    )
