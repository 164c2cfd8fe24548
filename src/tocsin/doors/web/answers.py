"""The link in a page: no login, no script, no cookie. Looking does nothing, since what scans messages follows links."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from tocsin.doors.web.visits import AtDesk, Desk, Posted
from tocsin.flows import answers
from tocsin.flows.answers import Offered

router = APIRouter()
VERBS: Final[dict[str, answers.Verb]] = {"escalate": "escalate", "take": "take"}


@router.get("/a/{token}")
def show_offer(token: str, at: AtDesk) -> Response:
    """Show which incident the link is about, and the buttons that act."""
    return _page(at, token, answers.see_offer(at.app.engine, token))


@router.post("/a/{token}")
def take_answer(token: str, at: AtDesk, form: Posted) -> Response:
    """Acknowledge, or pass it on to the next level; nothing proves who sends this but the token in the address."""
    verb = VERBS.get(str(form.get("verb") or ""), "acknowledge")
    return _page(at, token, answers.answer(at.app.engine, token, verb), done=verb)


def _page(at: Desk, token: str, offered: Offered, *, done: str = "") -> HTMLResponse:
    values = {"offered": offered, "token": token, "verb": done, "path": "", "who": None, "done": ""}
    answer = HTMLResponse(at.look.render("answer.html", values))
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address holds the link's secret
    return answer
