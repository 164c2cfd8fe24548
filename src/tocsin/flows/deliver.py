"""Send what the outbox holds, and tell the domain how it went. A page is retried, then handed to the next way.

A provider that fails or is slow costs a person with other ways no second try: time is what a page has least of.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from tocsin.domain.catalogue import ChannelRoute
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import Delivered, DeliveryFailed
from tocsin.domain.incident.state import Incident
from tocsin.flows import circuits
from tocsin.flows.aside import STORE_ERRORS, close
from tocsin.flows.backoff import Jitter, backoff
from tocsin.flows.bundles import companions, has_company, together
from tocsin.flows.engine import Engine
from tocsin.flows.needless import incident_of, put_down
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import Message, PermanentError, TransientError, UnansweredError
from tocsin.flows.reconciling import already_sent
from tocsin.flows.storage import Job, Tx
from tocsin.flows.transact import transact

MESSAGE_KINDS = ("page", "message", "reminder")
# A page that fails twice goes to the person's next method at once: waiting for one provider is how pages get lost.
# A message has no next way, so it waits some 25 minutes for a mail server that restarts or greylists.
TRIES = {"page": 2, "message": 12, "reminder": 3}
FIRST_DELAY_S = {"page": 0.5, "message": 1.0, "reminder": 2.0}
DEADLINE_S = {"page": 5.0, "message": 20.0, "reminder": 10.0}
# Whoever answers a page this late, and badly, is not asked again while there is another way.
SLOW_S = 4.0
# What an address may be instead of itself.
REFERENCES = ("env:", "file:")
# A message that takes its worker down every time must not do so for ever.
MOST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a row leaves: the adapter's kind, the channel's settings, and what the circuits call its provider.

    `others` says whether its person has another way that is not known to fail, `circuit` how its provider did lately,
    `window` how long back and ahead pages join it, none for one that goes alone.
    """

    kind: str
    route: ChannelRoute | None
    provider: str
    circuit: circuits.Circuit | None
    others: bool = False
    window: timedelta = timedelta(0)


_Seen = tuple[Incident | None, _Way | Exception]


def senders(engine: Engine, jobs: Sequence[Job]) -> Mapping[str, Callable[[], str]]:
    """Return what sends each message of those that were leased together, by its row's id: the database is asked once for all."""
    found = _look(engine, jobs) if jobs else ()
    return {job.id: partial(_deliver, engine, job, seen, random.random) for job, seen in zip(jobs, found, strict=True)}


def deliver(engine: Engine, job: Job, *, jitter: Jitter = random.random) -> str:
    """Send one message and settle its row; return what became of it: delivered, retried, failed, needless or lost.

    What waits for the same person by the same method goes with it. `lost` means that another worker has taken the row
    meanwhile: nothing is written. `needless` is a page that came back to be tried again when somebody had the incident.
    """
    return _deliver(engine, job, _look(engine, [job])[0], jitter)


def _deliver(engine: Engine, job: Job, seen: _Seen, jitter: Jitter) -> str:
    if job.attempt > MOST_ATTEMPTS:
        return _failed(engine, job, f"given up after {job.attempt - 1} tries that never came to an end")
    incident, way = seen
    if outcome := put_down(engine, job, incident):
        return outcome
    if not isinstance(way, _Way):
        return _failed(engine, job, str(way))
    if not circuits.is_asked(engine, way.provider, way.circuit):
        if way.others:
            return _failed(engine, job, f"{way.provider} {circuits.NOT_ASKED}")
        if job.kind != "page" and job.attempt < TRIES[job.kind]:
            return _again(engine, job, TransientError(f"{way.provider} fails at present"), jitter)
    return _tried(engine, job, way, jitter)


def _look(engine: Engine, jobs: Sequence[Job]) -> Sequence[_Seen]:
    """Return what sending rows goes by, at this moment: the incident of each page, and its way or why there is none."""
    with engine.store.reading() as tx:
        tx.load_together({job.incident for job in jobs if job.kind == "page"})
        lately = circuits.circuits(tx)
        return [(incident_of(tx, job), _way_or_reason(tx, job, lately)) for job in jobs]


def _way_or_reason(tx: Tx, job: Job, lately: circuits.Circuits) -> _Way | Exception:
    try:
        return _way(tx, job, lately)
    except (PermanentError, InvalidError) as error:
        return error


