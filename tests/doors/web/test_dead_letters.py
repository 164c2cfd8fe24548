"""What failed for good is sent again from the health page, by a plain form."""

from __future__ import annotations

from tests.doors.web.site import Browser, Site

from tocsin.flows.storage import NewJob


def buried(site: Site) -> str:
    """Bury a message and return its row's id."""
    store = site.app.engine.store
    with store.transaction() as tx:
        tx.enqueue((NewJob(key="m", kind="message", incident="", payload={"to": "room"}, due=tx.now()),))
    (job,) = store.claim_jobs("w", limit=1, lease_s=9, kinds=("message",))
    with store.transaction() as tx:
        tx.bury(job, "410 gone")
    return job.id


def test_the_button_sends_it_again_and_a_second_press_is_refused(site: Site, browser: Browser) -> None:
    row = buried(site)
    fields = browser.get("/health-of-tocsin").form("/health-of-tocsin/resend")
    assert fields["job"] == row

    done = browser.send_form("/health-of-tocsin/resend", fields)
    assert (done.status, "it is sent again" in done.text) == (200, True)
    again = browser.send_form("/health-of-tocsin/resend", fields)
    assert (again.status, "has not failed for good" in again.text) == (409, True)


def test_whoever_may_only_read_has_no_button(site: Site) -> None:
    buried(site)
    assert "Send again" not in site.browser("rea").get("/health-of-tocsin").text
