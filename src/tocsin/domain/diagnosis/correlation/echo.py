"""What a change and the trouble say alike: a place in a stack trace, a new value, rare words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import re2

from tocsin.domain.diagnosis.correlation.matching import Content
from tocsin.domain.diagnosis.correlation.quantities import field_quantity, quantities
from tocsin.domain.diagnosis.correlation.scene import Scene
from tocsin.domain.diagnosis.correlation.tokens import identifiers, phrases, spoken, words

_QUOTED = re2.compile(r"[\"'`\[]([\w./:-]{3,60})[\"'`\]]")
_COMPOUND = re2.compile(
    r"\b([A-Za-z][A-Za-z0-9]*(?:[_.:-][A-Za-z0-9]+)+|[A-Z]{2,}[A-Z0-9]{2,}|[a-z]+[A-Z][A-Za-z0-9]+)\b"
)
_CRON = re2.compile(r"[\"' (]([0-5]?\d) ([01]?\d|2[0-3]) (?:\*|\?) ")
_DUE = timedelta(minutes=4)
_HOST = re2.compile(
    r"(?i)\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:svc|local|internal|com|net|org|io|dev|cloud|example|test)\b"
)
_CODE = re2.compile(r"(?i)\.(?:go|py|js|ts|tsx|java|kt|rb|rs|php|cs|scala|ex)$")
_KIND = re2.compile(r"(?i)(?:service|svc|server|worker|api|app)$")  # `cartservice` is also known as cart
_BETWEEN = re2.compile(r"[^\w./:-]+")
_FULL = 3.0
_SMALLEST = 10.0
_STATUS = range(100, 600)
_MOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """`place`, `value` and `name` are sentences or empty; `words` is 0 to 1 with `shared` rare words.

    `still` marks a host that code took out and that is called nevertheless.
    """

    place: str = ""
    value: str = ""
    name: str = ""
    still: bool = False
    words: float = 0.0
    shared: tuple[str, ...] = ()


def echoes(
    contents: Sequence[Content], scene: Scene, onset: datetime | None = None, first: str = ""
) -> tuple[Echo, ...]:
    """Return what each change has in common with the trouble; words that many changes share count little."""
    said = scene.words
    own = [_changed_words(content) & said for content in contents]
    known = spoken(scene.services) | spoken(_KIND.sub(" ", service) for service in scene.services)
    often = Counter(word for found in own for word in found)
    found = [
        _echo(content, scene, one - known, often, len(contents)) for content, one in zip(contents, own, strict=True)
    ]
    return tuple(
        replace(one, value=_due(content, onset) or one.value, name=one.name or _taken(content, first))
        for content, one in zip(contents, found, strict=True)
    )


def _echo(content: Content, scene: Scene, shared: frozenset[str], often: Counter[str], among: int) -> Echo:
    whole = math.log(among + 1)
    weighed = {word: math.log((among + 1) / often[word]) / whole for word in shared}
    names = identifiers(f"{content.patch.gone}\n{content.patch.come}") & scene.identifiers
    spelled = phrases(content.patch.gone) ^ phrases(content.patch.come)
    names |= {one for one in spelled if f" {one} " in scene.prose}
    total = sum(weighed.values()) + len(names)
    still = _still_called(content, scene)
    best = sorted(weighed, key=lambda word: (-weighed[word], word))[:_MOST]
    return Echo(
        place=_place(content, scene),
        value=_value(content, scene),
        name="" if still else _name(content, scene),
        still=still,
        words=min(1.0, total / _FULL),
        shared=(*sorted(names)[:_MOST], *best),
    )


def _changed_words(content: Content) -> frozenset[str]:
    """Return the words that only one side of a diff has; without a diff, those of its message and files."""
    patch = content.patch
    if not patch.order:
        return words(content.change.message) | spoken(content.change.files)
    gone, come = words(patch.gone), words(patch.come)
    return (gone ^ come) | words(content.change.message)


def _place(content: Content, scene: Scene) -> str:
    """Return the changed file that a stack trace names."""
    for service, found in scene.places:
        file = next((file for file in content.change.files if _same_file(file, found)), "")
        if file:
            return f"it changed {file}, and {service or 'somebody'} fails there: {found}"
    return ""


def _same_file(one: str, other: str) -> bool:
    mine, theirs = one.split("/"), other.split("/")
    tail = min(len(mine), len(theirs), 2)
    return mine[-tail:] == theirs[-tail:]


def _value(content: Content, scene: Scene) -> str:
    """Return an amount that the change brought and that now stands in what is said, and did not before."""
    brought = {
        new.value: turned.after.strip()
        for turned in (*content.patch.turned, *content.patch.restated)
        for _, new in turned.amounts
    }
    if not brought:
        return ""
    for one in scene.symptoms:
        for name, amount in _amounts(one.text, one.fields):
            line = brought.get(amount)
            if line is not None:
                return f"`{line[:100]}` is new, and {one.service or 'somebody'} now says {name}"
    return ""


def _due(content: Content, onset: datetime | None) -> str:
    """Return that a time of day which the change brought is the one at which the trouble began."""
    if onset is None:
        return ""
    for turned in content.patch.turned:
        for minute, hour in _CRON.findall(turned.after) if turned.after != turned.before else ():
            due = onset.replace(hour=int(hour), minute=int(minute), second=0)
            if timedelta(0) <= onset - due <= _DUE:
                return f"`{turned.after.strip()[:100]}` is new, and the trouble began then"
    return ""


def _taken(content: Content, first: str) -> str:
    """Return that a change elsewhere now uses the name of the service that fails."""
    elsewhere = all(rollout.service != first for rollout in content.change.rollouts)
    for turned in content.patch.turned if first and elsewhere else ():
        if _count(first, turned.after) > _count(first, turned.before):
            return f"`{turned.after.strip()[:100]}` brings the name of {first}, which fails"
    return ""


def _amounts(text: str, fields: Iterable[tuple[str, str]]) -> Iterable[tuple[str, float]]:
    for name, value in fields:
        one = field_quantity(name, value)
        if one and (one.measure or _telling(one.value)):
            yield f"{name}={value}", one.value
    for one in quantities(text):
        if one.measure or _telling(one.value):
            yield one.written, one.value


def _telling(value: float) -> bool:
    return value >= _SMALLEST and value not in _STATUS


def _name(content: Content, scene: Scene) -> str:
    """Return a name that errors quote and that the change took away, brought or replaced."""
    gone, come = content.patch.gone, content.patch.come
    for one in scene.symptoms:
        for name in _telling_names(one.whole) if one.loud else ():
            before, after = _count(name, gone), _count(name, come)
            if before != after and name not in scene.services:
                verb = "takes away" if before > after else "brings"
                return f"it {verb} `{name}`, which {one.service or 'somebody'} names: {one.text[:120]}"
    return ""


def _still_called(content: Content, scene: Scene) -> bool:
    """Whether code took a host out, and calls still go there: they do not fail for being sent elsewhere."""
    files, gone, come = content.change.files, content.patch.gone, content.patch.come
    if not files or not all(map(_CODE.search, files)):
        return False
    hosts = {host for one in scene.symptoms if one.loud for host in _HOST.findall(one.whole)}
    return any(_count(host, gone) > _count(host, come) for host in hosts)


def _telling_names(text: str) -> list[str]:
    """Return what a complaint quotes, and names of several parts, which nobody uses by chance."""
    found = dict.fromkeys([*_QUOTED.findall(text), *_COMPOUND.findall(text)])
    return [name for name in found if any(char.isalpha() for char in name)]


def _count(name: str, text: str) -> int:
    return sum(part == name for part in _BETWEEN.split(text))
