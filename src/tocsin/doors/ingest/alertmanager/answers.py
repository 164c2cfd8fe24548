"""How an Alertmanager answers: 200 for what is done, and why not as one JSON string, which its clients print."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from tocsin.domain.errors import InvalidError
from tocsin.doors.ingest.plain import AWAY, JSON, NOTHING, encode
from tocsin.flows.access import DeniedError
from tocsin.flows.inbound import reasons
from tocsin.flows.ingest import Accepted
from tocsin.flows.own_alerts import SilencesForbiddenError
from tocsin.flows.ports import IncompleteError, OverloadedError, RejectedError
from tocsin.flows.receive import Outcome
from tocsin.flows.silences import UnknownSilenceError


def answer(outcome: Outcome) -> Response:
    """Return what is told about posted alerts. Taken in part is 400: what is valid is stored, what is not is listed."""
    if not isinstance(outcome, Accepted):
        return error(outcome)
    if outcome.rejected:
        return refusal(400, f"the other alerts of this post are stored; not these: {reasons(outcome.rejected)}")
    return NOTHING


def error(failure: Exception) -> Response:
    """Return why not."""
    match failure:
        case SilencesForbiddenError():
            return refusal(403, str(failure))
        case DeniedError():
            return refusal(
                401, f"{failure}. Send a key of `integrations` in tocsin.yaml, as a bearer token or a password."
            )
        case UnknownSilenceError():
            return refusal(404, str(failure))
        case IncompleteError():
            return invalid(str(failure))
        case RejectedError():
            return refusal(400, str(failure))
        case InvalidError():
            return refusal(400, f"{failure}. {failure.mend}".strip())
        case OverloadedError():
            # An Alertmanager and its like try again after a 5xx and give up after a 429.
            return refusal(503, f"{failure}. Try again.")
        case _ if isinstance(failure, AWAY):
            return refusal(503, f"{failure}. Try again.")
        case _:
            raise failure


def refusal(status: int, reason: str) -> Response:
    """Return one JSON string, which is how an Alertmanager says why not."""
    return Response(encode(reason), status_code=status, media_type=JSON)


def invalid(reason: str, code: int = 422) -> Response:
    """Return why not as an Alertmanager does before it looks at what was asked: a field is missing, or the method is another."""
    return Response(encode({"code": code, "message": reason}), status_code=code, media_type=JSON)


def done(body: object) -> Response:
    """Return a body with 200."""
    return Response(encode(body), media_type=JSON)


def stamp(at: datetime) -> str:
    """Return a moment as an Alertmanager writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
