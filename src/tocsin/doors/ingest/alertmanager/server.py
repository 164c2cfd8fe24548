"""What a client asks about the server itself."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime

import psutil
from starlette.responses import Response

from tocsin import __version__
from tocsin.doors.ingest.alertmanager.answers import done, invalid, refusal, stamp
from tocsin.flows import own_alerts
from tocsin.flows.engine import Engine
from tocsin.flows.senders import Credentials


def status(engine: Engine, asked: Credentials) -> Response:
    """Return which server this is. Its routes are in tocsin.yaml; only their names are shown here."""
    names = own_alerts.receivers(engine, asked)
    version = {
        "version": __version__,
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": f"tocsin on Python {platform.python_version()}",
    }
    return done(
        {
            "cluster": {"status": "disabled", "name": "", "peers": []},
            "versionInfo": version,
            "config": {"original": _outline(names)},
            "uptime": stamp(datetime.fromtimestamp(psutil.Process(os.getpid()).create_time(), tz=UTC)),
        }
    )


def receivers(engine: Engine, asked: Credentials) -> Response:
    """Return the names that groups go by."""
    return done([{"name": name} for name in own_alerts.receivers(engine, asked)])


def unknown(method: str, name: str) -> Response:
    """Say that there is no such thing."""
    return refusal(404, f"{method} {name[:100]!r} is nothing of Alertmanager's API v2 that Tocsin offers")


def not_allowed(method: str, methods: tuple[str, ...]) -> Response:
    """Say which methods a path knows."""
    refused = invalid(f"method {method} is not allowed, but [{','.join(methods)}] are", code=405)
    refused.headers["allow"] = ", ".join(methods)
    return refused


def _outline(names: list[str]) -> str:
    """Return an Alertmanager configuration with the names only; JSON strings are YAML."""
    lines = ["# Tocsin routes by tocsin.yaml: `tocsin route show`.", "route:", f"  receiver: {_quoted(names[0])}"]
    return "\n".join([*lines, "receivers:", *(f"- name: {_quoted(name)}" for name in names), ""])


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