def _tried(engine: Engine, job: Job, way: _Way, jitter: Jitter) -> str:
    along = [one for one in companions(engine, job, way.window) if not _needless(engine, one)] if way.window else []
    every = (job, *along)
    try:
        receipt = _send(engine, job, way, along)
    except TransientError as error:
        circuits.failed(engine, way.provider, str(error))
        if job.attempt < TRIES[job.kind] and not (way.others and _slow(engine, job)):
            return _all([_again(engine, one, error, jitter) for one in every])
        return _all([_failed(engine, one, str(error)) for one in every])
    except (PermanentError, InvalidError) as error:
        return _all([_failed(engine, one, str(error)) for one in every])
    except STORE_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 (a broken channel is one way less to a person, not a reason to stop trying the others)
        return _all([_failed(engine, one, f"the channel broke: {type(error).__name__}") for one in every])
    outcome = _all([_settled(engine, one, receipt) for one in every])
    circuits.worked(engine, way.provider, way.circuit)
    return outcome


def _needless(engine: Engine, job: Job) -> str:
    with engine.store.reading() as tx:
        incident = incident_of(tx, job)
    return put_down(engine, job, incident)


def _all(outcomes: Sequence[str]) -> str:
    """Return what became of the first: the others went the same way."""
    return outcomes[0]


def _slow(engine: Engine, job: Job) -> bool:
    with engine.store.reading() as tx:
        return (tx.now() - job.taken_at).total_seconds() >= SLOW_S


def _send(engine: Engine, job: Job, way: _Way, along: Sequence[Job]) -> str:
    channel = engine.channels.get(way.kind)
    if channel is None:
        raise PermanentError(f"no channel adapter is called {way.kind!r}")
    options = engine.resolve(way.route.options) if way.route else {}
    if job.previous_outcome_unknown:
        alone = _message(engine, job, way, ())
        found = already_sent(engine, channel, alone, options, job, deadline_s=DEADLINE_S[job.kind])
        if found:
            return found
    return channel.deliver(_message(engine, job, way, along), options, DEADLINE_S[job.kind])


def _message(engine: Engine, job: Job, way: _Way, along: Sequence[Job]) -> Message:
    payload = together(job, along)
    facts = payload.get("facts")
    address = str(payload.get("address") or payload.get("to"))
    told = str(payload.get("callback") or "")
    return Message(
        key=job.key,
        kind=job.kind,
        to=str(engine.resolve({"to": address})["to"]) if address.startswith(REFERENCES) else address,
        subject=str(payload["subject"]),
        text=str(payload["text"]),
        facts={**facts, "to": payload.get("to")} if isinstance(facts, dict) else {},
        possible_repeat=any(one.previous_outcome_unknown for one in (job, *along)),
        callback=f"{engine.public_url}/callbacks/{way.route.key}/{told}" if told and way.route else "",
    )


def _way(tx: Tx, job: Job, lately: circuits.Circuits) -> _Way:
    """Return how a row leaves: by a configured channel, or by the one that carries to the person's contact."""
    known = catalogue(tx)
    company = job.kind == "page" and has_company(tx, job, known.bundle)
    if "channel" in job.payload:
        name = str(job.payload["channel"])
        route = next((c for c in known.channels if c.key == name), None)
        if route is None:
            raise PermanentError(f"channel {name!r} is no longer configured")
        provider = circuits.provider_of(route.kind, route, str(job.payload.get("to") or ""))
        return _Way(kind=route.kind, route=route, provider=provider, circuit=lately.get(provider))
    kind = str(job.payload["via"])
    carried = circuits.carrier(known, kind, str(job.payload.get("over") or ""))
    provider = circuits.provider_of(kind, carried, str(job.payload.get("address") or ""))
    return _Way(
        kind=kind,
        route=carried,
        provider=provider,
        circuit=lately.get(provider),
        others=_goes_on(job) and circuits.has_another(known, lately, str(job.payload.get("to")), provider),
        window=known.bundle if company else timedelta(0),
    )


def _goes_on(job: Job) -> bool:
    """Return whether a failure leads to another way; a test page tries one method and is to fail with it."""
    return job.kind == "page" and bool(job.incident)


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
