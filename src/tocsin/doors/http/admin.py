"""Tokens, configuration, the outbox, and whether Tocsin itself is well."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from tocsin import __version__
from tocsin.config.catalogue import check_text
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError
from tocsin.doors.http import bodies_operating as o
from tocsin.doors.http.callers import Admin, Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.doors.http.masking import masked
from tocsin.doors.http.paging import LARGEST, PAGED, Cursor, next_page
from tocsin.flows import access, operate, resend
from tocsin.flows.configure import apply, apply_drill, retire_drill
from tocsin.flows.operate import Health
from tocsin.flows.storage import JobSummary, Token
from tocsin.wiring import judge_options

router = APIRouter(prefix="/v1", tags=["operations"], route_class=IdempotentRoute)
# What these answer is a secret, shown once: no answer of theirs is kept for a repeat.
secrets = APIRouter(prefix="/v1", tags=["operations"])
JobState = Literal["waiting", "held", "done", "dead", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token and its secret, shown this once."""

    token: Token
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAmI:
    """Who the token or session belongs to."""

    person: str
    scopes: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The configuration version in force."""

    version: int


@router.get("/whoami")
def whoami(who: Reader) -> WhoAmI:
    """Say who you are here."""
    return WhoAmI(person=who.person, scopes=tuple(sorted(who.scopes)), version=__version__)


@secrets.post("/tokens", status_code=201)
def make_token(body: o.TokenBody, app: Wired, who: Admin) -> NewToken:
    """Make an API token; its secret is shown once."""
    valid = timedelta(days=body.days) if body.days else None
    token, secret = access.make_token(app.engine, body.person or who.person, body.name, tuple(body.scopes), valid=valid)
    return NewToken(token=token, secret=secret)


@secrets.post("/login-links", status_code=201)
def make_login_link(app: Wired, who: Reader) -> dict[str, str]:
    """Make a link that logs you in once in a browser, within 15 minutes; your token must reach as far as you do."""
    for scope in access.scopes_of(app.engine, who.person):
        who.need(scope)
    return {"url": app.engine.public_url + access.login_link(app.engine, who.person)}


@router.post("/config")
def apply_config(body: o.ConfigBody, app: Wired, who: Admin) -> Applied:
    """Store a configuration that `tocsin config check` accepted as a new version."""
    try:
        catalogue = msgspec.convert(body.catalogue, Catalogue)
    except msgspec.ValidationError as error:
        mend = "Send what `tocsin config apply` sends."
        raise InvalidError(f"not a configuration: {error}", field="catalogue", mend=mend) from error
    practising = app.settings.allows_drills
    return Applied(version=apply(app.engine, catalogue, who.person, practising=practising))


@router.post("/config/drill")
def apply_drill_config(body: o.DrillConfigBody, app: Wired, who: Admin) -> Applied:
    """Lay a drill's configuration over the one in force; only where drills are allowed, on loopback."""
    catalogue, problems = check_text(body.yaml, "drill.yaml", Path(), judge_options)
    if catalogue is None or problems:
        raise InvalidError(f"not a drill's configuration: {problems[0] if problems else 'empty'}", field="yaml")
    practice = replace(catalogue, speed=body.speed)
    return Applied(version=apply_drill(app.engine, practice, who.person, allowed=app.settings.allows_drills))


@router.delete("/config/drill")
def retire_drill_config(app: Wired, who: Admin) -> Applied:
    """Take a drill's monitors out of the configuration in force."""
    return Applied(version=retire_drill(app.engine, who.person))


@router.get("/config")
def show_config(app: Wired, who: Admin) -> Response:
    """Return the configuration in force as JSON; secrets in it are references."""
    del who
    shown = masked(json.loads(operate.configuration(app.engine)))
    return Response(json.dumps(shown), media_type="application/json")


@router.get("/outbox", responses=PAGED)
def outbox(  # noqa: PLR0913 (each is a filter of its own)
    app: Wired,
    who: Reader,
    response: Response,
    *,
    incident: str = "",
    state: JobState | None = None,
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = 200,
) -> list[JobSummary]:
    """List messages and work of incidents you may see, with what became of each."""
    page = operate.outbox(app.engine, who.viewer, incident=incident, state=state or "", cursor=cursor, limit=limit)
    next_page(response, page.next_cursor)
    return list(page.items)


@router.post("/outbox/resend")
def send_again(body: o.ResendBody, app: Wired, by: Responder) -> JobSummary:
    """Send again what failed for good, by its key or id, marked as a possible repeat."""
    return resend.resend(app.engine, body.job, by)


@router.get("/health")
def health(app: Wired, who: Reader) -> Health:
    """Say how Tocsin itself is: processes, backlog, dead letters."""
    del who
    return operate.health(app.engine)
