"""What becomes of a page by its person's rules: each way at its time, the next at once when one fails, none twice.

A person who is called has a cycle (`Cycle`) and, while ways are left that wait for their time, one timer. The ladder
knows nothing of it: it asks for a person once a level, and every page it asks for passes `reach`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.effects import CancelPages, Page
from tocsin.domain.incident.events import Delivered, DeliveryFailed, Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Cycle, Incident
from tocsin.domain.incident.step.result import Step, arm, disarm
from tocsin.domain.incident.step.waking import ESCALATION, REQUEST, ROADS, call_key, page_by
from tocsin.domain.oncall.notification import Way, quiet_until, ways
from tocsin.domain.replacing import replace

TIMER = "notify"
# A page that comes this long after its time shows that Tocsin was away, not that it was busy.
LATE = timedelta(minutes=1)
# How long a page from before the outage, which is on its way by now, is waited for.
SETTLING = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Whom a page's key calls: by which road, since which event, and by which of their ways."""

    road: str
    call: int
    person: str
    way: str


def called(incident: Incident, key: str) -> Called | None:
    """Return what a page's key says, None for the key of anything else."""
    road, _, rest = key.removeprefix(f"{incident.id}/").partition("/")
    call, _, rest = rest.partition("/")
    person, _, way = rest.partition("/")
    if road not in ROADS or not (call.isascii() and call.isdecimal()) or not way:
        return None
    return Called(road=road, call=int(call), person=person, way=way)


def stands(incident: Incident, key: str) -> bool:
    """Return whether the call that a page belongs to is its person's last by that road, and not over."""
    said = called(incident, key)
    cycle = incident.cycles.get(f"{said.road}/{said.person}") if said else None
    return said is not None and cycle is not None and cycle.call == said.call


def reach(result: Step, event: Event, policy: Policy) -> Step:
    """Return the step with every page that it newly asks for brought in line with its person's rules.

    Whoever is called by the escalation, or was asked for by then, hears no more once somebody has it, nobody works on it,
    or pages are withdrawn.
    """
    body = event.body
    incident = result.incident
    if isinstance(body, Delivered) and body.kind == "page":
        incident = _noted(incident, event, body.key, policy)
    if any(isinstance(effect, CancelPages) for effect in result.effects):
        ended = _ended(incident, [who for who, cycle in incident.cycles.items() if cycle.road in {ESCALATION, REQUEST}])
    else:
        ended = Step(incident=incident)
    reached = ended
    for effect in result.effects:
        said = called(incident, effect.key) if isinstance(effect, Page) else None
        if said is None or said.call != event.seq:
            reached = reached.also(effect)
        else:
            reached = reached.then(_begin(reached.incident, event, said, policy))
    return reached.then(_end_over(reached.incident))


def go_on(incident: Incident, event: Event, who: str, policy: Policy) -> Step:
    """Use the ways of a cycle whose time has come; those that an outage made wait count as one page."""
    cycle = incident.cycles.get(who)
    if cycle is None or _over(incident, cycle):
        return Step(incident=incident)
    plan = _Plan.of(incident, policy, cycle)
    now = event.recorded_at
    due = plan.due(now)
    if not due:
        return _kept(incident, cycle, event, policy)
    late = now - plan.time(due[0]) > plan.late and plan.quiet_ended(now) is None
    if late and cycle.used and not cycle.delivered and not cycle.failed and not cycle.waited:
        waits = replace(incident, cycles={**incident.cycles, who: replace(cycle, waited=True)})
        return arm(waits, f"{TIMER}/{who}", now + SETTLING / policy.catalogue.speed, event)
    wanted = () if plan.told_lately(now) else due[-1:] if late else due
    used = replace(
        cycle,
        used=(*cycle.used, *(way.name for way in due)),
        asked_at=now if wanted else cycle.asked_at,
        delivered=cycle.delivered and not wanted,
        late_at=now if late and wanted else cycle.late_at,
    )
    return _kept(incident, used, event, policy).also(*plan.pages(wanted))


