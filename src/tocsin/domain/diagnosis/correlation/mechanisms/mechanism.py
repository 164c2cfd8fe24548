"""What a row says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import re2

Remediation = Literal[
    "rollback",
    "roll-forward",
    "config-revert",
    "scale",
    "reschedule",
    "failover",
    "rotate-cert",
    "escalate-upstream",
    "purge-bad-data",
    "feature-flag-disable",
]
# `removed`/`added`: more of it on that side of the diff. `lower`/`higher`: an amount on such a line went that way.
# `turned`: such a line has other names or values now. `path`: a changed file. The others are shapes of a whole diff.
ClueKind = Literal[
    "removed",
    "added",
    "lower",
    "higher",
    "turned",
    "path",
    "loop_call",
    "unguarded",
    "moved",
    "flipped",
    "bump",
    "call_gone",
]


_OWN_WORDS = 0.95


@dataclass(frozen=True, slots=True)
class Sign:
    """Words of logs, spans and alerts that this mechanism makes; `weight` 0 to 1."""

    pattern: re2._Regexp
    weight: float


@dataclass(frozen=True, slots=True)
class Meter:
    """Metrics that this mechanism moves, upwards or not; `weight` 0 to 1."""

    pattern: re2._Regexp
    up: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Clue:
    """What a change does that sets this mechanism off; `weight` 0 to 1."""

    kind: ClueKind
    pattern: re2._Regexp
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One way to break. `topic` is what code and settings about it speak of.

    `lingers`: the trouble may begin long after the change took effect (a leak, a disk, a TTL).

    `prompt`: it breaks as soon as the change takes effect, or not at all (an address, an image, a setting).

    `floods`: whoever has the change asks so much more of others that these fail.

    `unless`: where complaints say so they tell of something else, and everything counts little.

    `estate`: it is set off by what is written for platforms, hardly by a program's own code.

    `told` marks that logging and measuring are the trouble themselves, which else change nothing.

    `exact`: its signs are words of this one fault, so that a change which does what they speak of is hardly there by chance.
    """

    key: str
    title: str
    signs: tuple[Sign, ...] = ()
    meters: tuple[Meter, ...] = ()
    clues: tuple[Clue, ...] = ()
    topic: re2._Regexp | None = None
    remedy: Remediation = "rollback"
    lingers: bool = False
    prompt: bool = False
    floods: bool = False
    told: bool = False
    estate: bool = False
    unless: re2._Regexp | None = None
    exact: bool = False


def sign(weight: float, *patterns: str) -> Sign:
    """Return a sign that any of some patterns makes."""
    return Sign(_any(patterns), weight)


def rises(weight: float, *patterns: str) -> Meter:
    """Return a meter that goes up."""
    return Meter(_any(patterns), up=True, weight=weight)


def falls(weight: float, *patterns: str) -> Meter:
    """Return a meter that goes down."""
    return Meter(_any(patterns), up=False, weight=weight)


def clue(kind: ClueKind, weight: float, *patterns: str) -> Clue:
    """Return a clue that any of some patterns gives."""
    return Clue(kind, _any(patterns), weight)


def idiom(
    key: str, title: str, said: tuple[str, ...], *done: Clue, meters: tuple[Meter, ...] = (), lingers: bool = False
) -> Mechanism:
    """Return a mechanism that its own words give away."""
    return Mechanism(
        key=key, title=title, signs=(sign(_OWN_WORDS, *said),), meters=meters, clues=done, lingers=lingers, exact=True
    )


def about(*patterns: str) -> re2._Regexp:
    """Return what code about a mechanism speaks of."""
    return _any(patterns)


def _any(patterns: tuple[str, ...]) -> re2._Regexp:
    # Names are written camelCase, snake_case, kebab-case or with dots: `_?` stands for any of these.
    return re2.compile("(?i)" + "|".join(patterns).replace("_?", "[-_.]?"))
