"""The shop's log: one JSON object a line, so that whoever diagnoses needs no regular expression."""

from __future__ import annotations

import json
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path


class Journal:
    """Appends lines `{time, level, service, version, …}` to `path`."""

    def __init__(self, path: Path, *, version: str) -> None:
        self._path = path
        self._version = version
        self._lock = threading.Lock()

    def info(self, message: str) -> None:
        """Note something that went well."""
        self._append({"level": "INFO", "message": message})

    def error(self, route: str, error: Exception, *, status: int) -> None:
        """Note that a request to `route` failed with `error` and was answered with `status`."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/drill/shop/" in frame.filename]
        origin = (ours or frames)[-1] if frames else None
        self._append({
            "level": "ERROR",
            "route": route,
            "status": status,
            "exception": type(error).__name__,
            "message": str(error).strip(),
            "where": f"{Path(origin.filename).name}:{origin.lineno} in {origin.name}" if origin else "",
        })  # fmt: skip

    def _append(self, fields: dict[str, object]) -> None:
        line = {"time": datetime.now(UTC).isoformat(), "service": "shop", "version": self._version, **fields}
        with self._lock, self._path.open("a") as log:
            log.write(json.dumps(line) + "\n")
