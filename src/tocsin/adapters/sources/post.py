"""Bytes become a typed post, or a rejection that says what, where and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from tocsin.flows.ports import RejectedError


class NoOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This source needs no options: whoever has the integration's key is believed."""


Post = TypeVar("Post", bound=msgspec.Struct)

LINK_SCHEMES = ("http://", "https://")
SERVICE_LABELS = ("service", "service_name", "job", "app")


def decode(body: bytes, sender: str) -> object:
    """Return the JSON in `body`.

    Raises:
        RejectedError: it is not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RejectedError(f"not JSON: {error}. Send {sender} as it comes, in UTF-8.") from error


def shaped(raw: object, shape: type[Post], sender: str) -> Post:
    """Return `raw` as `shape`.

    Raises:
        RejectedError: a field is missing or has the wrong type; the message gives its JSON path.
    """
    try:
        return msgspec.convert(raw, shape)
    except (msgspec.ValidationError, RecursionError) as error:
        raise RejectedError(f"not {sender}: {error}. Send it as it comes from there, without a template.") from error


def moment(text: str | None, where: str) -> datetime | None:
    """Return an RFC 3339 stamp in UTC; None for nothing and for Go's zero time, year 1. Without a zone it is UTC.

    Raises:
        RejectedError: it is not a stamp; `where` is its JSON path.
    """
    if not text:
        return None
    try:
        at = msgspec.convert(text, datetime)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:  # year 1 east of Greenwich
        return None
    except msgspec.ValidationError as error:
        mend = "Write it as 2026-03-04T14:23:05Z."
        raise RejectedError(f"{text[:40]!r} is not a time - at `{where}`. {mend}") from error
    return at if at.year > 1 else None


def first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the first of `names` that has a value, or ''."""
    return next((fields[name] for name in names if fields.get(name)), "")


def web_links(candidates: Mapping[str, str]) -> dict[str, str]:
    """Return those that are http(s): a link is shown for people to click."""
    return {name: url for name, url in candidates.items() if url.startswith(LINK_SCHEMES) and url.isprintable()}


def unknown_fields(raw: object, shape: type[msgspec.Struct]) -> dict[str, object]:
    """Return what `raw` holds beyond the fields of `shape`."""
    known = frozenset(shape.__struct_encode_fields__)
    return {str(name): value for name, value in raw.items() if name not in known} if isinstance(raw, dict) else {}
