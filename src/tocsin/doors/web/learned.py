"""The post-mortem as a page, section by section, and the action items of all incidents."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from tocsin.doors.web import directory, markdown
from tocsin.doors.web.verbs import VERBS
from tocsin.doors.web.visits import Reader
from tocsin.flows import learn, queries

router = APIRouter()


@router.get("/incidents/{ref}/postmortem")
def show_postmortem(ref: str, visit: Reader, edit: str = "") -> Response:
    """Show the post-mortem; `edit` opens one section's form."""
    view = queries.incident(visit.app.engine, visit.who.viewer, ref)
    document = learn.postmortem(visit.app.engine, visit.who.viewer, ref)
    rules = directory.rules_of(visit.app.engine, visit.who.viewer, ref)
    return visit.page(
        "postmortem.html",
        {
            "view": view,
            "ref": view.ref,
            "parts": markdown.parts(document),
            "edit": edit,
            "names": rules.catalogue.names,
            "catalogue": rules.catalogue,
            "said": {verb: known.said for verb, known in VERBS.items()},
        },
    )


@router.get("/incidents/{ref}/postmortem.md")
def download_postmortem(ref: str, visit: Reader) -> Response:
    """Give the post-mortem as a file."""
    view = queries.incident(visit.app.engine, visit.who.viewer, ref)
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in view.ref)
    return PlainTextResponse(
        learn.postmortem(visit.app.engine, visit.who.viewer, ref),
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="postmortem-{name}.md"'},
    )


@router.get("/followups")
def show_followups(visit: Reader, owner: str = "", all: str = "") -> Response:  # noqa: A002 (the query's word)
    """List action items by due date."""
    catalogue, _ = directory.known(visit.app.engine)
    items = learn.followups(visit.app.engine, visit.who.viewer, owner=owner, open_only=not all)
    return visit.page(
        "followups.html",
        {
            "items": items,
            "owner": owner,
            "all": bool(all),
            "catalogue": catalogue,
            "names": catalogue.names,
            "said": {verb: known.said for verb, known in VERBS.items()},
        },
    )
