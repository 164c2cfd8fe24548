"""Alerts, their leases and their groups in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tocsin.domain.alerts.fold import AlertState
from tocsin.flows.alert_storage import AlertGroup, KeptAlert, Renewal, Tally
from tocsin.flows.storage import ConflictError
from tocsin.store.memory.part import Part


class AlertRows(Part):
    """The alerts of one transaction."""

    def alert(self, source: str, fingerprint: str) -> AlertState | None:
        """Return an alert's state."""
        found = self.rows.alerts.get((source, fingerprint))
        return found[1].state if found else None

    def put_alert(self, source: str, alert: AlertState) -> None:
        """Insert or replace an alert's state."""
        found = self.alerts(source, [alert.fingerprint]).get(alert.fingerprint)
        self.put_alerts([(found or KeptAlert(source=source, state=alert)).with_state(alert)])

    def alerts(self, source: str, fingerprints: Sequence[str]) -> dict[str, KeptAlert]:
        """Return the known ones of a source's alerts by fingerprint."""
        found = ((name, self.rows.alerts.get((source, name))) for name in fingerprints)
        return {name: kept[1] for name, kept in found if kept is not None}

    def put_alerts(self, rows: Sequence[KeptAlert]) -> list[KeptAlert]:
        """Insert rows without an id, replace the others; see the promise in `flows.alert_storage`."""
        stored = []
        for row in rows:
            place = (row.source, row.state.fingerprint)
            known = self.rows.alerts.get(place)
            if (row.id, row.version) != ((known[1].id, known[1].version) if known else (0, 0)):
                raise ConflictError("somebody else stored or changed one of these alerts")
            kept = row.stored(row.id or self.count("alert"))
            self.rows.alerts[place] = (self.now(), kept)
            self.rows.alert_places[kept.id] = place
            stored.append(kept)
        return stored

    def renew_alerts(self, renewals: Sequence[Renewal], *, under: int = 0) -> bool:
        """Move leases to their later end; False when a version was not the stored one."""
        if under and under != max(self.rows.catalogues, default=0):
            return False
        for alert, version, end in renewals:
            place = self.rows.alert_places.get(alert)
            at, kept = self.rows.alerts.get(place, (self.now(), None)) if place else (self.now(), None)
            if place is None or kept is None or kept.version != version:
                return False
            later = max(end, kept.state.expires_at or end) if end else None
            state = kept.state.on_lease(later, self.now())
            self.rows.alerts[place] = (at, kept.with_state(state))
        return True

    def lapsed_alerts(self, limit: int) -> list[KeptAlert]:
        """Return firing alerts whose lease has ended, the oldest ends first."""
        leases = [(k.state.expires_at, k.id, k) for _, k in self.rows.alerts.values() if k.state.status == "firing"]
        ended = sorted((end, number, kept) for end, number, kept in leases if end is not None and end <= self.now())
        return [kept for _, _, kept in ended[:limit]]

    def next_lapse(self) -> datetime | None:
        """Return when the first lease ends, None when there is none."""
        ends = (kept.state.expires_at for _, kept in self.rows.alerts.values())
        return min((end for end in ends if end is not None), default=None)

    def firing_alerts(self, *, incident: str = "", service: str = "") -> list[AlertState]:
        """Return firing alerts of an incident or a service (of both given, of all with neither)."""
        every = (kept.state for _, (_, kept) in sorted(self.rows.alerts.items(), key=lambda item: item[0]))
        return [
            state
            for state in every
            if state.status == "firing" and incident in {"", state.incident} and service in {"", state.service}
        ]

    def firing_of(self, source: str) -> list[KeptAlert]:
        """Return a source's firing alerts in the order of their fingerprints."""
        rows = (kept for _, kept in self.rows.alerts.values())
        found = [kept for kept in rows if kept.source == source and kept.state.status == "firing"]
        return sorted(found, key=lambda kept: kept.state.fingerprint)

    def firing_rows(self, *, after: int = 0, limit: int = 500, held: bool = False) -> list[KeptAlert]:
        """Return firing alerts with a number above `after`, in that order; with `held`, those of no incident."""
        rows = (kept for _, kept in self.rows.alerts.values() if kept.id > after and kept.state.status == "firing")
        found = [kept for kept in rows if not (held and kept.state.incident)]
        return sorted(found, key=lambda kept: kept.id)[:limit]

    def alerts_in(self, incidents: Sequence[str], *, firing: bool, after: int = 0, limit: int = 500) -> list[KeptAlert]:
        """Return alerts that joined any of these incidents, with a number above `after`, in that order."""
        rows = (kept for _, kept in self.rows.alerts.values() if kept.id > after and kept.state.incident in incidents)
        found = [kept for kept in rows if kept.state.status == "firing" or not firing]
        return sorted(found, key=lambda kept: kept.id)[:limit]

    def tally(self, incidents: Sequence[str]) -> Tally:
        """Return the numbers of the alerts that joined any of these incidents."""
        joined = [kept for _, kept in self.rows.alerts.values() if kept.state.incident in incidents]
        firing = sum(kept.state.status == "firing" for kept in joined)
        return Tally(total=len(joined), firing=firing, groups=len({kept.group for kept in joined} - {""}))

    def label_sets(self, incidents: Sequence[str], limit: int) -> list[Mapping[str, str]]:
        """Return the labels of at most `limit` alerts that joined any of these incidents, firing ones first."""
        joined = [kept.state for _, kept in self.rows.alerts.values() if kept.state.incident in incidents]
        joined.sort(key=lambda state: state.status)
        return [state.labels for state in joined[:limit]]

    def groups(self, keys: Sequence[str]) -> dict[str, AlertGroup]:
        """Return the known groups by key."""
        found = (self.rows.groups[key] for key in keys if key in self.rows.groups)
        return {group.key: replace(group, closed=self._is_closed(group.incident)) for group in found}

    def put_groups(self, groups: Sequence[AlertGroup]) -> None:
        """Insert groups, or replace the incident and the last alert's time of those known by their key."""
        for group in groups:
            known = self.rows.groups.get(group.key, group)
            self.rows.groups[group.key] = replace(known, incident=group.incident, last_alert_at=group.last_alert_at)

    def _is_closed(self, incident: str) -> bool:
        known = self.rows.incidents.get(incident)
        return known is not None and not known.open
