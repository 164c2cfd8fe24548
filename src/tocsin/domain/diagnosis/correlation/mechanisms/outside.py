"""Causes outside every change: demand, machines, other people's services, dates, data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, falls, rises, sign

# Shapes of a whole incident that words alone do not tell: see `shapes.py`.
Shape = Literal["surge", "same_record", "foreign_host", "other_workload", "whole_zone", "no_cause_inside", "untouched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside(Mechanism):
    """A mechanism that no change sets off. `shapes` weigh like signs; `needed` names shapes of which one has to be there."""

    shapes: tuple[tuple[Shape, float], ...] = ()
    needed: tuple[Shape, ...] = ()


OUTSIDE: Final[tuple[Outside, ...]] = (
    Outside(
        key="surge",
        title="more was asked than the service can carry",
        signs=(
            sign(0.5, r"overload", r"shedding", r"load shed", r"saturat", r"autoscal", r"pods? pending", r"elevated (?:request|traffic)", r"request volume", r"queue(?:d| full| depth)", r"at capacity", r"max replicas", r"too many requests"),
            sign(0.5, r"traffic (?:spike|surge|increase)", r"flash sale", r"campaign", r"viral", r"promo", r"crawler", r"\bbots?\b", r"scrap", r"ddos", r"user-?agent", r"black friday", r"launch", r"peak"),
        ),
        meters=(rises(0.3, r"cpu", r"queue", r"util"),),
        shapes=(("surge", 0.9),),
        needed=("surge",),
        remedy="scale",
    ),
    Outside(
        key="node",
        title="the machine, or a neighbour on it, takes what the service needs",
        signs=(
            sign(0.75, r"noisy", r"co-?tenant", r"neighbou?r", r"node \S+ .{0,40}(?:pressure|load|contended|notready|not ready)", r"nodeunderpressure", r"memorypressure", r"diskpressure", r"nodenotready", r"node(?:\.kubernetes\.io)?/?(?:not-ready|unreachable)", r"cpu (?:steal|contended|starv)", r"steal time", r"runqueue", r"kernel: .{0,60}(?:xid|nvrm|i/o error|blk_update|ext4|xfs|edac|nvme|hung|lockup|call trace|hardware|thermal|mce|throttl)", r"hung_?task", r"\bmce\b", r"\becc\b", r"hardware error", r"machine check", r"soft lockup", r"bad sector", r"i/o error", r"smart\b.{0,20}fail"),
            sign(0.4, r"\bevict(?:ed|ing)\b", r"throttling container", r"on node ", r"preempt", r"kubelet", r"drain"),
        ),
        meters=(rises(0.7, r"^node_", r"_node_", r"steal", r"host_(?:cpu|mem|disk|io)", r"iowait"),),
        shapes=(("other_workload", 0.85),),
        needed=("other_workload",),
        remedy="reschedule",
    ),
    Outside(
        key="bad_data",
        title="a record that cannot be processed is delivered again and again",
        signs=(
            sign(0.6, r"poison", r"malformed", r"corrupt(?:ed)? (?:record|message|row|file|event|payload|input)", r"same (?:offset|record|message|event)", r"redeliver\w* (?:the )?same", r"bad (?:record|row|data|message|input)", r"unparse?able", r"stuck (?:at|on)", r"commit blocked", r"cannot (?:advance|skip)"),
            sign(0.4, r"out of range", r"validation error", r"invalid (?:record|value|message|row|coordinate|event)", r"producer", r"upstream feed", r"partner", r"dead[- ]?letter", r"head[- ]of[- ]line"),
        ),
        meters=(rises(0.3, r"validation", r"malformed", r"parse", r"dlq", r"oldest"),),
        shapes=(("same_record", 0.85),),
        needed=("same_record",),
        remedy="purge-bad-data",
    ),
    Outside(
        key="third_party",
        title="a service of somebody else fails",
        signs=(
            sign(0.92, r"(?:major|partial|full|widespread|service) outage", r"operational[_ ]issue", r"(?:degraded|elevated|increased) (?:performance|error rates?|latenc\w+) .{0,60}(?:reported|investigat|identified|provider|vendor|status)", r"status ?page.{0,60}(?:outage|incident|degrad|investigat|identified|disruption)", r"(?:outage|incident|disruption) .{0,40}(?:on|at|of) (?:the )?(?:provider|vendor|partner)"),
            sign(0.65, r"third[- ]?party", r"\bprovider\b", r"\bvendor\b", r"external (?:api|service|provider|dependency|gateway)", r"status ?page", r"partner (?:api|gateway)", r"upstream (?:provider|vendor|api)\b", r"acquirer", r"issuer (?:bank|down|unavail)", r"carrier", r"service[- ]unavailable .{0,30}(?:provider|gateway)", r"scheduled maintenance", r"we are (?:currently )?experiencing", r"incident reported"),
            sign(0.4, r"\b50[234]\b", r"\b429\b", r"\b529\b", r"overloaded", r"upstream", r"timed? ?out", r"unavailable"),
        ),
        meters=(rises(0.6, r"external", r"provider", r"third_?party", r"vendor", r"partner", r"outbound", r"upstream_\w*(?:err|5xx|latency|fail)"),),
        shapes=(("foreign_host", 0.85),),
        needed=("foreign_host",),
        remedy="escalate-upstream",
    ),
    Outside(
        key="certificate",
        title="a certificate has run out",
        signs=(
            sign(0.97, r"certificate (?:has |is )?expired", r"expired certificate", r"cert(?:ificate)?[_ ]?(?:has )?expired", r"x509: certificate has expired", r"certificate .{0,60}(?:expired|not ?after|no longer valid)", r"not after", r"notafter", r"expired on \d{4}-\d\d-\d\d", r"sslv3 alert certificate expired", r"cert_has_expired", r"certificate date"),
        ),
        meters=(falls(0.6, r"cert\w*(?:days|expir|valid|seconds)", r"days_(?:to|until)_expir"), rises(0.3, r"handshake", r"tls")),
        remedy="rotate-cert",
    ),
    Outside(
        key="zone",
        title="a zone, network or primary is lost",
        signs=(
            sign(0.9, r"availability zone", r"\bzone\b .{0,40}(?:outage|unavail|unreachable|impair|down|lost|degrad|fail)", r"(?:outage|unreachable|impair\w*|lost|degraded|isolated) .{0,40}\b(?:zone|region|az)\b", r"(?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d[a-f]\b .{0,60}(?:unreach|impair|lost|down|fail|timeout|unavail)", r"network partition", r"split[- ]brain", r"packet loss", r"link down", r"bgp", r"power (?:loss|event)", r"\brack\b", r"lost (?:quorum|leader|connectivity|primary)", r"no (?:leader|quorum|primary)", r"primary (?:is )?(?:unreachable|down|lost|failed|not responding|unavailable)", r"leader (?:election|lost|unavailable)", r"master (?:down|unreachable|failed)", r"storage (?:node|controller|array) (?:fail|offline)", r"volume (?:detached|impaired)", r"ebs", r"replica\w* promot", r"no (?:healthy|available|reachable|writable) (?:primary|leader|master)", r"(?:fail\w*|unable|cannot|could not) (?:to )?(?:acquire|obtain|renew) (?:the )?leader", r"leadership (?:lost|transfer)", r"lost leadership"),
            # It says that a database restarts, not why.
            sign(0.5, r"\b57p0[123]\b", r"database system is (?:starting up|shutting down|in recovery)"),
            sign(0.3, r"no route to host", r"unreachable", r"connection reset", r"read-only transaction", r"replication lag", r"failover", r"not (?:the )?(?:primary|leader|master)\b"),
        ),
        meters=(rises(0.5, r"packet_?loss", r"unreachable", r"retransmit", r"replication_?lag", r"replica_?lag"), falls(0.5, r"healthy_?(?:hosts|nodes|targets)", r"nodes?_(?:up|ready|healthy)", r"quorum", r"primary", r"leader")),
        shapes=(("whole_zone", 0.6),),
        remedy="failover",
    ),
    Outside(
        key="name_service",
        title="names are not resolved any more",
        signs=(
            # That one name is unknown tells of the name; that none is answered tells of who answers.
            sign(0.5, r"nxdomain", r"no such host", r"name or service not known", r"enotfound"),
            sign(0.8, r"servfail", r"failure in name resolution", r"eai_again", r"dns (?:timeout|outage|server|resolver|lookup|fail|query)", r"coredns", r"resolver", r"lookup .{1,80}(?:timeout|timed out|i/o)"),
        ),
        meters=(rises(0.45, r"dns", r"resolv", r"nxdomain", r"servfail"),),
        remedy="failover",
    ),
    Outside(
        key="provider_quota",
        title="an allowance that somebody else grants is used up",
        signs=(
            sign(0.85, r"(?:account|monthly|daily|project|organi[sz]ation|plan|billing|subscription|provider|api key)\W.{0,30}(?:quota|limit|allowance|credit)", r"(?:quota|credits?) .{0,30}(?:account|project|billing|month|plan)", r"insufficient_quota", r"limitexceededexception", r"service quota", r"billing (?:account|limit|plan|disabled|suspend)", r"payment required", r"\b402\b"),
        ),
        meters=(rises(0.4, r"quota", r"429"), falls(0.5, r"quota_?remaining", r"credits?")),
        shapes=(("foreign_host", 0.3),),
        remedy="escalate-upstream",
    ),
    Outside(
        key="clock",
        title="a machine's clock is wrong",
        signs=(sign(0.9, r"clock (?:skew|drift|offset|unsynchron|jump|stepped)", r"\bntp\b", r"chrony", r"timesyncd", r"time (?:jump|drift)", r"clock is (?:ahead|behind)", r"can't synchroni[sz]e", r"no selectable sources"), sign(0.4, r"\biat\b", r"\bnbf\b", r"issued in the future", r"in the future")),
        meters=(rises(0.9, r"clock", r"ntp", r"time_?offset", r"timex", r"skew", r"drift"),),
        remedy="reschedule",
    ),
    Outside(
        key="growth",
        title="what is kept has grown to its limit by itself",
        signs=(sign(0.6, r"approaching (?:limit|capacity)", r"organic", r"table size", r"data(?:set)? (?:growth|size)", r"max(?:imum)? (?:shards|partitions|objects|tables)", r"sequence .{0,30}(?:exhaust|maximum|limit)", r"nextval", r"integer out of range", r"txid wraparound", r"wraparound", r"shard limit"),),
        shapes=(("no_cause_inside", 0.3),),
        needed=("no_cause_inside",),
        remedy="scale",
    ),
    Outside(
        key="full",
        title="what is stored has filled its disk over time",
        # Weak throughout: that no change is known is no proof that there was none, so it is never more than possible.
        signs=(sign(0.35, r"no space left", r"\benospc\b", r"(?:disk|volume) (?:is )?full", r"flood[- ]stage", r"disk watermark"),),
        meters=(rises(0.25, r"(?:disk|volume|storage|filesystem)\w*(?:used|util|bytes)"), falls(0.25, r"(?:disk|volume|storage|filesystem)\w*(?:free|avail)")),
        shapes=(("untouched", 0.15),),
        needed=("untouched",),
        remedy="scale",
    ),
    Outside(
        key="batch_job",
        title="a scheduled job takes what everybody shares",
        signs=(
            sign(0.75, r"\bcron\b", r"nightly", r"scheduled (?:job|task|report|export|backup)", r"backup (?:started|running|in progress)", r"batch job", r"vacuum", r"reindex(?:ing)? (?:started|running)", r"etl\b", r"export (?:job )?started", r"compaction started", r"analytics (?:query|job|export)", r"report(?:ing)? query", r"ad[- ]?hoc query"),
        ),
        meters=(rises(0.3, r"(?:^|_)io(?:_|$|ps|wait)", r"lock", r"db_\w*cpu"),),
        shapes=(("no_cause_inside", 0.2),),
        needed=("no_cause_inside",),
        remedy="reschedule",
    ),
)  # fmt: skip
