"""The carrier that a node's settings ask for."""

from __future__ import annotations

from services.node.carriers import Carrier
from services.node.carriers.local import LocalCarrier
from services.node.carriers.none import NoCarrier
from services.node.settings import Settings


def open_carrier(settings: Settings) -> Carrier:
    """None, Kafka or the local file. Reaches for nothing yet."""
    if settings.by_hand:
        return NoCarrier()
    if settings.kafka is not None:
        # Importing kafka-python takes half a second that the embedded profile need not spend.
        from services.node.carriers.kafka import KafkaCarrier  # noqa: PLC0415

        return KafkaCarrier(
            settings.kafka,
            client_id=settings.node,
            partitions=settings.partitions,
            replication=settings.replication,
            compression=None
            if settings.kafka_compression == "none"
            else settings.kafka_compression,
            security=settings.kafka_security,
        )
    return LocalCarrier(settings.carrier_path)
