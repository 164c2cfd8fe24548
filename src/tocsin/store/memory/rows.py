"""What the memory store keeps. Values are frozen, so a transaction works on shallow copies and a rollback drops them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from tocsin.domain.alerts.silences import Silence
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.state import Incident
from tocsin.flows.alert_storage import AlertGroup, KeptAlert
from tocsin.flows.change_log import ToldChange
from tocsin.flows.schedule_records import StoredChange
from tocsin.flows.storage import Answer, Heartbeat, Job, NewJob, RawBody, Session, Token, User, VerifiedContact
from tocsin.flows.storage_inhibitors import Standing

JobState = Literal["waiting", "held", "done", "dead", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """An outbox row; `ready_at` is None once it is settled."""

    number: int
    job: NewJob
    created_at: datetime
    ready_at: datetime | None
    state: JobState = "waiting"
    attempt: int = 0
    unknown: bool = False
    settled_at: datetime | None = None
    result: str = ""

    @property
    def id(self) -> str:
        """The job's id, which sorts by age."""
        return f"job-{self.number:012}"

    def leased(self, now: datetime) -> Job:
        """Return the row as its worker sees it."""
        job = self.job
        return Job(
            id=self.id,
            key=job.key,
            kind=job.kind,
            incident=job.incident,
            payload=job.payload,
            due=job.due,
            attempt=self.attempt,
            created_at=self.created_at,
            taken_at=now,
            previous_outcome_unknown=self.unknown,
            recipient=job.recipient,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRow:
    """A timer; `ready_at` is its due time, or the end of its lease."""

    generation: int
    due: datetime
    ready_at: datetime
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Every table, as dictionaries by primary key."""

    incidents: dict[str, Incident] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    events: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    changes: dict[int, tuple[str, int]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, JobRow] = field(default_factory=dict)  # by the job's key
    timers: dict[tuple[str, str], TimerRow] = field(default_factory=dict)
    packs: dict[str, str] = field(default_factory=dict)
    catalogues: dict[int, str] = field(default_factory=dict)
    catalogue_times: dict[int, datetime] = field(default_factory=dict)
    alerts: dict[tuple[str, str], tuple[datetime, KeptAlert]] = field(default_factory=dict)
    alert_places: dict[int, tuple[str, str]] = field(default_factory=dict)  # an alert's id -> its key
    groups: dict[str, AlertGroup] = field(default_factory=dict)
    standings: dict[Standing, None] = field(default_factory=dict)
    raws: dict[str, RawBody] = field(default_factory=dict)
    bundles: dict[str, tuple[datetime, bytes]] = field(default_factory=dict)
    samples: dict[tuple[str, datetime], Any] = field(default_factory=dict)  # whatever JSON the monitor wrote
    service_changes: dict[tuple[str, str], ToldChange] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, tuple[str, Token]] = field(default_factory=dict)  # id -> (digest, token)
    sessions: dict[str, Session] = field(default_factory=dict)
    once: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    tries: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    contacts: dict[tuple[str, str], VerifiedContact] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[datetime, Answer]] = field(default_factory=dict)
    schedule_changes: dict[str, StoredChange] = field(default_factory=dict)
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)

    def copy(self) -> Rows:
        """Return tables that can change without changing these."""
        return self._with(dict)

    def frozen(self) -> Rows:
        """Return a view that refuses to change."""
        return self._with(MappingProxyType)

    def _with(self, wrap: Callable[[Any], Any]) -> Rows:
        return Rows(**{name: wrap(getattr(self, name)) for name in _TABLES})


_TABLES = tuple(table.name for table in fields(Rows))
