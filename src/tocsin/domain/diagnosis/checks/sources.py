"""Whether what tells of the system can be asked at all: a container platform, a metrics store, a status page."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.facts.series import SeriesFacts
from tocsin.domain.diagnosis.facts.status import StatusFacts
from tocsin.domain.diagnosis.facts.workloads import WorkloadFacts
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.look import Look

Source = WorkloadFacts | SeriesFacts | StatusFacts


def _sources(bundle: Bundle) -> Iterable[Source]:
    return (*bundle.workloads, *bundle.series, *bundle.status)


@check("source.reach", _sources, "what refuses to be asked is a finding: ours")
def reach(facts: Source, _look: Look) -> Finding:
    """See whether the platforms, stores and pages that tell of the system answer."""
    expected = "an answer"
    if not facts.error:
        return Finding(verdict="ok", observed="it answers", expected=expected)
    return Finding(
        verdict="warn",
        observed=f"it cannot be asked: {facts.error_text or facts.error}",
        expected=expected,
        why="what it would have told of stays unknown; it may be ill for the same reason as what it tells of",
        reproduce=facts.reproduce,
    )
