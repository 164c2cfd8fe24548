"""Tell an alert's sender that it was acknowledged or resolved here, where its integration says how."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tocsin.domain.catalogue import WriteBack
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import Noted
from tocsin.domain.visibility import NOBODY
from tocsin.flows.aside import close
from tocsin.flows.backoff import Jitter, backoff
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import Channel, Message, PermanentError, TransientError, UnansweredError
from tocsin.flows.spreading import PRIVATE, is_for_all, spread, stale
from tocsin.flows.storage import Job, NewJob, Tx
from tocsin.flows.transact import transact

TRIES = 8
# A row that takes its worker down every time must not do so for ever.
MOST_ATTEMPTS = 20
FIRST_DELAY_S = 1.0
DEADLINE_S = 10.0
DONE = {"acknowledge": "acknowledged", "unacknowledge": "given back", "resolve": "resolved"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a sender is told, and what."""

    channel: Channel
    to: WriteBack
    message: Message


def write_back(engine: Engine, job: Job, *, jitter: Jitter = random.random) -> str:
    """Tell one sender about one alert and settle the row; return what became of it: told, no way back, retried, failed or lost.

    A row about a whole incident is spread over its alerts.
    """
    if job.attempt > MOST_ATTEMPTS:
        return _failed(engine, job, f"given up after {job.attempt - 1} tries that never came to an end")
    if is_for_all(job):
        return spread(engine, job)
    way = _way(engine, job)
    if isinstance(way, str):
        return "no way back" if close(engine, job, None, way) else "lost"
    try:
        options = engine.resolve({"url": way.to.url, "key": way.to.key})
        receipt = way.channel.deliver(way.message, options, DEADLINE_S)
    except TransientError as error:
        return _again(engine, job, error, jitter) if job.attempt < TRIES else _failed(engine, job, str(error))
    except (PermanentError, InvalidError) as error:
        return _failed(engine, job, str(error))
    if not close(engine, job, None, receipt):
        return "lost"
    transact(engine, lambda tx: _take_back(tx, job))
    return "told"


def _take_back(tx: Tx, job: Job) -> None:
    """See to it that an acknowledgement that was overtaken while it was told does not stand there."""
    incident = tx.see(NOBODY, job.incident)
    if job.payload.get("verb") != "acknowledge" or incident is None or not stale(incident, "acknowledge"):
        return
    payload = {**job.payload, "verb": "unacknowledge" if incident.open else "resolve"}
    tx.enqueue((NewJob(key=f"{job.key}/over", kind=job.kind, incident=job.incident, payload=payload, due=tx.now()),))


def _way(engine: Engine, job: Job) -> _Way | str:
    """Return how to tell the sender, or why nobody is told."""
    source, name, verb = (str(job.payload.get(part, "")) for part in ("source", "fingerprint", "verb"))
    with engine.store.reading() as tx:
        integration = next((one for one in catalogue(tx).integrations if one.key == source), None)
        state = tx.alert(source, name)
        incident = tx.see(NOBODY, job.incident)
    if integration is None or integration.write_back is None:
        return f"{source} offers no way to {verb} from here: there is no `write_back` at integrations.{source}"
    channel = engine.ways_back.get(integration.kind)
    if channel is None:
        return f"senders of kind {integration.kind!r} offer no way to {verb} from here"
    if incident is None:
        return PRIVATE
    if state is None:
        return f"the alert {name} is known no more"
    if verb == "acknowledge" and state.status != "firing":
        return f"the alert {name} has ended"
    if why_not := stale(incident, verb):
        return why_not
    message = Message(
        key=job.key,
        kind=verb,
        to=name,
        subject=state.name,
        text=f"{DONE.get(verb, verb)} in Tocsin",
        facts={"labels": dict(state.labels)},
        possible_repeat=job.previous_outcome_unknown,
    )
    return _Way(channel=channel, to=integration.write_back, message=message)


def _again(engine: Engine, job: Job, error: TransientError, jitter: Jitter) -> str:
    delay = backoff(job.attempt, first_s=FIRST_DELAY_S, jitter=jitter)

    def later(tx: Tx) -> bool:
        return tx.postpone(job, tx.now() + delay, str(error), unknown=isinstance(error, UnansweredError))

    return "retried" if transact(engine, later) else "lost"


def _failed(engine: Engine, job: Job, reason: str) -> str:
    source, verb = job.payload.get("source"), job.payload.get("verb")
    told = Noted(text=f"{source} could not be told to {verb}: {reason}")
    return "failed" if close(engine, job, told, reason, dead=True) else "lost"
