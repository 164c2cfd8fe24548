"""What was not seen of facts that no hypothesis needs by name: said all the same, never taken for health."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tocsin.domain.diagnosis.facts import BlindSpot, Bundle, PgbouncerFacts, SeriesFacts, StatusFacts, WorkloadFacts

_WORDS = {"late": "no answer within the deadline", "no_probe": "no probe of this kind"}


def unseen_besides(bundle: Bundle, known: Collection[str]) -> tuple[BlindSpot, ...]:
    """Return the blind spots of kinds that are not among the `known`, which are told with their hypotheses."""
    return (*_unanswered(bundle, known), *_refused(bundle))


def _unanswered(bundle: Bundle, known: Collection[str]) -> Iterator[BlindSpot]:
    for one in bundle.errors:
        if one.kind not in known:
            yield BlindSpot(target=one.target, what=f"{one.kind} facts", why=_WORDS.get(one.reason) or one.detail)


def _refused(bundle: Bundle) -> Iterator[BlindSpot]:
    looked: tuple[WorkloadFacts | SeriesFacts | StatusFacts | PgbouncerFacts, ...] = (
        *bundle.workloads,
        *bundle.series,
        *bundle.status,
        *bundle.pgbouncer,
    )
    for facts in looked:
        yield from facts.blind
        if facts.error:
            why = facts.error_text or facts.error
            yield BlindSpot(target=facts.target, what="everything behind the connection", why=why)
