"""Silences in the browser, without JavaScript: made, refused, ended, and what they hold back."""

from __future__ import annotations

from tests.doors.web.site import Browser, Site

from tocsin.flows.ingest import Sender, accept
from tocsin.flows.ports import InboundAlert

SENDER = Sender(key="watch", service="orders-api")


def fire(site: Site, count: int = 1) -> None:
    alerts = [
        InboundAlert(
            fingerprint=f"f{number}",
            name="Errors",
            status="firing",
            labels={"alertname": "Errors", "zone": "eu", "instance": f"n{number}"},
            severity="critical",
            summary="5xx",
        )
        for number in range(count)
    ]
    accept(site.app.engine, SENDER, alerts)


def make(browser: Browser, **more: object) -> str:
    fields = {"matchers": 'alertname="Errors"\nzone=eu', "comment": "a <b>move</b>", **more}
    page = browser.send("/silences", "/silences", **{"ends_at": "2999-01-01T00:00:00", **fields})
    return page.text


def test_a_silence_is_made_shown_and_ended(site: Site, browser: Browser) -> None:
    page = make(browser)
    assert "The silence is made" in page
    assert "{alertname=&#34;Errors&#34;, zone=&#34;eu&#34;}" in page
    assert "a &lt;b&gt;move&lt;/b&gt;" in page
    assert "by ana" in page

    fire(site)
    page = browser.get("/silences").text
    assert "Errors: 5xx" in page
    assert "tocsin why watch/f0" in page
    (silence,) = {part.partition("/")[0] for part in page.split('action="/silences/')[1:]}
    done = browser.send("/silences", f"/silences/{silence}/expire")
    assert "The silence is over" in done.text
    assert "Nothing is silenced." in done.text
    assert 'class="chip">expired' in browser.get("/silences?every=1").text
    assert browser.send_form(f"/silences/{silence}/expire", browser.get("/silences").form("/silences")).status == 200


def test_a_silence_may_come_again_and_again(browser: Browser) -> None:
    page = make(browser, weekdays="saturday\nsunday", times="22:00-06:00", zone="Europe/Berlin")
    assert "only during saturday, sunday; 22:00-06:00 Europe/Berlin" in page


def test_what_cannot_be_silenced_is_refused_with_what_was_typed(browser: Browser) -> None:
    for wrong in ({"matchers": "zone="}, {"matchers": "{{"}, {"ends_at": "2001-01-01T00:00:00"}, {"times": "25:00-x"}):
        page = make(browser, **wrong)
        assert 'role="alert"' in page, wrong
        assert "a &lt;b&gt;move&lt;/b&gt;</textarea>" in page
        assert "Nothing is silenced." in page


def test_the_same_form_sent_twice_makes_one(browser: Browser) -> None:
    form = browser.get("/silences").form("/silences") | {
        "matchers": "zone=eu", "comment": "x", "ends_at": "2999-01-01T00:00:00",
    }  # fmt: skip
    for _ in range(2):
        browser.send_form("/silences", form)
    assert browser.get("/silences").text.count("End it now") == 1


def test_who_may_only_read_sees_them_and_no_form(site: Site, browser: Browser) -> None:
    make(browser)
    page = site.browser("rea").get("/silences").text
    assert "zone=&#34;eu&#34;" in page
    assert "<textarea" not in page
    assert "End it now" not in page


def test_the_incident_page_draws_how_many_alerts_fire(site: Site, browser: Browser) -> None:
    fire(site, 300)
    page = browser.get("/incidents/INC-1").text
    assert "Alerts over time" in page
    assert 'aria-label="Alerts that fire: first 1, lowest 1, highest 20, now 20"' in page
