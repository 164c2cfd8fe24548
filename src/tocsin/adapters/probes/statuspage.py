"""What a third party's status page says, through Statuspage's `/api/v2/summary.json`: one GET, no key."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.api import Api, ApiError, api_client, headers_of, require_url
from tocsin.domain.diagnosis.facts import BlindSpot, StatusFacts
from tocsin.domain.diagnosis.facts.status import Told
from tocsin.domain.diagnosis.redaction import secrets_in
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock
from tocsin.net.http import Http

_PATH = "/api/v2/summary.json"
_MAX_BYTES = 1_048_576
_MOST = 50
_WELL = frozenset({"operational", "under_maintenance"})
_OVER = frozenset({"resolved", "postmortem", "completed"})


class StatuspageOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is the status page's root. `components` are the names of what you use of it; with none, everything counts."""

    url: str
    components: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    authorities: str = ""


class _Page(msgspec.Struct):
    name: str = ""


class _Status(msgspec.Struct):
    indicator: str = ""
    description: str = ""


class _Component(msgspec.Struct):
    name: str
    status: str = ""
    group: bool | None = None


class _Incident(msgspec.Struct):
    name: str
    status: str = ""
    impact: str | None = ""
    started_at: str | None = None
    components: list[_Component] | None = None


class _Summary(msgspec.Struct):
    page: _Page
    status: _Status
    components: list[_Component] = []
    incidents: list[_Incident] = []


def validate_options(raw: Mapping[str, object]) -> StatuspageOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` is not http(s).

    """
    options = read_options("statuspage", raw, StatuspageOptions)
    require_url("statuspage", options.url)
    return options


class Statuspage:
    """Reads one summary."""

    kind = "statuspage"

    def __init__(self, now: Clock, http: Http) -> None:
        self._now = now
        self._http = http

    def collect(self, target: Target, deadline_s: float) -> StatusFacts:
        """Return what the page says within `deadline_s` seconds. A page that refuses is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        facts = StatusFacts(target=target.name, at=self._now(), service=target.service)
        try:
            api = Api(
                http=api_client(self._http, options.authorities),
                until=began + deadline_s,
                max_bytes=_MAX_BYTES,
                root=options.url,
                headers=headers_of("", options.headers),
                secrets=secrets_in(target.options),
            )
            facts = _told(facts, options, api.get(_PATH, _Summary), api)
        except ApiError as error:
            facts = replace(facts, error=error.kind, error_text=str(error))
        return replace(facts, took_s=time.monotonic() - began)


def _told(facts: StatusFacts, options: StatuspageOptions, summary: _Summary, api: Api) -> StatusFacts:
    used = set(options.components)
    ill = [
        one
        for one in summary.components
        if not one.group and one.status not in _WELL and (not used or one.name in used)
    ]
    open_ones = [one for one in summary.incidents if one.status not in _OVER and _concerns(one, used)]
    missing = used - {one.name for one in summary.components}
    blind = [
        BlindSpot(target=facts.target, what=f"component {name}", why="the page lists none of this name")
        for name in sorted(missing)
    ]
    return replace(
        facts,
        page=api.clean(summary.page.name) or (urlsplit(options.url).hostname or ""),
        indicator=summary.status.indicator,
        description=api.clean(summary.status.description),
        components=tuple(api.clean(f"{one.name}: {one.status.replace('_', ' ')}") for one in ill[:_MOST]),
        incidents=tuple(
            Told(name=api.clean(one.name), impact=one.impact or "", state=one.status, since=one.started_at or "")
            for one in open_ones[:_MOST]
        ),
        reproduce=f"curl -sS {urlsplit(options.url).scheme}://{urlsplit(options.url).hostname}{_PATH}",
        blind=tuple(blind),
    )


def _concerns(one: _Incident, used: set[str]) -> bool:
    """Whether an incident touches what is used; one that names no component may touch anything."""
    return not used or not one.components or any(part.name in used for part in one.components)
