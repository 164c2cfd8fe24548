"""The addresses that a provider posts to; they are named in what we sent it, or in its console."""

from __future__ import annotations

from typing import Annotated
from xml.sax.saxutils import escape

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.http.callers import Wired
from tocsin.doors.telephone.signature import is_signed
from tocsin.flows import telephone
from tocsin.flows.answers import Offered

LOG = structlog.get_logger()
MOST_FIELDS = 100
router = APIRouter(prefix="/callbacks", include_in_schema=False)


async def signed(request: Request, app: Wired, channel: str) -> dict[str, str]:
    """Return a post's fields, if the channel's provider signed it.

    Raises:
        HTTPException: nobody of ours sent it (which looks the same for a channel that is not there).
    """
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    fields = [(name, str(value)) for name, value in form.multi_items()]
    token = await run_in_threadpool(telephone.token_of, app.engine, channel)
    url = app.engine.public_url + request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if not is_signed(request.headers.get("x-twilio-signature", ""), token, url, fields):
        LOG.warning("telephone.unsigned", channel=channel)
        raise HTTPException(403, "the signature does not fit this channel's token")
    return dict(fields)


Signed = Annotated[dict[str, str], Depends(signed)]


@router.post("/{channel}/messages")  # noqa: FAST003 (the signature asks for the channel)
def take_message(app: Wired, fields: Signed) -> Response:
    """Take a reply by short message: `ack CODE` or `escalate CODE`; only whom we know is answered, since each costs."""
    sender, text = fields.get("From", ""), fields.get("Body", "")
    try:
        said = _stands(telephone.replied(app.engine, sender, text))
    except (InvalidError, RefusedError) as error:
        LOG.info("telephone.reply_refused", reason=str(error))
        if not telephone.is_known(app.engine, sender):
            return _twiml("")
        said = f"{error}. {error.mend}"
    return _twiml(f"<Message>{escape(said)}</Message>")


@router.post("/{channel}/{token}/status")  # noqa: FAST003 (the signature asks for the channel)
def take_status(token: str, app: Wired, fields: Signed) -> Response:
    """Take what became of a message or call: one that did not reach its person goes on by their next way."""
    status = fields.get("MessageStatus") or fields.get("CallStatus") or ""
    telephone.reported(app.engine, token, status, fields.get("ErrorCode", ""))
    return Response(status_code=204)


@router.post("/{channel}/{token}/keys")  # noqa: FAST003 (the signature asks for the channel)
def take_keys(token: str, app: Wired, fields: Signed) -> Response:
    """Take the key that somebody pressed during a call, and say what came of it."""
    try:
        offered = telephone.pressed(app.engine, token, fields.get("Digits", ""))
        said = _stands(offered) if offered else "That key means nothing. Nothing was done."
    except (InvalidError, RefusedError) as error:
        said = f"{error}. Nothing was done."
    return _twiml(f"<Say>{escape(said)}</Say>")


def _stands(offered: Offered) -> str:
    if not offered.open:
        return f"{offered.ref} is over."
    if offered.taken_by:
        return f"{offered.ref}: acknowledged, {offered.taken_by} has it."
    return f"{offered.ref}: the next level is being paged."


def _twiml(inside: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>', media_type="text/xml")
