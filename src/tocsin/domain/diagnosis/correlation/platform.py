"""Parts of a platform: they speak of services and machines, and are no service that fails."""

from __future__ import annotations

import re2

_PLATFORM = re2.compile(
    r"(?i)^(?:kube|etcd|coredns|istio|linkerd|envoy|ingress-nginx|nginx-ingress|node|ip-\d|gke-|aks-|eks-|i-[0-9a-f]{8}|systemd|kernel|cloudwatch|prometheus|"
    r"alertmanager|grafana|argocd|flux|cert-manager|autoscaler|cluster|cloud)|scheduler$|kubelet|-controller$"
)
_MACHINE = re2.compile(r"(?i)(?:^|-)(?:node|host|vm|server)-?\d+$")


def is_platform(name: str) -> bool:
    """Whether a name is one of a platform's part or of a machine."""
    return bool(_PLATFORM.search(name) or _MACHINE.search(name))
