"""What a Redis or Valkey server says about itself: its own state, and how long the named queues are; never a value."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.redis.reading import Reader
from tocsin.domain.diagnosis.facts import RedisFacts
from tocsin.domain.diagnosis.facts.redis import RedisError
from tocsin.domain.diagnosis.redaction import excerpt, secrets_in, without
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock
from tocsin.net.redaction import redact

_MOST_SAMPLED = 100_000
_WORDS: tuple[tuple[str, RedisError], ...] = (
    ("noauth", "auth"),
    ("wrongpass", "auth"),
    ("authentication", "auth"),
    ("invalid username-password", "auth"),
    ("loading", "loading"),
    ("misconf", "misconf"),
    ("masterdown", "masterdown"),
    ("clusterdown", "clusterdown"),
    ("certificate", "tls"),
    ("ssl", "tls"),
    ("name or service not known", "dns"),
    ("timeout", "timeout"),
    ("timed out", "timeout"),
    ("refused", "refused"),
)


class RedisOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is redis://, rediss:// or unix://; `window_s` is how long counters are watched.

    `queues` are keys of lists or streams that work waits in; only their length is asked for. `sample_keys` is of how many
    keys the size is asked at a look (SCAN and MEMORY USAGE, while the counters are watched); none unless it is set.
    """

    url: str
    window_s: float = 1.0
    queues: tuple[str, ...] = ()
    sample_keys: int = 0


def validate_options(raw: Mapping[str, object]) -> RedisOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` cannot be one.

    """
    options = read_options("redis", raw, RedisOptions)
    if not options.url.startswith(("env:", "file:")):
        _require_url(options.url)
    if not 0 <= options.sample_keys <= _MOST_SAMPLED:
        mend = f"Between 0 and {_MOST_SAMPLED}."
        raise InvalidError("redis: `sample_keys` is out of range", field="sample_keys", mend=mend)
    return options


def _require_url(url: str) -> None:
    """Let a URL pass that the driver can read; its own words for one it cannot may repeat a password."""
    try:
        redis.connection.parse_url(url)  # type: ignore[no-untyped-call]  # the driver leaves it untyped
    except ValueError:
        mend = "Write redis://host:6379/0, rediss://… or unix://…"
        raise InvalidError("redis: `url` is no Redis address", field="url", mend=mend) from None


class Redis:
    """Sends PING, INFO, SLOWLOG GET, LATENCY LATEST, CONFIG GET, CLIENT LIST, and TYPE, LLEN or XLEN of named queues.

    Asked for it, SCAN, MEMORY USAGE and TYPE of some keys as well.
    """

    kind = "redis"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> RedisFacts:
        """Return what the server says within `deadline_s` seconds. A refused connection is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        blank = RedisFacts(target=target.name, at=self._now(), service=target.service)
        try:
            with _client(options.url, deadline_s) as client:
                sent = time.monotonic()
                client.ping()
                facts = replace(blank, ping_s=time.monotonic() - sent)
                until = sent + min(options.window_s, deadline_s / 2)
                facts = Reader(client, target.name).read(facts, options.queues, until=until, keys=options.sample_keys)
        except (redis.RedisError, OSError, ValueError) as error:
            text = excerpt(redact(without(str(error), secrets_in(target.options))))
            facts = replace(blank, error=_kind(error), error_text=text)
        return replace(facts, took_s=time.monotonic() - began)


def _client(url: str, deadline_s: float) -> redis.Redis:
    limits = {"socket_timeout": deadline_s, "socket_connect_timeout": deadline_s}
    return redis.Redis.from_url(url, decode_responses=True, retry=Retry(NoBackoff(), 0), **limits)


def _kind(error: Exception) -> RedisError:
    text = f"{type(error).__name__} {error}".lower()
    return next((kind for words, kind in _WORDS if words in text), "other")
