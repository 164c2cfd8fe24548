"""What programs get wrong by themselves: waiting, ending, telling too much, deleting too early, calculating with stale keys."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, falls, rises, sign

PROGRAMS: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="telemetry",
        title="more is logged, traced or counted than can be carried",
        topic=about(r"label|tag|attribute|metric|counter|histogram|span|trace|sampl|\blog|debug|telemetry|exporter"),
        signs=(
            sign(0.9, r"cardinality", r"(?:active )?(?:stream|series|label|field)s?(?: count| value)? limit", r"reduce (?:the )?(?:number of )?(?:labels|streams|series)", r"too many (?:time ?series|series|labels|active series)", r"series limit", r"(?:spans?|metrics|samples|log lines?) (?:were |are )?dropped", r"dropp\w+ (?:spans?|metrics|samples|logs)", r"export(?:er|ing) queue (?:is )?full", r"collector (?:is )?(?:overload|saturat|refus|unavail)", r"sending queue is full", r"per-user series limit"),
            sign(0.4, r"\bseries\b", r"collector", r"exporter", r"scrape", r"telemetry", r"ingestion (?:rate|limit)"),
        ),
        meters=(rises(0.85, r"series", r"cardinality", r"spans_(?:received|dropped|per)", r"samples", r"log\w*(?:rate|volume|lines|bytes)", r"scrape", r"(?:^|_)streams"),),
        clues=(
            clue("added", 0.9, r"withlabelvalues", r"labels?\b", r"label_?(?:names|keys)", r"trace_?id", r"\btags?\b", r"set_?attribute", r"user_?id", r"request_?id", r"session_?id", r"customer_?id", r"\burl\b", r"\bpath\b"),
            clue("higher", 0.95, r"sampl", r"ratio", r"probability", r"buckets?"),
            clue("turned", 0.9, r"level\W.*\b(?:debug|trace|info)", r"always_?(?:on|sample)", r"sampler", r"sampl", r"debug"),
            clue("removed", 0.7, r"sampl", r"drop", r"filter", r"aggregat", r"relabel", r"batch"),
        ),
        told=True,
    ),
    Mechanism(
        key="not_awaited",
        title="work is not waited for before its result is used",
        topic=about(r"await|async|promise|future|\.then\(|wait\(|join\("),
        signs=(sign(0.9, r"never awaited", r"\[object promise\]", r"unhandled ?(?:promise )?rejection", r"before (?:it|the \w+|\w+) (?:is|was|has been) (?:ready|initiali[sz]ed|loaded|finished|open)", r"not (?:yet )?(?:ready|initiali[sz]ed|loaded|connected)", r"closed (?:channel|pool|client|connection|transaction)", r"already (?:closed|released|disposed)", r"context already done"),),
        clues=(
            clue("removed", 0.95, r"\bawait\b", r"\.then\(", r"\bwait\w*\(", r"\.join\(", r"\.get\(\)", r"<-\w+", r"\.result\("),
            clue("added", 0.6, r"\basync\b", r"\bgo func", r"\bgo \w+[.(]", r"settimeout", r"foreach\(async", r"\.close\(", r"shutdown\("),
            clue("moved", 0.8, r""),
        ),
    ),
    Mechanism(
        key="endless",
        title="a loop or a recursion does not end",
        topic=about(r"loop|while|for |recurs|page|cursor|offset|next|retry"),
        signs=(sign(0.9, r"infinite (?:loop|recursion)", r"endless", r"stack ?overflow", r"maximum (?:call stack|recursion)", r"recursion (?:limit|depth)", r"same (?:page|cursor|batch|token) (?:again|twice|repeated)", r"(?:page|iteration) \d{4,}", r"redirect loop", r"feedback loop", r"loop detected"),),
        meters=(rises(0.3, r"cpu", r"requests?_per", r"iterations", r"events?_per"),),
        clues=(
            clue("flipped", 0.9, r""),
            clue("turned", 0.75, r"cursor", r"offset", r"page", r"next", r"while", r"\bfor\b", r"\+ ?1", r"< |<=|>=| >"),
            clue("removed", 0.9, r"\bbreak\b", r"\bif\b.*return", r"max_?(?:depth|pages|iterations)", r"visited", r"\bseen\b", r"is_?self", r"depth", r"cursor", r"next_?token", r"skip", r"ignore"),
            clue("added", 0.5, r"while true", r"for \{", r"for ;;", r"recurs", r"publish", r"emit"),
        ),
    ),
    Mechanism(
        key="deleted_early",
        title="something is deleted while it is still needed",
        topic=about(r"retention|lifecycle|expir|delete|cleanup|prune|purge|ttl|gc\b"),
        signs=(
            sign(0.92, r"invalidobjectstate|storage class|(?:is|was|been) archived|restore (?:the )?object|not valid for the object|deep_?archive|glacier"),
            sign(0.9, r"nosuchkey", r"nosuchbucket", r"object (?:not found|is missing|missing|no longer)", r"offset ?out ?of ?range", r"no longer (?:available|exists|retained)", r"has been (?:deleted|purged|removed|expired)", r"snapshot too old", r"file (?:not found|has vanished|no longer)", r"no such file", r"missing (?:segment|chunk|block|object|blob|part)", r"(?:session|key|token) (?:was )?evicted"),
        ),
        meters=(falls(0.6, r"objects", r"keys", r"sessions", r"retained", r"oldest_offset"), rises(0.5, r"deleted", r"expired", r"not_?found", r"404")),
        clues=(
            clue("lower", 0.95, r"retention", r"expir", r"\bttl", r"\bdays\b", r"lifecycle", r"\bkeep", r"max_?age", r"grace", r"noncurrent"),
            clue("added", 0.85, r"delete\w*\(", r"delete from", r"lifecycle", r"expiration", r"purge", r"prune", r"truncate", r"rmtree", r"remove_?all", r"os\.remove", r"\bttl\b", r"on delete cascade"),
            clue("turned", 0.92, r"storage_?class|access_?tier|glacier|archive|\btier\b"),
            clue("turned", 0.75, r"where", r"prefix", r"filter", r"lifecycle", r"policy", r"evict", r"pattern", r"glob"),
            clue("removed", 0.8, r"where", r"prefix", r"exclude", r"dry_?run", r"if .*(?:used|active|referenced)", r"refcount", r"\bkeep"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="schedule",
        title="a job runs at another time or more often, and takes what everybody needs",
        topic=about(r"cron|schedul|nightly|hourly|every\b|interval"),
        signs=(sign(0.8, r"(?:report|job|export|backup|batch|sync|task|import|run|vacuum|compaction|reindex\w*|snapshot)s? (?:\S+ )?(?:started|starting|running|begins?|begun|in progress)", r"still running", r"previous run", r"\bcron\b", r"overlap"),),
        meters=(rises(0.5, r"jobs?_running"), rises(0.15, r"db_\w*(?:cpu|load|io)", r"rows_read", r"iops", r"cpu", r"load")),
        clues=(
            clue("turned", 0.9, r"schedule", r"\bcron", r"crontab", r"rate\(", r"run_?at", r"start_?time"),
            clue("lower", 0.8, r"schedule", r"\bevery\b", r"interval", r"period"),
            clue("removed", 0.7, r"concurrency_?policy", r"forbid", r"max_instances", r"jitter", r"coalesce"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="error_swallowed",
        title="an error is passed over, and work goes on without what failed",
        topic=about(r"err|catch|except|fallback|default|recover"),
        signs=(sign(0.6, r"empty (?:result|response|answer|body|list)", r"inconsistent", r"missing (?:rows|data|items|entries)", r"zero (?:rows|items|results)", r"partial (?:data|write|result)", r"data loss", r"not saved", r"silently", r"mismatch between", r"stale"),),
        meters=(falls(0.6, r"rows", r"items", r"results?", r"saved", r"stored", r"success"), rises(0.5, r"mismatch", r"stale", r"missing", r"lost")),
        clues=(
            clue("removed", 0.85, r"return .*err", r"\braise\b", r"\bthrow\b", r"if err != nil", r"rollback", r"commit\(", r"flush\(", r"save\(", r"log\.error"),
            clue("added", 0.8, r"except.*pass", r"catch ?\(\w*\) ?\{ ?\}", r"_ = ", r", _ :?= ", r"suppress\(", r"continue", r"\|\| \[\]", r"or \[\]", r"\?\? "),
        ),
    ),
)  # fmt: skip
