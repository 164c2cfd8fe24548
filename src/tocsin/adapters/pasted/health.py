"""The JSON that a service's health endpoint answered: which of its parts say that they are not well."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from tocsin.adapters.pasted.paste import Paste
from tocsin.domain.diagnosis.facts import BlindSpot, Facts, HttpFacts, HttpPage
from tocsin.domain.diagnosis.readiness import failing_components

_BAD = frozenset(
    {
        "down",
        "error",
        "fail",
        "failed",
        "unhealthy",
        "critical",
        "degraded",
        "unavailable",
        "not ready",
        "out_of_service",
    }
)
_GOOD = frozenset({"up", "ok", "pass", "healthy", "ready", "operational"})
_EXCERPT = 2000


def read(paste: Paste) -> Facts | None:
    """Return the page, None where the text is no health answer.

    Its code was not pasted; a body that says it is not well stands for the 503 that such bodies come with.
    """
    document = paste.document
    if not isinstance(document, Mapping):
        return None
    status = str(document.get("status", document.get("health", ""))).lower()
    if status not in _BAD | _GOOD:
        return None
    body = paste.clean(paste.text)[:_EXCERPT]
    bad = status in _BAD or bool(failing_components(body))
    code = HTTPStatus.SERVICE_UNAVAILABLE if bad else HTTPStatus.OK
    page = HttpPage(role="ready", url="pasted:/ready", status=int(code), body=body)
    unseen = BlindSpot(
        target=paste.name, what="the answer's code and time", why="only its body was pasted", mend="paste curl -v"
    )
    return HttpFacts(target=paste.name, at=paste.at, pages=(page,), blind=(unseen,))
