"""Send what the outbox holds, and tell the domain how it went. A page is retried, then handed to the next way."""

from __future__ import annotations

import random

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import Delivered, DeliveryFailed
from tocsin.domain.incident.wanted import is_wanted
from tocsin.flows.aside import STORE_ERRORS, close
from tocsin.flows.backoff import Jitter, backoff
from tocsin.flows.engine import Engine, Options
from tocsin.flows.handle import load
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import Message, PermanentError, TransientError, UnansweredError
from tocsin.flows.storage import Job, Tx
from tocsin.flows.transact import transact

MESSAGE_KINDS = ("page", "message", "reminder")
# A page that fails twice goes to the person's next method at once: waiting for one provider is how pages get lost.
# A message has no next way, so it waits some 25 minutes for a mail server that restarts or greylists.
TRIES = {"page": 2, "message": 12, "reminder": 3}
FIRST_DELAY_S = {"page": 0.5, "message": 1.0, "reminder": 2.0}
DEADLINE_S = {"page": 5.0, "message": 20.0, "reminder": 10.0}
PEOPLE = "people"
# A message that takes its worker down every time must not do so for ever.
MOST_ATTEMPTS = 20
NEEDLESS = "not sent: nobody needs to be woken any more"


def deliver(engine: Engine, job: Job, *, jitter: Jitter = random.random) -> str:
    """Send one message and settle its row; return what became of it: delivered, retried, failed, needless or lost.

    `lost` means that another worker has taken the row meanwhile: nothing is written. `needless` is a page that came back
    to be tried again when somebody had the incident already.
    """
    if job.attempt > MOST_ATTEMPTS:
        return _failed(engine, job, f"given up after {job.attempt - 1} tries that never came to an end")
    if job.kind == "page" and _needless(engine, job):
        return "needless" if close(engine, job, None, NEEDLESS) else "lost"
    try:
        receipt = _send(engine, job)
    except TransientError as error:
        if job.attempt < TRIES[job.kind]:
            return _again(engine, job, error, jitter)
        return _failed(engine, job, str(error))
    except (PermanentError, InvalidError) as error:
        return _failed(engine, job, str(error))
    except STORE_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 (a broken channel is one way less to a person, not a reason to stop trying the others)
        return _failed(engine, job, f"the channel broke: {type(error).__name__}")
    return _settled(engine, job, receipt)


def _needless(engine: Engine, job: Job) -> bool:
    with engine.store.reading() as tx:
        incident = load(tx, job.incident) if job.incident else None
    return incident is not None and not is_wanted(incident, job.key)


def _send(engine: Engine, job: Job) -> str:
    payload = job.payload
    kind, options = _route(engine, job)
    channel = engine.channels.get(kind)
    if channel is None:
        raise PermanentError(f"no channel adapter is called {kind!r}")
    facts = payload.get("facts")
    message = Message(
        key=job.key,
        kind=job.kind,
        to=str(payload.get("address") or payload.get("to")),
        subject=str(payload["subject"]),
        text=str(payload["text"]),
        facts={**facts, "to": payload.get("to")} if isinstance(facts, dict) else {},
        possible_repeat=job.previous_outcome_unknown,
    )
    return channel.deliver(message, options, DEADLINE_S[job.kind])


def _route(engine: Engine, job: Job) -> tuple[str, Options]:
    """Return the adapter's kind and options: a configured channel's, or the person's contact kind."""
    with engine.store.reading() as tx:
        routes = {c.key: c for c in catalogue(tx).channels}
    if "channel" in job.payload:
        route = routes.get(str(job.payload["channel"]))
        if route is None:
            raise PermanentError(f"channel {job.payload['channel']!r} is no longer configured")
        return route.kind, engine.resolve(route.options)
    kind = str(job.payload["via"])
    # A person's contact goes through the channel of its kind that serves people (its host, sender, secret).
    named = routes.get(str(job.payload.get("over") or ""))
    shared = named or next((c for c in routes.values() if c.kind == kind and PEOPLE in c.audiences), None)
    return kind, engine.resolve(shared.options) if shared else {}


def _again(engine: Engine, job: Job, error: TransientError, jitter: Jitter) -> str:
    delay = backoff(job.attempt, first_s=FIRST_DELAY_S[job.kind], jitter=jitter)

    def later(tx: Tx) -> bool:
        return tx.postpone(job, tx.now() + delay, str(error), unknown=isinstance(error, UnansweredError))

    return "retried" if transact(engine, later) else "lost"


def _settled(engine: Engine, job: Job, receipt: str) -> str:
    body = Delivered(key=job.key, kind=job.kind, to=str(job.payload.get("to")), via=_via(job), receipt=receipt)
    return "delivered" if close(engine, job, body, receipt) else "lost"


def _failed(engine: Engine, job: Job, reason: str) -> str:
    body = DeliveryFailed(
        key=job.key,
        kind=job.kind,
        to=str(job.payload.get("to")),
        via=str(job.payload.get("method") or _via(job)),
        reason=reason,
        attempt=job.attempt,
    )
    return "failed" if close(engine, job, body, reason, dead=True) else "lost"


def _via(job: Job) -> str:
    return str(job.payload.get("via") or job.payload.get("channel") or "")
