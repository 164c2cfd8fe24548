"""What a cluster says around its containers: rollouts, endpoints, scalers, nodes, claims, budgets and policies."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """One PodDisruptionBudget: how many of its `pods` are healthy, how many it wants, and how many may be evicted now."""

    name: str
    pods: int = 0
    healthy: int = 0
    wanted: int = 0
    allowed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The network policies that choose the pods of one Service, taken together.

    `reachable` is whether any of them lets somebody in on a port of the service, `names` whether its pods may ask for
    names; both are true where no policy of that direction chooses the pods. `made_at` is when the newest policy came.
    """

    service: str
    policies: tuple[str, ...]
    reachable: bool = True
    names: bool = True
    made_at: datetime | None = None
