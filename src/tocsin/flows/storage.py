"""The store's promise: state, history, outbox and timers commit together; leases are fenced by attempt number.

Times are aware UTC datetimes with microseconds; the database's clock stamps leases and `recorded_at`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from tocsin.domain.incident.events import Event
from tocsin.domain.incident.state import FollowUp, Incident
from tocsin.domain.visibility import Viewer
from tocsin.flows.alert_storage import Alerts
from tocsin.flows.change_log import ChangeLog
from tocsin.flows.schedule_records import ScheduleRecords
from tocsin.flows.storage_dead import DeadLetters
from tocsin.flows.storage_inhibitors import Inhibitors
from tocsin.flows.storage_silences import Silences

T = TypeVar("T")
RAW_LIMIT = 1 << 20  # bytes of an inbound body that are kept
LOGIN = "login"  # the purpose of a one-time secret that opens a session


class ConflictError(Exception):
    """Somebody else wrote first; load again and decide anew."""


class StoreUnavailableError(Exception):
    """The database cannot be reached or used now. The message says which one, why and how to mend it, never a password."""

    mend = (
        "See that the database runs, has room, and is where TOCSIN_DATABASE says (without it: in the home directory)."
    )


class DatabaseAddressError(StoreUnavailableError):
    """What names the database cannot be an address of one: a setting to mend, not a database to wait for."""

    field = "TOCSIN_DATABASE"
    mend = "Write sqlite:///relative/path, sqlite:////absolute/path or postgresql://user@host:port/name."


class SchemaError(StoreUnavailableError):
    """The database answers, but its tables are missing, too old or too new for this code."""

    mend = ""  # its sentence says what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """An outbox row to be. `key` is unique for ever: enqueuing it twice keeps the first.

    `critical` goes before everything else that is urgent. `recipient` names where a page goes, so that those to one place
    find each other; '' for what is sent alone.
    """

    key: str
    kind: str
    incident: str
    payload: Mapping[str, object]
    due: datetime
    urgent: bool = False
    critical: bool = False
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A leased outbox row, leased at `taken_at`. `attempt` counts from 1 and fences the settle.

    `previous_outcome_unknown`: some earlier attempt lost its lease, so the world may have seen this already. Once set it stays.
    """

    id: str
    key: str
    kind: str
    incident: str
    payload: Mapping[str, object]
    due: datetime
    attempt: int
    created_at: datetime
    taken_at: datetime
    previous_outcome_unknown: bool = False
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """What was enqueued for one recipient of late: how many rows, and when the next that still waits for its time is due."""

    rows: int
    next_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A leased due timer; `stream` is an incident's id or `monitor/KEY`, `housekeeping/NAME`."""

    stream: str
    name: str
    generation: int
    due: datetime
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a listing and the cursor of the next, empty at the end."""

    items: tuple[T, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """What to list; empty means any."""

    phases: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person's login. `password_hash` is empty until one is set."""

    person: str
    password_hash: str
    scopes: tuple[str, ...]
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token; only its SHA-256 is kept."""

    id: str
    person: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser's login, found by the SHA-256 of its cookie."""

    person: str
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedContact:
    """A contact method that was confirmed: `target` is the digest of where it led then, `by` who confirmed it and how."""

    person: str
    method: str
    target: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """An outbox row as people see it. `state` is one of waiting, held, done, dead, cancelled."""

    id: str
    key: str
    kind: str
    incident: str
    state: str
    attempt: int
    due: datetime
    settled_at: datetime | None
    result: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A process that is (or was) alive."""

    process: str
    role: str
    at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBody:
    """An inbound body as it arrived; `error` says why it could not be read, empty when it could."""

    id: str
    source: str
    received_at: datetime
    body: bytes
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A remembered response to an Idempotency-Key."""

    request_hash: str
    status: int
    body: str


