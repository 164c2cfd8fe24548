"""Which alerts belong together: those of one receiver whose grouping labels agree, and that come close enough in time.

A group's identity is its receiver's name and those labels' values. Matchers, intervals and the place in the tree are no
part of it, so that a changed route strands no open group.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.alerts.matchers import Matcher, show_matchers
from tocsin.domain.alerts.routing import ALL_LABELS, Taken

LONGEST_KEY = 1000
"""Bytes of a group's labels that are told; an index of PostgreSQL holds no key of more than 2 704."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupKey:
    """A group's identity; as text, `database/{service="orders"}`."""

    receiver: str
    labels: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Return the identity as one line, the same for equal ones and different for others; of long labels, their SHA-256."""
        pairs = show_matchers(Matcher(name=name, operator="=", value=value) for name, value in self.labels)
        whole = pairs.encode("utf-8", "surrogatepass")
        told = pairs if len(whole) <= LONGEST_KEY else hashlib.sha256(whole).hexdigest()
        return f"{self.receiver}/{told}"


def group_key(labels: Mapping[str, str], taken: Taken) -> GroupKey:
    """Return the group that an alert with these labels belongs to on a route that took it."""
    return GroupKey(receiver=taken.receiver, labels=grouped(labels, taken.settings.group_by))


def grouped(labels: Mapping[str, str], group_by: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the labels that tell groups apart, sorted; an empty label is a missing one."""
    wanted = labels if ALL_LABELS in group_by else group_by
    return tuple(sorted((name, labels[name]) for name in wanted if labels.get(name)))


def with_service(labels: Mapping[str, str], service: str) -> Mapping[str, str]:
    """Return the labels that routing and grouping see: the service that was found for the alert is its `service` label."""
    return {**labels, "service": service} if service else labels


def joins(last_alert_at: datetime, at: datetime, window: timedelta | None) -> bool:
    """Return whether an alert at `at` still belongs to a group whose last new alert came at `last_alert_at`."""
    return window is None or at - last_alert_at <= window
