"""Bytes become a typed post, or a rejection that says what, where and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

import msgspec

from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import InboundPost, Rejected, RejectedError


class NoOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This source needs no options: whoever has the integration's key is believed."""


Post = TypeVar("Post", bound=msgspec.Struct)
Options = TypeVar("Options", bound=msgspec.Struct)
Item = TypeVar("Item")

LINK_SCHEMES = ("http://", "https://")
MOST_UNKNOWN_BYTES = 4096
_MOST_REASONS = 5
_MILLISECONDS = 1e11  # in seconds this is the year 5138
SERVICE_LABELS = ("service", "service_name", "job", "app")


def options_of(post: InboundPost, validate: Callable[[Mapping[str, object]], Options]) -> Options:
    """Return the integration's options, checked once more with their secrets in place.

    Raises:
        RejectedError: they do not hold; the body is kept, and can be taken once the configuration is mended.
    """
    try:
        return validate(post.options)
    except InvalidError as error:
        raise RejectedError(f"the integration's options do not hold: {error}. {error.mend}") from error


def decode(body: bytes, sender: str) -> object:
    """Return the JSON in `body`, without NUL characters, which no database keeps in a text.

    Raises:
        RejectedError: it is not JSON.
    """
    try:
        found = msgspec.json.decode(body)
        return _without_nul(found) if b"\\u0000" in body else found
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RejectedError(f"not JSON: {error}. Send {sender} as it comes, in UTF-8.") from error


def _without_nul(found: object) -> object:
    if isinstance(found, str):
        return found.replace("\0", "")
    if isinstance(found, list):
        return [_without_nul(one) for one in found]
    if isinstance(found, dict):
        return {str(_without_nul(name)): _without_nul(value) for name, value in found.items()}
    return found


def shaped(raw: object, shape: type[Post], sender: str, *, at: str = "$") -> Post:
    """Return `raw` as `shape`; `at` is its JSON path in the post. A null where none is allowed is as good as nothing told.

    Raises:
        RejectedError: a field is missing or has the wrong type; the message gives its JSON path.
    """
    try:
        return msgspec.convert(raw, shape)
    except (msgspec.ValidationError, RecursionError):
        pass  # once more without its nulls, and then what is still wrong is told
    try:
        return msgspec.convert(without_nulls(raw), shape)
    except (msgspec.ValidationError, RecursionError) as error:
        told = _placed(str(error), at)
        raise RejectedError(f"not {sender}: {told}. Send it as it comes from there, without a template.") from error


def without_nulls(raw: object) -> object:
    """Return `raw` without the members of its objects that are null: senders write null for what they leave out."""
    if isinstance(raw, dict):
        return {name: without_nulls(value) for name, value in raw.items() if value is not None}
    return [without_nulls(one) for one in raw] if isinstance(raw, list) else raw


def _placed(told: str, at: str) -> str:
    """Return the decoder's words with the path from the post's root, where they were about a part of it."""
    if at == "$":
        return told
    return told.replace(" - at `$", f" - at `{at}", 1) if " - at `$" in told else f"{told} - at `{at}`"


def each(
    entries: Sequence[object], read: Callable[[object, str], Item], *, at: str = "$"
) -> tuple[tuple[Item, ...], tuple[Rejected, ...]]:
    """Return what `read` makes of each item of a post, given its JSON path, beside those that cannot be taken.

    Raises:
        RejectedError: there are items, and none of them can be taken.
    """
    taken: list[Item] = []
    rejected: list[Rejected] = []
    for index, one in enumerate(entries):
        where = f"{at}[{index}]"
        try:
            taken.append(read(one, where))
        except RejectedError as error:
            rejected.append(Rejected(where=where, reason=str(error)))
    if rejected and not taken:
        raise RejectedError("; ".join(f"{one.where}: {one.reason}" for one in rejected[:_MOST_REASONS]))
    return tuple(taken), tuple(rejected)


def moment(text: str | None, where: str) -> datetime | None:
    """Return an RFC 3339 stamp in UTC; None for nothing and for Go's zero time, year 1. Without a zone it is UTC.

    Raises:
        RejectedError: it is not a stamp; `where` is its JSON path.
    """
    if not text:
        return None
    try:
        at = _stamp(text)
    except OverflowError:  # year 1 east of Greenwich
        return None
    except ValueError as error:
        mend = "Write it as 2026-03-04T14:23:05Z."
        raise RejectedError(f"{text[:40]!r} is not a time - at `{where}`. {mend}") from error
    return at if at.year > 1 else None


@lru_cache(maxsize=1024)
def _stamp(text: str) -> datetime:
    """Return a stamp in UTC; the alerts of one post mostly have the same."""
    try:
        at = msgspec.convert(_one_zone(text), datetime)
    except msgspec.ValidationError:
        if text[10:11] not in {"T", "t", " "}:
            raise
        at = datetime.fromisoformat(text)  # forgives more: no seconds, a zone in whole hours
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _one_zone(text: str) -> str:
    """Return `text` without the Z that some clients of PagerDuty write after an offset (`…+00:00Z`)."""
    return text[:-1] if text[-1] in "zZ" and text[-7:-6] in {"+", "-"} else text


def epoch(value: str | float | None, where: str) -> datetime | None:
    """Return a number of seconds or milliseconds since 1970 in UTC; None for nothing and for 0.

    Raises:
        RejectedError: it is no such number; `where` is its JSON path.
    """
    try:
        seconds = float(value or 0)
        at = datetime.fromtimestamp(seconds / 1000 if abs(seconds) > _MILLISECONDS else seconds, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        mend = "Send seconds or milliseconds since 1970."
        raise RejectedError(f"{str(value)[:40]!r} is not a time - at `{where}`. {mend}") from error
    return at if seconds else None


def first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the first of `names` that has a value, or ''."""
    for name in names:
        value = fields.get(name)
        if value:
            return value
    return ""


def web_links(candidates: Mapping[str, str]) -> dict[str, str]:
    """Return those that are http(s): a link is shown for people to click."""
    return {name: url for name, url in candidates.items() if url.startswith(LINK_SCHEMES) and url.isprintable()}


def unknown_fields(raw: object, shape: type[msgspec.Struct]) -> dict[str, object]:
    """Return what `raw` holds beyond the fields of `shape`; what is too large for a fact is only named."""
    known = frozenset(shape.__struct_encode_fields__)
    return kept({str(name): value for name, value in raw.items() if name not in known}) if isinstance(raw, dict) else {}


def kept(facts: Mapping[str, object]) -> dict[str, object]:
    """Return facts of an alert as they are kept with it: of too many bytes the largest are only named (see the raw body)."""
    sizes = {name: _size(name, value) for name, value in facts.items()}
    size, left_out = sum(sizes.values()), []
    for name in sorted(facts, key=lambda one: -sizes[one]):
        if size <= MOST_UNKNOWN_BYTES:
            break
        size -= sizes[name]
        left_out.append(name)
    if not left_out:
        return dict(facts)
    rest = {name: value for name, value in facts.items() if name not in set(left_out)}
    return {**rest, "left_out": sorted(left_out)[:20]}


def _size(name: str, value: object) -> int:
    try:
        return len(msgspec.json.encode((name, value)))
    except (RecursionError, ValueError):
        return MOST_UNKNOWN_BYTES + 1
