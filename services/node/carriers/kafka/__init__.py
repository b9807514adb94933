"""The Kafka carrier. The only package of services that knows `kafka`.

Every inbox takes all partitions of its topics by itself instead of joining a consumer group: each
group has exactly one consuming process, so there is nothing to share out, and a killed process has
its partitions back at once when it starts again, without waiting for a session to expire.

With every committed offset goes the id of the topic it belongs to. A topic that was deleted and
created again has another id, so an offset of the old one is never mistaken for a place in the new
one, however long that has become.
"""

from __future__ import annotations

from services.node.carriers.kafka.carrier import KafkaCarrier
from services.node.carriers.kafka.clients import CONTENT_TYPE_HEADER, MAX_RECORD_BYTES

__all__ = ["CONTENT_TYPE_HEADER", "MAX_RECORD_BYTES", "KafkaCarrier"]
