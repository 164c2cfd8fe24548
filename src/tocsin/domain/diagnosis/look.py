"""One look at a bundle: what every check may know besides its own facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tocsin.domain.diagnosis.facts import Bundle, Deploy, Reading, RouteMetrics
from tocsin.domain.diagnosis.limits import Limits

SHORT_COMMIT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A bundle, the moment trouble began as far as people know it (None: unknown), and the limits in force."""

    bundle: Bundle
    onset: datetime | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def began(self) -> datetime:
        """The onset, or the start of this run where nobody knows it: a change after that cannot be the cause."""
        return self.onset or self.bundle.started_at

    def earlier(self, target: str) -> tuple[Reading, ...]:
        """What earlier runs read at `target`, oldest first."""
        return tuple(one for one in self.bundle.history if one.target == target)

    @property
    def deploys(self) -> tuple[Deploy, ...]:
        """Every release known, oldest first; a commit that one of them took along is no change of its own."""
        out = [one for facts in self.bundle.deploys if not facts.committed for one in facts.deploys]
        made = [one for facts in self.bundle.deploys if facts.committed for one in facts.deploys]
        went = tuple(one.commit for one in out if len(one.commit) >= SHORT_COMMIT)
        known = [*out, *(one for one in made if not one.commit.startswith(went))]
        return tuple(sorted(known, key=lambda deploy: deploy.at))

    def diff_of(self, deploy: Deploy) -> str:
        """What a release did: what it says itself, else the diff of the commit it names; empty where neither is known."""
        if deploy.diff or len(deploy.commit) < SHORT_COMMIT:
            return deploy.diff
        made = (one for facts in self.bundle.deploys if facts.committed for one in facts.deploys)
        return next((one.diff for one in made if one.commit.startswith(deploy.commit)), "")

    @property
    def suffering_routes(self) -> tuple[RouteMetrics, ...]:
        """Routes that fail or are slow, worst first, from the service's own counters."""
        windows = [facts.recent or facts.since_start for facts in self.bundle.metrics]
        routes = [route for window in windows if window for route in window.routes if self._suffers(route)]
        return tuple(sorted(routes, key=lambda route: (-route.errors, -(route.p99_s or 0.0), route.route)))

    def _suffers(self, route: RouteMetrics) -> bool:
        fails = route.error_ratio >= self.limits.error_critical_ratio
        return route.requests > 0 and (fails or (route.p99_s or 0.0) >= self.limits.slow_answer_s)
