"""From environment variables to the client library's security settings, and nothing in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.node.carriers.kafka import KafkaCarrier
from services.node.errors import SettingsError
from services.node.settings import Settings, load_settings

SECRET = str(UUID(int=0x7F3A))
SASL = {
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-512",
    "kafka_sasl_username": "commune",
}


def settings(**values: Any) -> Settings:
    return load_settings(node="n", units=str(uuid4()), **values)


def test_without_settings_nothing_is_said() -> None:
    assert settings().kafka_security == {}


def test_a_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SASL, "kafka_sasl_password": SECRET}.items():
        monkeypatch.setenv(f"ANTQ_{name.upper()}", value)
    found = settings(kafka_ca_file=Path("ca.pem"))
    assert found.kafka_security == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "commune",
        "sasl_plain_password": SECRET,
        "ssl_cafile": "ca.pem",
    }
    assert SECRET not in repr(found)
    assert SECRET not in str(found)
    carrier = KafkaCarrier("nowhere:1", client_id="test", security=found.kafka_security)
    assert SECRET not in repr(vars(carrier))


def test_a_password_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET + "\n")
    found = settings(**SASL, kafka_sasl_password_file=file)
    assert found.kafka_security["sasl_plain_password"] == SECRET
    file.unlink()
    with pytest.raises(SettingsError, match="ANTQ_KAFKA_SASL_PASSWORD_FILE"):
        _ = found.kafka_security


@pytest.mark.parametrize(
    "values",
    [
        {"kafka_sasl_password": SECRET},
        {**SASL},
        {**SASL, "kafka_sasl_password": SECRET, "kafka_sasl_password_file": "x"},
        {**SASL, "kafka_sasl_password": SECRET, "kafka_security_protocol": "SSL"},
        {**SASL, "kafka_sasl_password": SECRET, "kafka_sasl_mechanism": "GSSAPI"},
        {"kafka_ca_file": "ca.pem"},
        {"kafka_ca_file": "ca.pem", "kafka_security_protocol": "PLAINTEXT"},
        {"kafka_key_file": "key.pem", "kafka_security_protocol": "SSL"},
        {"kafka_compression": "zip"},
    ],
)
def test_what_does_not_fit_together_is_refused_without_a_value(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**values)
    assert SECRET not in str(caught.value)
    assert "KAFKA" in str(caught.value)


def test_a_codec_that_is_not_there_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="lzma"):
        KafkaCarrier("nowhere:1", client_id="test", compression="lzma")
    KafkaCarrier("nowhere:1", client_id="test", compression="gzip").close()
