"""What changes did, against what is complained of: closeness in time is judged elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.correlation.live import Tie, complaints, tie
from tocsin.domain.diagnosis.facts import Bundle, Deploy, DeployFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, WeightKind, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.suspects import suspects

_CONTENT = 2.4
_HARMLESS = 1.5
_CLEAR = 0.2
_CANNOT = 0.1


def _deploys(bundle: Bundle) -> Iterable[DeployFacts]:
    return bundle.deploys


@check("change.content", _deploys, "A9: time x scope x content; mechanisms and weights: ours")
def content(facts: DeployFacts, look: Look) -> Finding | None:
    """Look at what the changes before the onset did, and whether that would make what is seen."""
    here = [one.deploy for one in suspects(look) if one.deploy in facts.deploys]
    said = complaints(look.bundle)
    if not here or not said:
        return None
    ties = [(deploy, tie(replace(deploy, diff=look.diff_of(deploy)), said)) for deploy in here]
    deploy, found = max(ties, key=lambda pair: pair[1].strength)
    expected = "no change that does what is complained of"
    if found.strength < _CLEAR:
        return Finding(
            verdict="ok",
            observed=f"what {len(here)} changes did does not explain what is seen, as far as they say it",
            expected=expected,
            refutes=_harmless([one for _, one in ties]),
        )
    return Finding(
        verdict="warn",
        observed=f"{deploy.service} {deploy.version}: {found.mechanism}: {found.does}",
        expected=expected,
        why="what a change does tells more than when it came",
        reproduce=f"git show {deploy.commit}" if deploy.commit else "",
        evidence=(found.does, f"which fits: {found.fits}"),
        supports=(_weight(deploy, found),),
    )


def _weight(deploy: Deploy, found: Tie) -> Weight:
    """Weigh what was seen of the change itself; mere words about it count like closeness in time."""
    kind: WeightKind = "supporting" if found.exact else "correlation"
    because = f"{deploy.version}: {found.mechanism}: {found.does}"
    return weigh("bad_deploy", _CONTENT * found.strength, kind, because)


def _harmless(ties: list[Tie]) -> tuple[Weight, ...]:
    if any(one.nature.matters > _CANNOT for one in ties):
        return ()
    return (weigh("bad_deploy", _HARMLESS, because=f"no change can matter: {ties[0].nature.why}"),)
