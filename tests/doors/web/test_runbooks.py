"""The runbook panel: plain forms that follow, mark and carry out, and lose nothing that was typed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.doors.web.site import Browser, Page, Site
from tests.doors.web.test_verbs import send

from tocsin.domain.actor import SYSTEM
from tocsin.domain.incident.events import CauseSeen, Diagnosed
from tocsin.domain.visibility import WORKER
from tocsin.flows import queries
from tocsin.flows.handle import Change, handle

LEAK = CauseSeen(key="session_leak", title="orders leaks sessions", state="confirmed", score=0.97)


@pytest.fixture
def ref(site: Site) -> str:
    return site.declare()


def steps(site: Site, ref: str) -> dict[str, Any]:
    (only,) = queries.incident_runbooks(site.app.engine, WORKER, ref).followed
    return {step.key: step for step in only.steps}


def follow(browser: Browser, ref: str, key: str = "lock-chain") -> Page:
    return send(browser, ref, "runbook", runbook=key)


def test_a_runbook_that_fits_is_one_button_away(site: Site, browser: Browser, ref: str) -> None:
    said = Diagnosed(bundle="", causes=(LEAK,), checks=1)
    handle(site.app.engine, ref, [Change(body=said, actor=SYSTEM)], viewer=WORKER)

    page = browser.get(f"/incidents/{ref}")

    assert "for “orders leaks sessions” there is: Database connections are used up" in page.text
    assert "cause session_leak: confirmed (97%)" in page.text
    after = browser.send_form(f"/incidents/{ref}/runbook", page.form(f"/incidents/{ref}/runbook"))
    assert "Runbook followed" in after.text
    assert next(iter(steps(site, ref))) == "how-full"


def test_steps_are_marked_by_a_plain_form(site: Site, browser: Browser, ref: str) -> None:
    follow(browser, ref)
    page = send(browser, ref, "step/lock-chain", step="tree", result="done", note="a report holds it")

    assert page.status == 200
    assert "Step marked." in page.text
    assert "a report holds it" in page.text
    assert steps(site, ref)["tree"].by == "ana"
    send(browser, ref, "step/lock-chain", step="tree", result="open")
    assert steps(site, ref)["tree"].result == "open"


def test_a_decision_without_words_is_refused_beside_its_step(site: Site, browser: Browser, ref: str) -> None:
    follow(browser, ref)
    page = send(browser, ref, "step/lock-chain", step="safe", result="done")

    assert page.status == 422
    assert "a decision needs its words" in page.text
    assert 'id="do-step"' in page.text
    assert steps(site, ref)["safe"].result == "open"


def test_a_step_is_carried_out_by_its_button(site: Site, browser: Browser, ref: str) -> None:
    follow(browser, ref)
    assert "Diagnose now" in browser.get(f"/incidents/{ref}").text

    assert "Carried out" in send(browser, ref, "run-step/lock-chain", step="tree").text
    assert steps(site, ref)["tree"].result == "begun"
    by_hand = send(browser, ref, "run-step/lock-chain", step="end-root")
    assert by_hand.status == 409
    assert "never run by Tocsin" in by_hand.text


def test_commands_are_shown_to_be_copied_and_never_as_markup(browser: Browser, ref: str) -> None:
    text = follow(browser, ref, "database-slow").text

    assert "state &lt;&gt; &#39;idle&#39;" in text


def test_who_may_only_read_sees_the_steps_and_no_forms(site: Site, browser: Browser, ref: str) -> None:
    follow(browser, ref)
    seen = site.browser("rea").get(f"/incidents/{ref}").text

    assert "Draw the tree of waits" in seen
    assert "Diagnose now" not in seen


def test_the_panel_stays_readable_when_all_is_over(browser: Browser, ref: str) -> None:
    follow(browser, ref)
    send(browser, ref, "resolve", resolution="ended it", anyway="quiet")
    page = browser.get(f"/incidents/{ref}")

    assert "Draw the tree of waits" in page.text
    assert "Follow another runbook" not in page.text
