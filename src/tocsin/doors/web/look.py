"""How pages are made: templates, the words in them, and the few files they load."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Final, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tocsin import __version__
from tocsin.domain import words

_KINDS: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_LAST_SHADE: Final = 4
ICONS: Final[Mapping[str, str]] = {
    "declared": "⚑", "alert": "▲", "page": "☎", "person": "☺", "severity": "◆", "status": "➜", "task": "☰",
    "note": "✎", "finding": "◎", "decision": "⚖", "action": "⚒", "message": "✉", "impact": "◔", "milestone": "◴",
    "checklist": "☑", "answer": "?", "link": "∞", "freeze": "❄", "diagnosis": "◎", "cause": "◉", "plan": "⚙",
    "mitigation": "⚒", "gate": "⊞", "watch": "◷", "resolved": "✓", "reopened": "↺", "closed": "■", "access": "⊘",
    "followup": "☐", "postmortem": "❡", "timer": "◵", "correction": "✎", "runbook": "☷",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file pages load; `version` changes with its content."""

    body: bytes
    kind: str
    version: str


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...


class Look:
    """Renders templates with the words every page uses."""

    def __init__(self) -> None:
        self.assets = _assets()
        self._jinja = Environment(
            loader=PackageLoader("tocsin.doors.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters |= {
            "moment": moment,
            "minute": minute,
            "span": words.span,
            "share": words.share,
            "count": words.count,
            "field": field,
            "human": human,
            "named": named,
        }
        self._jinja.globals |= {
            "asset": self._asset,
            "options": options,
            "severity_mark": severity_mark,
            "ICONS": ICONS,
            "VERSION": __version__,
        }

    def render(self, template: str, values: Mapping[str, object]) -> str:
        """Return the page."""
        return self._jinja.get_template(template).render(dict(values))

    def _asset(self, name: str) -> str:
        return f"/static/{name}?v={self.assets[name].version}"


def moment(at: datetime | None, unknown: str = "unknown") -> Markup | str:
    """Return a time with its date, in UTC; scripts add the reader's own."""
    return _time(at, f"{at:%Y-%m-%d %H:%M:%S} UTC") if at else unknown


def minute(at: datetime) -> Markup:
    """Return the hour and minute, in UTC."""
    return _time(at, f"{at:%H:%M}")


def _time(at: datetime, text: str) -> Markup:
    return Markup('<time class="num" datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", text)


def field(at: datetime | None) -> str:
    """Return a time as a form's field takes it, in UTC."""
    return f"{at:%Y-%m-%dT%H:%M:%S}" if at else ""


def human(value: object) -> str:
    """Return a key or a fact in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return words.span(value)
    return str(value).replace("_", " ")


def named(key: str, names: Mapping[str, str]) -> str:
    """Return a person's name, or the key where it is not known."""
    return words.name(key, names)


def options(items: Iterable[_Keyed]) -> list[tuple[str, str]]:
    """Return things with a key and a name as a choice's options."""
    return [(item.key, item.key if item.name in {"", item.key} else f"{item.name} ({item.key})") for item in items]


def severity_mark(rank: int) -> tuple[str, str]:
    """Return the shape and the class of a severity's rank."""
    return words.shape(rank), f"s{min(rank, _LAST_SHADE)}"


def _assets() -> dict[str, Asset]:
    found = {}
    for file in files("tocsin.doors.web").joinpath("static").iterdir():
        kind = _KINDS.get(file.name[file.name.rfind(".") :])
        if kind:
            body = file.read_bytes()
            found[file.name] = Asset(body=body, kind=kind, version=hashlib.sha256(body).hexdigest()[:12])
    return found
