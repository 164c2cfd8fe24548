"""Alerts, their leases and their groups in SQL, many rows a statement: each call hands the interpreter's lock to others.

Rows go as one JSON text, which both engines unfold; new ones with texts in them go to SQLite, which copies each value it
unfolds, as one long list of values (PostgreSQL's driver would look through the text of such a list for as long as it takes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, TextClause, bindparam, func, select, text

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.incident.phases import OPEN_PHASES
from tocsin.flows.alert_storage import AlertGroup, KeptAlert, Renewal, Tally
from tocsin.flows.storage import ConflictError
from tocsin.store.sql.part import AnyRow, Insert, Part, inserting
from tocsin.store.stamps import from_us, maybe_us, to_us
from tocsin.store.tables import alert_groups, alert_leases, alerts, incidents

# PostgreSQL and SQLite read `->>` and `->` alike; only the name of what unfolds an array differs.
_UNFOLD = {True: "json_array_elements(CAST(:rows AS json)) AS j(value)", False: "json_each(:rows) AS j"}
_TEXTS = ("source", "fingerprint", "status", "service", "incident", "group_key", "body")
_COLUMNS = {"id": "BIGINT", **dict.fromkeys(_TEXTS, "TEXT"), "updated_at": "BIGINT"}
_LEASE = dict.fromkeys(("alert", "version", "expires_at", "seen_at"), "BIGINT")
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in list(_COLUMNS)[3:])
_IF_NEW = "ON CONFLICT DO NOTHING"
_OR_REPLACE = f"ON CONFLICT (id) DO UPDATE SET {_REPLACED}"
_UPDATE_LEASES = """UPDATE alert_leases SET version = f.version + 1, expires_at = f.expires_at, seen_at = f.seen_at
    FROM (SELECT CAST(value ->> 0 AS BIGINT) AS id, CAST(value ->> 1 AS BIGINT) AS version,
        CAST(value ->> 2 AS BIGINT) AS expires_at, CAST(value ->> 3 AS BIGINT) AS seen_at FROM {unfold}) AS f
    WHERE alert_leases.alert = f.id AND alert_leases.version = f.version"""
_RENEW = """UPDATE alert_leases SET seen_at = CAST(:now AS BIGINT), expires_at = CASE
    WHEN f.expires_at IS NULL OR alert_leases.expires_at > f.expires_at THEN
        CASE WHEN f.expires_at IS NULL THEN NULL ELSE alert_leases.expires_at END
    ELSE f.expires_at END
    FROM (SELECT CAST(value ->> 0 AS BIGINT) AS id, CAST(value ->> 1 AS BIGINT) AS version,
        CAST(value ->> 2 AS BIGINT) AS expires_at FROM {unfold}) AS f
    WHERE alert_leases.alert = f.id AND alert_leases.version = f.version
        AND CAST(:under AS BIGINT) IN (0, (SELECT max(version) FROM catalogues))"""
_A_STATEMENT = 100
_INDEXED = (
    255  # characters of what a sender calls its service: an index of PostgreSQL holds no key of more than 2 704 bytes
)
_ENCODER = msgspec.json.Encoder()
_NEW_IDS = text("SELECT nextval(pg_get_serial_sequence('alerts', 'id')) FROM generate_series(1, :count)")
_LAST_ID = text("SELECT seq FROM sqlite_sequence WHERE name = 'alerts'")
_NAMED = "SELECT value ->> 0 FROM {unfold}"


class AlertRows(Part):
    """The alerts of one transaction."""

    def alert(self, source: str, fingerprint: str) -> AlertState | None:
        """Return an alert's state, locked for this transaction; one not seen before is locked as well."""
        if self.writable:
            self.serialise(f"alert/{source}/{fingerprint}")
        found = self.alerts(source, [fingerprint]).get(fingerprint)
        return found.state if found else None

    def put_alert(self, source: str, alert: AlertState) -> None:
        """Insert or replace an alert's state."""
        found = self.alerts(source, [alert.fingerprint]).get(alert.fingerprint)
        self.put_alerts([(found or KeptAlert(source=source, state=alert)).with_state(alert)])

    def alerts(self, source: str, fingerprints: Sequence[str]) -> dict[str, KeptAlert]:
        """Return the known ones of a source's alerts by fingerprint, locked for this transaction."""
        wanted = _named(on_postgres=self.on_postgres, locked=self.writable)
        rows = _json([[name] for name in fingerprints])
        found = self.connection.execute(wanted, {"_source": source, "rows": rows})
        return {row.fingerprint: _alert(row) for row in found}

    def put_alerts(self, rows: Sequence[KeptAlert]) -> list[KeptAlert]:
        """Insert rows without an id, replace the others; see the promise in `flows.alert_storage`."""
        ids = iter(self._new_ids(sum(not row.id for row in rows)))
        stored = [row.stored(row.id or next(ids)) for row in rows]
        fresh = [new for old, new in zip(rows, stored, strict=True) if not old.id]
        known = [new for old, new in zip(rows, stored, strict=True) if old.id]
        if self.on_postgres:  # where several write: who locks several rows, or puts several in, does so in one order
            fresh.sort(key=attrgetter("source", "state.fingerprint"))
            known.sort(key=attrgetter("id"))
        if fresh:
            if self._put("alerts", _COLUMNS, [self._values(row) for row in fresh], _IF_NEW) != len(fresh):
                raise ConflictError("somebody else stored one of these alerts")
            self._put("alert_leases", _LEASE, [(row.id, 1, *_lease(row)) for row in fresh])
        if known:
            if self._many(_UPDATE_LEASES, [(row.id, row.version - 1, *_lease(row)) for row in known]) != len(known):
                raise ConflictError("one of these alerts changed meanwhile")
            self._put("alerts", _COLUMNS, [self._values(row) for row in known], _OR_REPLACE)
        return stored

    def renew_alerts(self, renewals: Sequence[Renewal], *, under: int = 0) -> bool:
        """Move leases to their later end; False when a version was not the stored one."""
        ends: dict[datetime | None, int | None] = {}
        rows = []
        in_order = sorted(renewals, key=itemgetter(0))  # whoever locks several rows does so in one order
        for alert, version, end in in_order:
            if end not in ends:
                ends[end] = maybe_us(end)
            rows.append((alert, version, ends[end]))
        return self._many(_RENEW, rows, now=self.now_us(), under=under) == len(rows)

    def lapsed_alerts(self, limit: int) -> list[KeptAlert]:
        """Return firing alerts whose lease has ended, locked for this transaction, the oldest ends first."""
        end = alert_leases.c.expires_at
        over = _kept().with_only_columns(alerts.c.id).where(end <= self.now_us(), alerts.c.status == "firing")
        first = over.order_by(end, alerts.c.id).limit(limit)
        wanted = _kept().where(alerts.c.id.in_(first), end <= self.now_us(), alerts.c.status == "firing")
        rows = self.rows(wanted.order_by(alerts.c.id).with_for_update())
        return [_alert(row) for row in sorted(rows, key=attrgetter("expires_at", "id"))]

    def next_lapse(self) -> datetime | None:
        """Return when the first lease ends, None when there is none."""
        found = self.connection.execute(select(func.min(alert_leases.c.expires_at))).scalar()
        return None if found is None else from_us(found)

    def firing_alerts(self, *, incident: str = "", service: str = "") -> list[AlertState]:
        """Return firing alerts of an incident or a service (of both given, of all with neither)."""
        wanted = _kept().where(alerts.c.status == "firing")
        if incident:
            wanted = wanted.where(alerts.c.incident == incident)
        if service:
            wanted = wanted.where(alerts.c.service == service[:_INDEXED])
        return [_alert(row).state for row in self.rows(wanted.order_by(alerts.c.source, alerts.c.fingerprint))]

    def firing_of(self, source: str) -> list[KeptAlert]:
        """Return a source's firing alerts in the order of their fingerprints."""
        wanted = _kept().where(alerts.c.source == source, alerts.c.status == "firing")
        return [_alert(row) for row in self.rows(wanted.order_by(alerts.c.fingerprint))]

    def firing_rows(self, *, after: int = 0, limit: int = 500, held: bool = False) -> list[KeptAlert]:
        """Return firing alerts with a number above `after`, in that order; with `held`, those of no incident, locked."""
        wanted = _kept().where(alerts.c.status == "firing", alerts.c.id > after).order_by(alerts.c.id).limit(limit)
        if held:
            wanted = wanted.where(alerts.c.incident == "")
        return [_alert(row) for row in self.rows(wanted.with_for_update() if held and self.writable else wanted)]

    def alerts_in(self, incidents: Sequence[str], *, firing: bool, after: int = 0, limit: int = 500) -> list[KeptAlert]:
        """Return alerts that joined any of these incidents, with a number above `after`, in that order."""
        wanted = _kept().where(alerts.c.incident.in_(incidents), alerts.c.id > after)
        if firing:
            wanted = wanted.where(alerts.c.status == "firing")
        return [_alert(row) for row in self.rows(wanted.order_by(alerts.c.id).limit(limit))]

    def tally(self, incidents: Sequence[str]) -> Tally:
        """Return the numbers of the alerts that joined any of these incidents."""
        firing = func.count().filter(alerts.c.status == "firing")
        groups = func.count(alerts.c.group_key.distinct()).filter(alerts.c.group_key != "")
        found = self.one(select(func.count(), firing, groups).where(alerts.c.incident.in_(incidents)))
        return Tally(total=found[0], firing=found[1], groups=found[2]) if found else Tally()

    def label_sets(self, incidents: Sequence[str], limit: int) -> list[Mapping[str, str]]:
        """Return the labels of at most `limit` alerts that joined any of these incidents, firing ones first."""
        found: list[AnyRow] = []
        for status in ("firing", "resolved"):
            wanted = select(alerts.c.body).where(alerts.c.incident.in_(incidents), alerts.c.status == status)
            found += self.rows(wanted.limit(limit - len(found))) if len(found) < limit else []
        return [msgspec.json.decode(row.body, type=_Labelled).labels for row in found]

    def groups(self, keys: Sequence[str]) -> dict[str, AlertGroup]:
        """Return the known groups by key."""
        wanted = _named_groups(on_postgres=self.on_postgres)
        found = self.connection.execute(wanted, {"rows": _json([[key] for key in keys])})
        return {row.key: _group(row) for row in found}

    def put_groups(self, groups: Sequence[AlertGroup]) -> None:
        """Insert groups, or replace the incident and the last alert's time of those known by their key."""
        if not groups:
            return
        rows = sorted((_group_values(group) for group in groups), key=lambda values: str(values["key"]))
        self.run(_putting_groups(on_postgres=self.on_postgres), rows)

    def _new_ids(self, count: int) -> Sequence[int]:
        if not count:
            return ()
        if self.on_postgres:
            return [int(row[0]) for row in self.connection.execute(_NEW_IDS, {"count": count})]
        last = self.connection.execute(_LAST_ID).scalar() or 0
        return range(last + 1, last + 1 + count)

    def _unfolded(self, statement: str) -> TextClause:
        return _unfolding(statement, _UNFOLD[self.on_postgres])

    def _many(self, statement: str, rows: Sequence[object], **more: object) -> int:
        """Execute once for all rows and return how many changed."""
        return self.connection.execute(self._unfolded(statement), {"rows": _json(rows), **more}).rowcount

    def _put(
        self, table: str, columns: Mapping[str, str], rows: Sequence[tuple[object, ...]], otherwise: str = ""
    ) -> int:
        """Insert rows of columns of these types, `otherwise` what is done with known ones; return how many went in."""
        if self.on_postgres:
            return self._many(_inserting(table, columns, _unfolded_as(columns), otherwise), rows)
        count = 0
        for start in range(0, len(rows), _A_STATEMENT):  # a hundred a statement, so that its text is one of few
            some = rows[start : start + _A_STATEMENT]
            values = tuple(value for one in some for value in one)
            statement = _inserting(table, columns, _listed(len(some), len(columns)), otherwise)
            count += self.connection.exec_driver_sql(statement, values).rowcount
        return count

    def _values(self, row: KeptAlert) -> tuple[object, ...]:
        state = row.state
        names = (row.source, state.fingerprint, state.status, state.service[:_INDEXED], state.incident, row.group)
        return (row.id, *names, _ENCODER.encode(state).decode(), self.now_us())


