"""Whether the trouble and a change belong to the same layer: what carries services, or what services do themselves."""

from __future__ import annotations

from typing import Literal

import re2

from tocsin.domain.diagnosis.correlation.platform import is_platform
from tocsin.domain.diagnosis.correlation.scene import Scene

Layer = Literal["estate", "code", ""]

_ESTATE_FILE = re2.compile(
    r"(?i)\.(?:tf|tfvars|hcl|bicep|rego)$|(?:^|/)(?:k8s|kubernetes|charts?|helm|manifests|deploy(?:ments?)?|clusters?|infra\w*|terraform|argocd|flux|mesh|istio|kustomize|ansible|gitops|"
    r"cdk|cloudformation)/|dockerfile|(?:^|/)values[\w.-]*\.ya?ml$|kustomization|corefile|(?:nginx|haproxy|envoy|pgbouncer|redis|postgresql|my|sysctl)[\w.-]*\.(?:conf|cfg|ini|cnf|ya?ml)$"
)
_CODE_FILE = re2.compile(
    r"(?i)\.(?:go|py|js|mjs|ts|tsx|jsx|java|kt|kts|rb|rs|php|cs|scala|clj|ex|exs|swift|c|cc|cpp|h|vue|svelte|html|erb)$"
)
_PLATFORM_CODE = re2.compile(r"(?i)(?:^|/)(?:infra\w*|cdk|pulumi|terraform|deploy(?:ments?)?|ansible|stacks?)/")
_ESTATE_SAYS = re2.compile(
    r"(?i)connection refused|no (?:\w+ )?endpoints?|(?:dial|connect)\w*\b.{0,60}(?:timed? ?out|timeout)|i/o timeout|no such host|\blookup \S+|x509|certificate|access ?denied|forbidden|"
    r"not authorized|password authentication|oom[- ]?kill|evict|preempt|probe failed|back-?off|failed ?mount|(?:configmap|secret|volume|queue|topic|bucket|object|storage) .{0,40}(?:not found|does not exist|invalid|not valid|class)|"
    r"failed to pull|image ?pull|quota|throttl|no space left|too many open files|unhealthy|no healthy|unschedul|nodes are available|scaled (?:down|up)|\b50[234]\b.{0,30}(?:gateway|unavailable|\b[UN][A-Z]\b)"
)
_CODE_SAYS = re2.compile(
    r"(?i)panic|null ?pointer|\bnil\b|undefined|typeerror|attributeerror|keyerror|valueerror|index out|traceback|assert|unmarshal|deseriali|parse|decod|validation|division|overflow|"
    r"no such (?:column|table)|syntax ?error|unexpected|invalid (?:value|argument|input|request)|duplicate|mismatch|deadlock|stack"
)


def layer_of_trouble(scene: Scene, first: str) -> Layer:
    """Return the layer that most complaints of the failing service, and of the platform about it, speak of."""
    said = [one for one in scene.symptoms if one.loud and (one.service == first or is_platform(one.service))]
    below = sum(bool(is_platform(one.service) or _ESTATE_SAYS.search(one.text)) for one in said)
    within = sum(bool(_CODE_SAYS.search(one.text)) for one in said)
    return "estate" if below > within else "code" if within > below else ""


def layer_of_files(files: tuple[str, ...]) -> Layer:
    """Return the layer that all files of a change belong to, or none."""
    if files and all(_ESTATE_FILE.search(file) and not _CODE_FILE.search(file) for file in files):
        return "estate"
    return (
        "code" if files and all(_CODE_FILE.search(file) and not _PLATFORM_CODE.search(file) for file in files) else ""
    )
