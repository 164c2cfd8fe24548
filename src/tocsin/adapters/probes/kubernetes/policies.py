"""Budgets and network policies of the Kubernetes API, and what the policies that choose a pod allow together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tocsin.adapters.probes.kubernetes.objects import Meta, Pod, Service
from tocsin.domain.diagnosis.facts import Disruption, Fence

_NAMES = 53
Labels = Mapping[str, str]


class _Camel(msgspec.Struct, rename="camel"):
    """The API's names are written in camel case."""


class BudgetStatus(_Camel):
    """What a budget counts."""

    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0


class Budget(_Camel):
    """A PodDisruptionBudget."""

    metadata: Meta
    status: BudgetStatus = msgspec.field(default_factory=BudgetStatus)


class Expression(_Camel):
    """One condition on a label."""

    key: str
    operator: str
    values: list[str] = []

    def holds(self, labels: Labels) -> bool:
        """Return whether pods with such labels are meant."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case _:
                return self.key not in labels


class Selector(_Camel):
    """Which pods; an empty one means all."""

    match_labels: dict[str, str] = {}
    match_expressions: list[Expression] = []

    def chooses(self, labels: Labels) -> bool:
        """Return whether pods with such labels are meant."""
        return self.match_labels.items() <= labels.items() and all(one.holds(labels) for one in self.match_expressions)


class Port(_Camel):
    """A port, a named one, or a range; none means every port."""

    port: int | str | None = None
    end_port: int | None = None

    def allows(self, port: int | str) -> bool:
        """Return whether traffic to `port` may pass; a name on either side may be any number."""
        if self.port is None or isinstance(self.port, str) or isinstance(port, str):
            return self.port is None or isinstance(self.port, str) != isinstance(port, str) or self.port == port
        return self.port <= port <= (self.end_port or self.port)


class Rule(_Camel):
    """What passes; no ports means every port."""

    ports: list[Port] | None = None

    def allows(self, port: int | str) -> bool:
        """Return whether somebody's traffic to `port` may pass."""
        return not self.ports or any(one.allows(port) for one in self.ports)


class PolicySpec(_Camel):
    """Whose traffic a policy judges, and what it lets pass."""

    pod_selector: Selector = msgspec.field(default_factory=Selector)
    policy_types: list[str] = msgspec.field(default_factory=lambda: ["Ingress"])
    ingress: list[Rule] | None = None
    egress: list[Rule] | None = None


class Policy(_Camel):
    """A NetworkPolicy."""

    metadata: Meta
    spec: PolicySpec = msgspec.field(default_factory=PolicySpec)


def disruptions_of(budgets: Sequence[Budget]) -> Iterator[Disruption]:
    """Yield every budget."""
    for one in budgets:
        yield Disruption(
            name=one.metadata.name,
            pods=one.status.expected_pods,
            healthy=one.status.current_healthy,
            wanted=one.status.desired_healthy,
            allowed=one.status.disruptions_allowed,
        )


def fences_of(policies: Sequence[Policy], services: Sequence[Service], pods: Sequence[Pod]) -> Iterator[Fence]:
    """Yield what the policies that choose a service's pods allow together; services that none chooses are left out."""
    for one in services:
        wanted = one.spec.selector
        labels = next((pod.metadata.labels for pod in pods if wanted.items() <= pod.metadata.labels.items()), None)
        if not wanted or labels is None:
            continue
        chosen = [policy for policy in policies if policy.spec.pod_selector.chooses(labels)]
        if not chosen:
            continue
        inward = [policy for policy in chosen if "Ingress" in policy.spec.policy_types]
        outward = [policy for policy in chosen if "Egress" in policy.spec.policy_types]
        ports = [port.target for port in one.spec.ports]
        rules = [rule for policy in inward for rule in policy.spec.ingress or ()]
        made = [policy.metadata.creation_timestamp for policy in chosen if policy.metadata.creation_timestamp]
        yield Fence(
            service=one.metadata.name,
            policies=tuple(policy.metadata.name for policy in chosen),
            reachable=not inward or any(not ports or any(map(rule.allows, ports)) for rule in rules),
            names=not outward or any(rule.allows(_NAMES) for policy in outward for rule in policy.spec.egress or ()),
            made_at=max(made, default=None),
        )
