"""How clearly a mechanism shows in what was seen, and how clearly a change sets it off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tocsin.domain.diagnosis.correlation.incident import Candidate
from tocsin.domain.diagnosis.correlation.layers import layer_of_files
from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Clue, Mechanism, Meter, Sign
from tocsin.domain.diagnosis.correlation.mechanisms.outside import Outside, Shape
from tocsin.domain.diagnosis.correlation.patch import Patch, Turned, read_patch
from tocsin.domain.diagnosis.correlation.platform import is_platform
from tocsin.domain.diagnosis.correlation.scene import Scene
from tocsin.domain.diagnosis.correlation.shapes import Shaped
from tocsin.domain.diagnosis.correlation.structure import call_gone, flipped, loop_call, moved, unguarded, version_bump
from tocsin.domain.diagnosis.correlation.tokens import spaced

_ELSEWHERE = 0.6
_IN_CODE = 0.4
_REPORTED = 0.85
_PASSED_ON = 0.4  # who complains of another service says what became of the trouble, not what it is
_QUIET = 0.7
_OF_ANOTHER = 0.4
_NEARBY = 0.6
_FROM_WORDS = 0.45
_SUBJECT = 0.25
_BESIDE = 0.15
_LEAST_CHANGE = 0.2
_WHOLE_CHANGE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How clearly, 0 to 1, and by what."""

    strength: float = 0.0
    why: tuple[str, ...] = ()


NOTHING = Match()


@dataclass(frozen=True, kw_only=True)
class Content:
    """A change with its diff read once."""

    change: Candidate

    @cached_property
    def patch(self) -> Patch:
        """What its diff says."""
        return read_patch(self.change.diff)

    @cached_property
    def around(self) -> Mapping[str, str]:
        """The unchanged lines and the name of each changed file, as one text."""
        found: dict[str, list[str]] = {}
        for file, line in self.patch.kept:
            found.setdefault(file, [file]).append(line)
        return {file: "\n".join(lines) for file, lines in found.items()}


def seen(mechanism: Mechanism, scene: Scene, *places: str) -> Match:
    """Return how clearly a mechanism shows; what other services than those in `places` show counts less."""
    found = [one for sign in mechanism.signs if (one := _sign(sign, scene, places)).strength]
    found += [one for meter in mechanism.meters if (one := _meter(meter, scene, places)).strength]
    match = either(found)
    unless = mechanism.unless
    if unless is not None and any(unless.search(one.told) for one in scene.symptoms if one.loud):
        return Match(strength=match.strength * _OF_ANOTHER, why=match.why)
    return match


def seen_outside(cause: Outside, scene: Scene, first: str, shapes: Mapping[Shape, Shaped]) -> Match:
    """Return how clearly a cause outside shows; without a shape that it needs it does not."""
    if cause.needed and not any(shapes[shape].strength for shape in cause.needed):
        return NOTHING
    shaped = [
        Match(strength=weight * shapes[shape].strength, why=(shapes[shape].why,))
        for shape, weight in cause.shapes
        if shapes[shape].strength
    ]
    return either([*shaped, seen(cause, scene, first)])


def set_off(mechanism: Mechanism, content: Content) -> Match:
    """Return how clearly a change does what sets a mechanism off; without a diff, its words stand in."""
    if not content.patch.order:
        return _by_words(mechanism, content.change)
    found = [one for clue in mechanism.clues if (one := _clue(clue, content)).strength]
    # A file's name or a change's subject alone say where, not what.
    doing = [one for one in found if not one.why[0].startswith("it touches")]
    match = either(found) if doing else _about(mechanism, content)
    if mechanism.estate and match.strength and layer_of_files(content.change.files) == "code":
        return Match(strength=match.strength * _IN_CODE, why=match.why)
    return match


def _about(mechanism: Mechanism, content: Content) -> Match:
    """Return that a change works on what a mechanism is about, where it does nothing that is known to set it off."""
    topic, patch = mechanism.topic, content.patch
    if topic is None:
        return NOTHING
    line = next((line for _, line in (*patch.removed, *patch.added) if topic.search(line)), "")
    if line:
        return Match(strength=_SUBJECT, why=(f"it works on `{line.strip()[:120]}`",))
    line = next((line for _, line in patch.kept if topic.search(line)), "")
    return Match(strength=_BESIDE, why=(f"it works beside `{line.strip()[:120]}`",)) if line else NOTHING


def either(matches: Iterable[Match]) -> Match:
    """Return several matches as one: each makes it surer, none makes it certain; the strongest is told first."""
    ordered = sorted((one for one in matches if one.strength), key=lambda one: -one.strength)
    missing = 1.0
    for one in ordered:
        missing *= 1.0 - one.strength
    return Match(strength=1.0 - missing, why=tuple(text for one in ordered for text in one.why))