@lru_cache(maxsize=32)
def _unfolding(statement: str, unfold: str) -> TextClause:
    """Return one of our few statements, put together once."""
    return text(statement.format(unfold=unfold))


def _inserting(table: str, columns: Mapping[str, str], rows: str, otherwise: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) {rows} {otherwise}"


def _listed(rows: int, columns: int) -> str:
    row = "(" + ", ".join(["?"] * columns) + ")"
    return "VALUES " + ", ".join([row] * rows)


def _unfolded_as(columns: Mapping[str, str]) -> str:
    values = (f"CAST(value ->> {place} AS {kind})" for place, kind in enumerate(columns.values()))
    return f"SELECT {', '.join(values)} FROM {{unfold}}"  # noqa: S608 (our own names)


# Put together once: a batch of a few alerts asks as many questions as one of many, and each costs as much to write as to answer.
@cache
def _named(*, on_postgres: bool, locked: bool) -> Select[Any]:
    names = _unfolding(_NAMED, _UNFOLD[on_postgres]).columns(fingerprint=alerts.c.fingerprint.type)
    wanted = _kept().where(alerts.c.source == bindparam("_source"), alerts.c.fingerprint.in_(names))
    wanted = wanted.order_by(alerts.c.id)
    return wanted.with_for_update() if locked else wanted


