"""Shapes of a diff that break things more often than not, whatever they are about: no words of the trouble are needed to see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.patch import Patch, Turned, calls
from tocsin.domain.diagnosis.correlation.structure import call_gone, flipped, loop_call, unguarded

_UNITS = re2.compile(r"(?i)nano|micro|milli|second|minute|hour|days?\b|weeks?\b|\bms\b|epoch|cents\b|minor")
_NUMBERS = re2.compile(r"(?i)float|double|decimal|\bint(?:8|16|32|64)?\b|bigint|\b[kmgt]i?b\b|percent")
_SIDE_BY_SIDE = re2.compile(
    r"\b(?:await|async|go|Promise\.all|gather|WhenAll|errgroup|parallel|par_iter|spawn|thread|Thread|submit|sync|lock|Lock|mutex|synchronized|"
    r"transaction|defer|once|Once|atomic|volatile|RLock|Unlock|background|queue|stream|lazy|eager)\b|@Transactional|@Async|foreach\(|forEach\("
)
_QUERY = re2.compile(r"(?i)\b(?:where|join|limit \d|order by|group by|create index|drop index|alter|using)\b")
_MARK = re2.compile(r"(?m)^\s*(@[A-Za-z_][\w.]*|#\[[^\]]*|declare\(\w+)")
_CONDITION = re2.compile(r"\bif\b|\bunless\b|\bcase\b|&&|\|\||\?\?|\?\.|\bwhen\b|\bfilter\b|\bwhere\b")


def _counts_otherwise(pattern: re2._Regexp) -> Callable[[Patch], bool]:
    """Tell whether a line counts in another unit or kind of number than the one in its place did."""
    return lambda patch: any(_swapped(pattern, turned) for turned in patch.turned)


def _swapped(pattern: re2._Regexp, turned: Turned) -> bool:
    before, after = pattern.findall(turned.before), pattern.findall(turned.after)
    return bool(before and after) and _differing(pattern, turned.before, turned.after)


def _unwrapped(patch: Patch) -> bool:
    """Whether a value is used bare that went through a call before."""
    return any(_bare(turned) for turned in patch.turned)


def _bare(turned: Turned) -> bool:
    before, after = set(calls(turned.before)), set(calls(turned.after))
    return bool(before - after) and not after - before


def _condition_gone(patch: Patch) -> bool:
    return len(_CONDITION.findall(patch.gone)) > len(_CONDITION.findall(patch.come))


def _only_gone(patch: Patch) -> bool:
    return bool(patch.removed) and not patch.added


def _differs(pattern: re2._Regexp) -> Callable[[Patch], bool]:
    return lambda patch: bool(patch.gone) and _differing(pattern, patch.gone, patch.come)


def _differing(pattern: re2._Regexp, before: str, after: str) -> bool:
    return sorted(one.lower() for one in pattern.findall(before)) != sorted(
        one.lower() for one in pattern.findall(after)
    )


# How much each says, 0 to 1, where the change can matter at all; ours, to be moved by measurement.
SHAPES: Final[tuple[tuple[Callable[[Patch], object], float], ...]] = (
    (_differs(_SIDE_BY_SIDE), 1.0),
    (_only_gone, 1.0),
    (loop_call, 1.0),
    (call_gone, 1.0),
    (unguarded, 1.0),
    (_counts_otherwise(_UNITS), 1.0),
    (_unwrapped, 0.8),
    (flipped, 0.8),
    (_condition_gone, 0.7),
    (_differs(_QUERY), 0.7),
    (_differs(_MARK), 0.7),
    (_counts_otherwise(_NUMBERS), 0.6),
)


def risky(patch: Patch) -> float:
    """Return how much the shape of a diff alone makes it one that breaks something, 0 to 1."""
    return max((weight for shape, weight in SHAPES if shape(patch)), default=0.0)
