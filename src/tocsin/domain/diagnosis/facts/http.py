"""What HTTP endpoints answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot

ErrorKind = Literal["dns", "refused", "timeout", "reset", "tls", "other"]
PageRole = Literal["live", "ready", "endpoint", "instance"]

FIRST_FAILURE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPage:
    """One GET. Phases are in seconds and None where not reached; `error` is set when there was no answer.

    An `instance` page is the same question put to one address of many; `addresses` is all that the name resolved to.
    """

    role: PageRole
    url: str
    status: int | None = None
    body: str = ""
    error: ErrorKind | None = None
    error_text: str = ""
    address: str = ""
    dns_s: float | None = None
    connect_s: float | None = None
    tls_s: float | None = None
    ttfb_s: float | None = None
    body_s: float | None = None
    addresses: tuple[str, ...] = ()
    total_s: float | None = None
    tls_expires_at: datetime | None = None
    tls_expired: bool = False

    @property
    def ok(self) -> bool:
        """Whether it answered, and not with an error."""
        return self.status is not None and self.status < FIRST_FAILURE

    @property
    def path(self) -> str:
        """The path of the URL, without query."""
        return urlsplit(self.url).path or "/"

    @property
    def answer(self) -> str:
        """What came back, in a few words."""
        if self.status is not None:
            return f"HTTP {self.status}"
        return {"refused": "connection refused", "timeout": "no answer in time"}.get(
            self.error or "", self.error or "?"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFacts:
    """The pages of one service, read at the same moment; `third_party` marks a service that is not ours."""

    target: str
    at: datetime
    service: str = ""
    third_party: bool = False
    pages: tuple[HttpPage, ...] = ()
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()

    @property
    def instances(self) -> tuple[HttpPage, ...]:
        """The same page from each instance, where there are several."""
        return tuple(page for page in self.pages if page.role == "instance")

    def page(self, role: PageRole) -> HttpPage | None:
        """The first page of a role."""
        return next((page for page in self.pages if page.role == role), None)
