"""Logs of known situations for the checks that read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from tests.domain.diagnosis.cases import HEALTHY
from tests.domain.diagnosis.log_lines import START, facts, ordered, stamped, steady

from tocsin.domain.diagnosis.facts import Bundle, LogFacts

CALM = ordered(
    steady(80, "INFO [shop] order {n} placed", every_s=15.0), steady(30, "INFO [mail] mail {n} sent", every_s=40.0)
)
# What programs write, the check that knows it, and the cause that it speaks for.
SENTENCES: list[tuple[str, str, str | None]] = [
    ("pool_timeout", "ERROR [shop] sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached", "connection_exhaustion"),
    ("too_many_clients", "FATAL:  sorry, too many clients already", "connection_exhaustion"),
    ("out_of_memory", "kernel: Out of memory: Killed process 4321 (python)", "out_of_memory"),
    ("certificate_expired", "ERROR [shop] SSL: certificate has expired (_ssl.c:1006)", "tls_expiry"),
    ("certificate_trust", "ERROR [shop] x509: certificate signed by unknown authority", "tls_expiry"),
    ("dns", "ERROR [shop] dial tcp: lookup db.internal: no such host", "dns_failure"),
    ("credentials", 'FATAL:  password authentication failed for user "shop"', "bad_configuration"),
    ("refused", "ERROR [shop] connect ECONNREFUSED 10.0.0.3:8000", "application_down"),
    ("database_gone", "FATAL:  the database system is shutting down", "database_down"),
    ("disk_full", "ERROR [shop] write /var/lib/x: no space left on device", "disk_full"),
    ("redis_refuses", "ERROR [shop] OOM command not allowed when used memory > 'maxmemory'.", "redis_full"),
    ("deadlock", "ERROR:  deadlock detected", "deadlocks"),
    ("lock_timeout", "ERROR:  canceling statement due to lock timeout", "lock_chain"),
    ("statement_timeout", "ERROR:  canceling statement due to statement timeout", "slow_query"),
    ("call_timeout", "ERROR [shop] Get billing: context deadline exceeded", "dependency_outage"),
    ("rate_limited", "ERROR [shop] billing answered 429 Too Many Requests", "dependency_outage"),
    ("schema", 'ERROR:  column "vat" does not exist at character 15', "bad_deploy"),
    ("code", "ERROR [shop] TypeError: total is not a function", "bad_deploy"),
    ("settings", "ERROR [shop] environment variable BILLING_URL is not set", "bad_configuration"),
    ("descriptors", "ERROR [shop] accept: too many open files", "descriptor_exhaustion"),
    ("restarts", "WARNING [kubelet] Back-off restarting failed container app", "application_down"),
    ("image", "WARNING [kubelet] Failed to pull image shop:v9: manifest unknown", "bad_deploy"),
    ("checkpoint", "LOG:  checkpoints are occurring too frequently (9 seconds apart)", "host_saturation"),
    ("corruption", "ERROR:  invalid page in block 12 of relation base/1/2", None),
    ("backlog", "ERROR [shop] RejectedExecutionException: task rejected", "traffic_spike"),
]  # fmt: skip


def seen(log: Iterable[str]) -> Bundle:
    """Facts of a calm system with this log."""
    return _seen(tuple(log))


@cache
def _seen(log: tuple[str, ...]) -> Bundle:
    return replace(HEALTHY, logs=(facts(log),), deploys=())


def broken(text: str, count: int = 30) -> list[str]:
    """A calm log in which a line comes again and again after the onset."""
    return ordered(CALM, steady(count, text, every_s=10.0, begin_s=620))


QUIET = seen(CALM)
_TRACED = ["Traceback (most recent call last):", '  File "/srv/app/a.py", line 3, in run', "IndexError: no such item"]
_TRACES = [line for n in range(12) for line in (stamped(650 + n, "ERROR [shop] export failed"), *_TRACED)]
_SLOW = [stamped(n, f"INFO [shop] answered in {40 + n % 7 + (400 if n > 700 else 0)} ms") for n in range(1000)]
_BAD: dict[str, list[str]] = {
    "new_errors": broken("ERROR [shop] tax table 7 is gone"),
    "new_traces": [*(line for line in CALM if line < stamped(650, "")), *_TRACES],
    "new_lines": broken("INFO [shop] fallback {n} used"),
    "rate_jump": ordered(CALM, steady(500, "INFO [mail] mail {n} sent", begin_s=620)),
    "vanished": ordered(CALM, steady(60, "INFO [cron] beat {n}", every_s=10.0)),
    "first_error": broken("ERROR [shop] tax table 7 is gone"),
    "level_mix": ordered(
        CALM,
        steady(20, "ERROR [shop] no stock {n}", every_s=30.0),
        steady(200, "ERROR [shop] no stock {n}", begin_s=620),
    ),
    "volume": ordered(CALM, steady(180, "INFO [shop] order {n} placed", every_s=3.0, begin_s=600)),
    "drift": _SLOW,
}
_UNREAD = replace(
    HEALTHY, logs=(LogFacts(target="shop log", at=START, error="denied", error_text="Permission denied"),)
)

_REQUESTS = [
    f'10.0.0.9 - - [15/Mar/2026:14:{n // 60:02}:{n % 60:02} +0000] "GET /orders/{n}?q=a HTTP/1.1" {503 if n % 9 == 0 else 200} 157 "-" "-" 0.{n:03}'
    for n in range(60)
]
LOG_SAMPLES: list[tuple[str, str, Bundle]] = [
    ("logs.slow_requests", "ok", seen(_REQUESTS)),
    ("logs.slow_requests", "warn", seen([line.replace(" 0.", " 4.") for line in _REQUESTS])),
    ("logs.answers", "ok", seen([line.replace(" 503 ", " 404 ") for line in _REQUESTS])),
    ("logs.answers", "warn", seen(_REQUESTS)),
    ("logs.read", "ok", QUIET),
    ("logs.read", "warn", _UNREAD),
    *((f"logs.{name}", "ok", QUIET) for name in (*_BAD, *(one[0] for one in SENTENCES))),
    *((f"logs.{name}", "critical" if name == "new_errors" else "warn", seen(log)) for name, log in _BAD.items()),
    *((f"logs.{name}", "critical", seen(broken(line))) for name, line, _ in SENTENCES),
]
