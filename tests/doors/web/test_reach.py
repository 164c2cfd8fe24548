"""How one is reached stands on a page that needs no script, and shows nobody's address."""

from __future__ import annotations

from tests.doors.web.site import Browser, Site


def test_ones_own_page_says_what_a_page_would_do_now(browser: Browser) -> None:
    assert "/account/reach" in browser.get("/account").text
    page = browser.get("/account/reach")
    assert page.status == 200
    assert "How you are reached" in page.text
    assert "at 0 min <b>console</b>" in page.text
    assert "✓ by tocsin.yaml" in page.text
    assert "A page of low urgency now" in page.text


def test_anothers_page_is_there_for_whoever_may_read_and_nobody_elses(site: Site, browser: Browser) -> None:
    assert "How Bo is reached" in browser.get("/people/bo").text
    assert site.browser("rea").get("/people/bo").status == 200
    assert browser.get("/people/zoe").status == 404
    assert "/login" in site.stranger().get("/account/reach").url
