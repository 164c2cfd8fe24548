"""What lies between services: balancers, meshes, names, networks, and the rules at the edge."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, falls, rises, sign

NETWORK: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="ejection",
        estate=True,
        title="healthy instances are taken out of a balancer's set",
        topic=about(r"outlier|ejection|consecutive|health_?check|panic_?threshold|draining"),
        signs=(
            sign(0.97, r"no[_ ]healthy[_ ](?:upstream|host|backend|target)", r"(?-i:\b503 UH\b)", r"outlier[_ ]detection|outlier", r"\bejected\b|\bejections?\b", r"no live upstreams", r"all (?:backends|upstreams|targets|hosts) (?:are )?(?:unhealthy|down)", r"panic (?:mode|threshold)"),
        ),
        meters=(rises(0.85, r"(?:^|_)eject", r"outlier"), falls(0.75, r"healthy|membership")),
        clues=(
            clue("lower", 0.97, r"consecutive", r"base_?ejection|unhealthy_?threshold|max_?fails|fall\b|min_?health", r"failure_?percentage|success_?rate", r"error_?threshold"),
            clue("higher", 0.95, r"\beject|_eject|max_?eject", r"fail_?timeout", r"healthy_?threshold|\brise\b|panic_?threshold"),
            clue("added", 0.9, r"outlier|\beject|consecutive|max_?fails"),
            clue("turned", 0.8, r"health_?check|outlier|matcher|success_?codes|expected_?status"),
        ),
    ),
    Mechanism(
        key="reachability",
        estate=True,
        title="a rule of the network lets packets through no more",
        topic=about(r"security_?group|firewall|network_?policy|egress|ingress|cidr|route_?table|\bnat\b|peering|subnet|\bmtu\b|\bacl\b"),
        signs=(
            sign(0.85, r"(?:dial|connect|connecting)\b.{0,80}(?:i/o timeout|timed out|timeout|deadline)", r"i/o timeout", r"connect(?:ion)? ?timed? ?out|connect timeout|\betimedout\b", r"(?:hang|hung|stall)\w* .{0,40}(?:large|bytes|transfer|body)|timeout after \d+ bytes|fragment\w* needed|packet too (?:big|long)|message too long", r"no route to host|\behostunreach\b|network is unreachable", r"allocation_status=dropped|out_of_resources|port allocation|s?nat\b.{0,30}(?:exhaust|port|drop)", r"policy (?:denied|verdict|drop)|verdict.{0,20}drop|\bREJECT OK\b|action=reject"),
        ),
        meters=(rises(0.7, r"retrans|fragment"), rises(0.7, r"drop(?:ped|s)?(?:_|$)", r"connect\w*(?:timeout|err|fail)", r"policy_denied")),
        clues=(
            clue("removed", 0.95, r"egress|ingress", r"cidr|source_?ranges|from_?port|to_?port|security_?group|firewall", r"\ballow\b", r"peering|\bnat\b|route\b|gateway_?id|endpoint", r"ip_?block|namespace_?selector|pod_?selector"),
            clue("added", 0.9, r"network_?policy|policy_?types|default-?deny", r"\bdeny\b|\bdrop\b|\baction: ?reject\b", r"revoke_?rules"),
            clue("turned", 0.92, r"cidr|source_?ranges|from_?port|to_?port|security_?group|\bsg-|subnet|route_?table|ip_?block|peering|protocol|match_?labels|\bmtu\b|nat_?gateway|ip_?range|allow_?list|whitelist"),
            clue("higher", 0.95, r"\bmtu\b|\bmss\b"),
            clue("lower", 0.9, r"\bmtu\b", r"nat|port_?range|min_?ports"),
        ),
    ),
    Mechanism(
        key="service_wiring",
        estate=True,
        title="a service's name no longer leads to its instances",
        topic=about(r"selector|labels|target_?port|endpoints|subset|cluster_?ip"),
        signs=(
            sign(0.85, r"no endpoints? (?:available|found|for)|has no (?:active |ready )?endpoints|endpoints? .{0,20}(?:empty|not found)", r"no (?:healthy|available|ready) (?:upstream|endpoint|backend|instance|server)s?", r"(?-i:\b503 (?:UH|NR|UF)\b)", r"no cluster match|cluster[_ ]not[_ ]found|subset not found"),
            sign(0.6, r"connection refused|econnrefused"),
        ),
        meters=(falls(0.75, r"endpoints?|ready|healthy"), rises(0.3, r"503|refused")),
        clues=(
            clue("turned", 0.95, r"selector|match_?labels", r"target_?port|container_?port|node_?port", r"app\.kubernetes\.io|^\s*[-+]?\s*(?:app|component|tier|version|name):", r"subset|\blabels?\b", r"service_?name|external_?name|cluster_?ip"),
            clue("removed", 0.85, r"selector|labels?:|target_?port|subset|app\.kubernetes\.io"),
        ),
        prompt=True,
    ),
    Mechanism(
        key="resolver",
        title="who resolves names is asked more, remembers less, or is remembered too long",
        topic=about(r"coredns|corefile|dnsmasq|unbound|ndots|resolv|nodelocal|networkaddress"),
        signs=(
            sign(0.95, r"dns (?:lookups?|resolution|quer\w+|requests?|latency|timeouts?) .{0,40}(?:slow|fail|timeout|timed|error|increas)?", r"lookup \S+.{0,60}(?:i/o timeout|timed out|timeout|servfail|temporary)", r"plugin/errors|servfail|nxdomain|eai_again|temporary failure in name", r"(?:now|no longer) resolves? to|stale (?:dns|address|endpoint)|old (?:primary|address|endpoint)|failover of \S+ completed|endpoint (?:now|changed)"),
        ),
        meters=(rises(0.85, r"dns|resolv|nxdomain|servfail"),),
        clues=(
            clue("removed", 0.95, r"^\s*(?:cache|prefetch|autopath|hosts|forward|rewrite|template|serve_stale)\b|networkaddress|nodelocal|node-local|dns_?(?:cache|config|policy)|ndots|single-request"),
            clue("lower", 0.95, r"\bcache\b|dns\w*(?:ttl|replicas|cache|concurrent)|max_?concurrent|ndots|\bttl\b|cache\.ttl"),
            clue("higher", 0.92, r"ndots|dns\w*ttl|cache\.ttl|networkaddress|attempts"),
            clue("turned", 0.92, r"networkaddress|dns_?(?:cache|policy|config|ttl)|ndots|nameserver|forward\b|upstream|resolver|cluster_?domain|search\b"),
            clue("added", 0.9, r"ndots|autopath|rewrite|template|use-vc|force_tcp|dns_?policy|\blog\b"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="mesh_scope",
        estate=True,
        title="a mesh no longer knows, or no longer allows, where calls go",
        topic=about(r"outbound_?traffic|registry_?only|service_?entry|sidecar|egress|authorization_?policy|principals|virtual_?service|subset"),
        signs=(
            sign(0.97, r"blackholecluster|passthroughcluster|registry_?only", r"rbac: access denied|rbac_access_denied", r"(?-i:\b(?:404|503|502) NR\b)|route_not_found|no_route|no matching (?:route|listener|filter chain)", r"cluster_not_found|no cluster match"),
        ),
        meters=(rises(0.5, r"blackhole|no_route|rbac\w*denied"),),
        clues=(
            clue("turned", 0.95, r"registry_?only|allow_?any|outbound_?traffic|principals?|namespaces?:|hosts?\b|subset|export_?to|match\b|prefix|gateways?\b|port\b|selector"),
            clue("removed", 0.95, r"\bhosts?\b|/\*|service_?entry|allow_?any|export_?to|destination|subset|principals?|route\b|rules?\b"),
            clue("added", 0.88, r"registry_?only|authorization_?policy|\bdeny\b|kind: sidecar|export_?to|request_?principals"),
        ),
        prompt=True,
    ),
    Mechanism(
        key="firewall_rules",
        estate=True,
        title="a filter at the edge blocks requests that are fine",
        topic=about(r"\bwaf|rule_?(?:group|set)|managed_?rule|web_?acl|mod_?security|\bbot\b|challenge|geo"),
        signs=(
            sign(0.97, r"action[=:\"' ]+block|blocked by (?:rule|waf|policy|firewall)|request blocked", r"terminating_?rule|rule_?group|rule_?set|managed_?rules|rule_?id", r"\bwaf\b", r"mod_?security|\bcrs\b|anomaly score", r"bot (?:control|score|detected)|js challenge|captcha"),
            sign(0.4, r"\b403\b|forbidden"),
        ),
        meters=(rises(0.85, r"blocked|\bwaf|challenge"), rises(0.5, r"403|forbidden|denied")),
        clues=(
            clue("turned", 0.95, r"override_?action|default_?action|\baction\b", r"\bcount\b|\bnone\b|\bblock\b|\bchallenge\b|detection_?only|sec_?rule_?engine|\bmode\b", r"geo|country|bot|sensitivity|paranoia|score"),
            clue("added", 0.92, r"managed_?rule|rule_?group|web_?acl|\bwaf|sec_?rule|\bblock\b|\bdeny\b|challenge|ip_?set|geo_?match"),
            clue("removed", 0.92, r"\bcount\b|exclude|exception|allow|scope_?down|rule_?action_?override|whitelist|sec_?rule_?remove"),
            clue("higher", 0.85, r"paranoia|sensitivity"),
            clue("lower", 0.85, r"anomaly|score|threshold|limit|body_?size|inspection"),
        ),
    ),
    Mechanism(
        key="sidecar",
        estate=True,
        title="the proxy beside a service is not up, too small, or of another make",
        topic=about(r"sidecar|istio|linkerd|proxy|envoy|inject|mesh"),
        signs=(
            sign(0.9, r"istio-proxy|linkerd-proxy|sidecar", r"upstream connect error or disconnect|disconnect/reset before headers|delayed connect error", r"upstream_reset_before_response", r"envoy .{0,40}(?:not ready|overload|oom|restart)", r"(?-i:\b503 (?:UF|UC|URX|UO|DC)\b)"),
        ),
        meters=(rises(0.7, r"envoy_|istio_|linkerd|proxy_\w*(?:cpu|mem|restart)"),),
        clues=(
            clue("turned", 0.9, r"hold_?application|sidecar|proxy_?(?:image|version|cpu|memory|config)|inject|istio\.io|linkerd\.io|exclude\w*ports|native_?sidecar|protocol|app_?protocol"),
            clue("lower", 0.95, r"proxy_?(?:cpu|memory)|proxyCPU|concurrency|drain|termination_?drain|sidecar"),
            clue("removed", 0.9, r"hold_?application|sidecar|inject|exclude\w*(?:ports|ranges)|drain"),
            clue("bump", 0.6, r""),
        ),
    ),
)  # fmt: skip
