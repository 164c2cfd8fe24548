"""One change on trial: what its content, its time and its place say for and against it, in log-odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.drastic import drastic
from tocsin.domain.diagnosis.correlation.echo import Echo
from tocsin.domain.diagnosis.correlation.incident import Candidate
from tocsin.domain.diagnosis.correlation.layers import Layer, layer_of_files
from tocsin.domain.diagnosis.correlation.matching import NOTHING, Content, Match, set_off
from tocsin.domain.diagnosis.correlation.mechanisms.catalogue import MECHANISMS
from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, Remediation
from tocsin.domain.diagnosis.correlation.nature import Nature, nature_of
from tocsin.domain.diagnosis.correlation.risk import risky
from tocsin.domain.diagnosis.correlation.scene import Scene
from tocsin.domain.diagnosis.correlation.timing import Timing
from tocsin.domain.diagnosis.correlation.verdict import Suspicion

# Log-odds (natural logarithm); ours, to be moved by measurement.
PRIOR: Final = -3.0
_TIME: Final = 1.2
_SCOPE: Final = {"same": 1.6, "neighbour": 0.4, "shared": 0.0, "unknown": -0.4, "elsewhere": -0.8}
_NOT_OUT: Final = -1.8
_LATE: Final = -5.0
_AILING: Final = -2.0
_DRIFTING: Final = -1.2
_WOKE: Final = 0.5
_WOKE_ELSEWHERE: Final = 0.3
_LINGERING: Final = 0.8
_SLEPT: Final = -1.5
_MECHANISM: Final = 4.2
_PLACE: Final = 2.5
_VALUE: Final = 1.5
_NAME: Final = 1.5
_WORDS: Final = 1.2
_HARMLESS: Final = -3.5
_BESIDE_THE_POINT: Final = -0.8
_DRASTIC: Final = 1.2
_RISKY: Final = 1.3
_FLAG: Final = -2.0
_CONTENT: Final = 0.3
_CAN_MATTER: Final = 0.5
_EXACT: Final = 1.2
_PLAINLY: Final = 0.6
_DECISIVE: Final = 0.55
_PLAIN: Final = 0.7
_FAILS_THERE: Final = 0.6
_SWITCHES = re2.compile(
    r"(?i)(?:^|/)(?:feature[-_]?)?(?:flags?|toggles?|experiments?|switches)(?:/|[\w.-]*\.(?:json|ya?ml|toml|tf|hcl|cue)$)"
)
_NOTHING: Final = 0.1
_STILL_CALLED: Final = 0.4
_VAGUER: Final = 0.1
_OVERSHADOWED: Final = 0.85
# What nothing else ties to the trouble: the layer where both lie (the trouble first, then the change).
_LAYERED: Final[Mapping[tuple[Layer, Layer], float]] = {("estate", "estate"): 0.6, ("estate", "code"): -0.6}
_FAINTLY: Final = 0.05


def suspicion_of(
    content: Content, echo: Echo, timing: Timing, shown: Mapping[str, Match], scene: Scene, *, layer: Layer = ""
) -> Suspicion:
    """Return what speaks for and against one change; `shown` is how clearly each mechanism shows in the trouble, `layer` where it lies."""
    change = content.change
    nature = nature_of(change, content.patch)
    mechanism, clear, doing = _best(content, shown)
    strength = clear * doing.strength
    if clear < max((one.strength for one in shown.values()), default=0.0) - _VAGUER:
        strength *= _OVERSHADOWED
    if echo.still:
        strength *= _STILL_CALLED
    if mechanism and mechanism.told and nature.talk and strength >= _CONTENT:
        nature = Nature()
    if echo.place and nature.matters < _FAILS_THERE and not nature.talk and not nature.files:
        nature = replace(nature, matters=_FAILS_THERE)
    supports, refutes = _words(echo, timing, nature, shown, (mechanism, strength, doing))
    odds = (
        PRIOR
        + _place_and_time(timing, scene, lingers=bool(mechanism and mechanism.lingers))
        + _MECHANISM * strength * _tempered(nature)
    )
    if mechanism and mechanism.exact and strength >= _PLAINLY:
        odds += _EXACT * strength * _tempered(nature)
    odds += (_DRASTIC * drastic(content.patch) + _RISKY * risky(content.patch)) * _tempered(nature)
    if content.patch.order and strength < _NOTHING and any(one.strength >= _PLAIN for one in shown.values()):
        odds += _BESIDE_THE_POINT  # what broke is plain to see, and it does nothing of the kind
    if strength < _CONTENT and not echo.place:
        odds += _LAYERED.get((layer, layer_of_files(change.files)), 0.0) * _tempered(nature)
    odds += _SLEPT if mechanism and mechanism.prompt and timing.slept else 0.0
    odds += _echoed(echo) * _tempered(nature) + _HARMLESS * (1.0 - nature.matters)
    if change.kind == "flag":
        odds += 0.0 if echo.name or _named(change, scene) else _FLAG
    tied = bool(echo.place or echo.value or echo.name)
    return Suspicion(
        key=change.key,
        title=_title(change),
        odds=odds,
        change="" if change.kind == "flag" else change.key,
        mechanism=mechanism.key if mechanism else "",
        remedy=_remedy(change, nature, mechanism if strength >= _FAINTLY or change.kind == "flag" else None),
        content=(tied or (strength >= _CONTENT and not _fails_elsewhere(mechanism, echo, scene)))
        and nature.matters >= _CAN_MATTER,
        decisive=tied and strength >= _DECISIVE and not timing.late,
        supports=supports,
        refutes=refutes,
    )


def _fails_elsewhere(mechanism: Mechanism | None, echo: Echo, scene: Scene) -> bool:
    """Whether a trace says where in the code it fails, the change is of no such file, and no words of one fault tie them."""
    return not echo.place and bool(scene.places) and not (mechanism and mechanism.exact)


def _best(content: Content, shown: Mapping[str, Match]) -> tuple[Mechanism | None, float, Match]:
    found = [(one, shown[one.key].strength, set_off(one, content)) for one in MECHANISMS if shown[one.key].strength]
    rated = [row for row in found if row[2].strength]
    if not rated:
        return None, 0.0, NOTHING
    return max(rated, key=lambda row: row[1] * row[2].strength)


def _place_and_time(timing: Timing, scene: Scene, *, lingers: bool) -> float:
    if timing.rollout is None:
        place = (_NOT_OUT if scene.incident.rollouts_known else 0.0) + _SCOPE[timing.scope]
    else:
        place = _SCOPE[timing.scope]
    against = (_LATE if timing.late else 0.0) + (_AILING if timing.ailing else 0.0)
    against += _DRIFTING if timing.drifting else 0.0
    return place + against + _closeness(timing, lingers=lingers)


def _closeness(timing: Timing, *, lingers: bool) -> float:
    """Return what closeness in time adds; what lingers may break long after, if something moved at once."""
    if timing.woke is None or timing.rollout is None:
        return _TIME * timing.closeness
    own = timing.woke.service == timing.rollout.service
    close = max(timing.closeness, _LINGERING) if lingers and own else timing.closeness
    return _TIME * close + (_WOKE if own else _WOKE_ELSEWHERE)


def _tempered(nature: Nature) -> float:
    """Return how far content counts: words in a stylesheet set nothing off."""
    return min(1.0, nature.matters * 1.5)


def _echoed(echo: Echo) -> float:
    return _PLACE * bool(echo.place) + _VALUE * bool(echo.value) + _NAME * bool(echo.name) + _WORDS * echo.words


def _named(change: Candidate, scene: Scene) -> bool:
    return any(change.key.lower() in one.whole.lower() for one in scene.symptoms if one.loud)


def _remedy(change: Candidate, nature: Nature, mechanism: Mechanism | None) -> Remediation:
    if change.kind == "flag":
        return "feature-flag-disable"
    if change.files and all(_SWITCHES.search(file) for file in change.files):
        return "feature-flag-disable"
    if mechanism and mechanism.remedy != "rollback":
        return mechanism.remedy
    return "config-revert" if nature.settings or change.kind == "config" else "rollback"


def _title(change: Candidate) -> str:
    first = change.message.splitlines()[0] if change.message else "nobody said what it does"
    return f"{change.key[:10]} {first[:120]}" if change.kind != "flag" else first[:120]


def _words(
    echo: Echo, timing: Timing, nature: Nature, shown: Mapping[str, Match], best: tuple[Mechanism | None, float, Match]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    mechanism, strength, doing = best
    supports = []
    if mechanism and strength >= _CONTENT:
        supports.append(f"{mechanism.title}: {'; '.join(doing.why[:2])}")
        supports += [f"which fits: {why}" for why in shown[mechanism.key].why[:2]]
    supports += [text for text in (echo.place, echo.value, echo.name) if text]
    if echo.shared:
        supports.append(f"it and the trouble speak of {', '.join(echo.shared)}")
    if timing.rollout and not timing.late:
        supports.append(f"it went out to {timing.rollout.service} at {timing.rollout.at:%H:%M:%S}, before the trouble")
    if timing.woke and not timing.late:
        supports.append(f"from then on {timing.woke}")
    refutes = [text for text in (timing.late, timing.ailing, timing.drifting, nature.why) if text]
    if timing.rollout is None:
        refutes.append("nobody saw it take effect")
    return tuple(supports), tuple(refutes)
