"""Open pages hear of changes they may see, and of no others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import replace

from sse_starlette import ServerSentEvent
from starlette.requests import Request
from tests.doors.web.site import Site

from tocsin.domain.incident.events import MemberChanged, Noted, PrivacyChanged
from tocsin.doors.http.callers import COOKIE
from tocsin.doors.web.app import create_pages
from tocsin.doors.web.news import News
from tocsin.doors.web.stream import changes, seen, seen_any
from tocsin.doors.web.visits import Desk, Visit, caller
from tocsin.flows import access
from tocsin.flows.respond import act
from tocsin.flows.storage import ConflictError, Store, Tx

PATIENCE_S = 10


def visit(site: Site, who: str) -> Visit:
    """A visit whose news come quickly."""
    pages = create_pages(site.app)
    desk: Desk = pages.state.desk
    quick = Desk(
        app=site.app, look=desk.look, once=desk.once, throttle=desk.throttle, news=News(site.app.engine, every_s=0.01)
    )
    cookie = access.use_login_link(site.app.engine, access.login_link(site.app.engine, who).partition("key=")[2])
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())]
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers})
    found = caller(request, quick)
    assert found is not None
    return Visit(request=request, desk=quick, who=found)


async def following(events: AsyncIterator[ServerSentEvent]) -> tuple[str | None, str]:
    event = await asyncio.wait_for(anext(events), PATIENCE_S)
    return event.event, str(event.data)


class Breaking:
    """A store that fails to read as often as it is told to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.left = 0
        self.over = threading.Event()

    def reading(self) -> AbstractContextManager[Tx]:
        if self.left:
            self.left -= 1
            if not self.left:
                self.over.set()
            raise ConflictError("given up")
        return self._store.reading()


def incident(site: Site, ref: str) -> str:
    with site.app.engine.store.reading() as tx:
        return tx.resolve_ref(ref)


def test_a_page_hears_where_its_incident_stands_and_every_change(site: Site) -> None:
    ref, other = site.declare(), site.declare()
    key, ana = incident(site, ref), visit(site, "ana")

    async def listen() -> None:
        events = changes(ana, key, lambda _: seen(ana, key))
        first = await following(events)
        assert first[0] == "change"
        await asyncio.to_thread(act, site.app.engine, other, Noted(text="elsewhere"), site.by())
        await asyncio.to_thread(act, site.app.engine, ref, Noted(text="here"), site.by())
        assert await following(events) == ("change", str(int(first[1]) + 1))

    asyncio.run(listen())


def test_pages_hear_again_after_a_round_that_broke(site: Site) -> None:
    ref = site.declare()
    key, ana = incident(site, ref), visit(site, "ana")
    broken = Breaking(site.app.engine.store)
    news = News(replace(site.app.engine, store=broken), every_s=0.01)  # type: ignore[arg-type]  # answers to everything a store does
    ana = replace(ana, desk=replace(ana.desk, news=news))

    async def listen() -> None:
        events = changes(ana, key, lambda _: seen(ana, key))
        first = await following(events)
        broken.left = 3
        await asyncio.to_thread(broken.over.wait, PATIENCE_S)
        await asyncio.to_thread(act, site.app.engine, ref, Noted(text="here"), site.by())
        assert await following(events) == ("change", str(int(first[1]) + 1))

    asyncio.run(listen())


def test_a_member_who_is_removed_hears_no_more(site: Site) -> None:
    ref = site.declare()
    act(site.app.engine, ref, PrivacyChanged(private=True), site.by())
    act(site.app.engine, ref, MemberChanged(person="bo"), site.by())
    key, bo = incident(site, ref), visit(site, "bo")

    async def listen() -> None:
        events = changes(bo, key, lambda _: seen(bo, key))
        assert (await following(events))[0] == "change"
        await asyncio.to_thread(act, site.app.engine, ref, MemberChanged(person="bo", removed=True), site.by())
        assert await following(events) == ("gone", "")
        assert [event async for event in events] == []

    asyncio.run(listen())


def test_who_logs_out_hears_no_more(site: Site) -> None:
    ref = site.declare()
    key, ana = incident(site, ref), visit(site, "ana")

    async def listen() -> None:
        events = changes(ana, key, lambda _: seen(ana, key))
        await following(events)
        await asyncio.to_thread(access.log_out, site.app.engine, ana.request.cookies[COOKIE])
        await asyncio.to_thread(act, site.app.engine, ref, Noted(text="later"), site.by())
        assert (await following(events))[0] == "gone"

    asyncio.run(listen())


def test_the_list_hears_nothing_of_what_is_private_to_others(site: Site) -> None:
    hidden, shown = site.declare(private=True), site.declare()
    bo = visit(site, "bo")

    async def listen() -> None:
        events = changes(bo, "", lambda ids: seen_any(bo, ids))
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        await asyncio.to_thread(act, site.app.engine, hidden, Noted(text="hidden"), site.by())
        told, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not told
        await asyncio.to_thread(act, site.app.engine, shown, Noted(text="shown"), site.by())
        assert (await asyncio.wait_for(waiting, PATIENCE_S)).data == "list"

    asyncio.run(listen())


def test_nobody_listens_to_what_they_may_not_see(site: Site) -> None:
    ref = site.declare(private=True)
    assert site.browser("bo").get(f"/incidents/{ref}/stream").status == 404
    assert site.stranger().get("/stream").url.startswith("http://tocsin.test/login")
