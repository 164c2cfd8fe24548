"""Questions in memory; every answer about incidents passes `domain.visibility.may_see`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tocsin.domain.incident.state import FollowUp, Incident
from tocsin.domain.visibility import Viewer, may_see
from tocsin.flows.storage import Heartbeat, IncidentFilter, JobSummary, Page
from tocsin.store.cursors import check_limit, read_cursor, write_cursor
from tocsin.store.memory.incidents import IncidentRows
from tocsin.store.memory.rows import JobRow
from tocsin.store.naming import addressee, search_text
from tocsin.store.stamps import to_us

NEVER = datetime.max.replace(tzinfo=UTC)


class ReadingRows(IncidentRows):
    """The questions of one transaction."""

    def list_incidents(
        self, viewer: Viewer, wanted: IncidentFilter, *, cursor: str = "", limit: int = 50
    ) -> Page[Incident]:
        """Return visible incidents, newest declared first; InvalidError for a bad cursor or limit."""
        found = [i for i in self.rows.incidents.values() if self._visible(viewer, i.id) and _wanted(i, wanted)]
        found.sort(key=_place, reverse=True)
        if cursor:
            after = read_cursor(wanted, cursor)
            found = [i for i in found if _place(i) < after]
        shown = found[: check_limit(limit)]
        more = write_cursor(wanted, *_place(shown[-1])) if len(found) > limit else ""
        return Page(items=tuple(shown), next_cursor=more)

    def see(self, viewer: Viewer, ref: str) -> Incident | None:
        """Return one visible incident by id, reference or alias; None when absent or hidden (never told apart)."""
        found = self.resolve_ref(ref)
        return self.rows.incidents[found] if self._visible(viewer, found) else None

    def followups(self, viewer: Viewer, *, owner: str = "", open_only: bool = True) -> list[tuple[str, FollowUp]]:
        """Return (incident reference, follow-up) of visible incidents, by due date, those without one last."""
        found = [
            (incident, followup)
            for incident in self.rows.incidents.values()
            if self._visible(viewer, incident.id)
            for followup in incident.followups
            if owner in {"", followup.owner} and (not open_only or followup.status in {"todo", "doing"})
        ]
        found.sort(key=lambda pair: (pair[1].due or NEVER, pair[0].id, pair[1].key))
        return [(incident.ref, followup) for incident, followup in found]

    def jobs(
        self, viewer: Viewer, *, incident: str = "", states: Sequence[str] = (), limit: int = 200
    ) -> list[JobSummary]:
        """Return outbox rows of visible incidents (and those of none), newest first."""
        found = [
            row
            for row in self.rows.jobs.values()
            if viewer.everything or not row.job.incident or self._visible(viewer, row.job.incident)
            if incident in {"", row.job.incident} and (not states or row.state in states)
        ]
        found.sort(key=lambda row: (row.created_at, row.id), reverse=True)
        return [_summary(row) for row in found[: check_limit(limit)]]

    def heartbeats(self) -> list[Heartbeat]:
        """Return the last sign of life of every process."""
        return [beat for _, beat in sorted(self.rows.heartbeats.items())]

    def backlog(self) -> Mapping[str, float]:
        """Return jobs_due, jobs_dead, oldest_due_s, timers_due, oldest_timer_s."""
        jobs = [row for row in self.rows.jobs.values() if row.ready_at is not None and row.ready_at <= self.now()]
        timers = [row for row in self.rows.timers.values() if row.ready_at <= self.now()]
        return {
            "jobs_due": float(len(jobs)),
            "jobs_dead": float(sum(row.state == "dead" for row in self.rows.jobs.values())),
            "oldest_due_s": max(((self.now() - row.job.due).total_seconds() for row in jobs), default=0.0),
            "timers_due": float(len(timers)),
            "oldest_timer_s": max(((self.now() - row.due).total_seconds() for row in timers), default=0.0),
        }

    def latest_change(self) -> int:
        """Return a number that grows with every event recorded anywhere (feeds live pages)."""
        return len(self.rows.changes)

    def changes_since(self, viewer: Viewer, change: int, limit: int = 500) -> list[tuple[int, str, int]]:
        """Return (change, incident id, seq) of visible incidents after a change number, in order."""
        newer = ((number, *place) for number, place in self.rows.changes.items() if number > change)
        return [(number, of, seq) for number, of, seq in newer if self._visible(viewer, of)][:limit]

    def _visible(self, viewer: Viewer, incident: str) -> bool:
        found = self.rows.incidents.get(incident)
        return found is not None and may_see(viewer, private=found.private, members=found.members)


def _place(incident: Incident) -> tuple[int, str]:
    return to_us(incident.declared_at), incident.id


def _wanted(incident: Incident, wanted: IncidentFilter) -> bool:
    pairs: tuple[tuple[str, Sequence[str]], ...] = (
        (str(incident.phase), wanted.phases),
        (incident.severity, wanted.severities),
        (incident.team, wanted.teams),
        (incident.mode, wanted.modes),
    )
    return (
        all(not values or value in values for value, values in pairs)
        and (not wanted.services or bool(set(wanted.services) & set(incident.services)))
        and wanted.text.casefold() in search_text(incident)
    )


def _summary(row: JobRow) -> JobSummary:
    job = row.job
    return JobSummary(
        id=row.id,
        key=job.key,
        kind=job.kind,
        incident=job.incident,
        state=row.state,
        attempt=row.attempt,
        due=job.due,
        settled_at=row.settled_at,
        result=row.result,
        to=addressee(job.payload),
    )
