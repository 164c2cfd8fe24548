"""Changes from any deploy job: one JSON object, or a list of them, with what was changed, where and when.

`{"service": "orders", "version": "2.4.1", "commit": "8f3c1d2", "at": "…", "by": "ana", "kind": "code"}`. A line as the
`deploys` probe reads it (`kind` deploy or rollback) is read as well.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

from tocsin.adapters.sources.post import decode, each, moment, shaped, web_links
from tocsin.domain.alerts.fingerprint import identity
from tocsin.domain.changes import Change, ChangeKind
from tocsin.flows.ports import InboundPost, Parsed, RejectedError

SENDER = 'a change such as {"service": "orders", "version": "2.4.1", "kind": "code"}'


class _Change(msgspec.Struct):
    service: str = ""
    version: str = ""
    commit: str | None = None
    at: str | None = None
    by: str | None = None
    kind: Literal["code", "config", "flag", "schema", "infrastructure", "migration", "deploy", "rollback"] = "code"
    previous: str | None = None
    summary: str | None = None
    rollback: bool = False
    id: str = ""
    changes: list[str | dict[str, str | None]] = []
    links: dict[str, str] = {}


class Deploys:
    """Reads our own JSON about changes."""

    kind = "deploys"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the changes in one post, in its order, beside those that cannot be read.

        Raises:
            RejectedError: the body is no change, or no change in it can be read.
        """
        raw = decode(post.body, SENDER)
        changes, rejected = each(
            raw if isinstance(raw, list) else [raw], lambda one, at: _change(one, at, post.received_at)
        )
        return Parsed(changes=changes, rejected=rejected)


def _change(raw: object, where: str, received_at: datetime) -> Change:
    told = shaped(raw, _Change, SENDER, at=where)
    if not (told.version or told.commit or told.summary):
        raise RejectedError("it does not say what was changed: give a version, a commit or a summary")
    at = moment(told.at, f"{where}.at") or received_at
    kind: ChangeKind = "code" if told.kind in {"deploy", "rollback"} else told.kind  # type: ignore[assignment]  # both are read above
    return Change(
        key=identity(told.id) or _key(told, at),
        service=told.service,
        at=at,
        kind=kind,
        version=told.version,
        previous=told.previous or "",
        commit=told.commit or "",
        by=told.by or "",
        summary=told.summary or "",
        rollback=told.rollback or told.kind == "rollback",
        files=tuple(
            one if isinstance(one, str) else " ".join(text for text in one.values() if text) for one in told.changes
        ),
        links=web_links(told.links),
    )


def _key(told: _Change, at: datetime) -> str:
    parts = (told.service, told.kind, told.version, told.commit or "", told.summary or "", at.isoformat())
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
