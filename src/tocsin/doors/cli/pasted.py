"""Answering from files of pasted text, or standard input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tocsin.domain.diagnosis.report import as_dict, lines
from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.bundles import write_bundle
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session
from tocsin.wiring.looking import diagnose_pasted

_STDIN = "-"
_MOST_BYTES = 64 << 20


def show_pasted(session: Session, names: Sequence[str], save: Path | None, *, as_json: bool) -> None:
    """Print what the texts say, and keep it in `save` if that is given."""
    seen = diagnose_pasted({name: _text(session, name) for name in names})
    if save:
        write_bundle(seen.run, lines(seen.diagnosis, seen.bundle), save)

    def render() -> Sheet:
        sheet = Sheet()
        for line in lines(seen.diagnosis, seen.bundle):
            sheet.add(line)
        return sheet

    answer(session, "diagnosis", {"diagnosis": as_dict(seen.diagnosis, seen.bundle)}, render, as_json=as_json)


def _text(session: Session, name: str) -> str:
    """Return the end of a file, or all of standard input: text of any encoding is read as well as it can be."""
    if name == _STDIN:
        text = session.terminal.stdin.read()
    else:
        try:
            with Path(name).open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - _MOST_BYTES))
                text = file.read(_MOST_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise CommandError(f"cannot read {name}: {error.strerror}", ExitCode.USAGE, where="--text") from error
    if not text.strip():
        raise CommandError(f"{name} is empty", ExitCode.USAGE, where="--text", mend="Paste what the command printed.")
    return text
