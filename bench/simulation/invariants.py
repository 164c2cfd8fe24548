"""What Tocsin promises, asked of its tables, of the record and of the providers' own account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from bench.simulation.inputs import Told
from bench.simulation.providers import Ledger
from tocsin.domain.incident.events import Declared, Delivered, DeliveryFailed, Event, Resent
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows.deliver import MESSAGE_KINDS
from tocsin.flows.handle import refold
from tocsin.flows.investigate import REDIAGNOSE
from tocsin.flows.needless import NEEDLESS, REACHED
from tocsin.flows.policies import policy_of
from tocsin.store.memory import MemoryStore
from tocsin.store.memory.rows import JobRow, Rows

# Of paging's clocks those that say that somebody is still to be woken, or nobody for now.
RESTING = frozenset({"escalate", "snooze", "ack_timeout"})
ENDED = frozenset({"done", "dead", "cancelled"})


def timers_agree(rows: Rows, incident: Incident) -> str:
    """Return what is wrong between the clocks that an incident believes in and those that will ring; '' when nothing is."""
    ring = {
        name: row.generation
        for (stream, name), row in rows.timers.items()
        if stream == incident.id and name != REDIAGNOSE
    }
    if ring == dict(incident.timers):
        return ""
    return f"{incident.ref}: its clocks are {dict(sorted(incident.timers.items()))}, those that ring {ring}"


def paged_for_nothing(rows: Rows, incident: str, key: str) -> str:
    """Return why a page that begins to be sent now should not be; '' when it should."""
    found = rows.incidents.get(incident)
    if found is None:
        return f"a page of no incident: {key}"
    if not found.open:
        return f"{found.ref} is {found.phase}, and {key} is sent"
    if key.startswith(f"{incident}/page/") and found.paging.acknowledged_by:
        return f"{found.paging.acknowledged_by} has {found.ref}, and {key} is sent"
    if key.startswith(f"{incident}/request/"):
        return _asked_for_nothing(found, rows.events[incident], key)
    return ""


def _asked_for_nothing(found: Incident, events: tuple[Event, ...], key: str) -> str:
    """Return why whoever was asked to join should not be woken: they come, or somebody took it since they were asked."""
    _, _, call, person, *_ = key.split("/")
    asked = found.request_for(person)
    if asked is None or asked.joined_at is not None:
        return f"{person} joins {found.ref} already, and {key} is sent"
    taken = found.said_by.get("acknowledged_by", "")
    while taken in found.corrections:
        taken = found.corrections[taken]
    since = next((event.seq for event in events if event.id == taken), 0)
    if found.paging.acknowledged_by and since > int(call):
        return f"{found.paging.acknowledged_by} took {found.ref} since {key} was asked for, and it is sent"
    return ""


def after_all(store: MemoryStore, ledger: Ledger, declared: dict[str, Told]) -> Iterator[str]:
    """Return everything that is wrong once nothing goes wrong any more and all that was due has had its time."""
    rows = store.rows
    yield from overdue(store)
    yield from _numbered(rows)
    yield from _declared_once(rows, declared)
    yield from _of_no_incident(rows, ledger)
    for incident in rows.incidents.values():
        events = rows.events[incident.id]
        jobs = [row for row in rows.jobs.values() if row.job.incident == incident.id]
        yield from _contiguous(incident, events)
        yield from filter(None, [timers_agree(rows, incident)])
        yield from _log_agrees(events, jobs, ledger)
        yield from _woken(store, incident, jobs, ledger)
        yield from _refolds(store, incident)


def overdue(store: MemoryStore, since: timedelta = timedelta()) -> Iterator[str]:
    """Return what was due for so long and is not done: on its way still, or lost."""
    rows, now = store.rows, store.clock() - since
    late = [key for key, row in rows.timers.items() if row.ready_at <= now]
    if late:
        yield f"timers were lost: {late}"
    waiting = [row.job.key for row in rows.jobs.values() if row.state not in ENDED and row.job.due <= now]
    if waiting:
        yield f"work was lost: {waiting}"


def _numbered(rows: Rows) -> Iterator[str]:
    for prefix, last in rows.counters.items():
        numbers = sorted(
            int(number)
            for found in rows.incidents.values()
            for head, dash, number in [found.ref.rpartition("-")]
            if head + dash == prefix
        )
        if numbers != list(range(1, last + 1)):
            yield f"{prefix} was counted to {last} and is {numbers}"


def _declared_once(rows: Rows, declared: dict[str, Told]) -> Iterator[str]:
    titles = Counter(e.body.title for es in rows.events.values() if isinstance((e := es[0]).body, Declared))
    for told in declared.values():
        title = f"It breaks {told.key.rpartition('-')[2]}"
        if titles[title] != bool(told.ref):
            yield f"{title!r} was declared once, answered {told.ref!r}, and is there {titles[title]} times"


def _of_no_incident(rows: Rows, ledger: Ledger) -> Iterator[str]:
    """What Tocsin says of its providers goes to the catch-all responder, and is settled as sent only where it was."""
    for key, row in rows.jobs.items():
        if row.job.incident:
            continue
        if not key.startswith("circuit/") or row.job.payload["to"] != "cat":
            yield f"{key} belongs to no incident"
        if row.state == "done" and not ledger.times.get(key):
            yield f"{key} is settled as sent, and nobody received it"


def _contiguous(incident: Incident, events: tuple[Event, ...]) -> Iterator[str]:
    if [e.seq for e in events] != list(range(1, incident.seq + 1)):
        yield f"{incident.ref}: its events are numbered {[e.seq for e in events]}, it is at {incident.seq}"
    if any(a.recorded_at > b.recorded_at for a, b in pairwise(events)):
        yield f"{incident.ref}: recorded times go backwards"


def _log_agrees(events: tuple[Event, ...], jobs: list[JobRow], ledger: Ledger) -> Iterator[str]:
    """Hold the outbox against the record and against the outside: each end of a row is told once, each arrival has a row."""
    told = Counter(
        (type(e.body), e.body.key)
        for e in events
        if isinstance(e.body, Delivered | DeliveryFailed) and not e.supersedes
    )
    again = Counter(e.body.key for e in events if isinstance(e.body, Resent))
    rows = {row.job.key: row for row in jobs if row.job.kind in MESSAGE_KINDS}
    for key, row in rows.items():
        unsent = row.state == "done" and not ledger.times.get(key) and row.result not in {NEEDLESS, REACHED}
        sent = row.state == "done" and row.result != NEEDLESS
        if unsent:
            yield f"{key} is settled as sent, and nobody received it"
        if told[Delivered, key] != sent or told[DeliveryFailed, key] != again[key] + (row.state == "dead"):
            yield f"{key} is {row.state}, the record says {[t.__name__ for t, k in told if k == key]}"
    for _, key in told:
        if key not in rows:
            yield f"the record tells of {key}, of which there is no row"


def _woken(store: MemoryStore, incident: Incident, jobs: list[JobRow], ledger: Ledger) -> Iterator[str]:
    """Return whether somebody was woken where the rules wake somebody, or the record says why nobody was."""
    pages = [row for row in jobs if row.job.kind == "page"]
    arrived = any(ledger.times.get(row.job.key) for row in pages)
    if pages and not arrived and not _explained(pages) and incident.paging.acknowledged_by == "":
        yield f"{incident.ref}: of {len(pages)} pages none arrived, none failed on record"
    with store.reading() as tx:
        wakes = policy_of(tx, incident.pack).level(incident.severity).pages
    if incident.open and incident.paging.held and incident.paging.held_timer not in incident.timers:
        yield f"{incident.ref}: its paging stands still ({incident.paging.held}), and nothing looks whether it goes on"
    rests = incident.paging.acknowledged_by or RESTING & set(incident.timers) or not incident.open
    if rests or not wakes:
        return
    if not incident.paging.exhausted:
        yield f"{incident.ref}: nobody has it, nothing rings, and there are levels left"
    last = [row for row in pages if f"/{incident.paging.call}/" in row.job.key]
    if not any(ledger.times.get(row.job.key) for row in last) and not _nobody_told(jobs):
        yield f"{incident.ref}: the last level heard nothing, and no channel says so"


def _explained(pages: list[JobRow]) -> bool:
    return all(row.state in {"dead", "cancelled"} or row.result == NEEDLESS for row in pages)


def _nobody_told(jobs: list[JobRow]) -> bool:
    return any("Nobody can be paged" in str(row.job.payload.get("text")) for row in jobs)


def _refolds(store: MemoryStore, incident: Incident) -> Iterator[str]:
    with store.reading() as tx:
        again = refold(tx, incident.id)
        seen = tx.see(WORKER, incident.id)
    names = [n for n in Incident.__dataclass_fields__ if getattr(again, n) != getattr(incident, n)]
    if max(store.rows.catalogues) > incident.catalogue:
        # Whom the escalation reached under a later configuration is not told again by the one it opened under; nor, where
        # that is somebody else, the ways to them that were tried.
        apart = {"paging", "paging_due_at", "timers"}
        names = [n for n in names if n not in (apart | {"cycles"} if "paging" in names else apart)]
    if names:
        there = {n: (getattr(incident, n), getattr(again, n)) for n in names}
        yield f"{incident.ref}: folded again it differs: {there}"
    if seen != incident:
        yield f"{incident.ref}: what is shown is not what is kept"
