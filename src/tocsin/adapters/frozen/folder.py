"""One folder with `alert.json`, `logs.ndjson`, `metrics.csv`, `traces.json`, `patterns.json` and `context/`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tocsin.adapters.frozen.changes import read_changes
from tocsin.adapters.frozen.telemetry import read_alarm, read_logs, read_metrics, read_signatures, read_spans
from tocsin.domain.diagnosis.correlation.incident import FrozenIncident
from tocsin.domain.diagnosis.facts import BlindSpot
from tocsin.domain.errors import InvalidError

MOST_BYTES = 256 * 1024 * 1024
T = TypeVar("T")


@dataclass(slots=True)
class _Folder:
    """Reads files below a folder and keeps what could not be read."""

    root: Path
    blind: list[BlindSpot] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a file's text, or an empty one with a blind spot."""
        path = self.root / name
        try:
            if path.stat().st_size > MOST_BYTES:
                self.miss(name, f"larger than {MOST_BYTES // 2**20} MiB")
                return ""
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            self.miss(name, "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror))
            return ""

    def json(self, name: str) -> object:
        """Return what a JSON file holds, or None with a blind spot."""
        text = self.text(name)
        if not text:
            return None
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            self.miss(name, f"not JSON: {error}")
            return None
        return found

    def records(self, name: str) -> list[Mapping[str, object]]:
        """Return the objects of a JSON array; what is none is counted as a blind spot."""
        found = self.json(name)
        if found is None:
            return []
        if not isinstance(found, list):
            self.miss(name, "not a JSON array")
            return []
        kept: list[Mapping[str, object]] = [one for one in found if isinstance(one, dict)]
        self.skipped(name, len(found) - len(kept))
        return kept

    def read(self, name: str, parse: Callable[[str], tuple[T, int]]) -> T:
        """Return what `parse` makes of a file's text, which says how much of it had to be left out."""
        found, left_out = parse(self.text(name))
        self.skipped(name, left_out)
        return found

    def skipped(self, name: str, count: int) -> None:
        """Say that some records of a file could not be read."""
        if count:
            self.miss(name, f"{count} records could not be read")

    def miss(self, name: str, why: str) -> None:
        """Keep a blind spot."""
        self.blind.append(BlindSpot(target=name, what=_MEANING.get(name, "its content"), why=why))


_MEANING = {
    "alert.json": "what fired and when",
    "logs.ndjson": "log lines",
    "metrics.csv": "metrics",
    "traces.json": "calls between services",
    "patterns.json": "log signatures against the period before",
    "context/commits.json": "what was changed",
    "context/deploys.json": "when changes took effect",
    "context/flags.json": "feature flags",
}


def read_folder(root: Path) -> FrozenIncident:
    """Return the incident that a folder holds; every file may be missing or malformed.

    Raises:
        InvalidError: there is no such folder.
    """
    if not root.is_dir():
        mend = "Name the folder that holds alert.json."
        raise InvalidError(f"there is no folder {root}", field="--frozen", mend=mend)
    folder = _Folder(root)
    alert = folder.json("alert.json")
    alarm = read_alarm(alert if isinstance(alert, dict) else {})
    logs = folder.read("logs.ndjson", read_logs)
    series = folder.read("metrics.csv", read_metrics)
    return FrozenIncident(
        alarm=alarm,
        logs=logs,
        series=series,
        spans=read_spans(folder.records("traces.json")),
        signatures=read_signatures(folder.records("patterns.json")),
        changes=read_changes(
            folder.records("context/commits.json"),
            folder.records("context/deploys.json"),
            folder.records("context/flags.json"),
        ),
        blind=tuple(folder.blind),
    )
