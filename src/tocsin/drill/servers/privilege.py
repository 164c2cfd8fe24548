"""How a server that refuses to run as root is started by root, without widening the permissions of any file."""

from __future__ import annotations

import os
import subprocess
from functools import cache

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
# Containers and chroots often allow no user namespaces. There the server becomes `nobody`, and keeps the one capability
# it needs to reach folders that only root may enter.
NOBODY = (
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
)
_LIMIT_S = 5


def unprivileged() -> list[str]:
    """Return the words to put before a command so that it does not run as root; none for an ordinary user."""
    return list(_chosen()) if os.geteuid() == 0 else []


@cache
def _chosen() -> tuple[str, ...]:
    return next((way for way in (NAMESPACE, NOBODY) if works(way)), NAMESPACE)


def works(way: tuple[str, ...]) -> bool:
    """Return whether this machine lets a command run so."""
    try:
        done = subprocess.run([*way, "true"], capture_output=True, check=False, timeout=_LIMIT_S)  # noqa: S603 (ours)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
