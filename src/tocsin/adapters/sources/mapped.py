"""Any JSON, by JMESPath expressions that say where an alert's fields are.

Expressions are the operator's, the JSON is a stranger's: both are bounded in size, and an expression in its parts, so
that no post can cost much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.post import decode, epoch, kept, moment, options_of, web_links
from tocsin.domain.alerts.fingerprint import fingerprint, identity
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, Rejected, RejectedError

SENDER = "JSON"
LONGEST_EXPRESSION = 500
MOST_PARTS = 60
MOST_BYTES = 262_144
MOST_ITEMS = 1000
LONGEST_TEXT = 4096


class MappedOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """JMESPath expressions, each over one item. `items` finds the items in the body; without it the body is the one item.

    `resolved` tells an end: it gives true, or a text of which an item without end would have none. `labels` gives an
    object. Times are RFC 3339, or numbers since 1970.
    """

    name: str
    items: str = ""
    resolved: str = ""
    fingerprint: str = ""
    summary: str = ""
    severity: str = ""
    service: str = ""
    labels: str = ""
    starts_at: str = ""
    ends_at: str = ""
    link: str = ""


def validate_options(raw: Mapping[str, object]) -> MappedOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, missing, or an expression does not hold; `field` names it.
    """
    options = read_options("mapped", raw, MappedOptions)
    for field in options.__struct_fields__:
        expression = getattr(options, field)
        if expression or field == "name":
            _compiled(expression, field)
    return options


class Mapped:
    """Reads JSON by the integration's own expressions."""

    kind = "mapped"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the alerts in one post, in its order, beside the items that give none.

        Raises:
            RejectedError: the body is not JSON, too large, or no item in it gives an alert.
        """
        options = options_of(post, validate_options)
        if len(post.body) > MOST_BYTES:
            raise RejectedError(f"the body has {len(post.body)} bytes; a mapped one may have {MOST_BYTES}")
        raw = decode(post.body, SENDER)
        alerts: list[InboundAlert] = []
        rejected: list[Rejected] = []
        for index, item in enumerate(_items(options, raw)):
            try:
                alerts.append(_inbound(options, item, index))
            except RejectedError as error:
                rejected.append(Rejected(where=f"item {index}", reason=str(error)))
        if not alerts:
            told = "; ".join(f"{one.where}: {one.reason}" for one in rejected[:5])
            raise RejectedError(told or f"`items` ({options.items}) finds nothing in this body")
        return Parsed(alerts=tuple(alerts), rejected=tuple(rejected))


def _compiled(expression: str, field: str) -> ParsedResult:
    if len(expression) > LONGEST_EXPRESSION:
        mend = f"Keep it under {LONGEST_EXPRESSION} characters."
        raise InvalidError(f"{field}: the expression is too long", field=field, mend=mend)
    try:
        compiled = jmespath.compile(expression)
    except (JMESPathError, RecursionError, ValueError) as error:
        told = " ".join(str(error).split())[:200]
        mend = "Write it in JMESPath, such as alert.title or tags[0]."
        raise InvalidError(f"{field}: {expression!r} is not JMESPath: {told}", field=field, mend=mend) from error
    unknown = [name for name in _functions(compiled.parsed) if name not in Functions.FUNCTION_TABLE]
    if unknown:
        mend = f"JMESPath knows {', '.join(sorted(Functions.FUNCTION_TABLE))}."
        raise InvalidError(f"{field}: no function is called {unknown[0]!r}", field=field, mend=mend)
    if _parts(compiled.parsed) > MOST_PARTS:
        mend = f"Keep it under {MOST_PARTS} parts; flatten the JSON at the sender."
        raise InvalidError(f"{field}: the expression has too many parts", field=field, mend=mend)
    return compiled


def _functions(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield str(node.get("value"))
        for child in node.get("children", ()):
            yield from _functions(child)


def _parts(node: object) -> int:
    """Count an expression's parts; those of a part that is applied to every element weigh double."""
    if not isinstance(node, dict):
        return 0
    weight = 2 if "projection" in str(node.get("type")) or "multi_select" in str(node.get("type")) else 1
    return weight + weight * sum(_parts(child) for child in node.get("children", ()))


def _search(expression: str, field: str, item: object) -> object:
    try:
        return _compiled(expression, field).search(item)
    except (JMESPathError, RecursionError, ValueError, TypeError, AttributeError, OverflowError) as error:
        told = " ".join(str(error).split())[:200]
        raise RejectedError(f"`{field}` ({expression}) cannot be worked out: {told}") from error


def _items(options: MappedOptions, raw: object) -> list[object]:
    if not options.items:
        return [raw]
    found = _search(options.items, "items", raw)
    items = found if isinstance(found, list) else [] if found is None else [found]
    if len(items) > MOST_ITEMS:
        raise RejectedError(f"`items` finds {len(items)} items; a post may have {MOST_ITEMS}")
    return items


def _inbound(options: MappedOptions, item: object, index: int) -> InboundAlert:
    name = _text(_search(options.name, "name", item))
    if not name:
        raise RejectedError(f"`name` ({options.name}) finds no text")
    told = {
        field: _text(_search(expression, field, item))
        for field in ("fingerprint", "summary", "severity", "service", "link")
        if (expression := getattr(options, field))
    }
    labels = _labels(options, item)
    over = bool(options.resolved) and _yes(_search(options.resolved, "resolved", item))
    named = {**labels, "alertname": name, "service": told.get("service", "")}
    return InboundAlert(
        fingerprint=identity(told.get("fingerprint", "")) or fingerprint(named),
        name=name,
        status="resolved" if over else "firing",
        labels=labels,
        summary=told.get("summary", ""),
        severity=told.get("severity", ""),
        service=told.get("service", ""),
        starts_at=_time(options, "starts_at", item, index),
        ends_at=_time(options, "ends_at", item, index) if over else None,
        links=web_links({"sender": told.get("link", "")}),
        extra=kept({"item": item}),
    )


def _labels(options: MappedOptions, item: object) -> dict[str, str]:
    found = _search(options.labels, "labels", item) if options.labels else None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RejectedError(f"`labels` ({options.labels}) gives no object")
    return {str(name): text for name, value in found.items() if (text := _text(value))}


def _time(options: MappedOptions, field: str, item: object, index: int) -> datetime | None:
    expression = getattr(options, field)
    value = _search(expression, field, item) if expression else None
    where = f"item {index}, {field}"
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise RejectedError(f"`{field}` ({expression}) gives no time")
    return epoch(value, where) if isinstance(value, int | float) else moment(value, where)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _yes(value: object) -> bool:
    return value not in (None, False, "", [], {})
