"""Asks a service whether it is alive and whether it is ready to work (the two are not the same), and sees its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from tocsin.adapters.options import read_options
from tocsin.domain.alerts.samples import Check, HttpSample
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock
from tocsin.net.errors import NetError
from tocsin.net.http import Http
from tocsin.net.redaction import redact_url

MAX_BYTES = 65_536
DAY = timedelta(days=1)


class HttpMonitorOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The addresses to ask (at least one), and how long each may take."""

    health: str = ""
    ready: str = ""
    limit_s: float = 5.0
    headers: dict[str, str] = {}


def validate_options(raw: Mapping[str, object]) -> HttpMonitorOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or there is no address to ask.
    """
    options = read_options("http monitor", raw, HttpMonitorOptions)
    if not (options.health or options.ready):
        raise InvalidError(
            "http monitor: there is no address to ask",
            field="ready",
            mend="Set `ready` (and `health`) to the service's URLs, such as http://orders:8080/ready.",
        )
    for field, url in (("health", options.health), ("ready", options.ready)):
        if url and not url.startswith(("http://", "https://")):
            raise InvalidError(
                f"http monitor: {redact_url(url)} is not an http or https URL", field=field, mend="Write the whole URL."
            )
    if options.limit_s <= 0:
        raise InvalidError("http monitor: limit_s must be above 0", field="limit_s", mend="Give it seconds, such as 5.")
    return options


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one address answered, and when the certificate it showed ends."""

    check: Check
    certificate_ends: datetime | None = None


class HttpMonitor:
    """Looks at health and readiness; the operator named the addresses, so that inside ones are meant."""

    kind = "http"

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def look(self, options: Mapping[str, object]) -> HttpSample:
        """Return what the service says of itself now; no answer is a failed check, never an error."""
        given = validate_options(options)
        at = self._clock()
        health, ready = (self._seen(url, given) for url in (given.health, given.ready))
        ends = [seen.certificate_ends for seen in (health, ready) if seen and seen.certificate_ends]
        days = (min(ends) - at) / DAY if ends else None
        return HttpSample(
            at=at, health=health.check if health else None, ready=ready.check if ready else None, certificate_days=days
        )

    def _seen(self, url: str, options: HttpMonitorOptions) -> _Seen | None:
        if not url:
            return None
        try:
            answer = self._http.get(
                url, limit_s=options.limit_s, trusted=True, headers=options.headers, max_bytes=MAX_BYTES
            )
        except NetError as error:
            return _Seen(check=Check(ok=False, error=str(error)))
        told = "" if answer.ok else f"answered {answer.status} {answer.text(200)}".rstrip()
        check = Check(ok=answer.ok, status=answer.status, elapsed_s=answer.elapsed_s, error=told)
        return _Seen(check=check, certificate_ends=answer.certificate_ends)
