"""Pools, memory, threads, handles, disks: something finite is used up."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, falls, rises, sign

RESOURCES: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="pool",
        title="a connection pool runs dry",
        topic=about(r"pool|conn(?:ection)?s?\b|session|datasource|acquire|release"),
        signs=(
            sign(0.9, r"pool (?:is )?(?:exhaust|timeout|timed out|full|empty|saturat|limit)", r"queuepool", r"hikaripool", r"pool ?timeout", r"pool exhaust"),
            sign(0.85, r"(?:acquir|checkout|obtain|wait|get)\w*\W(?:\w+\W+){0,8}(?:connections?|conn\b|client from pool|pool)", r"\d+ ?(?:/|of) ?\d+ (?:\w+ )?(?:connections|conns|in use|busy)", r"connections? (?:busy|in use|exhaust)", r"(?:no|not enough) (?:free|available|idle|more) (?:\w+ )?connections?"),
            sign(0.8, r"too many (?:clients|connections)", r"remaining connection slots", r"max(?:imum)? (?:number of )?(?:clients|connections)", r"connection limit"),
        ),
        meters=(
            rises(0.7, r"(?:pool|conn)\w*(?:wait|pending|queue|acquire|timeout|exhaust)", r"wait\w*(?:pool|conn)"),
            rises(0.5, r"(?:pool|conn(?:ection)?s?)_?\w*(?:in_?use|used|active|open|util|count|busy|checked)", r"idle_in_transaction"),
            falls(0.4, r"(?:pool|conn)\w*(?:idle|free|available)"),
        ),
        clues=(
            clue("lower", 0.95, r"pool", r"max_?(?:open|idle)?_?conn", r"max_?active", r"max_?overflow", r"connections?\b"),
            clue("removed", 0.85, r"\.close\w*\(", r"\brelease\w*\(", r"\bdefer\b", r"\bfinally\b", r"\bwith\b.*(?:conn|session|cursor|pool)", r"rollback\(", r"putconn"),
            clue("added", 0.5, r"begin\w*\(", r"\.conn\(", r"\bacquire\(", r"new\w*(?:pool|client|session)\(", r"sql\.open\(", r"create_engine\(", r"getconn"),
            clue("higher", 0.45, r"pool", r"max_?(?:open|idle)?_?conn", r"idle_?timeout", r"lifetime", r"workers?", r"replicas"),
            clue("lower", 0.4, r"acquire\w*timeout", r"pool_?timeout", r"conn\w*timeout"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="memory",
        title="memory grows until the process is killed",
        topic=about(r"cache|buffer|heap|memory|history|registry|retain|append|map\[|collect|leak|max_?entries"),
        signs=(
            sign(0.95, r"oom[- _]?kill", r"oom command not allowed", r"used memory > ", r"\bmax_?memory\b", r"out ?of ?memory", r"exit(?:ed)?(?: with)?(?: code)?[ :=]*137", r"cannot allocate memory", r"java heap space", r"heap out of memory"),
            sign(0.6, r"\bheap\b", r"gc (?:overhead|pause|thrash)", r"garbage collect", r"memory (?:limit|usage|pressure|growing|watermark|leak)", r"\brss\b", r"working set"),
        ),
        meters=(
            rises(0.75, r"mem(?:ory)?(?:_|$)", r"heap", r"\brss", r"_rss", r"working_set", r"resident"),
            rises(0.5, r"restart", r"oom", r"gc_(?:pause|time|count|duration)", r"(?:cache|map|registry|session|subscriber|listener)\w*_(?:entries|size|count|items)"),
        ),
        clues=(
            clue("removed", 0.9, r"\bdelete\(", r"evict", r"\bpurge", r"\.pop\w*\(", r"\bclear\w*\(", r"\blru", r"max_?(?:size|entries|items|len)", r"unsubscribe", r"removeListener", r"\.off\(", r"expire", r"\bttl\b", r"weak(?:ref|map)", r"\btrim", r"\bclose\(", r"\bstop\("),
            clue("added", 0.5, r"append\(", r"\.push\(", r"\.add\(", r"make\(map", r"map\[\w+\]", r"new (?:map|hashmap|concurrenthashmap)", r"= ?\{\}$", r"\w+\[[\w.]+\] ?= ", r"addEventListener", r"\.on\(", r"\bcache\b", r"sync\.map", r"read_?all\(", r"\.read\(\)", r"tobytearray", r"fetch_?all"),
            clue("lower", 0.9, r"mem(?:ory)?\b", r"mem_?limit", r"heap", r"xmx", r"max_?old_?space", r"gomemlimit"),
            clue("higher", 0.6, r"cache", r"buffer", r"batch", r"prefetch", r"max_?(?:entries|size|items)", r"chunk", r"window", r"retention", r"history", r"queue"),
            clue("turned", 0.6, r"max_?(?:entries|size|items)", r"\blru", r"evict"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="threads",
        title="workers, threads or goroutines pile up or run out",
        topic=about(r"worker|thread|gorouti|go func|concurren|async|channel|chan |semaphore|executor|loop"),
        signs=(
            sign(0.9, r"goroutines?\b.{0,40}(?:leak|grow|count|rising|exceed|limit|\d{4,})", r"(?:too many|cannot (?:create|start)\w*(?: new| native)?) threads?", r"thread ?pool\b.{0,30}(?:exhaust|full|saturat|starv|reject)", r"rejectedexecution", r"event loop (?:lag|block|delay|stall)", r"(?:all )?workers? (?:are )?(?:busy|exhausted|starved|blocked|stuck)", r"worker (?:pool )?(?:exhaust|starv)"),
            sign(0.4, r"starv", r"blocked for", r"executor", r"semaphore", r"worker pool"),
        ),
        meters=(rises(0.8, r"goroutine", r"thread", r"event_?loop", r"executor", r"workers?_(?:busy|active|blocked)"),),
        clues=(
            clue("lower", 0.95, r"workers?\b", r"threads?\b", r"max_?procs", r"gomaxprocs", r"concurren", r"parallel", r"executor", r"pool_?size"),
            clue("removed", 0.7, r"ctx\.done", r"cancel\w*\(", r"\bdefer\b", r"withtimeout", r"settimeout", r"\bclose\(", r"\basync\b", r"\bawait\b", r"run_in_executor", r"to_thread", r"wg\.done", r"\bstop\(", r"timeout ?="),
            clue("added", 0.6, r"\bgo func", r"\bgo \w+[.(]", r"thread\(", r"\bspawn\w*\(", r"\.submit\(", r"make\(chan", r"time\.sleep\(", r"thread\.sleep", r"readfilesync", r"execsync", r"sync\(", r"\.block\(", r"\.join\(", r"\.result\(", r"\.get\(\)", r"requests\.(?:get|post)", r"for \{"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="handles",
        title="connections, sockets or file handles are not reused or not closed",
        topic=about(r"client|socket|\bfile|open\(|close|transport|keep_?alive|dial"),
        signs=(
            sign(0.95, r"too many open files", r"\bemfile\b", r"\benfile\b", r"cannot assign requested address", r"ephemeral port", r"time_wait", r"file descriptors?"),
            sign(0.6, r"upstream prematurely closed", r"connection closed (?:by|before)", r"server closed"),
            sign(0.4, r"connection reset", r"broken pipe", r"\bepipe\b", r"keep-?alive", r"tls handshake (?:latency|slow|timeout)", r"new connection"),
        ),
        meters=(rises(0.85, r"open_?f", r"\bfds?\b", r"_fds?", r"descriptor", r"time_?wait", r"sockets?", r"handles?", r"new_conn", r"connections?_(?:opened|new|created)"),),
        clues=(
            clue("removed", 0.9, r"\.close\w*\(", r"\bdefer\b", r"\bwith open", r"\bfinally\b", r"keep_?alive", r"transport", r"reuse", r"session\b", r"maxidle", r"\bshared\b", r"singleton", r"static .*(?:client|pool|manager)"),
            clue("added", 0.85, r"http\.client\{", r"new httpclient", r"requests\.(?:get|post|put)\(", r"disablekeepalives", r"create_connection\(", r"\bnew\w*client\(", r"http_?clients?\.(?:custom|create)", r"connection_?manager", r"\bdial\w*\(", r"os\.open", r"connection: ?close"),
            clue("lower", 0.7, r"idle", r"keep_?alive", r"nofile", r"ulimit", r"max_?files"),
            clue("turned", 0.5, r"keep_?alive", r"http2"),
            clue("turned", 0.9, r"\bdefer\b"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="disk",
        title="a disk fills",
        topic=about(r"\blog|disk|storage|retention|rotat|volume|spool|tmp|dump"),
        signs=(
            sign(0.95, r"no space left", r"\benospc\b", r"disk (?:is )?(?:full|quota)", r"volume (?:is )?full", r"read-only file ?system", r"insufficient (?:disk|storage)", r"low disk", r"disk pressure", r"flood[- ]stage", r"disk watermark"),
            sign(0.4, r"\bdisk\b", r"\bwal\b", r"inodes?"),
        ),
        meters=(
            rises(0.85, r"disk", r"filesystem", r"volume_used", r"inode", r"storage_used", r"fs_"),
            falls(0.8, r"(?:disk|fs|volume|storage)\w*(?:free|avail)"),
            rises(0.5, r"log\w*(?:throughput|rate|volume|lines|bytes|size|write)", r"bytes_?written", r"write_throughput", r"wal_"),
        ),
        clues=(
            clue("turned", 0.9, r"level\W.*\b(?:debug|trace|info|warn)", r"\b(?:debug|verbose|trace)\b ?[:=]"),
            clue("higher", 0.85, r"sampl", r"retention", r"max_?(?:size|backups|age|files)", r"\bkeep\b", r"wal_?keep", r"segment", r"rotat", r"rate"),
            clue("removed", 0.85, r"rotat", r"retention", r"max_?(?:age|size|backups)", r"compress", r"clean_?up", r"prune", r"\bremove\w*\(", r"\bunlink\(", r"os\.remove", r"rmtree", r"delete_?(?:old|temp|tmp)", r"logrotate", r"\bttl\b", r"truncate"),
            clue("added", 0.5, r"log\w*\.debug", r"\bdump", r"tempfile", r"mkstemp", r"write_?file", r"\bdebug: ?true", r"fmt\.fprint", r"to_?csv", r"snapshot"),
            clue("lower", 0.7, r"storage", r"volume", r"disk", r"interval"),
        ),
        lingers=True,
        told=True,
    ),
    Mechanism(
        key="cpu",
        title="every request costs more processor time",
        topic=about(r"regex|pattern|hash|encod|decod|parse|compress|crypt|sort|render|loop|template"),
        signs=(
            sign(0.85, r"catastrophic", r"backtrack", r"regex\w* (?:timeout|took|stall)", r"hot loop", r"busy[- ]?(?:loop|wait|spin)", r"\bspinning\b", r"cpu (?:profile|saturat|pegged|bound|at 100)"),
            sign(0.4, r"\bcpu\b", r"regex", r"\bhash(?:ing)? took", r"encrypt", r"compress"),
        ),
        meters=(rises(0.65, r"cpu", r"load_?(?:1|5|avg)"),),
        clues=(
            clue("added", 0.85, r"regexp?\.", r"re\.compile", r"pattern\.compile", r"[*+]\)[*+]", r"bcrypt", r"argon", r"pbkdf"),
            clue("turned", 0.75, r"regexp?\b", r"re\.(?:compile|match|search)", r"pattern", r"[*+]\)[*+]", r"algorithm", r"compression"),
            clue("higher", 0.9, r"rounds?", r"\bcost\b", r"iterations?", r"level", r"quality", r"work_?factor", r"depth", r"passes"),
            clue("lower", 0.8, r"interval", r"sleep", r"\btick", r"\bpoll", r"period", r"backoff", r"delay"),
            clue("added", 0.55, r"deep_?copy", r"json\.(?:loads|dumps|parse|stringify|marshal|unmarshal)\(", r"\bsort", r"while true", r"for \{", r"reflect\.", r"\bclone\("),
            clue("removed", 0.6, r"time\.sleep", r"\bsleep\(", r"memo", r"lru_cache", r"cache", r"\bonce\b", r"precompiled?", r"index\b", r"\bbreak\b"),
        ),
    ),
    Mechanism(
        key="capacity",
        title="the service was given fewer or smaller instances",
        topic=about(r"replica|resources|limits|autoscal|hpa|instance|node|shard|scal"),
        signs=(
            sign(0.8, r"cpu ?throttl", r"cfs", r"insufficient (?:cpu|memory)", r"unschedulable", r"pods? pending", r"failedscheduling", r"replicas?\b", r"scal(?:ed|ing) down", r"overload", r"at capacity", r"saturat"),
            sign(0.5, r"evict", r"preempt", r"oom[- _]?kill", r"queue (?:full|depth)", r"max replicas"),
        ),
        meters=(
            rises(0.6, r"throttled", r"cpu", r"queue"),
            falls(0.85, r"replicas", r"instances?", r"pods?_(?:ready|running|available)", r"capacity"),
        ),
        clues=(
            clue("lower", 0.95, r"replicas", r"max_?replicas", r"min_?replicas", r"\bcpu\b", r"\bmemory\b", r"instances?", r"min_?size", r"max_?size", r"desired", r"capacity", r"\bunits?\b", r"shards?"),
            clue("higher", 0.6, r"target\w*util", r"averageutilization", r"cooldown", r"stabili[sz]ation", r"threshold"),
            clue("turned", 0.7, r"instance_?(?:type|class)", r"machine_?type", r"node_?(?:selector|pool)", r"\btier\b", r"storage_?class", r"toleration", r"affinity", r"nodeselector"),
            clue("removed", 0.6, r"horizontalpodautoscaler", r"\bhpa\b", r"autoscal", r"minreplicas", r"resources:"),
        ),
        remedy="rollback",
    ),
)  # fmt: skip
