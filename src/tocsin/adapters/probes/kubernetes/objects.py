"""The objects of the Kubernetes API that are read, and of each what matters here."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class _Camel(msgspec.Struct, rename="camel"):
    """The API's names are written in camel case."""


class Owner(_Camel):
    """What made an object."""

    kind: str = ""
    name: str = ""


class Meta(_Camel):
    """What every object has."""

    name: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    owner_references: list[Owner] = []


class Condition(_Camel):
    """One thing an object's controller says of it."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""

    @property
    def told(self) -> str:
        """Its reason and message."""
        return f"{self.reason}: {self.message}".strip(": ")


class State(_Camel):
    """Why a container waits, or how it ended."""

    reason: str = ""
    message: str = ""
    exit_code: int = 0
    finished_at: datetime | None = None


class States(_Camel):
    """One of them is set."""

    waiting: State | None = None
    running: State | None = None
    terminated: State | None = None


class ContainerStatus(_Camel):
    """How one container of a pod is."""

    name: str
    ready: bool = False
    restart_count: int = 0
    image: str = ""
    state: States = msgspec.field(default_factory=States)
    last_state: States = msgspec.field(default_factory=States)


class PodStatus(_Camel):
    """How a pod is."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: list[Condition] = []
    container_statuses: list[ContainerStatus] = []
    init_container_statuses: list[ContainerStatus] = []


class Pod(_Camel):
    """A pod."""

    metadata: Meta
    status: PodStatus = msgspec.field(default_factory=PodStatus)


class Image(_Camel):
    """A container as a template asks for it."""

    image: str = ""


class TemplateSpec(_Camel):
    """The containers a template asks for."""

    containers: list[Image] = []


class Template(_Camel):
    """What pods are made from."""

    spec: TemplateSpec = msgspec.field(default_factory=TemplateSpec)


class WorkloadSpec(_Camel):
    """What a deployment or replica set wants."""

    replicas: int = 1
    template: Template = msgspec.field(default_factory=Template)


class WorkloadStatus(_Camel):
    """What it has."""

    ready_replicas: int = 0
    updated_replicas: int = 0
    observed_generation: int = 0
    conditions: list[Condition] = []


class Workload(_Camel):
    """A deployment or a replica set."""

    metadata: Meta
    spec: WorkloadSpec = msgspec.field(default_factory=WorkloadSpec)
    status: WorkloadStatus = msgspec.field(default_factory=WorkloadStatus)


class About(_Camel):
    """What an event is about."""

    kind: str = ""
    name: str = ""


class Event(_Camel):
    """Something that was reported; its time is in one of three places."""

    metadata: Meta
    type: str = ""
    reason: str = ""
    message: str = ""
    involved_object: About = msgspec.field(default_factory=About)
    last_timestamp: datetime | None = None
    event_time: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """When it was last seen."""
        return self.last_timestamp or self.event_time or self.metadata.creation_timestamp


class ServicePort(_Camel):
    """Where a service leads: a number or a name of a port of the pods; its own port where nothing else is said."""

    port: int = 0
    target_port: int | str | None = None

    @property
    def target(self) -> int | str:
        """The pods' port."""
        return self.target_port or self.port


class ServiceSpec(_Camel):
    """Which pods a service leads to."""

    selector: dict[str, str] = {}
    ports: list[ServicePort] = []


class Service(_Camel):
    """A service."""

    metadata: Meta
    spec: ServiceSpec = msgspec.field(default_factory=ServiceSpec)


class EndpointConditions(_Camel):
    """Whether an address is ready; not saying so means it is."""

    ready: bool | None = None


class Endpoint(_Camel):
    """Addresses behind a service."""

    addresses: list[str] = []
    conditions: EndpointConditions = msgspec.field(default_factory=EndpointConditions)


class Slice(_Camel):
    """A part of a service's addresses."""

    metadata: Meta
    endpoints: list[Endpoint] | None = None


class ScalerSpec(_Camel):
    """The bounds of a scaler."""

    min_replicas: int = 1
    max_replicas: int = 1


class ScalerStatus(_Camel):
    """What a scaler does."""

    current_replicas: int = 0
    desired_replicas: int = 0
    conditions: list[Condition] = []


class HorizontalScaler(_Camel):
    """A HorizontalPodAutoscaler."""

    metadata: Meta
    spec: ScalerSpec = msgspec.field(default_factory=ScalerSpec)
    status: ScalerStatus = msgspec.field(default_factory=ScalerStatus)


class NodeSpec(_Camel):
    """Whether a node takes pods."""

    unschedulable: bool = False


class NodeStatus(_Camel):
    """How a node is."""

    conditions: list[Condition] = []


class Machine(_Camel):
    """A node."""

    metadata: Meta
    spec: NodeSpec = msgspec.field(default_factory=NodeSpec)
    status: NodeStatus = msgspec.field(default_factory=NodeStatus)


class ClaimSpec(_Camel):
    """What a claim asks for."""

    storage_class_name: str = ""


class ClaimStatus(_Camel):
    """How a claim is."""

    phase: str = ""


class VolumeClaim(_Camel):
    """A PersistentVolumeClaim."""

    metadata: Meta
    spec: ClaimSpec = msgspec.field(default_factory=ClaimSpec)
    status: ClaimStatus = msgspec.field(default_factory=ClaimStatus)


class ListMeta(_Camel):
    """Whether a list goes on: `continue` is set, and how much of it is left."""

    continue_: str = msgspec.field(name="continue", default="")


class Listed(msgspec.Struct, Generic[T]):
    """One page of a list."""

    items: list[T] | None = None
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
