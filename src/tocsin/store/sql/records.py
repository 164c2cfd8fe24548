"""Packs, catalogue versions, raw bodies, bundles, samples and named values in SQL."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec
import uuid_utils
from sqlalchemy import Select, func, insert, select

from tocsin.domain.incident.phases import OPEN_PHASES
from tocsin.flows.storage import RAW_LIMIT, RawBody
from tocsin.store.sql.part import Part, Values
from tocsin.store.stamps import from_us, to_us
from tocsin.store.tables import (
    bundles,
    catalogues,
    incident_services,
    incidents,
    named_values,
    packs,
    raw_bodies,
)
from tocsin.store.tables import samples as sample_rows

MOST_KEPT = 64
_NEWEST = select(catalogues.c.version, catalogues.c.created_at).order_by(catalogues.c.version.desc()).limit(1)
_KEEP_RAW = insert(raw_bodies)


class RecordRows(Part):
    """Everything else that commits with an incident.

    `kept` are bodies that never change, of packs by digest and of configurations by version and time of storing. Every
    decision needs both, and they are the longest texts there are.
    """

    kept: dict[object, str] | None = None
    _newest: tuple[int, str] | None = None
    _first: Mapping[str, str] = MappingProxyType({})

    def put_pack(self, digest: str, body: str) -> None:
        """Keep a pack's snapshot by its digest."""
        self.added(packs, {"digest": digest, "body": body, "created_at": self.now_us()})

    def pack(self, digest: str) -> str:
        """Return a snapshot's JSON, '' when unknown."""
        return self._once(digest, lambda: select(packs.c.body).where(packs.c.digest == digest))

    def put_catalogue(self, body: str, actor: str) -> int:
        """Store a new configuration version and return its number, from 1; the same body as the newest returns that one."""
        self.serialise("catalogue")
        self._newest = None
        newest, stored = self.catalogue()
        if newest and stored == body:
            return newest
        values = {"version": newest + 1, "body": body, "actor": actor, "created_at": self.now_us()}
        self.run(insert(catalogues).values(values))
        self._newest = None
        return newest + 1

    def catalogue(self, version: int = 0) -> tuple[int, str]:
        """Return (number, JSON) of a version, the newest for 0; (0, '') when there is none.

        The newest is asked for once a transaction: all its decisions go by the same.
        """
        if version:
            return self._version(_NEWEST.where(catalogues.c.version == version))
        if self._newest is None:
            self._newest = self._version(_NEWEST)
        return self._newest

    def _version(self, wanted: Select[Any]) -> tuple[int, str]:
        found = self.one(wanted)
        if found is None:
            return 0, ""
        number = int(found.version)
        # A version that was rolled back and stored anew has another time.
        return number, self._once(
            (number, found.created_at), lambda: select(catalogues.c.body).where(catalogues.c.version == number)
        )

    def _once(self, key: object, wanted: Callable[[], Select[tuple[str]]]) -> str:
        """Return a body that never changes, from memory where it has been read before; '' when there is none."""
        known = self.kept.get(key) if self.kept is not None else None
        if known is not None:
            return known
        found = self.one(wanted())
        if found is None:
            return ""
        if self.kept is not None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[key] = str(found.body)
        return str(found.body)

    def catalogue_versions(self, begin: datetime, end: datetime) -> tuple[tuple[int, datetime], ...]:
        """Return the versions in force from `begin` to `end`, oldest first, each with when it was stored."""
        by_begin = catalogues.c.created_at <= to_us(begin)
        first = self.one(select(func.max(catalogues.c.version).label("version")).where(by_begin))
        since = int(first.version) if first is not None and first.version is not None else 0
        within = (catalogues.c.version == since) | (
            (catalogues.c.version > since) & (catalogues.c.created_at <= to_us(end))
        )
        wanted = select(catalogues.c.version, catalogues.c.created_at).order_by(catalogues.c.version)
        return tuple((int(row.version), from_us(row.created_at)) for row in self.rows(wanted.where(within)))

    def keep_raw(self, source: str, body: bytes, *, error: str = "") -> str:
        """Keep a raw inbound body (at most 1 MiB of it) for replay and return its id."""
        raw_id = str(uuid_utils.uuid7())
        # Deferred, since a storm of single alerts keeps one body each.
        values = {"id": raw_id, "source": source, "received_at": self.now_us(), "error": error}
        self.defer(_KEEP_RAW, values | {"body": body[:RAW_LIMIT]})
        return raw_id

    def raw(self, raw_id: str) -> RawBody | None:
        """Return a raw inbound body, None when unknown or pruned."""
        row = self.one(select(raw_bodies).where(raw_bodies.c.id == raw_id))
        if row is None:
            return None
        at = from_us(row.received_at)
        return RawBody(id=row.id, source=row.source, received_at=at, body=bytes(row.body), error=row.error)

    def put_bundle(self, key: str, incident: str, body: bytes) -> None:
        """Keep a diagnosis bundle, compressed."""
        values = {"key": key, "incident": incident, "created_at": self.now_us(), "body": zlib.compress(body)}
        self.upsert(bundles, values)

    def bundle(self, key: str) -> bytes:
        """Return a bundle, b'' when unknown."""
        found = self.one(select(bundles.c.body).where(bundles.c.key == key))
        return zlib.decompress(found.body) if found else b""

    def put_samples(self, series: str, samples: Sequence[tuple[datetime, Mapping[str, object]]]) -> None:
        """Keep monitor samples; one at the same instant of the same series replaces the former."""
        for at, body in samples:
            self.upsert(sample_rows, _sample(series, at, body))

    def samples(self, series: str, since: datetime, until: datetime) -> list[tuple[datetime, Mapping[str, object]]]:
        """Return samples from `since` up to, not including, `until`, in time order."""
        at = sample_rows.c.at
        wanted = select(sample_rows).where(sample_rows.c.series == series, at >= to_us(since), at < to_us(until))
        return [(from_us(row.at), msgspec.json.decode(row.body)) for row in self.rows(wanted.order_by(at))]

    def put_value(self, key: str, value: str) -> None:
        """Keep a small named value."""
        self._first = {}
        self.upsert(named_values, {"key": key, "value": value})

    def first_value(self, key: str, value: str) -> str:
        """Keep a named value unless there is one, and return the one that stays."""
        if key not in self._first:
            if not self.value(key):
                self.run(self.insert(named_values).values(key=key, value=value).on_conflict_do_nothing())
            self._first = {**self._first, key: self.value(key)}
        return self._first[key]

    def value(self, key: str) -> str:
        """Return a named value, '' when unknown."""
        found = self.one(select(named_values.c.value).where(named_values.c.key == key))
        return str(found.value) if found else ""

    def open_incident_for(self, service: str) -> str:
        """Return the id of the newest open incident that names the service and is not private, '' when none."""
        named = incidents.join(incident_services, incident_services.c.incident == incidents.c.id)
        wanted = select(incidents.c.id).select_from(named).where(incident_services.c.service == service)
        wanted = wanted.where(incidents.c.phase.in_([str(phase) for phase in OPEN_PHASES]), ~incidents.c.private)
        found = self.one(wanted.order_by(incidents.c.declared_at.desc(), incidents.c.id.desc()).limit(1))
        return str(found.id) if found else ""


def _sample(series: str, at: datetime, body: Mapping[str, object]) -> Values:
    return {"series": series, "at": to_us(at), "body": msgspec.json.encode(body).decode()}
