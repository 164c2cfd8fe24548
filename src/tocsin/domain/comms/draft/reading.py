"""The draft itself: everything the text says, its title, and the questions it leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import re2

from tocsin.domain.catalogue import Service
from tocsin.domain.comms.draft.figures import figures
from tocsin.domain.comms.draft.places import candidates, endpoints
from tocsin.domain.comms.draft.times import Moment, began
from tocsin.domain.comms.draft.words import clauses, initial_error, still_works, symptoms, told
from tocsin.domain.impact import Impact
from tocsin.domain.policy.pack import Question

MAX_TEXT = 10_000
MAX_TITLE = 80

_LEADING = re2.compile(r"(?i)^(?:[\s:,.\-!]|\b(?:please|declare|new|an?|incident|help)\b\s*:?)+")
_TITLE_END = re2.compile(r"[,;\n]|[.!?](?:\s|$)|\s[-–—(]\s?")  # noqa: RUF001 (people type these dashes)

ASK_SYMPTOM = Question(key="symptom", text="What is broken, and what do people see?")
ASK_SERVICE = Question(key="service", text="Which service is it?")
ASK_STARTED = Question(key="started", text="When did it start (UTC)?")
ASK_USERS = Question(key="users", text="How many users are affected, or what share of requests fails?")
ASK_TREND = Question(key="trend", text="Is it getting worse?")
ASK_STILL = Question(key="still_works", text="What still works?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a free text says about an incident, for a person to confirm.

    `services` are keys, the likeliest first. `started_at` is aware UTC. Unknown is None, '' or empty; `questions` asks
    for it.
    """

    text: str
    title: str = ""
    services: tuple[str, ...] = ()
    started_at: datetime | None = None
    impact: Impact = field(default_factory=Impact)
    endpoints: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    initial_error: str = ""
    questions: tuple[Question, ...] = ()


def draft(text: str, services: Sequence[Service], now: datetime) -> Draft:
    """Return the draft of what `text` says, known `services` being those of the catalogue and `now` aware UTC.

    Text beyond 10 000 characters is not read. Never raises: what cannot be understood is asked for (R-DET-5, R-DET-15).
    """
    readable = text[:MAX_TEXT].encode("utf-8", "replace").decode().replace("\u2019", "'").strip()
    moment = began(readable, now)
    impact = told(readable, figures(readable, Impact()))
    broken = _without_what_works(readable)
    named = endpoints(readable)
    found = candidates(broken, endpoints(broken), services)
    seen = symptoms(broken)
    started_at = moment.at if moment else None
    return Draft(
        text=readable,
        title=_title(readable, moment),
        services=found,
        started_at=started_at,
        impact=impact,
        endpoints=named,
        symptoms=seen,
        initial_error=initial_error(readable),
        questions=_questions(impact, found, started_at, seen),
    )


def _questions(
    impact: Impact, services: Sequence[str], started_at: datetime | None, seen: Sequence[str]
) -> tuple[Question, ...]:
    extent = (impact.users_affected, impact.users_percent, impact.error_percent, impact.failed_requests)
    extent_known = any(figure is not None for figure in extent) or impact.scope != "unknown"
    asked = (
        (ASK_SYMPTOM, not seen),
        (ASK_SERVICE, not services),
        (ASK_STARTED, started_at is None),
        (ASK_USERS, not extent_known),
        (ASK_TREND, impact.trend == "unknown"),
        (ASK_STILL, not impact.still_works),
    )
    return tuple(question for question, open_ in asked if open_)


def _without_what_works(text: str) -> str:
    """Return `text` without the clauses about what still works: a service named there is not the broken one."""
    if not still_works(text):
        return text
    return ", ".join(clause for clause in clauses(text) if not still_works(clause))


def _title(text: str, moment: Moment | None) -> str:
    """Return the first clause up to where the time is told, or the whole first line when that leaves too little."""
    line = text.split("\n", 1)[0]
    for end in (moment.start if moment and moment.start < len(line) else len(line), len(line)):
        said = _LEADING.sub("", line[:end], count=1)
        first = _TITLE_END.split(said, maxsplit=1)[0]
        title = " ".join(first.split()).rstrip(" ,;.:-")
        if len(title.split()) > 1 or (title and end == len(line)):
            return title[:1].upper() + title[1:MAX_TITLE]
    return ""
