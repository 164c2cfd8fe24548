"""What is wrong with a configuration file, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tocsin.domain.errors import InvalidError


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One mistake: where it stands, what it is, how to mend it. `line` counts from 1; 0 is the file as a whole."""

    file: str
    line: int
    field: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        """Return `file:line: field: message. Mend.`, as editors and people read it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{place}: {field}{self.message}.{mend}"


class ConfigError(InvalidError):
    """A configuration cannot be used; `problems` holds all of its mistakes at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__("\n".join(str(p) for p in problems), field=first.field, mend=first.mend)
        self.problems = tuple(problems)


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return a sentence that offers the nearest of `known`, or lists them, or says `otherwise` when there are none."""
    choices = sorted(known)
    near = get_close_matches(word, choices, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known: {', '.join(choices)}." if choices else otherwise
