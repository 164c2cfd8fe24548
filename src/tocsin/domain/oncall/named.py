"""Why somebody is called at a level: the targets of its step that mean them, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tocsin.domain import words
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.schedule import on_call


def named_by(targets: Sequence[str], person: str, catalogue: Catalogue, at: datetime) -> tuple[str, ...]:
    """Return a sentence for each target that meant the person at `at`, and for each schedule who was on call then."""
    name = words.name(person, catalogue.names)
    found = (_sentence(target, person, catalogue, at) for target in targets)
    return tuple(sentence.format(name=name) for sentence in found if sentence)


def _sentence(target: str, person: str, catalogue: Catalogue, at: datetime) -> str:
    kind, _, key = target.partition(":")
    if kind == "schedule":
        schedule = catalogue.schedule(key)
        now = on_call(schedule, at) if schedule else ()
        return f"Schedule {key} is asked; on call at {words.at(at)}: {_people(now, catalogue.names)}."
    if kind == "team":
        team = catalogue.team(key)
        return f"Team {key} is asked, and {{name}} is a member." if team and person in team.members else ""
    if kind == "person":
        return "{name} is named by the policy itself." if key == person else ""
    return f"The policy asks for {target.replace('_', ' ')}."


def _people(people: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(words.name(person, names) for person in people) or "nobody"
