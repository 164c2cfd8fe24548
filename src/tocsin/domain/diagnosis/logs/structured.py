"""Lines that say what each part is: JSON objects. Which key holds what is learnt once for each set of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tocsin.domain.diagnosis.logs.clock import Clock
from tocsin.domain.diagnosis.logs.levels import level_of
from tocsin.domain.diagnosis.logs.requests import STATUSES, Told, told_by
from tocsin.domain.diagnosis.logs.template import Source

_TIMES = ("ts", "time", "timestamp", "@timestamp", "t", "datetime", "date", "asctime", "eventTime", "@t", "timeMillis")
_LEVELS = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "level_name", "@l", "s", "priority")
_SERVICES = ("service", "app", "application", "service.name", "service_name", "container", "component", "program")
_LOGGERS = ("logger", "name", "logger_name", "log.logger", "module", "loggerName", "caller", "channel", "c")
_MESSAGES = ("message", "msg", "event", "text", "@m", "@mt", "short_message", "log", "body", "error", "err", "reason")
_TRACES = ("exc_info", "exception", "stack_trace", "stacktrace", "stack", "traceback", "error.stack_trace", "exc_text")
_DEEP = 3
_NEITHER = frozenset((*_TIMES, *_LEVELS, *STATUSES))  # a status is written as a number and is no quantity


class Keys(NamedTuple):
    """Which keys of an object are its time, level, service, logger, message and stack trace; empty where none is.

    `more` is whether there are others, `request` which of them tell of a request.
    """

    time: str
    level: str
    service: str
    logger: str
    message: str
    trace: str
    more: bool
    request: Told | None = None


def keys_of(shape: tuple[str, ...]) -> Keys:
    """Return what the keys of an object are, by the names that loggers use."""
    names = (_TIMES, _LEVELS, _SERVICES, _LOGGERS, _MESSAGES, _TRACES)
    found = [next((name for name in known if name in shape), "") for known in names]
    time, level, service, logger, message, trace = found
    more = bool(set(shape) - set(found))
    return Keys(
        time=time,
        level=level,
        service=service,
        logger=logger,
        message=message,
        trace=trace,
        more=more,
        request=told_by(shape),
    )


def source_of(record: Mapping[str, object], keys: Keys) -> Source:
    """Return who wrote a record."""
    service = _text(record.get(keys.service)) if keys.service else ""
    logger = _text(record.get(keys.logger)) if keys.logger else ""
    return Source(service=service, level=level_of(record.get(keys.level)) if keys.level else "", logger=logger)


def message_of(record: Mapping[str, object], keys: Keys) -> str:
    """Return what a record says: its message, or the request it tells of, or the names of its keys."""
    told = record.get(keys.message)
    if isinstance(told, str) and told:
        return told
    parts = [
        _text(record.get(name))
        for name in ("method", "path", "uri", "url", "route", "status", "status_code", "type", "kind")
    ]
    found = " ".join(one for one in parts if one)
    return found or f"record of {' '.join(sorted(record))}"[:200]


def time_of(record: Mapping[str, object], keys: Keys, clock: Clock) -> float | None:
    """Return when a record was written."""
    return clock.value(record.get(keys.time)) if keys.time else None


def numbers_of(record: Mapping[str, object]) -> list[tuple[str, float]]:
    """Return the numeric fields of a record, nested ones by their dotted names."""
    found: list[tuple[str, float]] = []
    _collect(record, "", found, _DEEP)
    return [(name, value) for name, value in found if name not in _NEITHER]


def _collect(record: Mapping[str, object], prefix: str, found: list[tuple[str, float]], deep: int) -> None:
    for key, value in record.items():
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            found.append((prefix + key, float(value)))
        elif isinstance(value, dict) and deep:
            _collect(value, f"{prefix}{key}.", found, deep - 1)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("name")
    return str(value)[:120] if isinstance(value, str | int) else ""
