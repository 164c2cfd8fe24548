"""Packs, catalogue versions, raw bodies, bundles, samples and named values in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tocsin.flows.storage import RAW_LIMIT, RawBody
from tocsin.store.memory.part import Part, plain


class RecordRows(Part):
    """Everything else that commits with an incident."""

    def put_pack(self, digest: str, body: str) -> None:
        """Keep a pack's snapshot by its digest."""
        self.rows.packs.setdefault(digest, body)

    def pack(self, digest: str) -> str:
        """Return a snapshot's JSON, '' when unknown."""
        return self.rows.packs.get(digest, "")

    def put_catalogue(self, body: str, actor: str) -> int:
        """Store a new configuration version and return its number, from 1; the same body as the newest returns that one."""
        del actor  # kept by the databases for whoever audits them
        newest, stored = self.catalogue()
        if newest and stored == body:
            return newest
        self.rows.catalogues[newest + 1] = body
        self.rows.catalogue_times[newest + 1] = self.now()
        return newest + 1

    def catalogue(self, version: int = 0) -> tuple[int, str]:
        """Return (number, JSON) of a version, the newest for 0; (0, '') when there is none."""
        wanted = version or max(self.rows.catalogues, default=0)
        return (wanted, self.rows.catalogues[wanted]) if wanted in self.rows.catalogues else (0, "")

    def catalogue_versions(self, begin: datetime, end: datetime) -> tuple[tuple[int, datetime], ...]:
        """Return the versions in force from `begin` to `end`, oldest first, each with when it was stored."""
        times = sorted(self.rows.catalogue_times.items())
        since = max((version for version, at in times if at <= begin), default=0)
        return tuple((version, at) for version, at in times if version == since or (version > since and at <= end))

    def keep_raw(self, source: str, body: bytes, *, error: str = "") -> str:
        """Keep a raw inbound body (at most 1 MiB of it) for replay and return its id."""
        raw_id = f"raw-{self.count('raw')}"
        kept = RawBody(id=raw_id, source=source, received_at=self.now(), body=body[:RAW_LIMIT], error=error)
        self.rows.raws[raw_id] = kept
        return raw_id

    def raw(self, raw_id: str) -> RawBody | None:
        """Return a raw inbound body, None when unknown or pruned."""
        return self.rows.raws.get(raw_id)

    def put_bundle(self, key: str, incident: str, body: bytes) -> None:
        """Keep a diagnosis bundle."""
        del incident
        self.rows.bundles[key] = (self.now(), body)

    def bundle(self, key: str) -> bytes:
        """Return a bundle, b'' when unknown."""
        found = self.rows.bundles.get(key)
        return found[1] if found else b""

    def put_samples(self, series: str, samples: Sequence[tuple[datetime, Mapping[str, object]]]) -> None:
        """Keep monitor samples; one at the same instant of the same series replaces the former."""
        for at, body in samples:
            self.rows.samples[series, at] = plain(body)

    def samples(self, series: str, since: datetime, until: datetime) -> list[tuple[datetime, Mapping[str, object]]]:
        """Return samples from `since` up to, not including, `until`, in time order."""
        found = [(at, body) for (of, at), body in self.rows.samples.items() if of == series and since <= at < until]
        return sorted(found, key=lambda sample: sample[0])

    def put_value(self, key: str, value: str) -> None:
        """Keep a small named value."""
        self.rows.values[key] = value

    def first_value(self, key: str, value: str) -> str:
        """Keep a named value unless there is one, and return the one that stays."""
        return self.rows.values.setdefault(key, value)

    def value(self, key: str) -> str:
        """Return a named value, '' when unknown."""
        return self.rows.values.get(key, "")

    def open_incident_for(self, service: str) -> str:
        """Return the id of the newest open incident that names the service and is not private, '' when none."""
        named = [i for i in self.rows.incidents.values() if i.open and service in i.services and not i.private]
        return max(named, key=lambda i: (i.declared_at, i.id)).id if named else ""
