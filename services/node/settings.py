"""A node's settings, from environment variables that start with ANTQ_."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.topics import is_node_name
from services.node.errors import SettingsError


class Settings(BaseSettings):
    """Everything that distinguishes one node from another of its level.

    Addresses may hold passwords, so no setting is ever printed whole.
    """

    model_config = SettingsConfigDict(
        env_prefix="ANTQ_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    node: str
    """Name of this node: lower-case letters, digits, hyphens. Topics carry it."""
    parent: str | None = None
    """Name of the node above; none at the centre, or for a node that only records."""
    units: Annotated[tuple[UUID, ...], NoDecode] = ()
    """Units this node records for, separated by commas."""
    units_under: UUID | None = None
    """Also record for every unit of this level below this one."""
    seat: str = "main"
    """Name of the recording seat: two nodes that record for one unit need two seats."""
    data_dir: Path = Path("data")
    """Where the embedded profile keeps its files."""
    database: str | None = None
    """postgresql://… for the server profile; without it, SQLite files in `data_dir`."""
    kafka: str | None = None
    """Bootstrap servers, separated by commas; without it, the local carrier."""
    local_carrier: Path | None = None
    """File of the local carrier, shared by the nodes of one machine; default in `data_dir`."""
    partitions: Annotated[int, Field(ge=1, le=512)] = 8
    """Partitions of the topics that this node creates."""
    replication: Annotated[int, Field(ge=1, le=7)] = 1
    """Copies of each partition; 3 where the cluster has three brokers."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    announce_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How often heads are announced while idle, and missing ranges asked for again."""

    @field_validator("units", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    @field_validator("node", "parent")
    @classmethod
    def _is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not is_node_name(value):
            raise ValueError("lower-case letters, digits and hyphens, at most 63")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.parent == self.node:
            raise ValueError("a node is not its own parent")
        if not self.units and self.units_under is None:
            raise ValueError("set ANTQ_UNITS or ANTQ_UNITS_UNDER")
        return self

    @property
    def log_url(self) -> str:
        """Address of the event log."""
        return self.database or f"sqlite:///{self.data_dir / 'log.db'}"

    @property
    def state_url(self) -> str:
        """Address of the synchronisation state and the read models."""
        return self.database or f"sqlite:///{self.data_dir / 'state.db'}"

    @property
    def carrier_path(self) -> Path:
        """File of the local carrier."""
        return self.local_carrier or self.data_dir / "carrier.db"


def load_settings(**values: Any) -> Settings:
    """Settings from the environment, overridden by `values`.

    Raises SettingsError that names each bad variable and never its value.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        lines = [f"ANTQ_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(lines)) from error
