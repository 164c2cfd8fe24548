"""Questions in memory; every answer about incidents passes `domain.visibility.may_see`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.domain.incident.state import FollowUp, Incident
from tocsin.domain.visibility import Viewer, may_see
from tocsin.flows.storage import Heartbeat, IncidentFilter, JobSummary, Page
from tocsin.store.cursors import check_limit, read_cursor, write_cursor
from tocsin.store.memory.incidents import IncidentRows
from tocsin.store.memory.rows import JobRow
from tocsin.store.naming import addressee, search_text
from tocsin.store.stamps import NEVER_US, to_us


class ReadingRows(IncidentRows):
    """The questions of one transaction."""

    def list_incidents(
        self, viewer: Viewer, wanted: IncidentFilter, *, cursor: str = "", limit: int = 50
    ) -> Page[Incident]:
        """Return visible incidents, newest declared first; InvalidError for a bad cursor or limit."""
        found = [i for i in self.rows.incidents.values() if self._visible(viewer, i.id) and _wanted(i, wanted)]
        found.sort(key=_place, reverse=True)
        if cursor:
            after = read_cursor(wanted, cursor, tuple[int, str])
            found = [i for i in found if _place(i) < after]
        shown = found[: check_limit(limit)]
        more = write_cursor(wanted, *_place(shown[-1])) if len(found) > limit else ""
        return Page(items=tuple(shown), next_cursor=more)

    def see(self, viewer: Viewer, ref: str) -> Incident | None:
        """Return one visible incident by id, reference or alias; None when absent or hidden (never told apart)."""
        found = self.resolve_ref(ref)
        return self.rows.incidents[found] if self._visible(viewer, found) else None

    def followups(
        self, viewer: Viewer, *, owner: str = "", open_only: bool = True, cursor: str = "", limit: int = 0
    ) -> Page[tuple[str, FollowUp]]:
        """Return (incident reference, follow-up) of visible incidents, by due date, those without one last."""
        found = [
            (incident, followup)
            for incident in self.rows.incidents.values()
            if self._visible(viewer, incident.id)
            for followup in incident.followups
            if owner in {"", followup.owner} and (not open_only or followup.status in {"todo", "doing"})
        ]
        found.sort(key=_due)
        wanted = ("followups", owner, open_only)
        if cursor:
            after = read_cursor(wanted, cursor, tuple[int, str, str])
            found = [pair for pair in found if _due(pair) > after]
        shown = found[: check_limit(limit)] if limit else found
        more = write_cursor(wanted, *_due(shown[-1])) if len(found) > len(shown) else ""
        return Page(items=tuple((incident.ref, followup) for incident, followup in shown), next_cursor=more)

    def jobs(
        self, viewer: Viewer, *, incident: str = "", states: Sequence[str] = (), cursor: str = "", limit: int = 200
    ) -> Page[JobSummary]:
        """Return outbox rows of visible incidents (and those of none), newest first."""
        found = [
            row
            for row in self.rows.jobs.values()
            if viewer.everything or not row.job.incident or self._visible(viewer, row.job.incident)
            if incident in {"", row.job.incident} and (not states or row.state in states)
        ]
        found.sort(key=_newness, reverse=True)
        wanted = ("outbox", incident, tuple(states))
        if cursor:
            before = read_cursor(wanted, cursor, tuple[int, str])
            found = [row for row in found if _newness(row) < before]
        shown = found[: check_limit(limit)]
        more = write_cursor(wanted, *_newness(shown[-1])) if len(found) > limit else ""
        return Page(items=tuple(_summary(row) for row in shown), next_cursor=more)

    def job_named(self, viewer: Viewer, name: str) -> JobSummary | None:
        """Return the outbox row with that key or id, None when there is none or its incident is hidden."""
        row = next((row for row in self.rows.jobs.values() if name in {row.job.key, row.id}), None)
        hidden = row is not None and row.job.incident and not viewer.everything
        if row is None or (hidden and not self._visible(viewer, row.job.incident)):
            return None
        return _summary(row)

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


def _due(pair: tuple[Incident, FollowUp]) -> tuple[int, str, str]:
    incident, followup = pair
    return to_us(followup.due) if followup.due else NEVER_US, incident.id, followup.key


def _newness(row: JobRow) -> tuple[int, str]:
    return to_us(row.created_at), row.id


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
