"""What senders may ask of this door, for the API's description: every protocol's paths, at the root and under an integration."""

from __future__ import annotations

from typing import Any, Final

from tocsin.doors.ingest.document import alertmanager, opsgenie, pagerduty, plain
from tocsin.doors.ingest.request import PREFIX

UNDER: Final = f"{PREFIX}{{integration}}"
INTEGRATION: Final = "A key of `integrations` in tocsin.yaml"
SECURITY: Final[dict[str, Any]] = {
    "integration_bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of an integration in tocsin.yaml.",
    },
    "integration_password": {"type": "http", "scheme": "basic", "description": "The same as a password, of any user."},
    "integration_header": {"type": "apiKey", "in": "header", "name": "X-Tocsin-Key"},
    "integration_query": {
        "type": "apiKey",
        "in": "query",
        "name": "key",
        "description": "For senders that can only change the address.",
    },
    "genie_key": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`GenieKey KEY`, as Opsgenie's clients send it.",
    },
}


def _paths() -> dict[str, dict[str, dict[str, Any]]]:
    """Return every operation by path and method; a protocol's stands at the root, where the key tells the integration, and under one."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for way in (*alertmanager.WAYS, *pagerduty.WAYS, *opsgenie.WAYS):
        found.setdefault(f"/{way.path}", {})[way.method] = way.operation()
        beneath = way.operation(suffix="_under_integration", integration=INTEGRATION)
        found.setdefault(f"{UNDER}/{way.path}", {})[way.method] = beneath
    for way in plain.WAYS:
        found.setdefault(f"{UNDER}{way.path}", {})[way.method] = way.operation(integration=INTEGRATION)
    return found


PATHS: Final = _paths()
