"""What posts are answered that follow no protocol with answers of its own: what was stored, or a problem document."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from tocsin.doors.http.problems import problem
from tocsin.flows.access import DeniedError
from tocsin.flows.ingest import Accepted
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import OverloadedError, RejectedError, UnverifiedError
from tocsin.flows.receive import Outcome
from tocsin.flows.storage import ConflictError, StoreUnavailableError

AWAY = (StoreUnavailableError, ConflictError, NotConfiguredError)
"""Nothing was stored, and nothing is wrong with the post: the sender should try again."""
JSON = "application/json"
MOST_REJECTED = 100
"""So many items that were left out are told one by one, the rest in number: an answer is not to outgrow its post."""
NOTHING = Response(status_code=200)  # for a sender that reads nothing
encode = msgspec.json.Encoder().encode


def answer(outcome: Outcome, overloaded: int) -> Response:
    """Return what a sender is told about its post; `overloaded` is the status that makes it try again."""
    match outcome:
        case Accepted():
            return _accepted(outcome)
        case DeniedError():
            return problem(401, "Not allowed", str(outcome), mend="Use a key of `integrations` in tocsin.yaml.")
        case UnverifiedError():
            mend = "Compare the secret at the sender with the integration's."
            return problem(401, "Not verified", str(outcome), mend=mend)
        case RejectedError():
            return problem(400, "Rejected", str(outcome), mend="Compare the post with docs/reference/ingest.md.")
        case OverloadedError():
            busy = problem(overloaded, "Too much at once", str(outcome), mend="Try again.")
            busy.headers["retry-after"] = wait(outcome)
            return busy
        case StoreUnavailableError() | ConflictError() | NotConfiguredError():
            # Senders such as Alertmanager try again after a 503; anything else would lose the alert.
            return problem(503, "Unavailable", str(outcome), mend="Try again.")
        case _:
            raise outcome


def wait(busy: OverloadedError) -> str:
    """Return the seconds after which there may be room, for `Retry-After`."""
    return str(max(1, round(busy.wait_s)))


def _accepted(done: Accepted) -> Response:
    """Answer what was stored. A post that was taken in part is answered 400, though what is valid in it is stored."""
    if done.reply is not None and not done.reply and not done.rejected:
        return NOTHING
    told: dict[str, object] = {
        "fired": done.fired,
        "resolved": done.resolved,
        "refreshed": len(done.refreshed) + done.renewed,
        "incidents": done.incidents,
    }
    told |= {name: said for name in ("acknowledged", "changes") if (said := getattr(done, name))}
    if done.reply is not None:
        told = dict(done.reply)
    if done.rejected:
        told["rejected"] = [{"where": one.where, "reason": one.reason} for one in done.rejected[:MOST_REJECTED]]
        if len(done.rejected) > MOST_REJECTED:
            told["rejected_more"] = len(done.rejected) - MOST_REJECTED
    return Response(encode(told), status_code=400 if done.rejected else 202, media_type=JSON)
