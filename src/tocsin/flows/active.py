"""The firing alerts that may hold others back, for whoever asks why; those of incidents they may not see are left out.

They are named as `why` takes them, `SOURCE/FINGERPRINT`: two sources may call theirs the same.
"""

from __future__ import annotations

from tocsin.domain.alerts.inhibition import ActiveAlerts
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.visibility import Viewer
from tocsin.flows.alert_storage import KeptAlert
from tocsin.flows.ingest import Places, sender_named
from tocsin.flows.storage import Tx

_BATCH = 500


def active_alerts(tx: Tx, known: Catalogue, viewer: Viewer) -> ActiveAlerts:
    """Return the alerts that fire now and are some rule's source: hidden and absent look the same."""
    active = ActiveAlerts(known.inhibitions)
    places: dict[str, Places] = {}
    seen: dict[str, bool] = {"": True}
    rows = tx.firing_rows(limit=_BATCH) if known.inhibitions else []
    while rows:
        for row in rows:
            incident = row.state.incident
            if incident not in seen:
                seen[incident] = tx.see(viewer, incident) is not None
            if row.source not in places:
                places[row.source] = Places(known=known, sender=sender_named(known, row.source))
            if seen[incident]:
                active.add(named(row), places[row.source].labels_of(row.state))
        rows = tx.firing_rows(after=rows[-1].id, limit=_BATCH)
    return active


def named(row: KeptAlert) -> str:
    """Return what an alert is called where several sources' stand beside each other; no source has a slash in its name."""
    return f"{row.source}/{row.state.fingerprint}"


def fingerprint_of(alert: str) -> str:
    """Return the fingerprint in such a name."""
    return alert.partition("/")[2]
