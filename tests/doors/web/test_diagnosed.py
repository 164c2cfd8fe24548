"""A diagnosis is a page: every look, what it found, and what had changed."""

from __future__ import annotations

from datetime import datetime

from tests.doors.web.site import Browser, Site

from tocsin.domain.actor import SYSTEM
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.run import KeptCause, KeptFinding, Run, Verdict
from tocsin.domain.incident.events import CauseSeen, Diagnosed
from tocsin.domain.visibility import WORKER
from tocsin.flows.handle import Change, handle

LEAK = KeptCause(key="leak", title="A <b>leak</b>", state="likely", score=0.7, supports=("46 idle sessions",))
IDLE = KeptFinding(check="pg.idle_in_tx", target="db", verdict="critical", observed="46", reproduce="SELECT 1")


def look(site: Site, ref: str, bundle: str, verdict: Verdict | None) -> str:
    """Record a look, with its facts unless they are gone, and return its event."""
    causes = tuple(
        CauseSeen(key=c.key, title=c.title, state=c.state, score=c.score) for c in (verdict.causes if verdict else ())
    )
    body = Diagnosed(bundle=bundle, causes=causes, checks=1)
    handle(site.app.engine, ref, [Change(body=body, actor=SYSTEM)], viewer=WORKER)
    with site.app.engine.store.transaction() as tx:
        found = tx.see(WORKER, ref)
        assert found is not None
        at: datetime = tx.now()
        if verdict is not None:
            run = Run(facts=Bundle(started_at=at, ended_at=at), verdict=verdict)
            tx.put_bundle(f"{found.id}/{bundle}", found.id, run.to_json())
        return [e.id for e in tx.events(found.id) if isinstance(e.body, Diagnosed)][-1]


def test_the_newest_look_shows_its_causes_checks_and_what_changed(site: Site, browser: Browser) -> None:
    ref = site.declare()
    first = look(site, ref, "b1", Verdict(blind_spots=("redis: no target",)))
    look(site, ref, "b2", Verdict(causes=(LEAK,), findings=(IDLE,)))

    page = browser.get(f"/incidents/{ref}/diagnosis").text

    assert "A &lt;b&gt;leak&lt;/b&gt;" in page
    assert "46 idle sessions" in page
    assert "SELECT 1" in page
    assert "new cause: A &lt;b&gt;leak&lt;/b&gt;: likely 70%" in page
    assert "blind spot gone: redis: no target" in page
    assert "redis: no target" in browser.get(f"/incidents/{ref}/diagnosis/b1").text
    assert f'href="/incidents/{ref}/diagnosis/{first}"' in browser.get(f"/incidents/{ref}").text
    assert "Changed since" not in browser.get(f"/incidents/{ref}/diagnosis/{first}").text


def test_a_look_whose_facts_retention_took_says_so(site: Site, browser: Browser) -> None:
    ref = site.declare()
    look(site, ref, "b1", None)

    assert "not kept any more" in browser.get(f"/incidents/{ref}/diagnosis").text


def test_where_nobody_looked_yet_the_page_says_so_and_an_unknown_look_is_not_found(
    site: Site, browser: Browser
) -> None:
    ref = site.declare()

    assert "Nobody has looked" in browser.get(f"/incidents/{ref}/diagnosis").text
    assert browser.client.get(f"/incidents/{ref}/diagnosis/b9").status_code == 404
