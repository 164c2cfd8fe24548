"""Sentences that programs write when a known thing goes wrong, and what each speaks for: data, no code."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.domain.diagnosis.findings import HypothesisKey, WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Phrases in lower case, any of which is enough, and what a new one speaks for."""

    called: str
    phrases: tuple[str, ...]
    speaks: tuple[tuple[HypothesisKey, float], ...] = ()
    kind: WeightKind = "supporting"
    why: str = ""
    absent: tuple[tuple[HypothesisKey, float], ...] = ()


POOL = Signature(
    called="a connection pool that is used up",
    phrases=(
        "queuepool limit", "pooltimeout", "connection is not available, request timed out", "pool exhausted",
        "timeout waiting for connection from pool", "could not obtain a database connection", "timed out acquiring",
        "couldn't get a connection after", "cannot acquire connection from pool", "unable to acquire a connection",
        "timeout exceeded when trying to connect", "no more connections in pool", "pool is full",
    ),
    speaks=(("connection_exhaustion", 2.0), ("session_leak", 1.2), ("slow_query", 0.4)),
    why="every connection of the pool was out longer than callers wait",
    absent=(("connection_exhaustion", 0.3),),
)  # fmt: skip
CLIENTS = Signature(
    called="a server that takes no more connections",
    phrases=(
        "too many clients already", "remaining connection slots are reserved", "too many connections",
        "max number of clients reached", "toomanyconnections", "too many database connections",
    ),
    speaks=(("connection_exhaustion", 3.0), ("session_leak", 1.0)),
)  # fmt: skip
MEMORY = Signature(
    called="memory that ran out",
    phrases=(
        "out of memory", "oomkilled", "oom-kill", "memoryerror", "outofmemoryerror", "cannot allocate memory",
        "exit code 137", "exited with code 137", "std::bad_alloc", "memory cgroup",
    ),
    speaks=(("out_of_memory", 2.5), ("memory_leak", 1.0), ("application_down", 0.8)),
    why="a process that is killed for memory writes nothing itself",
)  # fmt: skip
CERTIFICATE = Signature(
    called="a certificate that has expired",
    phrases=("certificate has expired", "certificate expired", "cert_has_expired", "certificate is not valid after"),
    speaks=(("tls_expiry", 4.0),),
)
TRUST = Signature(
    called="a certificate that is not trusted",
    phrases=(
        "certificate verify failed", "certificate_verify_failed", "unable to get local issuer", "sslhandshakeexception",
        "x509: certificate", "unknown ca", "self-signed certificate", "certificate is not trusted", "hostname mismatch",
    ),
    speaks=(("tls_expiry", 1.5), ("bad_configuration", 1.0)),
)  # fmt: skip
NAMES = Signature(
    called="names that do not resolve",
    phrases=(
        "name or service not known", "failure in name resolution", "no such host", "enotfound", "eai_again",
        "could not translate host name", "unknownhostexception", "nxdomain", "nodename nor servname", "getaddrinfo",
    ),
    speaks=(("dns_failure", 2.5), ("bad_configuration", 0.8)),
)  # fmt: skip
CREDENTIALS = Signature(
    called="credentials that are refused",
    phrases=(
        "password authentication failed", "authentication failed", "access denied for user", "invalid api key",
        "noauth authentication required", "wrongpass", "invalid_token", "invalid token", "token has expired",
        "permission denied for", "401 unauthorized", "http:401", "no pg_hba.conf entry", "invalid client credentials",
    ),
    speaks=(("bad_configuration", 2.5),),
)  # fmt: skip
REFUSED = Signature(
    called="connections that are refused",
    phrases=("connection refused", "econnrefused", "no route to host", "host is unreachable", "network is unreachable"),
    speaks=(("application_down", 0.8), ("dependency_outage", 0.8)),
)
DATABASE_GONE = Signature(
    called="a database that is not there",
    phrases=(
        "database system is shutting down", "database system is starting up", "due to administrator command",
        "database system was interrupted", "could not connect to server", "server closed the connection unexpectedly",
        "connection to server at", "lost connection to mysql", "the database system is in recovery mode",
    ),
    speaks=(("database_down", 2.5),),
)  # fmt: skip
DISK = Signature(
    called="a disk that is full",
    phrases=("no space left on device", "enospc", "disk full", "disk quota exceeded", "read-only file system"),
    speaks=(("disk_full", 4.0),),
)
REDIS = Signature(
    called="Redis refusing writes",
    phrases=(
        "misconf redis is configured", "oom command not allowed", "can't save in background", "misconf errors writing",
        "readonly you can't write against", "loading redis is loading", "busy redis is busy",
    ),
    speaks=(("redis_full", 3.0),),
)  # fmt: skip
DEADLOCK = Signature(
    called="deadlocks",
    phrases=("deadlock detected", "deadlock found when trying", "deadlockdetected", "deadlocked"),
    speaks=(("deadlocks", 3.5),),
    absent=(("deadlocks", 0.3),),
)
LOCK = Signature(
    called="waits for a lock that ended in nothing",
    phrases=(
        "due to lock timeout", "lock wait timeout exceeded", "database is locked", "could not obtain lock",
        "locknotavailable", "still waiting for sharelock", "still waiting for exclusivelock",
    ),
    speaks=(("lock_chain", 2.5),),
)  # fmt: skip
STATEMENT = Signature(
    called="statements that took too long",
    phrases=("due to statement timeout", "query timed out", "slow query", "querycanceled", "long running query"),
    speaks=(("slow_query", 2.0), ("lock_chain", 0.6)),
)
TIMEOUT = Signature(
    called="calls that got no answer in time",
    phrases=(
        "upstream timed out", "gateway timeout", "read timed out", "readtimeout", "deadline exceeded", "etimedout",
        "sockettimeoutexception", "http:504", "connect timeout", "connecttimeout", "upstream request timeout",
    ),
    speaks=(("dependency_slow", 1.2), ("dependency_outage", 1.0), ("slow_query", 0.4)),
)  # fmt: skip
LIMITED = Signature(
    called="a service that limits our rate",
    phrases=("rate limit", "ratelimit", "too many requests", "http:429", "quota exceeded", "throttling"),
    speaks=(("dependency_outage", 1.2), ("traffic_spike", 0.6)),
)
SCHEMA = Signature(
    called="a schema that does not fit the code",
    phrases=(
        "undefinedcolumn", "undefinedtable", "unknown column", "no such table", "no such column", "does not exist at",
        "relation does not exist", "column does not exist", "violates not-null constraint", "pending migrations",
    ),
    speaks=(("bad_deploy", 2.0),),
)  # fmt: skip
CODE = Signature(
    called="code that fails on what it is given",
    phrases=(
        "nullpointerexception", "'nonetype' object", "cannot read propert", "nil pointer dereference", "nameerror",
        "importerror", "modulenotfounderror", "undefined method", "is not a function", "attributeerror", "typeerror",
        "classnotfoundexception", "nosuchmethoderror", "zerodivisionerror", "index out of range",
    ),
    speaks=(("bad_deploy", 1.8),),
)  # fmt: skip
SETTINGS = Signature(
    called="a setting that is missing or wrong",
    phrases=(
        "environment variable", "missing required", "invalid configuration", "failed to parse config",
        "could not load config", "unknown option", "configuration error", "improperlyconfigured", "validation error for settings",
    ),
    speaks=(("bad_configuration", 2.0),),
)  # fmt: skip
FILES = Signature(
    called="file descriptors that ran out",
    phrases=("too many open files", "emfile", "enfile"),
    speaks=(("descriptor_exhaustion", 3.0),),
)
RESTARTS = Signature(
    called="a process that is started again and again",
    phrases=(
        "back-off restarting failed container", "crashloopbackoff", "liveness probe failed", "exited with code",
        "main process exited", "worker exiting", "worker timeout", "segmentation fault", "core dumped",
    ),
    speaks=(("application_down", 2.0),),
)  # fmt: skip
IMAGE = Signature(
    called="an image that cannot be fetched",
    phrases=("imagepullbackoff", "errimagepull", "manifest unknown", "failed to pull image", "pull access denied"),
    speaks=(("bad_deploy", 1.8), ("bad_configuration", 1.0)),
)
CHECKPOINT = Signature(
    called="a database that cannot keep up with its writes",
    phrases=(
        "checkpoints are occurring too frequently",
        "could not write to file",
        "could not extend file",
        "could not fsync",
    ),
    speaks=(("disk_full", 0.8), ("host_saturation", 0.8)),
)
CORRUPTION = Signature(
    called="data that is damaged",
    phrases=(
        "invalid page in block",
        "checksum mismatch",
        "could not read block",
        "is corrupted",
        "page verification failed",
    ),
    speaks=(("data_corruption", 2.5),),
    why="stop writes before anything else, and keep what there is",
)
BACKLOG = Signature(
    called="work that piles up",
    phrases=(
        "queue is full",
        "queue full",
        "rejectedexecutionexception",
        "consumer lag",
        "backpressure",
        "buffer overflow",
    ),
    speaks=(("queue_backlog", 1.5), ("traffic_spike", 0.6)),
)
