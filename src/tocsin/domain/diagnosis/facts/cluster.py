"""What a cluster says around its containers: rollouts, endpoints, scalers, nodes, volume claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One Deployment; `behind` is whether its controller has not yet seen its newest form.

    `stopped` is why it goes no further, as its conditions say; `refused` why pods of it cannot be made (a quota, a
    webhook). `images` are those it asks for, `before` those of the revision it replaces, `changed_at` when that was.
    """

    name: str
    wanted: int
    ready: int = 0
    updated: int = 0
    behind: bool = False
    stopped: str = ""
    refused: str = ""
    images: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """One Service with a selector: how many addresses stand behind it, and how many pods its selector finds.

    `differs` names the pod labels that come nearest to a selector that finds none.
    """

    service: str
    ready: int = 0
    not_ready: int = 0
    matched: int = 0
    selector: str = ""
    differs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaler:
    """One HorizontalPodAutoscaler: `stopped` is why it cannot scale, `limited` whether it would go further."""

    name: str
    least: int
    most: int
    current: int
    wanted: int
    limited: bool = False
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One machine of the cluster; `troubles` are the conditions that hold and should not, as it reports them."""

    name: str
    ready: bool | None = None
    troubles: tuple[str, ...] = ()
    message: str = ""
    cordoned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One PersistentVolumeClaim and why it is not bound."""

    name: str
    phase: str
    storage_class: str = ""
    message: str = ""
