"""What changed lately. Time alone is never proof."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, Deploy, DeployFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.suspects import Suspect, suspects

_TIME = 2.2
_ROUTE = 2.0
_FILE = 1.0
_SPLIT = 4.0
_MINUTE_S = 60.0


def _deploys(bundle: Bundle) -> Iterable[DeployFacts]:
    return bundle.deploys


@check("deploy.recent", _deploys, "R-DIA-6: 2 h; halved every 15 min before the onset, nothing after it: ours")
def recent(facts: DeployFacts, look: Look) -> Finding:
    """Look for a deploy shortly before the onset, and for what ties it to the trouble."""
    here = [one for one in suspects(look) if one.deploy in facts.deploys]
    hours = look.limits.deploy_window_s / 3600
    expected = f"no deploy in the {hours:g} h before the onset"
    since = look.began.isoformat(timespec="seconds")
    if not facts.deploys:
        return Finding(verdict="unknown", observed="no deploy is on record here", expected=expected)
    if not here:
        later = [deploy for deploy in facts.deploys if deploy.at > look.began]
        observed = f"{len(later)} deploys, all after the onset" if later else f"none in the {hours:g} h before"
        return Finding(
            verdict="ok",
            observed=observed,
            expected=expected,
            evidence=(f"onset {since}", *(_line(deploy) for deploy in (later or list(facts.deploys))[-3:])),
            refutes=(weigh("bad_deploy", 3.0, because=observed),),
        )
    first = here[0]
    supports, refutes = _weights(first)
    return Finding(
        verdict="warn",
        observed=f"{first.deploy.service} {first.deploy.version} {first.age_s / _MINUTE_S:.0f} min before the onset",
        expected=expected,
        threshold=f"{hours:g} h, halved every {look.limits.deploy_half_life_s / _MINUTE_S:g} min",
        why="a change shortly before is suspected first, and needs more than closeness in time",
        reproduce=f"git show --stat {first.deploy.commit}" if first.deploy.commit else "",
        evidence=(
            f"onset {since}" + ("" if look.onset else " (unknown: start of this run)"),
            *(_line(one.deploy) for one in here),
        ),
        supports=supports,
        refutes=refutes,
    )


def _weights(one: Suspect) -> tuple[tuple[Weight, ...], tuple[Weight, ...]]:
    version = one.deploy.version
    if one.against:
        return (), (weigh("bad_deploy", 4.0, "decisive", one.against),)
    close = f"{version} went out {one.age_s / _MINUTE_S:.0f} min before the onset"
    supports = [weigh("bad_deploy", _TIME * one.closeness, "correlation", close)]
    if one.routes:
        supports.append(
            weigh("bad_deploy", _ROUTE, because=f"{version} changed {', '.join(one.routes)}, which suffers")
        )
    elif one.files:
        supports.append(
            weigh("bad_deploy", _FILE, because=f"{version} changed a file named like {', '.join(one.files)}")
        )
    if one.split:
        supports.append(weigh("bad_deploy", _SPLIT, "decisive", one.split))
    return tuple(supports), ()


def _line(deploy: Deploy) -> str:
    was = f" (was {deploy.previous})" if deploy.previous else ""
    by = f" by {deploy.by}" if deploy.by else ""
    changes = f": {'; '.join(deploy.changes)[:300]}" if deploy.changes else ""
    return f"{deploy.at.isoformat(timespec='seconds')} {deploy.service} {deploy.version}{was}{by}{changes}"
