"""Told ahead: people that they go on call, teams that nobody will be. A timer looks every hour; each thing is told once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain import words
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.domain.oncall.shifts import shifts
from tocsin.domain.oncall.shortfall import shortfalls
from tocsin.domain.schedules import Schedule
from tocsin.flows.configure import PREFIX
from tocsin.flows.engine import Engine
from tocsin.flows.policies import NotConfiguredError, catalogue
from tocsin.flows.storage import NewJob, Timer, Tx
from tocsin.flows.transact import transact

STREAM: Final = "oncall/notices"
NAME: Final = "notices"
EVERY: Final = timedelta(hours=1)
# So far ahead a shift's end is looked for, and so far back the beginning of a gap that is there already.
HORIZON: Final = timedelta(days=14)
_DAY: Final = timedelta(days=1)


def begin(engine: Engine) -> None:
    """Arm the first round; a worker that starts does so, and several at once make one round."""
    transact(engine, lambda tx: tx.set_timer(STREAM, NAME, 1, tx.now()))


def look(engine: Engine, timer: Timer) -> None:
    """Queue what is to be told now, and arm the next round. The keys of the rows keep anything from being told twice."""

    def tell(tx: Tx) -> None:
        if not tx.finish_timer(timer):
            return
        now = tx.now()
        tx.set_timer(timer.stream, timer.name, timer.generation, now + EVERY)
        try:
            known = catalogue(tx)
        except NotConfiguredError:
            return
        for schedule in known.schedules:
            if not schedule.key.startswith(PREFIX):
                tx.enqueue([*_turns(known, schedule, now), *_gaps(known, schedule, now)])

    transact(engine, tell)
    engine.store.wake()


def _turns(known: Catalogue, schedule: Schedule, now: datetime) -> Iterator[NewJob]:
    """Yield a notice for everybody whose hours begin within the schedule's notice."""
    if schedule.notice <= timedelta(0):
        return
    held: dict[str, list[tuple[datetime, datetime]]] = {}
    until = now + schedule.notice + HORIZON
    for shift in shifts(schedule, now, until):
        for person in shift.people:
            spans = held.setdefault(person, [])
            starts = spans.pop()[0] if spans and spans[-1][1] == shift.starts else shift.starts
            spans.append((starts, shift.ends))
    for person, spans in held.items():
        for starts, ends in spans:
            if now < starts <= now + schedule.notice:
                last = f" until {words.at(ends)}" if ends < until else ""
                text = f"You go on call for {schedule.key} at {words.at(starts)}{last}."
                key = f"oncall/turn/{schedule.key}/{person}/{starts.isoformat()}"
                yield from _note(known, person, now, key=key, subject=f"On call: {schedule.key}", text=text)


def _gaps(known: Catalogue, schedule: Schedule, now: datetime) -> Iterator[NewJob]:
    """Yield a warning to everybody who answers for the schedule, for each gap ahead that no layer means to leave."""
    if schedule.warn_gaps <= timedelta(0):
        return
    # From a midnight on, so that a gap that is there already is the same one all day long.
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - _DAY
    for gap in shortfalls(schedule, since, now + schedule.warn_gaps):
        if gap.ends <= now:
            continue
        begins = f"from {words.at(gap.starts)}" if gap.starts > now else "now"
        more = "" if gap.ends < now + schedule.warn_gaps else " or longer"
        text = (
            f"Nobody is on call for {schedule.key} {begins} until {words.at(gap.ends)}{more}. "
            f"Put somebody there: tocsin schedule override add {schedule.key} PERSON --from … --until …"
        )
        for person in answerable(known, schedule.key):
            key = f"oncall/gap/{schedule.key}/{gap.starts.isoformat()}/{person}"
            yield from _note(known, person, now, key=key, subject=f"Nobody on call: {schedule.key}", text=text)


def answerable(known: Catalogue, schedule: str) -> tuple[str, ...]:
    """Return who hears of a schedule's gaps: leaders, else members, of teams that page by it; else the people in it."""
    target = f"schedule:{schedule}"
    policies = {p.key for p in known.policies if any(target in step.targets for step in p.steps)}
    teams = [t for t in known.teams if t.policy in policies or t.oncall_manager == target]
    people = dict.fromkeys(p for team in teams for p in (team.leadership or team.members))
    found = known.schedule(schedule)
    return tuple(people) or (found.everybody if found else ())


def _note(known: Catalogue, person: str, now: datetime, *, key: str, subject: str, text: str) -> Iterator[NewJob]:
    for contact in usable_contacts(known, person)[:1]:
        where = {"method": contact.key, "via": contact.kind, "over": contact.channel, "address": contact.address}
        said = {"subject": f"Tocsin: {subject}", "text": text, "facts": {"moment": "oncall"}}
        yield NewJob(key=key, kind="reminder", incident="", payload={"to": person, **where, **said}, due=now)