class IncidentLog(Protocol):
    """Incidents and their events, inside one transaction."""

    def resolve_ref(self, ref: str) -> str:
        """Return the incident's id for an id, a reference or any former alias (case-insensitive); '' when unknown."""
        ...

    def load(self, incident: str) -> Incident | None:
        """Return the incident's state, locked for this transaction; None when unknown.

        So it is for a snapshot of another state version: `flows.handle.load` folds it again from `events`. Loading raises `now` to the last event's
        `recorded_at` where a clock ran behind, so call `now` after it.
        """
        ...

    def load_together(self, ids: Collection[str]) -> frozenset[str]:
        """Read these incidents at once, in a writing transaction locked and those left out that others hold; return which.

        `load` has them at hand then, until they are saved.
        """
        ...

    def opened_under(self, incident: str) -> int:
        """Return the number of the configuration that the incident opened under, whatever its snapshot's version; 0 if unknown."""
        ...

    def save(self, incident: Incident, events: Sequence[Event]) -> None:
        """Append `events` (their seqs follow the stored last one) and replace the snapshot and its index columns.

        A `recorded_at` before the last event's is raised to it. The incident's reference resolves from now on.

        Raises:
            ConflictError: another transaction appended first, or the reference names another incident.
            ValueError: the seqs have gaps or do not end at `incident.seq`.
        """
        ...

    def events(self, incident: str, *, after: int = 0, limit: int = 0) -> list[Event]:
        """Return events in recorded order, after seq `after`; all of them when `limit` is 0."""
        ...

    def serialise(self, name: str) -> bool:
        """Let one transaction at a time pass from here to its end, of those that say the same name.

        Return whether others may have written meanwhile, so that what was read before is to be read again: never where
        a store has one writer at a time.
        """
        ...

    def next_number(self, prefix: str) -> int:
        """Return the next number for a rendered id prefix, from 1, without gaps under concurrent declares."""
        ...

    def add_alias(self, ref: str, incident: str) -> None:
        """Make `ref` resolve to `incident` as well; again for the same incident changes nothing.

        Raises:
            ConflictError: it already names another incident.
        """
        ...


class Outbox(Protocol):
    """Work for the world, inside one transaction."""

    def enqueue(self, jobs: Sequence[NewJob]) -> None:
        """Add rows; a key that exists is left as it is."""
        ...

    def cancel(self, incident: str, kinds: Sequence[str]) -> int:
        """Cancel rows that no worker holds and nobody sent (of every kind when `kinds` is empty); return how many."""
        ...

    def gathering(self, recipient: str, since: datetime) -> Gathering:
        """Return what was enqueued for a recipient since then."""
        ...

    def take_along(self, job: Job, until: datetime, *, limit: int) -> list[Job]:
        """Lease with a held job, under its own lease, what else waits for its recipient and is due by then, oldest first."""
        ...

    def lock_jobs(self, jobs: Sequence[Job]) -> frozenset[str]:
        """Lock the rows whose leases these jobs still have and nobody else works on, and return their ids.

        Settling or burying those costs little then, and cannot fail.
        """
        ...

    def settle(self, job: Job, result: str) -> bool:
        """Mark done; False when the lease was lost (another attempt has it): then nothing is written."""
        ...

    def postpone(self, job: Job, due: datetime, reason: str, *, unknown: bool = False) -> bool:
        """Give the row back, to be tried again at `due`; False when the lease was lost.

        `unknown`: the world may have seen it although this try failed, so that the next one is a possible repeat.
        """
        ...

    def bury(self, job: Job, reason: str) -> bool:
        """Mark dead; False when the lease was lost."""
        ...

    def set_timer(self, stream: str, name: str, generation: int, due: datetime) -> None:
        """Upsert (stream, name); a lower generation than the stored one changes nothing, nor does the same timer again.

        A timer that is set anew while a worker holds it is due again, and that worker's `finish_timer` answers False.
        """
        ...

    def bring_forward(self, stream: str, name: str, due: datetime) -> None:
        """Set a timer that has no generations to `due`, unless it is due earlier already."""
        ...

    def clear_timer(self, stream: str, name: str) -> None:
        """Forget a timer; unknown ones too."""
        ...

    def finish_timer(self, timer: Timer) -> bool:
        """Delete the row if it still has this generation and lease; False otherwise."""
        ...

    def finish_timers(self, due: Sequence[Timer]) -> list[Timer]:
        """Delete the rows of those that still have this generation and lease, and return those."""
        ...


