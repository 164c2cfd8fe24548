"""Which dependency a readiness answer complains about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tocsin.domain.diagnosis.facts import Bundle

_WORDS = {
    "database": ("database", "postgres", "psycopg", "sqlalchemy", "db", "pool", "sql"),
    "redis": ("redis", "valkey", "cache"),
    "disk": ("disk", "no space"),
    "certificate": ("certificate", "tls", "ssl"),
    "configuration": ("configuration", "config", "settings", "environment"),
}
_FINE = frozenset({"ok", "up", "pass", "passed", "healthy", "ready", "true", "alive", "connected", "operational"})


def failing_components(body: str) -> frozenset[str]:
    """Return which of database, redis, disk, certificate, configuration a failing readiness body blames.

    A JSON body is read part by part, so that `"redis": "ok"` blames nobody; other text is searched for their names.
    """
    try:
        parsed: object = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return _named(body)
    return frozenset(component for line in _complaints(parsed, "") for component in _named(line))


def blames(bundle: Bundle, component: str) -> bool:
    """Whether any service's readiness fails and names this dependency."""
    ready = [page for facts in bundle.http if (page := facts.page("ready")) and not page.ok]
    return any(component in failing_components(page.body) for page in ready)


def service_is_ready(bundle: Bundle) -> bool:
    """Whether services were asked for their readiness and every one is ready."""
    ready = [page for facts in bundle.http if not facts.third_party and (page := facts.page("ready"))]
    return bool(ready) and all(page.ok for page in ready)


def _complaints(value: object, name: str) -> Iterable[str]:
    """Give `name: value` of every leaf that is not fine."""
    if isinstance(value, Mapping):
        status = value.get("status", value.get("ok", value.get("healthy")))
        if name and status is not None and _fine(status):
            return
        for key, inner in value.items():
            yield from _complaints(inner, f"{name} {key}".strip())
    elif isinstance(value, list):
        for inner in value:
            yield from _complaints(inner, name)
    elif not _fine(value):
        yield f"{name}: {value}"


def _fine(value: object) -> bool:
    if isinstance(value, bool):
        return value
    return value is None or isinstance(value, int | float) or str(value).strip().lower() in _FINE


def _named(text: str) -> frozenset[str]:
    words = set("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())
    return frozenset(
        component
        for component, names in _WORDS.items()
        if any(name in words or (len(name) > len("pool") and name in text.lower()) for name in names)
    )
