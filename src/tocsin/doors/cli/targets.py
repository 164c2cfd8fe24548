"""Which incident a verb is about: the one named, else the only one it can be about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tocsin.doors.cli.api import Api
from tocsin.doors.cli.exits import CommandError, ExitCode

OPEN = ("triage", "active")
SHOWN = 10
# INC-7, INC-2026-014, DRILL-1, INC-2026-0120-003, or an id; nothing else a person types first looks like that.
_REFERENCE = re.compile(r"[A-Za-z]{2,12}(?:-\d+)+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def looks_like_reference(word: str) -> bool:
    """Return whether `word` can only be meant as an incident."""
    return _REFERENCE.fullmatch(word) is not None


def split(words: Sequence[str] | None) -> tuple[str, list[str]]:
    """Return the reference that `words` begin with ('' when they do not) and the other words."""
    found = list(words or ())
    if found and looks_like_reference(found[0]):
        return found[0], found[1:]
    return "", found


def incident(api: Api, ref: str, *, phases: Sequence[str] = OPEN) -> str:
    """Return `ref`, or the reference of the only visible incident in `phases`.

    Raises:
        CommandError: there is none (exit 3), or several (exit 2, naming them).
    """
    if ref:
        return ref
    found = api.get("incidents", phase=list(phases), limit=SHOWN + 1)["items"]
    word = "open" if tuple(phases) == OPEN else " or ".join(p.replace("_", "-") for p in phases)
    if not found:
        raise CommandError(
            f"no incident is {word}", ExitCode.NOT_FOUND, mend="Name one; `tocsin list --all` shows them."
        )
    if len(found) > 1:
        named = "; ".join(f"{i['ref']} {i['severity']} {i['title']}" for i in found[:SHOWN])
        raise CommandError(f"several incidents are {word}: say which", ExitCode.USAGE, mend=f"One of: {named}")
    return str(found[0]["ref"])


def one_text(words: Sequence[str], *, what: str, needed: bool = True) -> str:
    """Return the words as one text.

    Raises:
        CommandError: there are none, and one is needed (exit 2).
    """
    text = " ".join(words).strip()
    if needed and not text:
        raise CommandError(f"{what} is missing", ExitCode.USAGE, mend="Look at the examples with --help.")
    return text
