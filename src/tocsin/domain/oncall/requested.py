"""Whom somebody asks for: a person, a schedule or a team, by what it is and its key or by the key alone."""

from __future__ import annotations

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError

KINDS = ("person", "schedule", "team")


def target_named(word: str, catalogue: Catalogue) -> str:
    """Return the target that a word means, such as `schedule:dba`; a key alone will do where one thing has it.

    Raises:
        InvalidError: nothing is called so, or several things are.
    """
    kind, colon, key = word.strip().partition(":")
    wanted, key = ((kind,), key) if colon else (KINDS, kind)
    known = {
        "person": catalogue.person(key),
        "schedule": catalogue.schedule(key),
        "team": catalogue.team(key),
    }
    found = [f"{one}:{key}" for one in wanted if known.get(one) is not None]
    if not found:
        mend = "Use a key of `people`, `schedules` or `teams`, such as person:ana or schedule:primary."
        raise InvalidError(f"no person, schedule or team is called {word!r}", field="targets", mend=mend)
    if len(found) > 1:
        mend = f"Say which: {', '.join(found)}."
        raise InvalidError(f"{word!r} could be several things", field="targets", mend=mend)
    return found[0]
