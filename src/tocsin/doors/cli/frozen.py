"""The part of `diagnose` that answers from a frozen incident."""

from __future__ import annotations

from pathlib import Path

from tocsin.domain.diagnosis.correlation.report import as_dict, lines
from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session
from tocsin.net.redaction import redact
from tocsin.wiring.frozen import diagnose_frozen


def from_folder(session: Session, folder: str, *, as_json: bool) -> None:
    """Print what is to blame for the incident that a folder holds; secrets in what it quotes are hidden."""
    with locally():
        verdict = diagnose_frozen(Path(folder))

    def render() -> Sheet:
        sheet = Sheet()
        for line in lines(verdict):
            sheet.add(redact(line))
        return sheet

    data = {key: _hidden(value) for key, value in as_dict(verdict).items()}
    answer(session, "frozen", data, render, as_json=as_json)


def _hidden(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _hidden(one) for key, one in value.items()}
    return [_hidden(one) for one in value] if isinstance(value, list) else value
