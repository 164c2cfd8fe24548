"""What the other pages show."""

from __future__ import annotations

import gzip
from datetime import timedelta

from tests.doors.web.site import Browser, Site

from tocsin.doors.http.callers import COOKIE
from tocsin.flows.storage import NewJob


def test_an_empty_list_tells_how_to_declare_and_to_practise(browser: Browser) -> None:
    page = browser.get("/").text
    assert "tocsin drill run connection-exhaustion" in page
    assert 'href="/declare"' in page


def test_the_list_shows_open_ones_first_the_most_severe_on_top(site: Site, browser: Browser) -> None:
    over = site.declare("Over", severity="SEV4")
    browser.send(f"/incidents/{over}", f"/incidents/{over}/resolve", resolution="fixed")
    site.declare("Grave", severity="SEV1")
    site.clock.advance(timedelta(minutes=1))
    site.declare("Slight", severity="SEV3")
    page = browser.get("/").text
    assert page.index("Grave") < page.index("Slight") < page.index("Over")
    assert "Nobody has acknowledged" in page


def test_the_list_is_filtered(site: Site, browser: Browser) -> None:
    site.declare("Orders fail")
    site.declare("Search is slow", severity="SEV3", services=("postgres-main",))
    assert "Orders fail" not in browser.get("/?severity=SEV3").text
    assert "Orders fail" in browser.get("/?service=orders-api").text
    assert "Search is slow" not in browser.get("/?q=orders").text
    assert "No open incident matches" in browser.get("/?phase=closed").text


def test_older_incidents_come_page_by_page(site: Site, browser: Browser) -> None:
    for number in range(27):
        ref = site.declare(f"Old-{number:02}", severity="SEV4")
        browser.send(f"/incidents/{ref}", f"/incidents/{ref}/resolve", resolution="fixed")
        site.clock.advance(timedelta(minutes=1))
    first = browser.get("/").text
    assert "Old-26" in first
    assert "Old-00" not in first
    older = first.partition("cursor=")[2].partition('"')[0]
    assert "Old-00" in browser.get(f"/?cursor={older}").text


def test_free_text_becomes_a_draft_with_its_severity_and_who_is_woken(browser: Browser) -> None:
    page = browser.send("/declare", "/declare/draft", text="orders API 500s since 11:23, about 30 % failing")
    assert page.status == 200
    assert "Wakes <b>Ana</b>" in page.text
    assert 'name="services" value="orders-api" checked' in page.text
    assert "SEV2" in page.text
    assert "Nothing is on fire" in browser.get("/").text
    fields = page.form("/declare") | {
        "title": "Orders API 500s",
        "services": "orders-api",
        "impact.error_percent": "30",
    }
    opened = browser.send_form("/declare", fields)
    assert opened.status == 200, opened.text
    assert "30 % of requests fail" in opened.text
    assert "Declared: the clocks run." in opened.text


def test_a_declaration_that_cannot_be_keeps_what_was_typed(browser: Browser) -> None:
    page = browser.send("/declare", "/declare", title="it burns", severity="SEV9", summary="a lot is known")
    assert page.status == 422
    assert "a lot is known</textarea>" in page.text
    assert "Use one of: SEV1" in page.text
    assert browser.send("/declare", "/declare/draft", text=" ").status == 422


def test_on_call_names_who_answers_by_schedule_and_service(browser: Browser) -> None:
    page = browser.get("/oncall").text
    assert page.count("<b>Ana</b>") >= 2
    assert "primary" in page


def test_services_show_what_is_broken(site: Site, browser: Browser) -> None:
    ref = site.declare("Orders fail")
    page = browser.get("/services").text
    assert f'href="/incidents/{ref}"' in page
    assert "https://grafana.example.com/d/orders" in page
    assert "javascript:" not in page


def test_health_tells_what_could_not_be_delivered(site: Site, browser: Browser) -> None:
    assert "no worker is alive" in browser.get("/health-of-tocsin").text
    job = NewJob(key="k", kind="page", incident="", payload={"to": "bo"}, due=site.clock())
    with site.app.engine.store.transaction() as tx:
        tx.enqueue([job])
    held = site.app.engine.store.claim_jobs("w", limit=1, lease_s=9)[0]
    with site.app.engine.store.transaction() as tx:
        tx.bury(held, "no such address")
    assert "no such address" in browser.get("/health-of-tocsin").text


def test_a_post_mortem_is_read_written_published_and_taken_away(site: Site, browser: Browser) -> None:
    ref = site.declare()
    path = f"/incidents/{ref}/postmortem"
    assert "Still open" in browser.get(path).text
    edited = browser.get(f"{path}?edit=summary")
    form = edited.form(f"/incidents/{ref}/section") | edited.form(f"/incidents/{ref}/section")
    form |= {"section": "summary", "text": "Half of the **orders** failed.", "back": path, "state": "draft"}
    page = browser.send_form(f"/incidents/{ref}/section", form)
    assert "<strong>orders</strong>" in page.text
    download = browser.client.get(f"{path}.md")
    assert "**orders**" in download.text
    assert download.headers["content-disposition"] == f'attachment; filename="postmortem-{ref}.md"'


def test_pages_stay_light(site: Site, browser: Browser) -> None:
    ref = site.declare()
    for number in range(120):
        site.clock.advance(timedelta(minutes=1))
        browser.send(f"/incidents/{ref}", f"/incidents/{ref}/say", text=f"finding {number}: " + "words " * 20)
    page = browser.get(f"/incidents/{ref}").text
    assets = sum(
        len(gzip.compress(browser.client.get(f"/static/{n}").content)) for n in ("app.css", "live.js", "keys.js")
    )
    assert len(gzip.compress(page.encode())) + assets < 60_000
    assert "older entries" in page
    assert "finding 0:" in browser.get(f"/incidents/{ref}?timeline=all").text


def test_scripts_are_small(browser: Browser) -> None:
    assert len(browser.client.get("/static/live.js").content) < 4096


def test_an_old_form_of_somebody_logged_out_is_given_back(site: Site, browser: Browser) -> None:
    ref = site.declare()
    form = browser.get(f"/incidents/{ref}").form(f"/incidents/{ref}/say") | {"text": "a long story"}
    browser.client.cookies.delete(COOKIE)
    page = browser.send_form(f"/incidents/{ref}/say", form)
    assert page.status == 401
    assert "a long story" in page.text
