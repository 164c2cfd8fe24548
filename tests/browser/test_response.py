"""People answer an incident with a real browser, with scripts and without."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.server import tell_story
from tests.doors.web.site import Site

from tocsin.domain.incident.events import Noted
from tocsin.doors.http.callers import COOKIE
from tocsin.flows import access
from tocsin.flows.respond import act

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Served = tuple[Site, str]
SUCCESS_CRITERIA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def log_in(context: BrowserContext, served: Served, who: str = "ana") -> Page:
    """Log in the way people do: by the button of a one-time link."""
    site, url = served
    page = context.new_page()
    page.goto(url + access.login_link(site.app.engine, who))
    page.get_by_role("button", name="Log in").click()
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_an_incident_is_declared_acknowledged_updated_and_resolved(
    chrome: Browser, served: Served, *, scripts: bool
) -> None:
    context = chrome.new_context(java_script_enabled=scripts)
    page = log_in(context, served)
    page.get_by_role("link", name="Declare", exact=True).click()
    page.get_by_label("What is broken?").fill("orders API 500s since 5 minutes, about 30 % failing")
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_text("Declared: the clocks run.")).to_be_visible()
    page.get_by_role("button", name="Acknowledge", exact=True).first.click()
    expect(page.get_by_text("Acknowledged: escalation has stopped.")).to_be_visible()
    page.get_by_role("link", name="Post an update").click()
    page.get_by_label("What should people know?").fill("We know the cause and roll back.")
    page.get_by_role("button", name="Post it").click()
    expect(page.get_by_text("Update posted.")).to_be_visible()
    expect(page.locator("#lines")).to_contain_text("We know the cause and roll back.")
    page.get_by_label("Add to the timeline").fill("/status monitoring")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".steps [aria-current=step]")).to_have_text("Monitoring")
    page.get_by_role("link", name="All-clear").first.click()
    page.get_by_label("What fixed it?").fill("Rolled back to 2.4.0")
    page.get_by_label("Do not wait for gates and watch window, because").fill("traffic is normal")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text("Resolved: the all-clear goes out.")).to_be_visible()
    expect(page.locator(".steps [aria-current=step]")).to_have_text("Resolved")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_breaks_a_success_criterion_or_runs_off_a_narrow_screen(
    chrome: Browser, served: Served, scheme: str, width: int
) -> None:
    site, url = served
    ref = tell_story(site)
    context = chrome.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 720}
    )
    page = context.new_page()
    options = {"runOnly": {"type": "tag", "values": SUCCESS_CRITERIA}}
    paths = [
        "/login",
        "/",
        f"/incidents/{ref}",
        "/declare",
        f"/incidents/{ref}/postmortem",
        f"/incidents/{ref}/diagnosis",
        "/oncall",
        "/oncall/calendar?view=month&at=2026-01-13T03:00",
        "/health-of-tocsin",
        "/services",
        "/silences",
        "/followups",
        "/account",
        "/account/reach",
    ]
    for path in paths:
        page.goto(url + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(page, options=options)
        assert found.violations_count == 0, f"{path} {scheme} {width}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if path == "/login":
            key = access.login_link(site.app.engine, "ana").partition("key=")[2]
            cookie = access.use_login_link(site.app.engine, key)
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": url}])
    context.close()


def test_a_phone_has_three_thumb_sized_buttons_that_stay(chrome: Browser, served: Served) -> None:
    site, url = served
    ref = site.declare()
    context = chrome.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False, has_touch=True)
    page = log_in(context, served)
    page.goto(f"{url}/incidents/{ref}")
    bar = page.get_by_role("navigation", name="Quick actions")
    for name in ("Acknowledge", "Update", "More"):
        box = bar.get_by_text(name, exact=True).bounding_box()
        assert box is not None
        assert min(box["height"], box["width"]) >= 48
        assert box["y"] + box["height"] <= 640
    bar.get_by_text("Acknowledge", exact=True).tap()
    expect(page.get_by_text("Acknowledged: escalation has stopped.")).to_be_visible()
    context.close()


BROKEN_WORDS = """selector => [...document.querySelectorAll(selector)].flatMap(one => {
  const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), found = []
  for (let node; (node = walker.nextNode());)
    for (const word of node.data.matchAll(/\\S+/g)) {
      const range = document.createRange()
      range.setStart(node, word.index), range.setEnd(node, word.index + word[0].length)
      if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) found.push(word[0])
    }
  return found
})"""


def test_no_word_of_a_button_a_step_or_a_table_is_cut_in_two_on_a_phone(chrome: Browser, served: Served) -> None:
    site, url = served
    ref = site.declare()
    context = chrome.new_context(viewport={"width": 320, "height": 640})
    page = log_in(context, served)
    for path in (f"/incidents/{ref}", "/", "/oncall", "/health-of-tocsin?state=done"):
        page.goto(url + path)
        assert page.evaluate(BROKEN_WORDS, ".btn, .steps span, th:not(.mono), td:not(.long)") == [], path
    context.close()


def test_an_open_page_shows_what_others_do_and_leaves_typing_alone(chrome: Browser, served: Served) -> None:
    site, url = served
    ref = site.declare()
    context = chrome.new_context()
    page = log_in(context, served)
    page.goto(f"{url}/incidents/{ref}")
    box = page.get_by_label("Add to the timeline")
    box.fill("half a thought")
    act(site.app.engine, ref, Noted(text="Bo sees 46 idle sessions"), site.by("bo"))
    expect(page.locator("#lines")).to_contain_text("Bo sees 46 idle sessions")
    expect(page.get_by_role("status")).to_contain_text("Bo sees 46 idle sessions")
    expect(box).to_have_value("half a thought")
    expect(box).to_be_focused()
    page.get_by_role("button", name="Pause live update").click()
    act(site.app.engine, ref, Noted(text="unseen for now"), site.by("bo"))
    page.wait_for_timeout(1500)
    expect(page.locator("#lines")).not_to_contain_text("unseen for now")
    page.get_by_role("button", name="Pause live update").click()
    expect(page.locator("#lines")).to_contain_text("unseen for now")
    context.close()


def test_clocks_tick_and_times_are_the_readers_own_too(chrome: Browser, served: Served) -> None:
    site, url = served
    ref = tell_story(site)
    context = chrome.new_context(timezone_id="Asia/Kolkata", locale="en-GB")
    page = log_in(context, served)
    page.goto(f"{url}/incidents/{ref}")
    expect(page.locator(".clock").first).to_have_text(re.compile(r"^\d\d:1\d:\d\d$"))
    expect(page.locator("[data-local]")).to_contain_text("your time")
    assert "your time" in (page.locator("#lines time").first.get_attribute("title") or "")
    context.close()


def test_single_keys_act_and_can_be_turned_off(chrome: Browser, served: Served) -> None:
    site, url = served
    ref = site.declare()
    context = chrome.new_context()
    page = log_in(context, served)
    page.goto(f"{url}/incidents/{ref}")
    page.keyboard.press("u")
    expect(page.get_by_label("What should people know?")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_label("What should people know?")).to_have_value("a")
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_label("Single keys do this").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.locator("body").press("a")
    page.reload()
    expect(page.get_by_role("button", name="Acknowledge", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_label("Single keys do this").check()
    page.get_by_role("button", name="Close").click()
    page.locator("body").press("a")
    expect(page.get_by_text("Acknowledged: escalation has stopped.")).to_be_visible()
    context.close()


def test_the_policy_of_the_pages_is_never_broken(chrome: Browser, served: Served) -> None:
    site, url = served
    ref = tell_story(site)
    context = chrome.new_context()
    page = log_in(context, served)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in ("/", f"/incidents/{ref}?open=update", "/declare", f"/incidents/{ref}/postmortem"):
        page.goto(url + path)
        page.wait_for_load_state("load")
    assert complaints == []
    context.close()
