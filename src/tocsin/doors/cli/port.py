"""The server's port: opened before anything else, held by `up`, and how this machine reaches what listens there."""

from __future__ import annotations

import socket

from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.settings import Settings

# A storm that comes while the server is away waits here, as far as the machine allows (net.core.somaxconn).
BACKLOG = 2048
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 (read here, not listened at)


def open_port(settings: Settings) -> socket.socket:
    """Return a socket that listens where the settings say.

    Raises:
        CommandError: the port is taken, or the address is not this machine's (exit 6).
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CommandError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
            ExitCode.UNAVAILABLE,
            where=f"port {settings.port}",
            mend="Stop what uses it, or choose another: TOCSIN_HOST and TOCSIN_PORT=N, or `tocsin up --port N`.",
        ) from error


def reached_at(settings: Settings) -> str:
    """Return the host by which this machine reaches its own server, whatever the world calls it."""
    return _EVERYWHERE.get(settings.host, settings.host)
