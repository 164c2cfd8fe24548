"""Every verb works by a plain form post, and a refusal loses nothing that was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.domain.mitigation import samples
from tests.doors.web.site import Browser, Page, Site

from tocsin.domain.incident.events import CauseSeen, Diagnosed, PlanProposed
from tocsin.domain.mitigation.plan import lines, plan_hash, to_json
from tocsin.doors.web.verbs import VERBS
from tocsin.flows import queries
from tocsin.flows.queries import IncidentView
from tocsin.flows.respond import act

Fields = dict[str, Any]
# verb -> the fields it needs on an open, acknowledged incident
OPEN: dict[str, Fields] = {
    "acknowledge": {},
    "unacknowledge": {"reason": "shift ends"},
    "escalate": {"reason": "I need a DBA"},
    "responders": {"targets": "person:bo", "message": "we need a DBA"},
    "snooze": {"for_s": "3600", "reason": "the vendor is on it"},
    "restart-paging": {"reason": "another rota"},
    "rename": {"title": "The session pool is exhausted", "summary": "46 of 50 sessions"},
    "severity": {"severity": "SEV1", "reason": "everybody is hit"},
    "status": {"status": "identified", "note": "it is the pool"},
    "role": {"role": "commander"},
    "task": {"title": "look at the sessions", "owner": "bo"},
    "note": {"text": "46 sessions are idle", "kind": "finding", "at": "2026-01-05T11:58"},
    "update": {"text": "we are on it", "audiences": ["responders", "stakeholders"]},
    "impact": {"users_percent": "30", "workaround": "false", "trend": "worse", "still_works": "login"},
    "scope": {"services": ["orders-api", "postgres-main"], "endpoints": "/a\n/b"},
    "milestone": {"name": "impact_started", "at": "2026-01-05T11:50:00"},
    "cause": {"text": "a session leak", "factors": "no limit\nno alert"},
    "tick": {"item": "first_five_minutes/initial_post"},
    "answer": {"question": "changed", "answer": "a deploy"},
    "freeze": {"frozen": "true", "note": "hold"},
    "privacy": {"private": "true", "reason": "customer data"},
    "resolve": {"resolution": "rolled back", "anyway": "traffic is normal"},
    "merge": {"into": "INC-2"},
    "relate": {"other": "INC-2", "kind": "related"},
    "cancel": {"reason": "declared in error"},
    "diagnose": {},
    "judge": {"text": "restarted it", "outcome": "no_effect"},
    "runbook": {"runbook": "lock-chain"},
    "followup": {"title": "limit the pool", "owner": "bo", "priority": "P0", "due": "2026-02-01T12:00"},
    "section": {"section": "summary", "text": "Half of the orders failed.", "state": "draft"},
}
ELSEWHERE = {
    "accept", "decline", "reopen", "close", "unmerge", "member", "correct", "task-done", "plan", "approve", "refuse",
    "run", "followup-change", "step", "run-step", "join",
}  # fmt: skip


@pytest.fixture
def ref(site: Site) -> str:
    found = site.declare()
    site.declare("Another one")
    return found


def view(site: Site, ref: str, who: str = "ana") -> IncidentView:
    return queries.incident(site.app.engine, site.by(who).viewer, ref)


def send(browser: Browser, ref: str, verb: str, **fields: Any) -> Page:
    """Send a form of the incident's page; a button that is not offered now has the page's token all the same."""
    shown = browser.get(f"/incidents/{ref}")
    hidden = shown.form(f"/incidents/{ref}/note")
    return browser.send_form(f"/incidents/{ref}/{verb}", hidden | fields)


def test_every_verb_is_tried_here() -> None:
    assert set(VERBS) == set(OPEN) | ELSEWHERE


@pytest.mark.parametrize("verb", sorted(OPEN))
def test_a_verb_is_a_form_post_that_leads_back_with_a_word_of_what_was_done(
    site: Site, browser: Browser, ref: str, verb: str
) -> None:
    if verb == "unacknowledge":
        send(browser, ref, "acknowledge")
    before = view(site, ref).seq
    page = send(browser, ref, verb, **OPEN[verb])
    assert page.status == 200, page.text
    assert f"done={verb}" in page.url
    assert VERBS[verb].said in page.text
    assert view(site, ref).seq > before or verb == "diagnose"


def test_triage_is_accepted_or_declined(site: Site, browser: Browser) -> None:
    taken, refused = site.declare(confirmed=False), site.declare(confirmed=False)
    assert "It is an incident" in browser.get(f"/incidents/{taken}").text
    assert send(browser, taken, "accept").status == 200
    assert view(site, taken).phase == "active"
    assert send(browser, refused, "decline", reason="a bug", route="bug").status == 200
    assert view(site, refused).phase == "declined"


def test_an_incident_is_closed_and_comes_back(site: Site, browser: Browser) -> None:
    ref = site.declare(severity="SEV4")
    assert send(browser, ref, "resolve", resolution="fixed").status == 200
    assert send(browser, ref, "close").status == 200
    assert view(site, ref).phase == "closed"
    assert send(browser, ref, "reopen", reason="again").status == 200
    assert view(site, ref).phase == "active"


def test_a_merge_leads_to_the_one_that_goes_on_and_is_undone_from_the_other(
    site: Site, browser: Browser, ref: str
) -> None:
    page = send(browser, ref, "merge", into="INC-2")
    assert page.url.startswith("http://tocsin.test/incidents/INC-2")
    assert send(browser, ref, "unmerge", reason="not the same").status == 200
    assert view(site, ref).phase == "active"


def test_a_private_incident_gets_members(site: Site, browser: Browser, ref: str) -> None:
    send(browser, ref, "privacy", private="true")
    assert site.browser("bo").get(f"/incidents/{ref}").status == 404
    send(browser, ref, "member", person="bo")
    assert site.browser("bo").get(f"/incidents/{ref}").status == 200


def test_whoever_is_asked_to_join_says_that_they_come(browser: Browser, ref: str) -> None:
    asked = send(browser, ref, "responders", targets="person:bo", message="we need a DBA")
    assert "we need a DBA" in asked.text
    assert "Bo is coming" in asked.text
    assert "no answer yet" in asked.text
    assert "joined at" in send(browser, ref, "join", person="bo").text
    refused = send(browser, ref, "join", person="ana")
    assert (refused.status, "nobody asked for ana" in refused.text) == (409, True)


def test_a_task_is_done_with_its_result(site: Site, browser: Browser, ref: str) -> None:
    send(browser, ref, "task", title="look")
    page = send(browser, ref, "task-done/t1", result="it leaks")
    assert page.status == 200
    assert view(site, ref).tasks[0].result == "it leaks"


def test_an_action_item_is_moved_on(site: Site, browser: Browser, ref: str) -> None:
    send(browser, ref, "followup", title="limit the pool", owner="bo")
    page = browser.send("/followups", f"/incidents/{ref}/followup-change/a1", status="done")
    assert page.url.startswith("http://tocsin.test/followups?done=")
    assert view(site, ref).followups[0].status == "done"


def test_a_time_is_corrected_and_the_former_stays_readable(site: Site, browser: Browser, ref: str) -> None:
    send(browser, ref, "status", status="identified", at="2026-01-05T12:00:00")
    with site.app.engine.store.reading() as tx:
        event = next(x for x in tx.events(view(site, ref).id) if type(x.body).__name__ == "StatusChanged")
    form = f"/incidents/{ref}/correct/{event.id}"
    page = browser.send(f"/incidents/{ref}?correct={event.id}", form, at="2026-01-05T11:58:00")
    assert page.status == 200
    assert (
        '(first entered as <span class="fix"><time class="num" datetime="2026-01-05T12:00:00Z">12:00</time>'
        in page.text
    )
    page = browser.send_form(form, page.form(f"/incidents/{ref}/note") | {"retract": "it was not", "at": ""})
    assert page.status == 200


def test_a_plan_is_approved_and_run(site: Site, browser: Browser, ref: str) -> None:
    a_plan(site, ref, "p1")
    page = browser.send(f"/incidents/{ref}", f"/incidents/{ref}/approve/p1")
    assert page.status == 200, page.text
    assert "Run it once" in page.text
    a_plan(site, ref, "p2")
    page = browser.send(f"/incidents/{ref}", f"/incidents/{ref}/refuse/p2", reason="too risky")
    assert page.status == 200
    assert [p.state for p in view(site, ref).plans] == ["approved", "refused"]
    assert send(browser, ref, "run/p1", hash="b" * 64).status == 409
    page = browser.send(f"/incidents/{ref}", f"/incidents/{ref}/run/p1")
    assert page.status == 200, page.text
    assert view(site, ref).plans[0].state == "running"


def a_plan(site: Site, ref: str, key: str) -> None:
    now = site.clock()
    step = replace(samples.BACK, target="orders-api/rollback")
    drawn = replace(samples.PLAN, id=key, steps=(step,), created_at=now, expires_at=now + timedelta(minutes=10))
    body = PlanProposed(
        plan=key,
        hash=plan_hash(drawn),
        title=drawn.title,
        steps=lines(drawn),
        blast_radius="one service",
        undo="deploy again",
        risk="low",
        expires_at=drawn.expires_at,
        body=to_json(drawn),
    )
    act(site.app.engine, ref, body, site.by())


def test_a_plan_without_a_proposal_is_refused_with_its_mend(browser: Browser, ref: str) -> None:
    page = send(browser, ref, "plan")
    assert page.status == 409
    assert "no cause proposes a mitigation yet" in page.text


def test_a_plan_needs_parameters_as_name_and_value(browser: Browser, ref: str) -> None:
    page = send(browser, ref, "plan", action="orders-api/rollback", params="quickly")
    assert page.status == 422
    assert "Write one parameter a line" in page.text
    assert "quickly</textarea>" in page.text


def test_a_refusal_is_shown_with_its_mend_and_keeps_what_was_typed(site: Site, browser: Browser, ref: str) -> None:
    seq = view(site, ref).seq
    page = send(browser, ref, "severity", severity="SEV1", reason=" ")
    assert page.status == 409
    assert "a change of severity needs a reason" in page.text
    assert '<option value="SEV1" selected>' in page.text
    assert '<details class="do" id="do-severity" open>' in page.text
    page = send(browser, ref, "update", text="we know <more>", at="soon")
    assert page.status == 422
    assert "we know &lt;more&gt;</textarea>" in page.text
    assert view(site, ref).seq == seq


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("saw errors", "note"), ("/ready fails with 503", "note"), ("/update still looking", "update"),
        ("/task @bo look at the pool", "task"), ("/sev SEV1 all users", "severity"), ("/status identified", "status"),
        ("/ack", "acknowledge"), ("/finding 46 idle", "note"), ("/role scribe", "role"), ("/cause a leak", "cause"),
        ("/rename Pool exhausted", "rename"),
    ],
)  # fmt: skip
def test_a_line_is_a_note_or_the_verb_behind_its_slash(
    site: Site, browser: Browser, ref: str, typed: str, expected: str
) -> None:
    page = browser.send(f"/incidents/{ref}", f"/incidents/{ref}/say", text=typed)
    assert f"done={expected}" in page.url, page.text
    assert view(site, ref).seq > 1


def test_a_misspelled_slash_verb_is_asked_about(browser: Browser, ref: str) -> None:
    page = browser.send(f"/incidents/{ref}", f"/incidents/{ref}/say", text="/udpate we are on it")
    assert page.status == 422
    assert "did you mean /update?" in page.text
    assert "/udpate we are on it</textarea>" in page.text


def test_a_form_sent_twice_does_it_once(site: Site, browser: Browser, ref: str) -> None:
    form = browser.get(f"/incidents/{ref}").form(f"/incidents/{ref}/say") | {"text": "once is enough"}
    first = browser.send_form(f"/incidents/{ref}/say", form)
    seq = view(site, ref).seq
    again = browser.send_form(f"/incidents/{ref}/say", form)
    assert first.url == again.url
    assert view(site, ref).seq == seq
    assert browser.send_form(f"/incidents/{ref}/say", form | {"text": "another"}).status == 200
    assert view(site, ref).seq == seq + 1


def test_a_declaration_sent_twice_opens_one_incident(browser: Browser) -> None:
    form = browser.get("/declare").form("/declare") | {"title": "it burns", "severity": "SEV2"}
    assert browser.send_form("/declare", form).url == browser.send_form("/declare", form).url
    assert browser.get("/").text.count("it burns") == 1


def test_an_unknown_verb_is_not_found(browser: Browser, ref: str) -> None:
    assert send(browser, ref, "explode").status == 404
    assert send(browser, ref, "note/t1", text="x").status == 404


def test_who_may_only_read_is_offered_no_forms_and_refused(site: Site, ref: str) -> None:
    reader = site.browser("rea")
    page = reader.get(f"/incidents/{ref}")
    assert page.status == 200
    assert f'action="/incidents/{ref}' not in page.text.replace('method="get" action', "")
    token = page.form("/logout")
    assert reader.send_form(f"/incidents/{ref}/note", token | {"text": "hello"}).status == 403


def test_causes_show_what_speaks_for_and_against_them_and_what_was_not_seen(
    site: Site, browser: Browser, ref: str
) -> None:
    cause = CauseSeen(
        key="leak", title="Session leak", state="likely", score=0.9, supports=("46 idle",), refutes=("no deploy",)
    )
    act(
        site.app.engine,
        ref,
        Diagnosed(bundle="b1", causes=(cause,), checks=3, blind_spots=("no credentials",)),
        site.by(),
    )
    page = browser.get(f"/incidents/{ref}").text
    for said in ("Session leak", "46 idle", "no deploy", "Not seen: no credentials", "likelihood 90 of 100"):
        assert said in page


def test_the_timeline_shows_what_was_known_then(site: Site, browser: Browser, ref: str) -> None:
    site.clock.advance(timedelta(hours=1))
    send(browser, ref, "note", text="learned later", at="2026-01-05T11:00:00")
    assert "learned later" in browser.get(f"/incidents/{ref}").text
    assert "learned later" not in browser.get(f"/incidents/{ref}?as_known_at=2026-01-05T12:00:00").text


def test_what_is_missing_has_the_one_button_that_mends_it(site: Site, browser: Browser, ref: str) -> None:
    page = browser.get(f"/incidents/{ref}").text
    assert "Nobody has acknowledged" in page
    page = browser.send(f"/incidents/{ref}", f"/incidents/{ref}/acknowledge").text
    assert "Nobody has acknowledged" not in page
    page = browser.send(f"/incidents/{ref}", f"/incidents/{ref}/role").text
    assert view(site, ref).commander == "ana"
