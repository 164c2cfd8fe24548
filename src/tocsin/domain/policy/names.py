"""What an incident and its channels are called, in each pack's format (R-DET-7, R-DET-9)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from tocsin.domain.policy.pack import Pack

Mode = Literal["standard", "drill", "backfill"]

_DEFAULT_FORMAT: Final = "INC-{n}"
_DRILL_FORMAT: Final = "DRILL-{n}"
_SLUG_LENGTH: Final = 40
_NUMBERS: Final = ("{nnn}", "{n}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNames:
    """`own` is the incident's channel (empty when the pack has only shared ones), `shared` are posted to as well."""

    own: str
    shared: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def counter_prefix(pack: Pack, day: date, mode: Mode = "standard") -> str:
    """Return the reference up to its number: the key of the counter that numbers it, `day` in UTC.

    `INC-2025-`, `INC-2025-0120-`, `INC-` or `DRILL-`.
    """
    text = _format(pack, mode)
    for number in _NUMBERS:
        text = text.split(number, 1)[0]
    return _dated(text, day)


def render_ref(pack: Pack, counter_n: int, day: date, mode: Mode = "standard") -> str:
    """Return the human reference of the `counter_n`-th incident under its prefix, declared on `day` in UTC."""
    return _numbered(_dated(_format(pack, mode), day), counter_n)


def channel_names(pack: Pack, counter_n: int, day: date, title: str, *, taken: Collection[str] = ()) -> ChannelNames:
    """Return the channels of an incident; a name that is `taken` gets the first free suffix from `-2` up."""
    filled = [_filled(text, counter_n, day, title) for text in pack.channel_formats]
    own = [name for text, name in zip(pack.channel_formats, filled, strict=True) if "{" in text]
    shared = tuple(name for text, name in zip(pack.channel_formats, filled, strict=True) if "{" not in text)
    if not own:
        return ChannelNames(own="", shared=shared)
    suffix = _free_suffix(own[0], taken)
    return ChannelNames(
        own=own[0] + suffix,
        shared=(*shared, *own[1:]),
        aliases=tuple(_filled(text, counter_n, day, title) + suffix for text in pack.channel_aliases),
    )


def slug(title: str, length: int = _SLUG_LENGTH) -> str:
    """Return `title` as lower-case ASCII words joined by hyphens, at most `length` long, cut between words."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = "".join(c if c.isalnum() else " " for c in plain.lower()).split()
    text = ""
    for word in words:
        longer = f"{text}-{word}" if text else word[:length]
        if len(longer) > length:
            break
        text = longer
    return text or "incident"


def _format(pack: Pack, mode: Mode) -> str:
    return _DRILL_FORMAT if mode == "drill" else pack.id_format or _DEFAULT_FORMAT


def _dated(text: str, day: date) -> str:
    return text.replace("{yyyy}", f"{day:%Y}").replace("{mm}", f"{day:%m}").replace("{dd}", f"{day:%d}")


def _numbered(text: str, number: int) -> str:
    return text.replace("{nnn}", f"{number:03d}").replace("{n}", str(number))


def _filled(text: str, number: int, day: date, title: str) -> str:
    return _numbered(_dated(text, day), number).replace("{slug}", slug(title))


def _free_suffix(name: str, taken: Collection[str]) -> str:
    number = 1
    while name + (suffix := f"-{number}" if number > 1 else "") in taken:
        number += 1
    return suffix