class Records(Protocol):
    """Everything else that commits with it."""

    def put_pack(self, digest: str, body: str) -> None:
        """Keep a snapshot (of a pack, of a runbook) by its digest."""
        ...

    def pack(self, digest: str) -> str:
        """Return a snapshot's JSON, '' when unknown."""
        ...

    def put_catalogue(self, body: str, actor: str) -> int:
        """Store a new configuration version and return its number, from 1; the same body as the newest returns that one."""
        ...

    def catalogue(self, version: int = 0) -> tuple[int, str]:
        """Return (number, JSON) of a version, the newest for 0; (0, '') when there is none."""
        ...

    def catalogue_versions(self, begin: datetime, end: datetime) -> tuple[tuple[int, datetime], ...]:
        """Return the versions in force from `begin` to `end`, oldest first, each with when it was stored.

        The first is the newest that was stored by `begin`, where there was one yet.
        """
        ...

    def keep_raw(self, source: str, body: bytes, *, error: str = "") -> str:
        """Keep a raw inbound body (at most `RAW_LIMIT` of it) for replay and return its id."""
        ...

    def raw(self, raw_id: str) -> RawBody | None:
        """Return a raw inbound body, None when unknown or pruned."""
        ...

    def put_bundle(self, key: str, incident: str, body: bytes) -> None:
        """Keep a diagnosis bundle, compressed."""
        ...

    def bundle(self, key: str) -> bytes:
        """Return a bundle, b'' when unknown."""
        ...

    def put_samples(self, series: str, samples: Sequence[tuple[datetime, Mapping[str, object]]]) -> None:
        """Keep monitor samples; one at the same instant of the same series replaces the former."""
        ...

    def samples(self, series: str, since: datetime, until: datetime) -> list[tuple[datetime, Mapping[str, object]]]:
        """Return samples from `since` up to, not including, `until`, in time order."""
        ...

    def put_value(self, key: str, value: str) -> None:
        """Keep a small named value (a monitor's rule state)."""
        ...

    def first_value(self, key: str, value: str) -> str:
        """Keep a named value unless there is one, and return the one that stays; of several at once the first stays."""
        ...

    def value(self, key: str) -> str:
        """Return a named value, '' when unknown."""
        ...

    def open_incident_for(self, service: str) -> str:
        """Return the id of the newest open incident that names the service and is not private, '' when none."""
        ...


class Accounts(Protocol):
    """Logins, tokens, sessions and remembered answers. Secrets arrive as SHA-256 hex digests."""

    def put_user(self, user: User) -> None: ...  # noqa: D102 (the name says it)
    def user(self, person: str) -> User | None: ...  # noqa: D102 (the name says it)
    def put_token(self, token: Token, digest: str) -> None: ...  # noqa: D102 (the name says it)
    def token(self, digest: str) -> Token | None:
        """Return an unexpired token of somebody not disabled; a writing transaction stamps its use, to the minute."""
        ...

    def tokens(self, person: str, *, cursor: str = "", limit: int = 50) -> Page[Token]:
        """Return a person's tokens ('' for everybody's), oldest first, expired ones too; `limit` is 1 to 500.

        Raises:
            InvalidError: the cursor is damaged or belongs to another listing.
        """
        ...

    def token_by_id(self, token_id: str) -> Token | None: ...  # noqa: D102 (the name says it)
    def drop_token(self, token_id: str) -> bool: ...  # noqa: D102 (the name says it)
    def put_session(self, digest: str, session: Session) -> None: ...  # noqa: D102 (the name says it)
    def session(self, digest: str) -> Session | None:
        """Return an unexpired session of somebody not disabled."""
        ...

    def drop_session(self, digest: str) -> None: ...  # noqa: D102 (the name says it)
    def drop_logins(self, person: str, *, keep: str = "") -> int:
        """End a person's sessions but for the one with the digest `keep`, and forget their unspent login links.

        Return how many sessions ended.
        """
        ...

    def put_once(self, purpose: str, digest: str, subject: str, expires_at: datetime) -> None:
        """Keep a one-time secret (a login link, a contact verification) for `subject`."""
        ...

    def see_once(self, purpose: str, digest: str) -> str:
        """Return the subject and spend nothing; '' when unknown, used or expired."""
        ...

    def take_once(self, purpose: str, digest: str) -> str:
        """Return the subject and delete the secret; '' when unknown, used or expired."""
        ...

    def count_try(self, what: str, window: timedelta) -> int:
        """Count a try and return how many there were; `window` after the first, counting begins anew.

        Tries at once are counted one after the other: none is lost, and no two get the same number.
        """
        ...

    def verify_contact(self, person: str, method: str, *, target: str, by: str) -> None:
        """Remember that a contact method was verified for one target; another target takes the place of the former."""
        ...

    def verified_contacts(self) -> tuple[VerifiedContact, ...]:
        """Return every verified contact method, by person and method."""
        ...

    def verified_targets(self) -> frozenset[tuple[str, str, str]]:
        """Return (person, method, target) of every verified contact method; asked for with every decision."""
        ...

    def answer(self, key: str, actor: str) -> Answer | None:
        """Return what an Idempotency-Key answered before (kept 24 h)."""
        ...

    def claim_answer(self, key: str, actor: str, lasting: timedelta) -> bool:
        """Take it on to answer a key; False where it has been answered, or somebody took it on less than `lasting` ago."""
        ...

    def put_answer(self, key: str, actor: str, answer: Answer) -> None:
        """Remember an answer, in place of the claim on it."""
        ...

    def drop_answer(self, key: str, actor: str) -> None:
        """Forget an answer or the claim on it; unknown ones too."""
        ...


