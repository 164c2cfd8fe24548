"""Which deploy, if any, may have brought the trouble: time, content of the change, and the split between releases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from tocsin.domain import words
from tocsin.domain.diagnosis.facts import Deploy
from tocsin.domain.diagnosis.leak import worst_leak
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.releases import CLOCK_SLACK, same_version, version_of
from tocsin.domain.diagnosis.routes import touched, touched_by_file

_FLOOR_RATIO = 0.002
_SPLIT_MULTIPLE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A deploy before the onset. `closeness` is 1 at the onset and halves with every half-life before it.

    `routes` and `files` are suffering endpoints its changes name; `split` and `against` are sentences, or empty.
    """

    deploy: Deploy
    age_s: float
    closeness: float
    routes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    split: str = ""
    against: str = ""

    @property
    def rank(self) -> tuple[bool, bool, int, float]:
        """Order suspects by the kind of evidence first, by time last."""
        return (not self.against, bool(self.split), 2 * bool(self.routes) + bool(self.files), self.closeness)


def suspects(look: Look) -> tuple[Suspect, ...]:
    """Return the deploys within the window before the onset, the most suspicious first."""
    window = timedelta(seconds=look.limits.deploy_window_s)
    began = look.began + CLOCK_SLACK
    found = [_suspect(deploy, look) for deploy in look.deploys if began - window <= deploy.at <= began]
    return tuple(sorted(found, key=lambda suspect: suspect.rank, reverse=True))


def _suspect(deploy: Deploy, look: Look) -> Suspect:
    age_s = max(0.0, (look.began - deploy.at).total_seconds())
    suffering = _suffering(look)
    split, against = _split(deploy, look)
    return Suspect(
        deploy=deploy,
        age_s=age_s,
        closeness=float(0.5 ** (age_s / look.limits.deploy_half_life_s)),
        routes=touched(deploy, suffering),
        files=touched_by_file(deploy, suffering),
        split=split,
        against=against,
    )


def _suffering(look: Look) -> tuple[str, ...]:
    """Name the endpoints in evidence: by counters, by our own requests, by the leaked sessions' statements."""
    leak = worst_leak(look)
    leaking = [leak.endpoint] if leak and leak.endpoint else []
    failing = [page.path for http in look.bundle.http for page in http.pages if page.role == "endpoint" and not page.ok]
    return tuple(dict.fromkeys([*leaking, *(route.route for route in look.suffering_routes), *failing]))


def _split(deploy: Deploy, look: Look) -> tuple[str, str]:
    """Compare releases: is the trouble on the new one only, or was it there before?"""
    leak = worst_leak(look)
    if leak and leak.since:
        named = {version_of(session.application, session.tags, look) for session in leak.sessions} - {""}
        if leak.since < deploy.at - CLOCK_SLACK:
            return "", f"sessions have been leaking since {words.clock(leak.since)}, before {deploy.version} came"
        if len(named) == 1 and same_version(named.pop(), deploy.version):
            return f"all {leak.count} leaked sessions belong to {deploy.version}", ""
    return _metrics_split(deploy, look)


def _metrics_split(deploy: Deploy, look: Look) -> tuple[str, str]:
    asked: dict[str, float] = defaultdict(float)
    failed: dict[str, float] = defaultdict(float)
    windows = [facts.recent for facts in look.bundle.metrics if facts.recent]
    for route in (route for window in windows for route in window.routes if route.version):
        side = "new" if same_version(route.version, deploy.version) else "old"
        asked[side] += route.requests
        failed[side] += route.errors
    if min(asked["new"], asked["old"]) < look.limits.enough_requests:
        return "", ""
    new, old = failed["new"] / asked["new"], failed["old"] / asked["old"]
    if new >= look.limits.error_critical_ratio and new >= _SPLIT_MULTIPLE * max(old, _FLOOR_RATIO):
        return f"{deploy.version} fails {new:.0%} of its requests, other releases {old:.1%}", ""
    if old >= look.limits.error_critical_ratio:
        return "", f"other releases fail as well ({old:.0%} against {new:.0%})"
    return "", ""
