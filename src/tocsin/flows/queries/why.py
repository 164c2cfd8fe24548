"""`why`: what was decided about an alert, a page, or paging somebody for an incident, in order, each decision with its named reason."""

from __future__ import annotations

from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.queries.why_alert import why_alert
from tocsin.flows.queries.why_page import why_page
from tocsin.flows.queries.why_person import why_person
from tocsin.flows.queries.why_views import Why


class UnknownSubjectError(Exception):
    """There is no such alert, page or incident, or it belongs to an incident that is none of your business, which looks the same."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"no alert, page or incident is called {subject!r}")


def why(engine: Engine, viewer: Viewer, subject: str, person: str = "") -> Why:
    """Return what was decided about a page, by its key or id, or an alert, by `SOURCE/FINGERPRINT` or its fingerprint.

    Of an incident, by its reference: why `person`, the viewer where none is named, was or was not paged for it.

    Raises:
        AmbiguousSubjectError: it is a fingerprint, and alerts of several sources have it.
        UnknownSubjectError: there is no such thing, or it is hidden from the viewer.
        NotConfiguredError: nothing is configured yet.
    """
    with engine.store.reading() as tx:
        found = why_person(tx, viewer, subject, person) if person else None
        found = found or why_page(tx, viewer, subject) or why_alert(tx, viewer, subject)
        found = found or why_person(tx, viewer, subject, person)
    if found is None:
        raise UnknownSubjectError(subject)
    return found
