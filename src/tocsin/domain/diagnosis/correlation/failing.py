"""Which service failed first, and which ones only suffer from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.platform import is_platform
from tocsin.domain.diagnosis.correlation.scene import Scene, Symptom

_SLACK = timedelta(minutes=1)
_STEPS = 3
_BLAMES: Final = re2.compile(
    r"(?i)upstream|downstream|returned|answer|replied|said|lost|gave|closed|from|calling|call to|unavailab|timed? ?out|timeout|refused|failed|error|waiting|slow|no response|via|responded"
)
# They cut the call off themselves: the one who says so is not ill.
_CUT_OFF: Final = re2.compile(
    r"(?i)cancel(?:l?ed)?\b.{0,30}(?:client|caller|context)|context cancel|client (?:closed|disconnect|gone|abort)|\b499\b|broken pipe"
)
# A caller that gives up is counted here, and a machine is no service.
_ABOUT_OTHERS: Final = re2.compile(r"(?i)cancel|^(?:node|host|machine|vm)_")


def first_failing(scene: Scene) -> str:
    """Return the service that failed first: the alert's, or the one that its own words or its calls lead to."""
    service = scene.incident.alarm.service
    if service not in scene.services or not (scene.of(service) or scene.shifts_of(service)):
        service = service or _earliest(scene)
    seen = {service}
    for _ in range(_STEPS):
        deeper = next((one for one in sorted(_suffering(scene) - seen) if _leads_to(service, one, scene)), None)
        if deeper is None:
            break
        service = deeper
        seen.add(service)
    return service


def blast_radius(scene: Scene, first: str) -> tuple[str, ...]:
    """Return the other services that suffer, sorted; not who is merely asked more, or cut off by who asks."""
    return tuple(sorted(one for one in _suffering(scene) if one != first and not is_platform(one)))


def began(scene: Scene, first: str) -> datetime | None:
    """Return when the trouble showed first, in the service that failed first or by the alert itself."""
    alarm = scene.incident.alarm
    moved = [
        one.at
        for one in scene.shifts
        if (one.service == first and one.hurts) or (one.service == alarm.service and one.metric == alarm.metric)
    ]
    told = [one.at for one in scene.of(first) if one.loud and one.at and one.source == "log"]
    return min([*moved, *told], default=alarm.fired_at)


def _earliest(scene: Scene) -> str:
    moved = [one.service for one in scene.shifts if one.hurts and not is_platform(one.service)]
    told = [one.service for one in scene.symptoms if one.loud and one.service and not is_platform(one.service)]
    return next(iter([*moved, *told]), "")


def _suffering(scene: Scene) -> frozenset[str]:
    told = {one.service for one in scene.symptoms if one.loud and one.service and not _CUT_OFF.search(one.whole)}
    moved = {one.service for one in scene.shifts if one.hurts and not _ABOUT_OTHERS.search(one.metric)}
    quiet = {one for one in told if _only_cut_off(one, scene)}
    return frozenset((told | moved) - quiet) & scene.services


def _only_cut_off(service: str, scene: Scene) -> bool:
    """Whether all that a service complains about is being cut off by its callers."""
    spoken = [one for one in scene.of(service) if one.loud and one.source in {"log", "signature"}]
    moved = [one for one in scene.shifts_of(service) if one.hurts and not _ABOUT_OTHERS.search(one.metric)]
    return bool(spoken) and all(_CUT_OFF.search(one.whole) for one in spoken) and not moved


def _leads_to(service: str, other: str, scene: Scene) -> bool:
    """Whether `service` suffers from `other`: it says so, or its failing calls go there; and `other` is ill itself by then."""
    if is_platform(other) or _blamed_by(other, service, scene) or scene.asked_more(service):
        return False  # who is asked for far more itself passes on what comes in
    accused = _blamed_by(service, other, scene) or service in scene.callers.get(other, frozenset())
    mine = [one.at for one in scene.shifts_of(service) if one.hurts]
    theirs = [one.at for one in scene.shifts_of(other) if one.hurts and not _ABOUT_OTHERS.search(one.metric)]
    theirs += [one.at for one in scene.of(other) if one.loud and one.at and not _CUT_OFF.search(one.whole)]
    in_time = bool(theirs) and (not mine or min(theirs) <= min(mine) + _SLACK)
    return accused and in_time and (_blames_nobody_but(service, other, scene) or _fails_in(service, other, scene))


def _blamed_by(service: str, other: str, scene: Scene) -> bool:
    return any(
        _names(one, other) for one in scene.of(service) if one.loud and one.source in {"log", "signature", "span"}
    )


def _names(one: Symptom, other: str) -> bool:
    return other.lower() in one.whole.lower() and bool(_BLAMES.search(one.whole))


def _fails_in(service: str, other: str, scene: Scene) -> bool:
    """Whether failed calls of a service, which itself says of nobody what ails it, failed in `other`."""
    said = " ".join(one.whole for one in scene.of(service) if one.loud and one.source == "log").lower()
    named = any(one.lower() in said for one in scene.services - {service})
    spans = [span for span in scene.incident.spans if span.failed and span.caller == service]
    return not named and bool(spans) and all(span.service == other for span in spans)


def _blames_nobody_but(service: str, other: str, scene: Scene) -> bool:
    """Whether most of what a service complains about is `other`; who has troubles of its own fails first itself."""
    said = [one for one in scene.of(service) if one.loud and one.source == "log"]
    blaming = [one for one in said if _names(one, other)]
    return bool(blaming) and 2 * len(blaming) >= len(said)
