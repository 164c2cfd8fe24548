"""Products and parts of platforms that both a change and a complaint may name; who names the same one speaks of the same thing."""

from __future__ import annotations

from typing import Final

import re2

# One group a thing: other names for it stand behind the first.
_THINGS: Final[tuple[str, ...]] = (
    r"kafka|msk|redpanda", r"rabbit(?:mq)?|amqp", r"sqs", r"sns", r"kinesis", r"pulsar", r"\bnats\b", r"redis|valkey|elasticache|memorystore",
    r"memcached?", r"postgres(?:ql)?|\bpg\b|psql|npgsql|\bpq\b", r"pgbouncer|prepared statement", r"mysql|mariadb|hikaripool.*mysql", r"mongo(?:db)?", r"cassandra|scylla",
    r"dynamo(?:db)?", r"elasticsearch|opensearch", r"clickhouse", r"\bs3\b|bucket", r"\becr\b|registry", r"\bwaf\w*", r"istio|envoy|blackholecluster|outbound\|\d+\|",
    r"linkerd", r"nginx|openresty", r"haproxy", r"traefik", r"\b[ae]lb\b|load ?balancer|target ?group", r"cloudfront|fastly|\bcdn\b", r"coredns|\bdns\b|route53|resolv",
    r"conntrack|sysctl|nf_", r"vault", r"\bkms\b", r"\biam\b|assumerole|accessdenied", r"consul", r"etcd", r"zookeeper", r"cert-?manager|x509|\btls\b|\bcerts?\b",
    r"\bhpa\b|horizontalpodautoscaler|autoscal", r"karpenter", r"keda", r"cron(?:job)?s?\b|\bjobs\b", r"otel|opentelemetry|collector", r"prometheus", r"\bloki\b|fluent-?bit|fluentd|vector",
    r"lambda", r"\becs\b|fargate", r"\bnat\b|cloud-?nat", r"ulimit|nofile|open files", r"ntp|chrony", r"calico|cilium|flannel|\bcni\b|retrans|\bmtu\b", r"priority ?class|preempt", r"argocd|flux|kustomiz|configmap", r"\bgpu\b|nvidia|cuda",
)  # fmt: skip
_PATTERNS: Final = tuple(re2.compile(f"(?i){one}") for one in _THINGS)


def technologies(text: str) -> frozenset[int]:
    """Return which things a text names, as numbers of their groups."""
    return frozenset(number for number, pattern in enumerate(_PATTERNS) if pattern.search(text))
