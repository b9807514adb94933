"""What the node tells Prometheus. Each app has its own registry, so tests and nodes do not mix."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.node.errors import RetryLaterError
from services.node.ingest import ItemVerdict
from services.node.node import Node

_log = logging.getLogger(__name__)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)


class Metrics:
    """Counters of this process, and gauges read from the node when they are asked for."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "antq_pushed_events",
            "Pushed events by verdict; code is that of the problem",
            ("outcome", "code"),
            registry=self._registry,
        )
        self._requests = Histogram(
            "antq_request_seconds",
            "Duration of HTTP requests",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        # Finding a child by its labels costs more than counting; there are few combinations.
        self._request_children: dict[tuple[str, str, int], Histogram] = {}
        self._event_children: dict[tuple[str, str], Counter] = {}

    def watch(self, node: Node) -> None:
        """Also tell how the node stands."""
        self._registry.register(_NodeCollector(node))

    def verdicts(self, verdicts: Iterable[ItemVerdict]) -> None:
        """Count what was answered to pushed events."""
        counts: dict[tuple[str, str], int] = {}
        for verdict in verdicts:
            key: tuple[str, str] = (
                verdict.outcome,
                verdict.problem.code if verdict.problem else "",
            )
            counts[key] = counts.get(key, 0) + 1
        for labels, number in counts.items():
            child = self._event_children.get(labels)
            if child is None:
                child = self._event_children[labels] = self._events.labels(*labels)
            child.inc(number)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request. Anybody can invent a method; only real ones become labels."""
        known = method if method in _METHODS else "OTHER"
        labels = (route, known, status)
        child = self._request_children.get(labels)
        if child is None:
            child = self._request_children[labels] = self._requests.labels(
                route, known, str(status)
            )
        child.observe(seconds)

    def text(self) -> bytes:
        """Everything in the Prometheus text format."""
        return generate_latest(self._registry)


class _NodeCollector(Collector):
    def __init__(self, node: Node) -> None:
        self._node = node

    def describe(self) -> Iterable[Metric]:
        return ()  # nothing is read from the stores merely to register

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("antq_store_up", "Whether the node's stores answered this scrape")
        try:
            found = list(self._read())
        except RetryLaterError as error:
            _log.warning("metrics without the node's state: %s", error)
            found = []
        up.add_metric((), float(bool(found)))
        yield from (up, *found)

    def _read(self) -> Iterator[Metric]:
        node = self._node
        yield _gauge("antq_ready", "Whether the node is ready", node.health().ready)
        yield _gauge("antq_log_position", "Position of the last event of the log", _log_head(node))
        yield _gauge(
            "antq_projected_position",
            "Position through which the figures are folded",
            node.projector.position,
        )
        yield _gauge(
            "antq_quarantined_items", "Unreadable items kept", node.sync.quarantine_count()
        )
        status = node.projector.status()
        yield _gauge("antq_unprojected_events", "Events of types not known yet", status.unprojected)
        yield _gauge(
            "antq_unreadable_aggregates",
            "Aggregates with events that cannot be understood",
            status.unreadable,
        )
        backlog = GaugeMetricFamily(
            "antq_backlog_positions", "Log positions a worker is behind", labels=("worker",)
        )
        for worker, behind in node.backlog().items():
            backlog.add_metric((worker,), behind)
        yield backlog
        yield from self._ledger()
        yield from self._origins()

    def _ledger(self) -> Iterator[Metric]:
        standing = self._node.notary.standing()
        yield _gauge("antq_ledger_has_keys", "Whether the node has keys", standing.has_keys)
        yield _gauge(
            "antq_ledger_unsealed_streams", "Own streams not sealed yet", standing.unsealed
        )
        yield _gauge(
            "antq_ledger_unconfirmed_checkpoints",
            "Checkpoints without every receipt from above",
            standing.unconfirmed,
        )
        yield _gauge(
            "antq_ledger_waiting_checkpoints",
            "Checkpoints that arrived before their events or their key",
            standing.waiting,
        )
        yield _gauge(
            "antq_ledger_disputed_streams",
            "Streams stopped by a checkpoint that contradicts what is held",
            standing.disputed,
        )
        yield _gauge(
            "antq_ledger_alarms",
            "Own streams not signed because they contradict what was signed",
            standing.alarms,
        )
        yield _gauge(
            "antq_ledger_damaged_streams",
            "Streams that are not as they were recorded",
            standing.damaged,
        )
        yield _gauge(
            "antq_ledger_passes", "Times the whole log was verified since start", standing.passes
        )
        yield _gauge(
            "antq_ledger_alarms_below", "Alarms that nodes below have told", standing.below
        )
        yield _gauge(
            "antq_ledger_wrong_signatures",
            "Checkpoints with a wrong signature that arrived since start",
            standing.wrongly_signed,
        )

    def _origins(self) -> Iterator[Metric]:
        labels = ("direction",)
        origins = GaugeMetricFamily("antq_origins", "Origins held", labels=labels)
        received = GaugeMetricFamily("antq_held_events", "Events held", labels=labels)
        missing = GaugeMetricFamily(
            "antq_missing_events", "Events announced and not held", labels=labels
        )
        waiting = GaugeMetricFamily(
            "antq_waiting_events", "Events kept aside behind a gap", labels=labels
        )
        forked = GaugeMetricFamily(
            "antq_forked_origins", "Origins stopped by a fork", labels=labels
        )
        sums: dict[str, list[int]] = {}
        for origin in self._node.origins_sync():
            numbers = sums.setdefault(origin.direction.value, [0] * 5)
            behind = max(0, origin.announced - origin.received_through)
            for place, number in enumerate(
                (1, origin.received_through, behind, origin.waiting, int(origin.forked))
            ):
                numbers[place] += number
        for direction, numbers in sorted(sums.items()):
            for family, number in zip(
                (origins, received, missing, waiting, forked), numbers, strict=True
            ):
                family.add_metric((direction,), number)
        yield from (origins, received, missing, waiting, forked)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _log_head(node: Node) -> int:
    return node.log.position()
