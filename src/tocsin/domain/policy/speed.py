"""A drill runs N times as fast: its policy's durations are divided, its clock is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import TypeVar

from tocsin.domain.errors import InvalidError
from tocsin.domain.policy.pack import Pack

T = TypeVar("T")


def scale(pack: Pack, speed: float) -> Pack:
    """Return `pack` with every duration divided by `speed`; working days become plain days so that they divide too.

    Raises:
        InvalidError: the speed is not above zero.
    """
    if speed == 1:
        return pack
    rules = pack.review_deadlines
    if rules.draft_business_days is not None:
        days = timedelta(days=rules.draft_business_days)
        rules = replace(rules, draft_business_days=None, draft_within=days)
    return divided(replace(pack, review_deadlines=rules), speed)


def divided(value: T, speed: float) -> T:
    """Return a dataclass, tuple, mapping or duration with every duration inside divided by `speed`.

    Raises:
        InvalidError: the speed is not above zero.
    """
    if not speed > 0:
        raise InvalidError(
            f"speed {speed:g} is not above zero", field="speed", mend="Give 1 for real time, 60 for a fast drill."
        )
    return _divided(value, speed)  # type: ignore[return-value]  # the shape is kept, which no signature can say


def _divided(value: object, speed: float) -> object:
    if isinstance(value, timedelta):
        return value / speed
    if isinstance(value, tuple):
        return tuple(_divided(one, speed) for one in value)
    if isinstance(value, Mapping):
        return {key: _divided(one, speed) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _divided(getattr(value, f.name), speed) for f in fields(value)}
        return replace(value, **changed)
    return value
