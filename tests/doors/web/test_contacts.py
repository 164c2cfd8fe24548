"""The link in a test page, pressed by somebody without JavaScript and without a login."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import re2
from structlog.testing import capture_logs
from tests.doors.web.site import Site, catalogue

from tocsin.domain.catalogue import Catalogue, ContactMethod
from tocsin.flows.configure import apply
from tocsin.flows.contacts import page_for_test, ways

MAIL = ContactMethod(key="mail", kind="email", address="bo@example.com")
ACTION = "/contacts/confirm"


def with_mail(contact: ContactMethod = MAIL) -> Catalogue:
    known = catalogue()
    people = tuple(replace(p, contacts=(*p.contacts, contact)) if p.key == "bo" else p for p in known.people)
    return replace(known, people=people)


@pytest.fixture
def link(site: Site) -> str:
    """The path of the link that bo was sent by mail."""
    apply(site.app.engine, with_mail(), "test")
    page_for_test(site.app.engine, site.app.signing, "bo", "mail")
    (job,) = site.app.engine.store.claim_jobs("w", limit=9, lease_s=9)
    found = re2.search(r"http://tocsin\.test(/contacts/confirm\?key=\S+)", str(job.payload["text"]))
    assert found
    return str(found[1])


def verified(site: Site) -> bool:
    return next(w.verified for w in ways(site.app.engine) if w.method == "mail")


def test_looking_at_the_link_does_nothing_and_the_button_confirms(site: Site, link: str) -> None:
    stranger = site.stranger()
    for _ in range(3):
        page = stranger.get(link)
        assert page.status == 200
        assert "bo can be paged this way" in page.text
        assert not verified(site)

    done = stranger.send(link, ACTION)

    assert (done.status, "Confirmed: bo can be paged by" in done.text) == (200, True)
    assert verified(site)
    assert "button" not in site.stranger().get(link).text.partition("<main")[2].partition("</main")[0]


def test_the_page_keeps_its_address_to_itself(site: Site, link: str) -> None:
    answer = site.stranger().client.get(link)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "bo@example.com" not in answer.text


def test_the_log_says_once_who_confirmed_and_not_by_which_link(site: Site, link: str) -> None:
    stranger = site.stranger()
    hidden = stranger.get(link).form(ACTION)
    with capture_logs() as logs:
        for _ in range(2):
            assert stranger.send_form(ACTION, hidden).status == 200

    (line,) = logs
    assert (line["event"], line["person"], line["method"], line["by"]) == (
        "contact.verified",
        "bo",
        "mail",
        "bo by link",
    )
    assert hidden["key"] not in str(logs)


def test_a_form_from_elsewhere_confirms_nothing(site: Site, link: str) -> None:
    key = link.partition("key=")[2]
    answer = site.stranger().client.post(ACTION, data={"key": key, "csrf": "a.b"})
    assert answer.status_code == 403
    stranger = site.stranger()
    hidden = stranger.get(link).form(ACTION)
    forged = stranger.client.post(ACTION, data=hidden, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403
    assert not verified(site)
    assert stranger.send_form(ACTION, hidden).status == 200


def test_a_changed_link_says_how_to_get_another(site: Site, link: str) -> None:
    stranger = site.stranger()
    page = stranger.get(link + "x")
    assert page.status == 422
    assert "tocsin page --test" in page.text
    hidden = stranger.get(link).form(ACTION)
    assert stranger.send_form(ACTION, hidden | {"key": hidden["key"] + "x"}).status == 422
    assert not verified(site)


def test_an_old_link_and_one_to_a_former_address_are_refused(site: Site, link: str) -> None:
    stranger = site.stranger()
    hidden = stranger.get(link).form(ACTION)
    apply(site.app.engine, with_mail(replace(MAIL, address="bo@elsewhere.example.com")), "test")
    assert stranger.send_form(ACTION, hidden).status == 409
    site.clock.advance(timedelta(minutes=15))
    page = stranger.get(link)
    assert (page.status, "expired" in page.text) == (409, True)
    assert not verified(site)
