"""What Kafka asks of a client that wants in: its settings, and keeping them out of the log."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from domain.refusals import Text
from services.node.errors import SettingsError

_SECRETS: Final = frozenset({"sasl_plain_password", "ssl_password"})
_SECURITY: Final = frozenset(
    {
        "security_protocol",
        "ssl_context",
        "ssl_check_hostname",
        "ssl_cafile",
        "ssl_certfile",
        "ssl_keyfile",
        "ssl_crlfile",
        "ssl_ciphers",
        "ssl_password",
        "sasl_mechanism",
        "sasl_plain_username",
        "sasl_plain_password",
        "sasl_kerberos_name",
        "sasl_kerberos_service_name",
        "sasl_kerberos_domain_name",
        "sasl_oauth_token_provider",
    }
)


class Hidden(str):
    """A secret that the library can use and cannot show: it logs whole configurations."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def checked(security: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings, secrets hidden. Raises SettingsError for one that does not exist."""
    unknown = sorted(set(security) - _SECURITY)
    if unknown:
        names = ", ".join(unknown)
        raise SettingsError(
            Text(
                f"không phải thiết lập bảo mật của Kafka: {names}",
                f"not a security setting of Kafka: {names}",
            )
        )
    return {
        name: Hidden(value) if name in _SECRETS and value is not None else value
        for name, value in security.items()
    }


def hide_authentication(record: logging.LogRecord) -> bool:
    """A filter for the library's log: it writes whole requests, those with passwords too."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(type(argument).__name__.startswith("Sasl") for argument in arguments)
