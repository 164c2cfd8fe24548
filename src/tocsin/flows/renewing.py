"""Posts that say nothing new take one short transaction: who sent them is known from a moment ago, if the configuration is still that one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tocsin.flows.alert_storage import Renewal
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Accepted, Remembered
from tocsin.flows.pieces import Post, merged, repeated
from tocsin.flows.ports import InboundPost
from tocsin.flows.senders import Credentials, KnownSender
from tocsin.flows.storage import StoreUnavailableError, Tx
from tocsin.flows.transact import transact

KNOWN_FOR_S = 1.0
"""So long is a key or an option believed that was read from the environment or a file; a new configuration counts at once."""
MOST_BYTES = 128 << 10
"""More than that is looked through before the transaction, so that nobody waits for it."""


class Lately(NamedTuple):
    """Senders as they were read under a version of the configuration, believed until a moment of the monotonic clock."""

    version: int
    known: Mapping[Credentials, KnownSender | None]
    until: float

    @classmethod
    def read(
        cls, version: int, known: Mapping[Credentials, KnownSender | None], at: float, before: Lately | None
    ) -> Lately:
        """Return what was read `at` a moment (monotonic seconds), beside what was `before` under the same configuration."""
        if before is not None and before.version == version and before.until > at:
            return before._replace(known={**before.known, **known})
        return cls(version, known, at + KNOWN_FOR_S)


class _NewsError(Exception):
    """Something is not as it was: the posts have to be read."""


def renew_all(
    engine: Engine, lately: Lately, posts: Sequence[Post], remembered: Remembered
) -> list[Accepted | Exception] | None:
    """Take posts that only renew leases and return what became of them; None, and nothing is done, where any says more."""
    if sum(len(post.body) for post in posts) > MOST_BYTES:
        return None
    sent: list[tuple[Post, KnownSender]] = []
    for post in posts:
        sender = lately.known.get(Credentials(post.integration, post.kind, post.key))
        if sender is None or sender.integration.limit or sender.glancing is None or sender.broken:
            return None
        sent.append((post, sender))
    try:
        return transact(engine, lambda tx: _renew(tx, lately, sent, remembered))
    except StoreUnavailableError as error:  # asking once more would wait as long again
        return [error] * len(posts)
    except Exception:  # noqa: BLE001 (whatever it is, the long way meets it as well, and says of which post)
        return None


def _renew(
    tx: Tx, lately: Lately, sent: Sequence[tuple[Post, KnownSender]], remembered: Remembered
) -> list[Accepted | Exception]:
    if lately.until <= time.monotonic():  # here, since one may have waited for the database
        raise _NewsError
    now = tx.now()
    renewals: list[Renewal] = []
    done: list[Accepted | Exception] = []
    for post, sender in sent:
        inbound = InboundPost(body=post.body, received_at=now, envelope=post.envelope, options=sender.options)
        found = repeated(sender, inbound, remembered)
        if found is None:
            raise _NewsError
        renewals += found.renewals
        done.append(renewed(len(found.renewals), silent=found.silent))
    once = merged(renewals)
    if once is None or not tx.renew_alerts(once, under=lately.version):
        raise _NewsError
    return done


@lru_cache(maxsize=256)
def renewed(count: int, *, silent: bool) -> Accepted:
    """Return what became of a post that only renewed leases; posts of single alerts all share one."""
    return Accepted(renewed=count, reply=None if silent else {})