def next_way(incident: Incident, event: Event, body: DeliveryFailed, policy: Policy) -> tuple[Step, bool]:
    """Use the person's next way at once in place of one that failed; say whether any of theirs may still reach them."""
    said = called(incident, body.key)
    if said is None:
        return Step(incident=incident), False
    found = incident.cycles.get(f"{said.road}/{said.person}")
    if found is None or found.call != said.call:
        # Nobody keeps count any more (somebody has it, leadership is told all the same): their order is all there is.
        stand_in = Cycle(person=said.person, road=said.road, call=said.call, began_at=event.recorded_at)
        plan = _Plan.of(incident, policy, stand_in)
        after = plan.after(said.way)
        return Step(incident=incident, effects=plan.pages(after)), bool(after)
    if said.way in found.failed:  # told twice: the same page again, whose key is known
        plan = _Plan.of(incident, policy, found)
        again = [way for way in plan.after(said.way) if way.name in found.used]
        return Step(incident=incident, effects=plan.pages(again)), True
    cycle = replace(found, failed=(*found.failed, said.way))
    plan = _Plan.of(incident, policy, cycle)
    if all(way.name != said.way for way in plan.ways):  # their contacts were changed meanwhile: the next level is surer
        return Step(incident=incident), False
    left = plan.unused()[:1]
    cycle = replace(cycle, used=(*cycle.used, *(way.name for way in left)))
    if left:
        cycle = replace(cycle, asked_at=event.recorded_at, delivered=False)
    hopeful = bool(left) or bool(set(cycle.used) - set(cycle.failed))
    return _kept(incident, cycle, event, policy).also(*plan.pages(left)), hopeful


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A person's ways as a cycle stands to them."""

    incident: Incident
    policy: Policy
    cycle: Cycle
    ways: tuple[Way, ...]
    low: bool

    @classmethod
    def of(cls, incident: Incident, policy: Policy, cycle: Cycle) -> _Plan:
        urgency = policy.urgency(incident.severity)
        found = ways(policy.catalogue, cycle.person, urgency)
        return cls(incident=incident, policy=policy, cycle=cycle, ways=found, low=urgency == "low")

    @property
    def late(self) -> timedelta:
        return LATE / self.policy.catalogue.speed

    def unused(self) -> tuple[Way, ...]:
        return tuple(way for way in self.ways if way.name not in self.cycle.used)

    def timed(self) -> tuple[Way, ...]:
        return tuple(way for way in self.unused() if way.after is not None)

    def time(self, way: Way) -> datetime:
        return self.cycle.began_at + (way.after or timedelta(0))

    def quiet(self, at: datetime) -> datetime | None:
        return quiet_until(self.policy.catalogue.person(self.cycle.person), at) if self.low else None

    def quiet_ended(self, now: datetime) -> datetime | None:
        """Return when quiet hours that held when the next way was due have ended; None where none held it back."""
        first = self.timed()[:1]
        ended = self.quiet(self.time(first[0])) if first else None
        return ended if ended is not None and ended <= now else None

    def due(self, now: datetime) -> tuple[Way, ...]:
        if self.quiet(now) is not None:
            return ()
        return tuple(way for way in self.timed() if self.time(way) <= now)

    def next_due(self, now: datetime) -> datetime | None:
        times = [self.time(way) for way in self.timed()]
        if not times:
            return None
        soonest = max(min(times), now)
        return self.quiet(soonest) or soonest

    def told_lately(self, now: datetime) -> bool:
        """Return whether this person was just told late: what else was missed meanwhile is in that page."""
        return self.cycle.late_at is not None and now - self.cycle.late_at <= self.late

    def after(self, name: str) -> tuple[Way, ...]:
        names = [way.name for way in self.ways]
        place = names.index(name) + 1 if name in names else len(names)
        return self.ways[place : place + 1]

    def pages(self, chosen: Iterable[Way]) -> tuple[Page, ...]:
        call = call_key(self.incident, self.cycle.road, self.cycle.call)
        return tuple(
            page_by(self.incident, way, call=call, person=self.cycle.person, place=self.ways.index(way))
            for way in chosen
        )


def _begin(incident: Incident, event: Event, said: Called, policy: Policy) -> Step:
    """Call a person: what their rules use at once is used; the rest waits for its time."""
    who = f"{said.road}/{said.person}"
    now = event.recorded_at
    fresh = Cycle(person=said.person, road=said.road, call=event.seq, began_at=now)
    plan = _Plan.of(incident, policy, fresh)
    due = plan.due(now)
    before = incident.cycles.get(who)
    lately = before is not None and replace(plan, cycle=before).told_lately(now)
    wanted = () if lately else due
    cycle = replace(
        fresh,
        used=tuple(way.name for way in due),
        asked_at=now if wanted else None,
        late_at=before.late_at if before and lately else None,
    )
    return _kept(incident, cycle, event, policy).also(*plan.pages(wanted))


def _kept(incident: Incident, cycle: Cycle, event: Event, policy: Policy) -> Step:
    """Keep the cycle, with a timer for the next of its ways."""
    who = f"{cycle.road}/{cycle.person}"
    kept = replace(incident, cycles={**incident.cycles, who: cycle})
    due = _Plan.of(incident, policy, cycle).next_due(event.recorded_at)
    if due is None or _over(incident, cycle):
        return disarm(kept, f"{TIMER}/{who}")
    return arm(kept, f"{TIMER}/{who}", due, event)


def _noted(incident: Incident, event: Event, key: str, policy: Policy) -> Incident:
    """Note that a page arrived, and when it came long after it was asked for."""
    said = called(incident, key)
    cycle = incident.cycles.get(f"{said.road}/{said.person}") if said else None
    if said is None or cycle is None or cycle.call != said.call:
        return incident
    late = cycle.asked_at is not None and event.recorded_at - cycle.asked_at > LATE / policy.catalogue.speed
    noted = replace(cycle, delivered=True, late_at=event.recorded_at if late else cycle.late_at)
    return replace(incident, cycles={**incident.cycles, f"{cycle.road}/{cycle.person}": noted})


def _over(incident: Incident, cycle: Cycle) -> bool:
    """Return whether nothing more is to be used: leaders who have heard of it are spared once somebody has it."""
    if cycle.road == REQUEST:
        asked = incident.request_for(cycle.person)
        return not incident.open or (asked is not None and asked.joined_at is not None)
    taken = bool(incident.paging.acknowledged_by) and (cycle.road == ESCALATION or bool(cycle.used))
    return not incident.open or taken


def _end_over(incident: Incident) -> Step:
    return _ended(incident, [who for who, cycle in incident.cycles.items() if _over(incident, cycle)])


def _ended(incident: Incident, over: list[str]) -> Step:
    if not over:
        return Step(incident=incident)
    left = {who: cycle for who, cycle in incident.cycles.items() if who not in over}
    return disarm(replace(incident, cycles=left), *(f"{TIMER}/{who}" for who in over))