@cache
def _named_groups(*, on_postgres: bool) -> Select[Any]:
    names = _unfolding(_NAMED, _UNFOLD[on_postgres]).columns(key=alert_groups.c.key.type)
    known = alert_groups.outerjoin(incidents, incidents.c.id == alert_groups.c.incident)
    return select(alert_groups, incidents.c.phase).select_from(known).where(alert_groups.c.key.in_(names))


@cache
def _putting_groups(*, on_postgres: bool) -> Insert:
    statement = inserting(alert_groups, on_postgres=on_postgres)
    changed = {name: statement.excluded[name] for name in ("incident", "last_alert_at")}
    return statement.on_conflict_do_update(index_elements=["key"], set_=changed)


class _Labelled(msgspec.Struct):
    labels: dict[str, str] = {}


def _kept() -> Select[Any]:
    lease = [alert_leases.c.version, alert_leases.c.expires_at, alert_leases.c.seen_at]
    columns: list[ColumnElement[Any]] = [
        alerts.c.id, alerts.c.source, alerts.c.fingerprint, alerts.c.group_key, alerts.c.body, *lease,
    ]  # fmt: skip
    return select(*columns).join(alert_leases, alert_leases.c.alert == alerts.c.id)


def _alert(row: AnyRow) -> KeptAlert:
    state = msgspec.json.decode(row.body, type=AlertState)
    expires_at = None if row.expires_at is None else from_us(row.expires_at)
    state = state.on_lease(expires_at, from_us(row.seen_at))
    return KeptAlert(source=row.source, state=state, id=row.id, version=row.version, group=row.group_key)


def _lease(row: KeptAlert) -> tuple[int | None, int]:
    return maybe_us(row.state.expires_at), to_us(row.state.last_seen_at)


def _group(row: AnyRow) -> AlertGroup:
    return AlertGroup(
        key=row.key,
        incident=row.incident,
        opened_at=from_us(row.opened_at),
        last_alert_at=from_us(row.last_alert_at),
        receiver=row.receiver,
        labels=msgspec.json.decode(row.labels, type=dict[str, str]),
        closed=row.phase is not None and row.phase not in OPEN_PHASES,
    )


def _group_values(group: AlertGroup) -> dict[str, object]:
    return {
        "key": group.key,
        "receiver": group.receiver,
        "labels": msgspec.json.encode(group.labels).decode(),
        "incident": group.incident,
        "opened_at": to_us(group.opened_at),
        "last_alert_at": to_us(group.last_alert_at),
    }


def _json(rows: Sequence[object]) -> str:
    return msgspec.json.encode(rows).decode()
