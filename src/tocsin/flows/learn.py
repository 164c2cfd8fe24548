"""The post-mortem's draft and the action items, read from the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import PostmortemWritten
from tocsin.domain.incident.state import FollowUp, Incident
from tocsin.domain.learning.postmortem import Kin, Surroundings, draft
from tocsin.domain.learning.postmortem.draft import order
from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.former import remembering
from tocsin.flows.policies import policy_of
from tocsin.flows.queries import refs, see
from tocsin.flows.respond import By, act
from tocsin.flows.storage import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpLine:
    """One action item in a list over all incidents; `overdue` as of now."""

    ref: str
    key: str
    title: str
    owner: str
    due: datetime | None
    priority: str
    horizon: str
    status: str
    overdue: bool


def postmortem(engine: Engine, viewer: Viewer, ref: str) -> str:
    """Return the post-mortem as Markdown: people's sections as they wrote them, the rest from the record."""
    with engine.store.reading() as tx:
        found = see(tx, viewer, ref)
        policy = policy_of(tx, found.pack)
        people = remembering(tx, policy.catalogue, found.catalogue)
        events = tx.events(found.id)
        others = refs(tx, viewer, events)
        kin = tuple(
            Kin(ref=other.ref, title=other.title, why=kind, url=f"{engine.public_url}/incidents/{other.ref}")
            for key, kind in found.related
            if (other := tx.see(viewer, key)) is not None
        )
        around = Surroundings(
            names={**people.names, **others},
            refs=others,
            kin=kin,
            prevention=policy.pack.prevention,
            public_url=engine.public_url,
        )
        return draft(found, events, policy.pack, now=tx.now(), around=around).to_markdown()


def write(engine: Engine, ref: str, said: PostmortemWritten, by: By) -> Incident:
    """Keep a person's text for a section, or move the document on.

    Raises:
        InvalidError: the pack's post-mortem has no such section, or there is neither a section nor a state.
    """
    with engine.store.reading() as tx:
        found = see(tx, by.viewer, ref)
        known = [rule.key for rule in order(policy_of(tx, found.pack).pack)]
    if said.section and said.section not in known:
        mend = f"Sections: {', '.join(known)}."
        raise InvalidError(f"the post-mortem has no section {said.section!r}", field="section", mend=mend)
    return act(engine, ref, said, by)


def state_of(engine: Engine, viewer: Viewer, ref: str) -> Literal["draft", "in_review", "published"]:
    """Return how far a post-mortem is, so that a section can be written without moving it."""
    with engine.store.reading() as tx:
        state = see(tx, viewer, ref).postmortem_state
    return "draft" if state == "none" else state


def followups(
    engine: Engine, viewer: Viewer, *, owner: str = "", open_only: bool = True, cursor: str = "", limit: int = 0
) -> Page[FollowUpLine]:
    """Return action items of visible incidents, by due date: a page of them, or all when `limit` is 0.

    Raises:
        InvalidError: the cursor is damaged or belongs to another listing.
    """
    with engine.store.reading() as tx:
        now = tx.now()
        found = tx.followups(viewer, owner=owner, open_only=open_only, cursor=cursor, limit=limit)
    return Page(items=tuple(_line(ref, item, now) for ref, item in found.items), next_cursor=found.next_cursor)


def _line(ref: str, item: FollowUp, now: datetime) -> FollowUpLine:
    return FollowUpLine(
        ref=ref,
        key=item.key,
        title=item.title,
        owner=item.owner,
        due=item.due,
        priority=item.priority,
        horizon=item.horizon,
        status=item.status,
        overdue=item.due is not None and item.due < now and item.status in {"todo", "doing"},
    )
