"""The link in a page, used by somebody who was woken: no login, no JavaScript, and only the button acts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.doors.web.site import Site

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.incident.events import Acknowledged, PrivacyChanged, Resolved
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.handle import Change, handle
from tocsin.flows.respond import By, act, resolve
from tocsin.flows.responders import request

ANA = By(actor=Actor(kind="person", id="ana"), viewer=WORKER)


def incident(site: Site, ref: str) -> Incident:
    with site.app.engine.store.reading() as tx:
        found = tx.see(WORKER, ref)
    assert found is not None
    return found


def page_of(site: Site) -> tuple[str, str]:
    """Declare an incident; return its reference and the path of the link that its page brought."""
    opened = declare(
        site.app.engine, Declaration(title="Orders fail", severity="SEV1", services=("orders-api",)), SYSTEM
    )
    (job,) = site.app.engine.store.claim_jobs("w", limit=9, lease_s=9, kinds=("page",))
    facts = job.payload["facts"]
    assert isinstance(facts, dict)
    assert facts["ack_url"] in str(job.payload["text"])
    return opened.ref, str(facts["ack_url"]).removeprefix(site.app.engine.public_url)


def test_looking_does_nothing_and_the_button_acknowledges(site: Site) -> None:
    ref, link = page_of(site)
    stranger = site.stranger()
    for _ in range(3):
        page = stranger.get(link)
        assert (page.status, "SEV1" in page.text, ref in page.text) == (200, True, True)
        assert not incident(site, ref).paging.acknowledged_by

    done = stranger.send(link, link)

    assert (done.status, "has it" in done.text) == (200, True)
    assert incident(site, ref).paging.acknowledged_by == "ana"


def test_the_page_is_small_and_needs_neither_script_nor_cookie(site: Site) -> None:
    _, link = page_of(site)
    answer = site.stranger().client.get(link)
    assert len(answer.text.encode()) < 15 * 1024
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_a_telephone_may_post_without_a_body(site: Site) -> None:
    ref, link = page_of(site)
    assert site.stranger().client.post(link).status_code == 200
    assert incident(site, ref).paging.acknowledged_by == "ana"


def test_pressed_again_or_late_it_is_still_the_first_ones(site: Site) -> None:
    ref, link = page_of(site)
    act(site.app.engine, ref, Acknowledged(person="bo"), ANA)
    done = site.stranger().send_form(link, {"verb": "acknowledge"})
    assert "Bo has it" in done.text
    assert incident(site, ref).paging.acknowledged_by == "bo"


def test_whoever_is_asked_to_join_comes_and_may_take_it_too(site: Site) -> None:
    ref, _ = page_of(site)
    request(site.app.engine, ref, ["person:bo"], ANA, message="we need a DBA")
    job = next(
        j for j in site.app.engine.store.claim_jobs("w", limit=9, lease_s=9, kinds=("page",)) if "/request/" in j.key
    )
    facts = job.payload["facts"]
    assert isinstance(facts, dict)
    link = str(facts["ack_url"]).removeprefix(site.app.engine.public_url)

    assert "is asked to join" in site.stranger().get(link).text
    coming = site.stranger().send_form(link, {"verb": "acknowledge"})
    assert "You said that you are coming" in coming.text
    assert not incident(site, ref).paging.acknowledged_by
    taken = site.stranger().send_form(link, {"verb": "take"})
    assert "Bo has it" in taken.text
    assert incident(site, ref).paging.acknowledged_by == "bo"


def test_passing_it_on_pages_the_next_level_once(site: Site) -> None:
    ref, link = page_of(site)
    before = incident(site, ref).paging.level
    for _ in range(2):
        assert site.stranger().send_form(link, {"verb": "escalate"}).status == 200
    assert incident(site, ref).paging.level == before + 1
    assert not incident(site, ref).paging.acknowledged_by


def test_it_acts_on_one_incident_and_for_one_person_only(site: Site) -> None:
    _, link = page_of(site)
    other, _ = page_of(site)
    site.stranger().send_form(link, {"verb": "acknowledge"})
    assert not incident(site, other).paging.acknowledged_by


def test_of_a_private_incident_it_shows_its_reference_only(site: Site) -> None:
    ref, link = page_of(site)
    handle(
        site.app.engine,
        ref,
        [Change(body=PrivacyChanged(private=True), actor=Actor(kind="person", id="rea"))],
        viewer=WORKER,
    )
    page = site.stranger().get(link)
    assert ref in page.text
    assert "Orders fail" not in page.text
    assert "SEV1" not in page.text
    act(site.app.engine, ref, Acknowledged(person="bo"), ANA)
    assert "Bo" not in site.stranger().get(link).text


def test_what_is_over_cannot_be_acknowledged(site: Site) -> None:
    ref, link = page_of(site)
    resolve(site.app.engine, ref, Resolved(resolution="done"), ANA, anyway="test")
    assert "is over" in site.stranger().get(link).text
    assert site.stranger().client.post(link).status_code == 409


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda _: "no-token", lambda t: "x" + t])
def test_a_link_that_was_changed_is_not_believed(site: Site, change: object) -> None:
    ref, link = page_of(site)
    assert callable(change)
    wrong = "/a/" + change(link.removeprefix("/a/"))
    assert site.stranger().client.get(wrong).status_code == 422
    assert site.stranger().client.post(wrong).status_code == 422
    assert not incident(site, ref).paging.acknowledged_by


def test_after_a_day_the_link_has_expired(site: Site) -> None:
    ref, link = page_of(site)
    site.clock.advance(timedelta(hours=24))
    assert site.stranger().client.get(link).status_code == 409
    assert site.stranger().client.post(link).status_code == 409
    assert not incident(site, ref).paging.acknowledged_by
