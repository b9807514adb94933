"""A node's settings, from environment variables that start with ANTQ_."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.topics import is_node_name
from domain.refusals import Text
from services.node.errors import SettingsError

Compression = Literal["none", "lz4", "gzip", "zstd"]
SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


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
    by_hand: bool = False
    """Nothing joins this node to others: what it exchanges is carried in bundles."""
    partitions: Annotated[int, Field(ge=1, le=512)] = 8
    """Partitions of the topics that this node creates."""
    replication: Annotated[int, Field(ge=1, le=7)] = 1
    """Copies of each partition; 3 where the cluster has three brokers."""
    kafka_compression: Compression = "lz4"
    """How what is sent to Kafka is compressed: none, lz4, gzip, or zstd where the package zstandard
    is installed on both sides. Costs a receiver less than reading six times the bytes."""
    kafka_security_protocol: SecurityProtocol | None = None
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; without it, PLAINTEXT."""
    kafka_sasl_mechanism: SaslMechanism | None = None
    """PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_sasl_password_file: Path | None = None
    """File that holds the password, in the place of the password itself."""
    kafka_ca_file: Path | None = None
    """Certificates of those who sign the brokers' certificates (PEM); without it, the system's."""
    kafka_certificate_file: Path | None = None
    """This node's own certificate (PEM), where brokers ask for one."""
    kafka_key_file: Path | None = None
    """Its private key (PEM)."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    announce_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How often changed heads are announced, and missing ranges asked for again; heads that do not
    change are announced in turn, each of them at least once in 120 times."""

    figures_seconds: Annotated[float, Field(ge=0)] = 2.0
    """While many events come: how long they gather at most before the figures take them."""
    seal_events: Annotated[int, Field(ge=1)] = 1_000
    """Events of a stream after which it is sealed at once, if the node has keys."""
    seal_seconds: Annotated[float, Field(gt=0)] = 5.0
    """How long after an event its stream is sealed at the latest."""
    verify_hours: Annotated[float, Field(gt=0)] = 24.0
    """How long after a pass over the whole log the next one begins; the first begins at start."""

    @field_validator("units", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    @field_validator("node", "parent")
    @classmethod
    def _is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not is_node_name(value):
            raise _WrongError(
                Text(
                    "chỉ gồm chữ thường không dấu, chữ số và gạch nối, nhiều nhất 63 ký tự",
                    "lower-case letters, digits and hyphens, at most 63",
                )
            )
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.parent == self.node:
            raise _WrongError(
                Text(
                    "một nút không thể là cấp trên của chính nó (ANTQ_PARENT)",
                    "a node is not its own parent (ANTQ_PARENT)",
                )
            )
        if not self.units and self.units_under is None:
            raise _WrongError(
                Text(
                    "hãy đặt ANTQ_UNITS hoặc ANTQ_UNITS_UNDER",
                    "set ANTQ_UNITS or ANTQ_UNITS_UNDER",
                )
            )
        if self.by_hand and (self.kafka is not None or self.local_carrier is not None):
            raise _WrongError(
                Text(
                    "chỉ đặt ANTQ_BY_HAND, hoặc ANTQ_KAFKA hay ANTQ_LOCAL_CARRIER",
                    "set ANTQ_BY_HAND, or ANTQ_KAFKA or ANTQ_LOCAL_CARRIER, not both",
                )
            )
        self._check_kafka()
        return self

    def _check_kafka(self) -> None:
        protocol = self.kafka_security_protocol or "PLAINTEXT"
        password, file = self.kafka_sasl_password, self.kafka_sasl_password_file
        if password is not None and file is not None:
            raise _WrongError(
                Text(
                    "chỉ đặt một trong hai: ANTQ_KAFKA_SASL_PASSWORD hoặc"
                    " ANTQ_KAFKA_SASL_PASSWORD_FILE",
                    "set ANTQ_KAFKA_SASL_PASSWORD or ANTQ_KAFKA_SASL_PASSWORD_FILE, not both",
                )
            )
        sasl = [self.kafka_sasl_mechanism, self.kafka_sasl_username, password or file]
        if protocol.startswith("SASL_") != all(sasl) or any(sasl) != all(sasl):
            raise _WrongError(
                Text(
                    "ANTQ_KAFKA_SASL_MECHANISM, _USERNAME và _PASSWORD (hoặc _PASSWORD_FILE) đi"
                    " cùng ANTQ_KAFKA_SECURITY_PROTOCOL=SASL_SSL hoặc SASL_PLAINTEXT; đặt đủ hoặc"
                    " không đặt",
                    "ANTQ_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD (or _PASSWORD_FILE) belong"
                    " to ANTQ_KAFKA_SECURITY_PROTOCOL=SASL_SSL or SASL_PLAINTEXT; set all or none",
                )
            )
        tls = [self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file]
        if any(tls) and not protocol.endswith("SSL"):
            # Left aside, it would look safe and be sent in the clear.
            raise _WrongError(
                Text(
                    "ANTQ_KAFKA_CA_FILE, _CERTIFICATE_FILE và _KEY_FILE đi cùng"
                    " ANTQ_KAFKA_SECURITY_PROTOCOL=SSL hoặc SASL_SSL",
                    "ANTQ_KAFKA_CA_FILE, _CERTIFICATE_FILE and _KEY_FILE belong to"
                    " ANTQ_KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL",
                )
            )
        if self.kafka_key_file is not None and self.kafka_certificate_file is None:
            raise _WrongError(
                Text(
                    "ANTQ_KAFKA_KEY_FILE đi cùng ANTQ_KAFKA_CERTIFICATE_FILE",
                    "ANTQ_KAFKA_KEY_FILE belongs to ANTQ_KAFKA_CERTIFICATE_FILE",
                )
            )

    @property
    def kafka_security(self) -> dict[str, Any]:
        """The client library's names for how this node gets into the cluster.

        Raises SettingsError if the password's file cannot be read.
        """
        password = self.kafka_sasl_password
        secret = None if password is None else password.get_secret_value()
        if self.kafka_sasl_password_file is not None:
            try:
                secret = self.kafka_sasl_password_file.read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                kind = type(error).__name__
                raise SettingsError(
                    Text(
                        f"không đọc được tệp ANTQ_KAFKA_SASL_PASSWORD_FILE: {kind}",
                        f"ANTQ_KAFKA_SASL_PASSWORD_FILE cannot be read: {kind}",
                    )
                ) from error
        given = {
            "security_protocol": self.kafka_security_protocol,
            "sasl_mechanism": self.kafka_sasl_mechanism,
            "sasl_plain_username": self.kafka_sasl_username,
            "sasl_plain_password": secret,
            "ssl_cafile": _text(self.kafka_ca_file),
            "ssl_certfile": _text(self.kafka_certificate_file),
            "ssl_keyfile": _text(self.kafka_key_file),
        }
        return {name: value for name, value in given.items() if value is not None}

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


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def load_settings(**values: Any) -> Settings:
    """Settings from the environment, overridden by `values`.

    Raises SettingsError that names each bad variable and never its value.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        lines = [_line(detail) for detail in error.errors()]
        raise SettingsError(
            Text("; ".join(line.vi for line in lines), "; ".join(line.en for line in lines))
        ) from error


class _WrongError(ValueError):
    """What a check of this module found, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


_COMPLAINTS: Final = {
    "missing": "chưa được đặt",
    "uuid_parsing": "không phải mã UUID",
    "int_parsing": "không phải số nguyên",
    "float_parsing": "không phải số",
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than_equal": "không được quá {le}",
    "literal_error": "phải là một trong: {expected}",
    "bool_parsing": "phải là true hoặc false",
}
"""What the library says most often, by its kind. What is not here is said in its own words."""


def _line(detail: ErrorDetails) -> Text:
    """What is wrong with one variable, or with several together, which the text names itself."""
    context = detail.get("ctx", {})
    found = context.get("error")
    if isinstance(found, _WrongError):
        text = found.text
    else:
        complaint = _COMPLAINTS.get(detail["type"])
        said = detail["msg"]
        vi = f"không hợp lệ ({said})" if complaint is None else complaint.format(**context)
        text = Text(vi, said)
    if not detail["loc"]:
        return text
    # A value of a list is named by its place: the variable is the same.
    name = f"ANTQ_{str(detail['loc'][0]).upper()}"
    return Text(f"{name}: {text.vi}", f"{name}: {text.en}")
