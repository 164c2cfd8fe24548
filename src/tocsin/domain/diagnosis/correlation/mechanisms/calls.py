"""Calls between parts: time limits, retries, caches, batches, queues, limits of rate."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, falls, rises, sign

CALLS: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="timeout_short",
        title="a time limit is shorter than the work it bounds",
        topic=about(r"time_?out|deadline|budget|client|retry"),
        signs=(
            sign(0.8, r"deadline ?exceeded", r"context (?:deadline|cancell?ed)", r"timed? ?out", r"timeout", r"\betimedout\b", r"\b504\b", r"gateway timeout", r"request cancell?ed", r"aborted by client", r"statement timeout"),
            sign(0.3, r"deadline_ms", r"elapsed_ms", r"budget"),
        ),
        meters=(rises(0.5, r"timeout", r"deadline", r"cancel", r"client_error", r"abort"),),
        clues=(
            clue("lower", 0.95, r"time_?out", r"deadline", r"withtimeout", r"\bbudget\b", r"max_?wait", r"read_?limit", r"patience", r"\bduration\b", r"keep_?alive", r"grace"),
            clue("added", 0.5, r"withtimeout", r"withdeadline", r"settimeout", r"statement_timeout", r"timeout ?[=:]", r"wait_for\("),
        ),
    ),
    Mechanism(
        key="timeout_gone",
        title="calls wait without a limit and hold what they use",
        topic=about(r"time_?out|deadline|client|circuit|context"),
        signs=(
            sign(0.6, r"\bhang(?:s|ing)?\b", r"\bstuck\b", r"blocked (?:for|on|waiting)", r"still waiting", r"no response", r"in[- ]?flight", r"exhaust", r"saturat", r"queue(?:d| full)"),
            sign(0.3, r"slow", r"timed? ?out"),
        ),
        meters=(rises(0.6, r"in_?flight", r"pending", r"threads?", r"goroutine", r"workers?", r"queue", r"p99", r"duration"),),
        clues=(
            clue("removed", 0.9, r"withtimeout", r"withdeadline", r"time_?out ?[=:]", r"timeout\(", r"settimeout", r"deadline", r"circuit", r"breaker", r"bulkhead", r"\bcancel\(", r"ctx\.done"),
            clue("higher", 0.85, r"time_?out", r"deadline", r"max_?wait"),
            clue("turned", 0.7, r"context\.background", r"time_?out", r"circuit"),
        ),
    ),
    Mechanism(
        key="n_plus_one",
        title="one request makes many calls, one per item",
        topic=about(r"quer|select|fetch|load|repo|dao|orm|join|prefetch|lookup|resolver"),
        signs=(
            sign(0.85, r"n\+1", r"calls_in_request", r"queries? (?:per|in (?:one )?)request", r"repeated (?:quer|select)", r"identical (?:quer|select)", r"query count"),
            sign(0.5, r"slow request", r"\bselect\b.{1,80}\bwhere\b.{1,40}= ?(?:\$|\?|:|%s)", r"fan-?out", r"repeated_calls"),
        ),
        meters=(
            rises(0.9, r"quer(?:y|ies)_?(?:count)?_?per", r"calls?_per_request", r"db_quer\w*count", r"(?:rpc|downstream|select|sql|lookup)\w*_per_"),
            rises(0.3, r"quer(?:y|ies)", r"qps", r"requests_per_sec", r"rps"),
        ),
        clues=(
            clue("loop_call", 0.95, r""),
            clue("removed", 0.6, r"batch", r"bulk", r"\bin ?\(", r"\bany\(", r"preload", r"select_related", r"prefetch", r"\bjoin\b", r"includes?\(", r"eager", r"dataloader", r"get_?many", r"mget", r"multi_?get"),
        ),
        floods=True,
    ),
    Mechanism(
        key="batch_gone",
        title="work that went in batches goes one by one",
        topic=about(r"batch|bulk|chunk|flush|buffer|insert|write"),
        signs=(
            sign(0.8, r"batch\w* (?:disabled|size|of 1\b)", r"single-?item", r"one by one", r"per-?item", r"too many (?:parts|small|requests|writes)", r"small (?:batches|writes|inserts)"),
            sign(0.6, r"throttl", r"provisioned ?throughput", r"(?:write|read) capacity", r"rate exceeded", r"write stall", r"iops", r"merges?\b"),
        ),
        meters=(
            rises(0.7, r"consumed", r"writes?_per", r"write\w*(?:ops|units|capacity|iops|count|rate)", r"iops", r"parts", r"commits?_per", r"calls?_", r"transactions?_per"),
            falls(0.6, r"batch_?size", r"rows_per", r"items_per"),
        ),
        clues=(
            clue("removed", 0.9, r"batch", r"bulk", r"chunk", r"coalesc", r"buffer", r"debounce", r"pipeline", r"group_?commit", r"multi", r"executemany", r"flush_?interval", r"linger"),
            clue("lower", 0.9, r"batch", r"bulk", r"chunk", r"linger", r"flush", r"buffer", r"interval", r"block_?size"),
            clue("loop_call", 0.6, r""),
        ),
        floods=True,
    ),
    Mechanism(
        key="cache",
        title="a cache answers less, and what stands behind it is hit instead",
        topic=about(r"cache|ttl|memo|redis|expir|stale|group\.do|single_?flight"),
        signs=(
            sign(0.85, r"cache (?:miss|stampede|expired|cold|empty|bypass|invalid|disabled|not found)", r"stampede", r"thundering", r"\bdogpile", r"at the same time", r"entry expired", r"concurrent (?:loads|misses|fetches)", r"origin (?:overload|load|fetch|hit)", r"(?:cache|hit)[ _-]?(?:hit )?(?:ratio|rate)", r"misses", r"cache\w*[ =:\"]+miss"),
            sign(0.4, r"\bcache\b", r"\bredis\b", r"\bmemcache", r"\bttl\b", r"\bevict", r"\bstale\b", r"recomput", r"\bcdn\b"),
        ),
        meters=(
            falls(0.9, r"cache\w*hit", r"hit_?(?:ratio|rate)"),
            rises(0.85, r"cache\w*miss", r"miss_?(?:ratio|rate|es)", r"evict", r"expired_?keys", r"origin_"),
            rises(0.25, r"db_\w*(?:qps|quer|cpu|load|reads)", r"backend_\w*"),
        ),
        clues=(
            clue("lower", 0.95, r"\bttl", r"ttl\b", r"_ttl", r"expir", r"max_?age", r"cache", r"\bstale", r"evict", r"max_?memory", r"refresh"),
            clue("removed", 0.9, r"cache", r"memo", r"single_?flight", r"group\.do\(", r"jitter", r"setnx", r"stale", r"\blru", r"max-?age", r"\betag", r"\brand"),
            clue("added", 0.8, r"no-?cache", r"no-?store", r"flush_?(?:all|db)", r"invalidat", r"cache\.clear", r"\bbust", r"skip_?cache", r"bypass"),
            clue("removed", 0.75, r"@(?:value|data|equalsandhashcode|dataclass)", r"hashcode|__hash__|__eq__|equals\(|iequatable", r"derive\(.*(?:hash|eq)", r"\brecord\b", r"frozen", r"tolowercase|lower\(|normaliz|trim\("),
            clue("path", 0.4, r"cache", r"key\.\w+$", r"memo", r"redis"),
            clue("added", 0.6, r"(?:request|trace|session|correlation)[-_]?id", r"\bnonce\b", r"uuid", r"\bnow\("),
            clue("turned", 0.8, r"cache_?key", r"key ?[:=]", r"cachekey", r"\bvary\b", r"cache", r"\bttl\b", r"maxmemory", r"policy", r"key\w*\("),
        ),
    ),
    Mechanism(
        key="retries",
        title="retries multiply the load on what already struggles",
        topic=about(r"retr|backoff|attempt|client|circuit"),
        signs=(
            sign(0.85, r"retr(?:y|ies|ying) (?:storm|attempt|budget|exhaust|amplif|\d)", r"attempt[ =#:]*\d+", r"after \d+ (?:retries|attempts)", r"max(?:imum)? retries", r"retry_?(?:count|attempt)", r"retrying (?:immediately|without)"),
            sign(0.45, r"\bretr(?:y|ies|ying)\b", r"back-?off", r"circuit", r"amplif"),
        ),
        meters=(rises(0.85, r"retr(?:y|ies)", r"attempts?"), rises(0.3, r"requests_per", r"rps", r"qps", r"req\w*_rate", r"calls")),
        clues=(
            clue("higher", 0.95, r"retr(?:y|ies)", r"attempts?", r"max_?tries", r"redeliver"),
            clue("removed", 0.9, r"back-?off", r"jitter", r"circuit", r"breaker", r"retry_?budget", r"\bsleep\(", r"exponential", r"is_?retry\w*\(", r"retryable", r"time\.after"),
            clue("lower", 0.75, r"back-?off", r"delay", r"interval", r"\bwait", r"sleep", r"base_?ms"),
            clue("added", 0.7, r"retr(?:y|ies)", r"attempt", r"while true", r"for ;;", r"max_?tries"),
            clue("turned", 0.5, r"retr(?:y|ies)", r"back-?off", r"circuit"),
        ),
        floods=True,
    ),
    Mechanism(
        key="rate_limit",
        title="a limit of rate or quota refuses what is allowed",
        topic=about(r"limit|rate|throttl|quota|burst|bucket"),
        signs=(
            sign(0.85, r"\b429\b", r"rate[- _]?limit", r"too many requests", r"quota (?:exceeded|exhausted)", r"limit exceeded", r"limiter", r"over quota", r"resource_?exhausted", r"token bucket", r"too_many_\w+", r"enhance_?your_?calm"),
            sign(0.5, r"throttl", r"\bquota\b", r"rejected", r"shed"),
        ),
        meters=(rises(0.85, r"429", r"rate_?limit", r"limited", r"quota"), rises(0.5, r"throttl", r"reject", r"4xx", r"denied")),
        clues=(
            clue("lower", 0.95, r"rate", r"limit", r"\brps\b", r"\bqps\b", r"\bburst", r"quota", r"per_?(?:second|minute|hour)", r"tokens?", r"capacity", r"window"),
            clue("lower", 0.7, r"\bevery\b", r"\bpoll", r"\bperiod", r"interval", r"\bdelay", r"\bsleep", r"refresh", r"heartbeat", r"keep_?alive", r"\bping"),
            clue("higher", 0.6, r"window", r"\bcost\b", r"weight", r"interval"),
            clue("turned", 0.7, r"limit\w*key", r"key_?(?:by|func)", r"remote_?addr", r"client_?ip", r"x-forwarded", r"limit", r"quota", r"scope"),
            clue("added", 0.65, r"rate_?limit", r"limiter", r"throttle", r"quota"),
            clue("removed", 0.5, r"exempt", r"allow_?list", r"whitelist", r"bypass", r"burst", r"user_?id", r"tenant", r"api_?key", r"client_?id", r"account"),
        ),
    ),
    Mechanism(
        key="cut_off",
        title="a breaker or a limit of what may run at once cuts off what could be served",
        topic=about(r"circuit|breaker|bulkhead|connection_?pool|max_?(?:requests|pending|concurren)|outlier"),
        signs=(
            sign(0.9, r"circuit ?breaker (?:is )?open", r"circuit (?:is )?open", r"call ?not ?permitted", r"\boverflow\b", r"bulkhead", r"concurrency limit", r"too many (?:concurrent|pending|parallel|open) (?:requests|calls|streams)", r"outlier", r"ejected"),
            sign(0.3, r"\b503\b", r"rejected", r"unavailable"),
        ),
        meters=(rises(0.8, r"overflow", r"circuit", r"breaker", r"short_?circuit", r"ejection"),),
        clues=(
            clue("lower", 0.95, r"max_?(?:requests|pending|conn|concurren|retries|parallel)", r"max\w*requests", r"threshold", r"concurren", r"bulkhead", r"consecutive", r"window", r"limit"),
            clue("higher", 0.7, r"ejection", r"open_?(?:duration|state)", r"sleep_?window", r"wait_?duration"),
            clue("added", 0.7, r"circuit", r"breaker", r"bulkhead", r"outlier", r"max_?(?:requests|pending|concurren)", r"semaphore"),
            clue("turned", 0.6, r"circuit", r"breaker", r"threshold", r"outlier"),
        ),
    ),
    Mechanism(
        key="queue",
        title="a consumer falls behind its queue, or is thrown out of its group",
        topic=about(r"queue|consumer|topic|kafka|sqs|rabbit|amqp|broker|ack|poll|partition|job|worker"),
        signs=(
            sign(0.9, r"consumer (?:lag|group)", r"\blag\b", r"rebalanc", r"max\.?poll", r"visibility", r"session\.timeout", r"partitions? (?:revoked|lost|unassigned)", r"(?:revok|los)\w+ .{0,30}partitions", r"heartbeat (?:expired|failed|timeout)", r"left (?:the )?group", r"unacked", r"commit(?:sync)? failed", r"commitfailed", r"unknown[_ ]topic", r"nonexistentqueue", r"queue \S+ (?:does not exist|not found)"),
            sign(0.6, r"backlog", r"queue (?:depth|growing|full|length|age)", r"redeliver", r"ageofoldest", r"duplicate deliver", r"dead[- ]?letter", r"\bdlq\b", r"processed (?:twice|again)", r"in flight"),
        ),
        meters=(
            rises(0.85, r"lag(?:_|$)", r"backlog", r"queue", r"oldest", r"unacked", r"rebalanc", r"redeliver", r"in_?flight", r"dlq"),
            falls(0.5, r"consum", r"processed", r"throughput", r"records"),
        ),
        clues=(
            clue("lower", 0.9, r"visibility", r"max_?poll", r"max\.poll", r"prefetch", r"concurren", r"consumers?", r"partitions?", r"session", r"batch", r"fetch", r"workers?", r"heartbeat", r"receive", r"ack_?(?:deadline|wait)"),
            clue("higher", 0.75, r"max_?poll_?records", r"max\.poll\.records", r"batch", r"prefetch", r"partitions?", r"delay", r"sleep", r"interval", r"qos"),
            clue("removed", 0.85, r"\back\w*\(", r"\bcommit\w*\(", r"\basync\b", r"parallel", r"go func", r"\bgo \w", r"pool", r"concurren", r"worker", r"deletemessage", r"delete_message", r"gather\("),
            clue("added", 0.6, r"\bsleep\(", r"\bsync\b", r"autocommit", r"auto_?commit", r"mutex", r"\.lock\(", r"commitsync", r"fsync", r"synchronized", r"await "),
            clue("turned", 0.7, r"group\.?_?id", r"topic", r"queue", r"auto\.?offset", r"ack", r"subscription", r"partition\w*key", r"routing_?key"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="hot_key",
        title="one partition, shard or key gets nearly all of the work",
        topic=about(r"partition|shard|hash|key|affinity|balanc|route"),
        signs=(
            sign(0.9, r"hot (?:partition|shard|key|node|spot)", r"hotspot", r"(?:partition|shard|node|bucket) \S+ (?:receives|takes|gets|handles|at)\b", r"skew(?:ed)?", r"imbalanc", r"uneven", r"\b(?:one|single|same) (?:pod|instance|replica|backend|broker|server) (?:is )?(?:busy|overload|hot|gets|takes|saturat)", r"others? (?:are )?idle"),
            sign(0.5, r"(?:partition|shard)[ =#:-]*\d+"),
        ),
        meters=(rises(0.8, r"skew", r"imbalance", r"hot_", r"max_partition", r"per_(?:shard|partition)", r"max_(?:pod|instance|node|replica|host)_share|share_of_(?:requests|traffic)"),),
        clues=(
            clue("turned", 0.92, r"cluster_?ip|headless|session_?affinity|lb_?(?:policy|algorithm|method)|least_?(?:request|conn)|ring_?hash|maglev|consistent_?hash|dns:///|max_?connection_?age"),
            clue("removed", 0.9, r"cluster_?ip: ?none|headless|max_?connection_?age|round_?robin"),
            clue("turned", 0.9, r"\.key\b", r"partition", r"shard", r"hash", r"\bkey ?[:=]", r"affinity", r"round_?robin", r"balanc", r"sticky"),
            clue("removed", 0.8, r"hash", r"salt", r"shard", r"partition", r"rand", r"modulo", r"% "),
            clue("lower", 0.8, r"partitions?", r"shards?", r"buckets?"),
        ),
    ),
    Mechanism(
        key="blocking_call",
        title="a slow call now stands in the way of every request",
        topic=about(r"client|http|fetch|sync|wait|lock|call"),
        signs=(
            sign(0.5, r"slow (?:request|call|handler|response)", r"took \d+ ?ms", r"exceeded \d+ ?ms", r"latency", r"blocked"),
        ),
        meters=(rises(0.5, r"latency", r"duration", r"p9[0-9]", r"response_?time"),),
        clues=(
            clue("added", 0.75, r"\bhttp\.(?:get|post|newrequest)", r"requests\.(?:get|post|put)", r"client\.(?:do|get|post|call|send|invoke)", r"\bfetch\(", r"axios", r"resttemplate", r"\.execute\(", r"time\.sleep", r"thread\.sleep", r"fsync", r"os\.system", r"subprocess", r"lookup(?:host|addr)", r"\.wait\(\)", r"\.join\(\)"),
            clue("removed", 0.75, r"\basync\b", r"\bawait\b.*gather", r"\bgo func", r"\bgo \w+[.(]", r"enqueue", r"publish", r"\bdelay\(", r"background", r"\.submit\(", r"\bdefer\b", r"promise\.all", r"errgroup", r"lazy", r"parallel", r"\bindex\b"),
        ),
    ),
    Mechanism(
        key="payload",
        title="something is larger than it may be",
        topic=about(r"size|payload|body|compress|limit|header|message"),
        signs=(
            sign(0.9, r"(?:message|payload|body|entity|record|request|header|response)s? (?:is )?(?:too large|too big|exceeds|larger than)", r"(?:too large|too big|oversized) (?:an? )?(?:\w+ )?(?:message|payload|body|entity|record|request|header|response)", r"\b413\b", r"\b431\b", r"record_?too_?large", r"max(?:imum)? (?:message|body|payload|request|record) (?:size|length)", r"larger than max", r"entity too large"),
        ),
        meters=(rises(0.6, r"413", r"payload", r"message_?(?:size|bytes)", r"response_?(?:size|bytes)", r"body_?(?:size|bytes)"),),
        clues=(
            clue("lower", 0.95, r"max\w*(?:size|bytes|length|body|message|payload|header)", r"body_?size", r"limit", r"buffer"),
            clue("added", 0.6, r"embed", r"include", r"attach", r"base64", r"select \*", r"payload", r"headers?\b", r"cookie"),
            clue("removed", 0.65, r"compress", r"gzip", r"limit", r"truncate", r"fields?\b", r"omitempty", r"paginat", r"chunk"),
            clue("higher", 0.5, r"batch", r"page_?size", r"chunk", r"max"),
        ),
    ),
)  # fmt: skip
