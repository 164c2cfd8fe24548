"""How Tocsin itself is: its processes, its outbox, and the configuration in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.circuits import open_circuits
from tocsin.flows.deadman import last_knock
from tocsin.flows.engine import Engine
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.monitor import trouble_of
from tocsin.flows.policies import catalogue, stated
from tocsin.flows.storage import Heartbeat, JobSummary, Page

ALIVE = timedelta(seconds=15)
RECENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`well` is False when no worker lives, work is late, a monitor is blind, or something was lately not delivered.

    `circuits` are the providers that are left alone because they fail; `deadman_age_s` is since when the dead man's switch
    was asked last, None without one.
    """

    well: bool
    problems: tuple[str, ...]
    processes: tuple[Heartbeat, ...]
    backlog: Mapping[str, float]
    catalogue: int
    circuits: tuple[str, ...] = ()
    failed_last_hour: int = 0
    deadman_age_s: float | None = None


def outbox(
    engine: Engine, viewer: Viewer, *, incident: str = "", state: str = "", cursor: str = "", limit: int = 200
) -> Page[JobSummary]:
    """Return a page of messages and work of visible incidents, newest first.

    Raises:
        UnknownIncidentError: `incident` is absent, or hidden from `viewer`.
        InvalidError: the cursor is damaged or belongs to another listing.
    """
    with engine.store.reading() as tx:
        found = tx.see(viewer, incident) if incident else None
        if incident and found is None:
            raise UnknownIncidentError(incident)
        return tx.jobs(
            viewer,
            incident=found.id if found else "",
            states=(state,) if state else (),
            cursor=cursor,
            limit=limit,
        )


def configuration(engine: Engine) -> str:
    """Return the configuration in force as JSON; integration keys are left out."""
    with engine.store.reading() as tx:
        known = stated(tx)
    bare = tuple(replace(i, keys=()) for i in known.integrations)
    return msgspec.json.encode(replace(known, integrations=bare)).decode()


def health(engine: Engine) -> Health:
    """Return how Tocsin itself is."""
    with engine.store.reading() as tx:
        now = tx.now()
        beats = tx.heartbeats()
        backlog = tx.backlog()
        version, _ = tx.catalogue()
        monitors = catalogue(tx).monitors if version else ()
        blind = [f"monitor {m.key}: {why}" for m in monitors if (why := trouble_of(tx, m.key))]
        buried = tx.jobs(WORKER, states=("dead",)).items
        dead = [j for j in buried if j.settled_at and now - j.settled_at <= RECENT]
        broken, knocked = open_circuits(tx), last_knock(tx)
    living = [b for b in beats if now - b.at <= ALIVE]
    problems = [
        *([] if any(b.role == "work" for b in living) else ["no worker is alive: pages are not being sent"]),
        *(["work is late"] if backlog.get("oldest_due_s", 0) > ALIVE.total_seconds() else []),
        *([f"deliveries that failed for good in the last hour: {len(dead)}"] if dead else []),
        *(["clocks are late"] if backlog.get("oldest_timer_s", 0) > ALIVE.total_seconds() else []),
        *(f"messages by {name} fail, and go other ways where there are any" for name in sorted(broken)),
        *([f"the dead man's switch did not hear of us: {knocked.trouble}"] if knocked and knocked.trouble else []),
        *blind,
        *([] if version else ["no configuration has been applied"]),
    ]
    return Health(
        well=not problems,
        problems=tuple(problems),
        processes=tuple(living),
        backlog=backlog,
        catalogue=version,
        circuits=tuple(sorted(broken)),
        failed_last_hour=len(dead),
        deadman_age_s=(now - knocked.at).total_seconds() if knocked else None,
    )
