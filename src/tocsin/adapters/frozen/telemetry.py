"""What was seen: the alert, log lines, metrics, spans and log signatures."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tocsin.adapters.frozen.values import fields, first, level, moment, number, text, whole
from tocsin.domain.diagnosis.correlation.incident import Alarm, LogLine, Series, Signature, Span

Record = Mapping[str, object]
_TIME = ("timestamp", "time", "@timestamp", "ts")
_SERVICE = ("service", "service.name", "service_name")
_LEVEL = ("severity_text", "level", "severity")
_TEXT = ("msg", "message", "body")
_IN_LINE = frozenset({*_TIME, *_LEVEL, *_TEXT, "service", "service_name", "trace_id", "span_id"})
_IN_SPAN = frozenset(
    {"trace_id", "span_id", "parent_id", "parent_span_id", "service", "name", "start", "start_time", "duration_ms"}
)
_FAILED = ("ERROR", "STATUS_CODE_ERROR", "FAILED", "2")
_COLUMNS = 4


def read_alarm(record: Record) -> Alarm:
    """Return the alert as far as it is told."""
    return Alarm(
        service=text(first(record, *_SERVICE)),
        metric=text(record.get("metric")),
        fired_at=moment(first(record, "fired_at", "started_at", *_TIME)),
        summary=" ".join(text(record.get(name)) for name in ("summary", "description") if record.get(name)),
    )


def read_logs(body: str) -> tuple[tuple[LogLine, ...], int]:
    """Return the lines of NDJSON in order of time, and how many could not be read."""
    found, left_out = [], 0
    for raw in body.splitlines():
        if not raw.strip():
            continue
        line = _line(raw)
        if line is None:
            left_out += 1
        else:
            found.append(line)
    return tuple(sorted(found, key=lambda one: one.at)), left_out


def _line(raw: str) -> LogLine | None:
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    at = moment(first(record, *_TIME)) if isinstance(record, dict) else None
    if at is None:
        return None
    return LogLine(
        at=at,
        service=text(first(record, *_SERVICE)),
        level=level(first(record, *_LEVEL)),
        text=text(first(record, *_TEXT)),
        fields=fields(record, _IN_LINE),
    )


def read_metrics(body: str) -> tuple[tuple[Series, ...], int]:
    """Return one series per service and metric from `timestamp,service,metric,value`, and how many rows could not be read."""
    points: dict[tuple[str, str], list[tuple[datetime, float]]] = defaultdict(list)
    left_out = 0
    try:
        for row in csv.reader(io.StringIO(body)):
            at, value = (moment(row[0]), number(row[3])) if len(row) == _COLUMNS else (None, None)
            if at is not None and value is not None:
                points[row[1], row[2]].append((at, value))
            elif row and row[0].strip().lower() != "timestamp":
                left_out += 1
    except csv.Error:
        left_out += 1
    made = (
        Series(service=service, metric=metric, points=tuple(sorted(found)))
        for (service, metric), found in points.items()
    )
    return tuple(made), left_out


def read_spans(records: Sequence[Record]) -> tuple[Span, ...]:
    """Return the spans that have a time and a service; a parent is looked for in the same trace, then by its id alone."""
    by_id: dict[tuple[str, str], str] = {}
    for one in records:
        service, span = text(first(one, *_SERVICE)), text(one.get("span_id"))
        by_id[text(one.get("trace_id")), span] = service
        by_id.setdefault(("", span), service)
    found = (_span(one, by_id) for one in records)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.at))


def _span(record: Record, by_id: Mapping[tuple[str, str], str]) -> Span | None:
    at, service = moment(first(record, "start", "start_time", *_TIME)), text(first(record, *_SERVICE))
    if at is None or not service:
        return None
    trace, parent = text(record.get("trace_id")), text(first(record, "parent_id", "parent_span_id"))
    status = record.get("status")
    code = text(status.get("code")) if isinstance(status, Mapping) else text(status)
    return Span(
        at=at,
        service=service,
        name=text(record.get("name")),
        duration_ms=number(record.get("duration_ms")) or 0.0,
        failed=code.upper() in _FAILED,
        parent=f"{trace}/{parent}" if parent else "",
        caller=(by_id.get((trace, parent)) or by_id.get(("", parent), "")) if parent else "",
        fields=fields(record, _IN_SPAN),
    )


def read_signatures(records: Iterable[Record]) -> tuple[Signature, ...]:
    """Return the log signatures."""
    return tuple(
        Signature(
            service=text(first(one, *_SERVICE)),
            text=text(first(one, "signature", "pattern", "template", *_TEXT)),
            count=whole(one.get("count")),
            delta=whole(first(one, "delta_vs_baseline", "delta")),
            negative=text(one.get("sentiment")).lower() == "negative",
        )
        for one in records
    )