class Reading(Protocol):
    """Questions. Every answer about incidents takes the viewer and passes the one visibility predicate."""

    def list_incidents(
        self, viewer: Viewer, wanted: IncidentFilter, *, cursor: str = "", limit: int = 50
    ) -> Page[Incident]:
        """Return visible incidents, newest declared first; `limit` is 1 to 500.

        Raises:
            InvalidError: the cursor is damaged or belongs to another listing.
        """
        ...

    def see(self, viewer: Viewer, ref: str) -> Incident | None:
        """Return one visible incident by id, reference or alias; None when absent or hidden (never told apart)."""
        ...

    def followups(
        self, viewer: Viewer, *, owner: str = "", open_only: bool = True, cursor: str = "", limit: int = 0
    ) -> Page[tuple[str, FollowUp]]:
        """Return (incident reference, follow-up) of visible incidents, by due date, those without one last.

        All of them when `limit` is 0, else 1 to 500 a page.

        Raises:
            InvalidError: the cursor is damaged or belongs to another listing.
        """
        ...

    def jobs(
        self, viewer: Viewer, *, incident: str = "", states: Sequence[str] = (), cursor: str = "", limit: int = 200
    ) -> Page[JobSummary]:
        """Return outbox rows of visible incidents (and those of none), newest first; `limit` is 1 to 500.

        Raises:
            InvalidError: the cursor is damaged or belongs to another listing.
        """
        ...

    def job_named(self, viewer: Viewer, name: str) -> JobSummary | None:
        """Return the outbox row with that key or id, None when there is none or its incident is hidden."""
        ...

    def heartbeats(self) -> list[Heartbeat]:
        """Return the last sign of life of every process."""
        ...

    def backlog(self) -> Mapping[str, float]:
        """Return jobs_due, jobs_dead, oldest_due_s, timers_due, oldest_timer_s."""
        ...

    def latest_change(self) -> int:
        """Return a number that grows with every event recorded anywhere (feeds live pages)."""
        ...

    def changes_since(self, viewer: Viewer, change: int, limit: int = 500) -> list[tuple[int, str, int]]:
        """Return (change, incident id, seq) of visible incidents after a change number, in order.

        Numbers become visible in order: a reader that saw one never misses a lower one.
        """
        ...


class Tx(
    IncidentLog,
    Outbox,
    DeadLetters,
    Alerts,
    Inhibitors,
    Records,
    ChangeLog,
    Accounts,
    Reading,
    Silences,
    ScheduleRecords,
    Protocol,
):
    """One transaction. `now` is the database's clock, the same instant throughout it."""

    def now(self) -> datetime:
        """Return the database's time, aware UTC, taken when first asked for; never before what was loaded."""
        ...


class Store(Protocol):
    """Opens transactions and leases work.

    Every method raises `StoreUnavailableError` when the database cannot be used, and `ConflictError` when transactions
    blocked each other and this one lost.
    """

    def transaction(self) -> AbstractContextManager[Tx]:
        """Begin writing; commits on leaving, rolls back on an exception."""
        ...

    def reading(self) -> AbstractContextManager[Tx]:
        """Begin a read-only snapshot."""
        ...

    def claim_jobs(self, worker: str, *, limit: int, lease_s: float, kinds: Sequence[str] = ()) -> list[Job]:
        """Lease due rows, critical first, then urgent, then oldest; an expired lease is claimed again with `previous_outcome_unknown`.

        Of rows to one recipient that waited for their time one is leased at once, and none while another row to it is
        held: whoever has that one takes the others along. What is critical waits for nobody.
        """
        ...

    def renew(self, jobs: Sequence[Job], lease_s: float) -> None:
        """Extend leases that are still held (heartbeat)."""
        ...

    def claim_timers(self, worker: str, *, limit: int, lease_s: float) -> list[Timer]:
        """Lease due timers, oldest first."""
        ...

    def beat(self, heartbeat: Heartbeat) -> None:
        """Record a sign of life; `at` becomes the database's time."""
        ...

    def next_due(self) -> datetime | None:
        """Return when the next job or timer comes due; None when there is none."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Sleep until work may have arrived or `timeout_s` is over; work since this thread's last wait ends it at once."""
        ...

    def wake(self) -> None:
        """Tell waiting workers that work arrived. A commit that enqueued or set a timer has done so already."""
        ...

    def prune(self, kind: str, before: datetime) -> int:
        """Delete what retention allows: raw, jobs, alerts, bundles, samples, changes, heartbeats, answers, logins; return how many.

        Open jobs and firing alerts stay. `logins` are expired sessions, one-time secrets and counts of tries.

        Raises:
            InvalidError: no such kind.
        """
        ...

    def close(self) -> None:
        """Release connections."""
        ...
