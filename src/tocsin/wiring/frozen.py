"""What a command needs to answer from a frozen incident: no server, no database, no network."""

from __future__ import annotations

from pathlib import Path

from tocsin.adapters.frozen import read_folder
from tocsin.domain.diagnosis.correlation.correlate import correlate
from tocsin.domain.diagnosis.correlation.verdict import Verdict


def diagnose_frozen(folder: Path) -> Verdict:
    """Return what is to blame for the incident that a folder holds.

    Raises:
        InvalidError: there is no such folder.
    """
    return correlate(read_folder(folder))