def _sign(sign: Sign, scene: Scene, places: tuple[str, ...]) -> Match:
    best = NOTHING
    for one in scene.symptoms:
        place = 1.0 if one.service in {*places, ""} else _REPORTED if is_platform(one.service) else _ELSEWHERE
        strength = sign.weight * place * (1.0 if one.loud else _QUIET)
        if strength <= best.strength or not sign.pattern.search(one.told):
            continue
        if place == _ELSEWHERE and one.blames(places):
            strength *= _PASSED_ON / _ELSEWHERE
        if strength > best.strength:
            best = Match(strength=strength, why=(str(one),))
    return best


def _meter(meter: Meter, scene: Scene, places: tuple[str, ...]) -> Match:
    best = NOTHING
    for one in scene.shifts:
        strength = meter.weight * (1.0 if one.service in places else _ELSEWHERE)
        if strength > best.strength and one.up == meter.up and meter.pattern.search(one.metric):
            best = Match(strength=strength, why=(str(one),))
    return best


def _clue(clue: Clue, content: Content) -> Match:
    patch = content.patch
    match clue.kind:
        case "removed" | "added":
            return _side(clue, patch)
        case "lower" | "higher" | "turned":
            turns = (*patch.turned, *patch.restated)
            return max((_turn(clue, turned, content) for turned in turns), key=_strength, default=NOTHING)
        case "path":
            file = next((file for file in content.change.files if clue.pattern.search(file)), "")
            return Match(strength=clue.weight, why=(f"it touches {file}",)) if file else NOTHING
        case "loop_call":
            return _shape(clue, loop_call(patch), "it calls {} inside a loop")
        case "unguarded":
            return _shape(clue, unguarded(patch), "it no longer checks {} before it is used")
        case "moved":
            return _shape(clue, moved(patch), "it runs the same lines in another order: {}")
        case "flipped":
            return _shape(clue, flipped(patch), "it turns a condition round: {}")
        case "call_gone":
            return _shape(clue, call_gone(patch), "it takes away the call {} and puts nothing in its place")
        case "bump":
            return _bump(clue, content)


def _strength(match: Match) -> float:
    return match.strength


def _side(clue: Clue, patch: Patch) -> Match:
    gone, come = clue.pattern.findall(spaced(patch.gone)), clue.pattern.findall(spaced(patch.come))
    here, there = (gone, come) if clue.kind == "removed" else (come, gone)
    if len(here) <= len(there):
        return NOTHING
    lines = patch.removed if clue.kind == "removed" else patch.added
    line = next((line.strip() for _, line in lines if clue.pattern.search(spaced(line))), "")
    verb = "takes away" if clue.kind == "removed" else "brings"
    return Match(strength=clue.weight, why=(f"it {verb} `{line[:120]}`",))


def _turn(clue: Clue, turned: Turned, content: Content) -> Match:
    sides = turned.changed if clue.kind == "turned" else (turned.before, turned.after)
    here = clue.pattern.search(spaced("\n".join(sides)))
    if not here and not clue.pattern.search(f"{turned.file}\n{content.around.get(turned.file, '')}"):
        return NOTHING
    weight = clue.weight * (1.0 if here else _NEARBY)
    told = (f"it turns `{turned.before.strip()[:100]}` into `{turned.after.strip()[:100]}`",)
    if clue.kind == "turned":
        return Match(strength=weight, why=told) if here and any(turned.swapped) else NOTHING
    share = _amount(turned, lower=clue.kind == "lower")
    return Match(strength=weight * share, why=told) if share else NOTHING


def _amount(turned: Turned, *, lower: bool) -> float:
    """Return how much an amount went the way that matters: twice or more counts fully, a nudge hardly."""
    for old, new in turned.amounts:
        if old.measure != new.measure or (new.value < old.value) != lower:
            continue
        small, large = sorted((abs(old.value), abs(new.value)))
        times = large / small if small else _WHOLE_CHANGE
        return max(_LEAST_CHANGE, min(1.0, (times - 1.0) / (_WHOLE_CHANGE - 1.0)))
    return 0.0


def _shape(clue: Clue, found: str, told: str) -> Match:
    return Match(strength=clue.weight, why=(told.format(f"`{found[:120]}`"),)) if found else NOTHING


def _bump(clue: Clue, content: Content) -> Match:
    share, what = version_bump(content.patch)
    return Match(strength=clue.weight * share, why=(f"it brings {what}",)) if share else NOTHING


def _by_words(mechanism: Mechanism, change: Candidate) -> Match:
    text = f"{change.message}\n" + "\n".join(change.files)
    found = [
        Match(strength=clue.weight * _FROM_WORDS, why=(f"its words are `{change.message.splitlines()[0][:120]}`",))
        for clue in mechanism.clues
        if clue.pattern.pattern != "(?i)" and change.message and clue.pattern.search(text)
    ]
    return max(found, key=_strength, default=NOTHING)
