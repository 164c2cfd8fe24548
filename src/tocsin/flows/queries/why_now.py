"""What becomes of an alert that still fires now, where that is not what one would think: its incident is over, or wakes nobody."""

from __future__ import annotations

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import Viewer
from tocsin.flows.queries.why_views import WhyDecision
from tocsin.flows.storage import Tx


def why_now(tx: Tx, viewer: Viewer, state: AlertState, incident: Incident | None) -> tuple[WhyDecision, ...]:
    """Return what is to be said of a firing alert of an incident now, nothing where its incident is paged for as usual."""
    now = incident
    while now is not None and now.merged_into:
        now = tx.see(viewer, now.merged_into)
    if now is None or state.status != "firing":
        return ()
    if not now.open:
        sentence = (
            f"It fires still, but its incident {now.ref} is over ({now.phase}): it tells nobody until it has ended and fires"
            f" again. If it is not over: tocsin reopen {now.ref} --reason '…'."
        )
        return (WhyDecision(reason="incident_over", sentence=sentence, refers_to=(now.ref,), holds_back=True),)
    if now.paging.held:
        sentence = f"Nobody is paged for {now.ref} while this holds: {now.paging.held}."
        return (WhyDecision(reason="paging_held", sentence=sentence, refers_to=(now.ref,), holds_back=True),)
    return ()
