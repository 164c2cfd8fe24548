"""A runbook is followed with a real browser, with scripts and without, on a wide screen and a narrow one."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, expect
from tests.browser.server import tell_story
from tests.browser.test_response import SUCCESS_CRITERIA, Served, log_in

from tocsin.flows.runbooks import Outcome, Place, mark_step, start_runbook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_runbook_is_followed_step_by_step(chrome: Browser, served: Served, *, scripts: bool) -> None:
    site, url = served
    ref = site.declare()
    context = chrome.new_context(java_script_enabled=scripts)
    page = log_in(context, served)
    page.goto(f"{url}/incidents/{ref}")
    page.get_by_text("Follow another runbook").click()
    page.get_by_label("Runbook", exact=True).select_option("lock-chain")
    page.get_by_role("button", name="Follow it", exact=True).click()
    expect(page.get_by_text("Runbook followed: its steps stand below.")).to_be_visible()
    panel = page.locator("#runbooks")
    expect(panel).to_contain_text("0/8")
    page.get_by_label("What was seen in step 1").fill("a report holds orders")
    page.get_by_role("button", name="Step 1 is done").click()
    expect(page.get_by_text("Step marked.")).to_be_visible()
    expect(panel).to_contain_text("1/8")
    expect(page.locator("#lines")).to_contain_text("Step done: Draw the tree of waits and find its root.")
    expect(page.get_by_role("button", name="Step 2 is done")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
def test_the_panel_breaks_no_success_criterion_and_fits_a_narrow_screen(
    chrome: Browser, served: Served, scheme: str, width: int
) -> None:
    site, url = served
    ref, by = tell_story(site), site.by("ana")
    start_runbook(site.app.engine, ref, "connection-exhaustion", by)
    for step, result in (("how-full", "done"), ("pools", "failed"), ("changed", "skipped")):
        outcome = Outcome(result=result, note="46 of 50 idle")  # type: ignore[arg-type]  # one of the words above
        mark_step(site.app.engine, ref, Place(runbook="connection-exhaustion", step=step), outcome, by)
    dark = "dark" if scheme == "dark" else "light"
    context = chrome.new_context(color_scheme=dark, viewport={"width": width, "height": 720})  # type: ignore[arg-type]  # one of the two
    page = log_in(context, served)
    page.goto(f"{url}/incidents/{ref}")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": SUCCESS_CRITERIA}})

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
