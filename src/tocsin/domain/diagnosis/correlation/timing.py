"""How a change lies in time and place to the trouble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain.diagnosis.correlation.incident import Candidate, Rollout
from tocsin.domain.diagnosis.correlation.scene import Scene
from tocsin.domain.diagnosis.correlation.shifts import Shift
from tocsin.domain.diagnosis.correlation.technologies import technologies
from tocsin.domain.diagnosis.correlation.tokens import words

HALF_LIFE = timedelta(minutes=15)  # R-DIA: closeness to the onset halves with every quarter of an hour
_SLACK = timedelta(seconds=60)  # metrics are often sampled once a minute
_AT_ONCE = timedelta(minutes=4)
_FRESH = 0.6
_LONG_BEFORE = timedelta(minutes=3)
SCOPES: Final = {"same": 1.0, "neighbour": 0.6, "shared": 0.4, "unknown": 0.3, "elsewhere": 0.2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """`rollout` is the one that counts, or None. `closeness` is 1 at the onset; `late` says why it came too late.

    `woke` is a metric that moved as soon as the change was out; `ailing` says what had been drifting before it came,
    `drifting` the same of something that the failing service calls.
    """

    rollout: Rollout | None = None
    scope: str = "unknown"
    closeness: float = 0.0
    late: str = ""
    woke: Shift | None = None
    ailing: str = ""
    drifting: str = ""

    @property
    def slept(self) -> bool:
        """Whether a change was out for long and nothing moved."""
        return self.rollout is not None and self.woke is None and self.closeness < _FRESH


def timing_of(change: Candidate, scene: Scene, first: str, began: datetime | None) -> Timing:
    """Return how a change lies to trouble that `began` in the service `first`."""
    if not change.rollouts:
        return _never_rolled_out(change, first, began)
    rated = [(_named(_scope(one.service, scene, first, began), change, scene), one) for one in change.rollouts]
    before = [pair for pair in rated if began is None or pair[1].at <= began + _SLACK]
    scope, rollout = max(before or rated, key=lambda pair: (SCOPES[pair[0]], pair[1].at))
    late = ""
    if not before and began is not None:
        late = f"it went out at {rollout.at:%H:%M:%S}, after the trouble had begun at {began:%H:%M:%S}"
    ailing = _ailing(rollout, scene, first)
    drifting = None if ailing else _drifting(rollout, scene, first)
    return Timing(
        rollout=rollout,
        scope=scope,
        closeness=_closeness(rollout.at, began),
        late=late,
        woke=None if late or ailing else _woke(rollout, scene, first),
        ailing=f"{ailing}, before it went out at {rollout.at:%H:%M:%S}" if ailing and not late else "",
        drifting=f"{drifting}, before it went out at {rollout.at:%H:%M:%S}" if drifting and not late else "",
    )


def _never_rolled_out(change: Candidate, first: str, began: datetime | None) -> Timing:
    """Judge a change of which nobody said when it took effect by when it was made, and by the files it touches."""
    late = ""
    if change.at and began and change.at > began + _SLACK:
        late = f"it was made at {change.at:%H:%M:%S}, after the trouble had begun at {began:%H:%M:%S}"
    about = words(" ".join((*change.files, change.message)))
    scope = "shared" if about & words(first) else "unknown"
    return Timing(scope=scope, closeness=_closeness(change.at, began) if change.at else 0.0, late=late)


def _closeness(at: datetime, began: datetime | None) -> float:
    if began is None:
        return 0.5
    return float(0.5 ** (max(began - at, timedelta(0)) / HALF_LIFE))


def _scope(service: str, scene: Scene, first: str, began: datetime | None) -> str:
    callers = scene.callers.get(first, frozenset())
    # A caller that asks for far more, though nobody asks more of it, is where to look, rather than who is asked.
    flooding = {one for one in callers if not scene.asked_more(one)} if scene.asked_more(first) else set()
    if service == first:
        return "neighbour" if flooding else "same"
    if service in flooding:
        return "same"
    if scene.heard and service not in scene.heard:
        return "shared"
    around = callers | {one for one, by in scene.callers.items() if first in by}
    if service in around or (service != first and service in scene.suffering):
        return "neighbour"
    if any(began and abs(one.at - began) <= _SLACK for one in scene.shifts_of(service)):
        return "neighbour"
    return "elsewhere" if service else "unknown"


def _named(scope: str, change: Candidate, scene: Scene) -> str:
    """Return the scope of a change that went out elsewhere: complaints that name what its files are about bring it near."""
    if scope not in {"shared", "elsewhere"}:
        return scope
    about = technologies(" ".join((*change.files, *(one.service for one in change.rollouts))))
    return "neighbour" if about & scene.technologies else scope


def _woke(rollout: Rollout, scene: Scene, first: str) -> Shift | None:
    """Return a metric of the service, or of the one that failed first, that moved within minutes of a rollout."""
    own = [one for one in scene.shifts if one.service == rollout.service]
    others = [one for one in scene.shifts if one.service == first]
    return next((one for one in (*own, *others) if -_SLACK <= one.at - rollout.at <= _AT_ONCE), None)


def _ailing(rollout: Rollout, scene: Scene, first: str) -> Shift | None:
    """Return what had left its normal range on the service that failed first before a rollout; more traffic is no illness."""
    early = (one for one in scene.shifts_of(first) if one.nature != "traffic" and one.at < rollout.at - _LONG_BEFORE)
    return next(early, None)


def _drifting(rollout: Rollout, scene: Scene, first: str) -> Shift | None:
    """Return what had left its normal range before a rollout on something that the failing service calls, itself untouched by it."""
    called = {one for one, by in scene.callers.items() if first in by}
    early = (
        one
        for one in scene.shifts
        if one.service in (called - {first} if rollout.service == first else frozenset())
        and one.nature in {"saturation", "failing", "waiting", "slow"}
        and one.at < rollout.at - _LONG_BEFORE
    )
    return next(early, None)
