"""How containers are, as Kubernetes or Docker tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot, Refusal
from tocsin.domain.diagnosis.facts.cluster import Claim, Disruption, Endpoints, Fence, Node, Rollout, Scaler

KILLED = 137


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerState:
    """One container or pod: `reason` is why it waits or ended, as its platform writes it; None is not seen.

    `killed_for_memory` is what its platform says outright: exit code 137 alone is any SIGKILL. `image` names what it runs.
    `restarted_at` is when it last ended and was started again.
    """

    name: str
    status: str = ""
    reason: str = ""
    exit_code: int | None = None
    restarts: int = 0
    ready: bool | None = None
    message: str = ""
    image: str = ""
    killed_for_memory: bool | None = None
    restarted_at: datetime | None = None

    @property
    def told(self) -> str:
        """What is known of it, on one line."""
        parts = [self.status, self.reason if self.reason != self.status else ""]
        parts += [f"exit code {self.exit_code}"] if self.exit_code is not None else []
        parts += [f"{self.restarts} restarts"] if self.restarts else []
        parts += ["not ready"] if self.ready is False else []
        return f"{self.name}: {', '.join(part for part in parts if part)}" + (
            f" ({self.message})" if self.message else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadEvent:
    """Something the platform reported of an object."""

    reason: str
    message: str
    about: str = ""
    warning: bool = True

    @property
    def told(self) -> str:
        """The event on one line."""
        return f"{self.about + ': ' if self.about else ''}{self.reason} {self.message}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadFacts:
    """The containers of one place, and what was reported of them; what a cluster says around them is empty elsewhere."""

    target: str
    at: datetime
    service: str = ""
    containers: tuple[ContainerState, ...] = ()
    events: tuple[WorkloadEvent, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    endpoints: tuple[Endpoints, ...] = ()
    scalers: tuple[Scaler, ...] = ()
    nodes: tuple[Node, ...] = ()
    claims: tuple[Claim, ...] = ()
    disruptions: tuple[Disruption, ...] = ()
    fences: tuple[Fence, ...] = ()
    error: Refusal | None = None
    error_text: str = ""
    reproduce: str = ""
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
