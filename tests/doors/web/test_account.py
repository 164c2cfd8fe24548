"""A password is changed by a plain form, and nothing typed into it is ever shown again."""

from __future__ import annotations

import pytest
from tests.doors.web.site import PASSWORD, Browser, Page, Site
from tests.support.passwords import give_password

from tocsin.doors.throttle import FREE_TRIES
from tocsin.flows import access

NEW = "a newer horse battery"


@pytest.fixture
def known(site: Site) -> Browser:
    """Somebody who has a password."""
    give_password(site.app.engine, site.app.passwords, "ana", PASSWORD)
    return site.browser()


def change(browser: Browser, *, current: str = PASSWORD, new: str = NEW, again: str = "") -> Page:
    fields = {"current": current, "password": new, "again": again or new}
    page = browser.send("/account", "/account/password", **fields)
    assert not any(secret in page.text for secret in fields.values() if secret)
    return page


def opens(site: Site, password: str) -> bool:
    try:
        access.log_in(site.app.engine, site.app.passwords, "ana", password)
    except access.DeniedError:
        return False
    return True


def test_the_account_page_says_who_you_are(browser: Browser) -> None:
    page = browser.get("/account")
    assert "You are <b>ana</b>" in page.text
    assert 'aria-current="page">Account' in page.text


def test_a_new_password_logs_other_browsers_out_and_this_one_stays(site: Site, known: Browser) -> None:
    other, bos = site.browser(), site.browser("bo")
    page = change(known)

    assert page.url.endswith("/account?done=password")
    assert "your other browsers are logged out" in page.text
    assert other.get("/").url.startswith("http://tocsin.test/login")
    assert bos.get("/").url == "http://tocsin.test/"
    assert (opens(site, PASSWORD), opens(site, NEW)) == (False, True)


def test_whoever_has_none_sets_a_first_one(site: Site, browser: Browser) -> None:
    shown = browser.get("/account").text
    assert "Set a password" in shown
    assert "Current password" not in shown
    assert change(browser, current="").status == 200
    assert opens(site, NEW)
    assert "Current password" in browser.get("/account").text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"current": "not the horse"}, 422, "that is not your password"),
        ({"current": ""}, 422, "that is not your password"),
        ({"new": "hossa!"}, 409, "at least 10 characters"),
        ({"again": "another horse battery"}, 422, "do not agree"),
        ({"new": "x" * 301}, 422, "at most 300 characters"),
        ({"new": PASSWORD}, 409, "the password you have"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    site: Site, known: Browser, fields: dict[str, str], status: int, said: str
) -> None:
    page = change(known, **fields)
    assert page.status == status
    assert said in page.text
    assert 'aria-invalid="true"' in page.text
    assert opens(site, PASSWORD)


def test_a_space_belongs_to_a_password(site: Site, known: Browser) -> None:
    change(known, new=f" {NEW} ")
    assert (opens(site, NEW), opens(site, f" {NEW} ")) == (False, True)


def test_guessing_has_to_wait_here_as_at_the_login(site: Site, known: Browser) -> None:
    assert [change(known, current=f"wrong {n}").status for n in range(FREE_TRIES)] == [422] * FREE_TRIES
    page = change(known)
    assert page.status == 429
    assert "wait 30 s" in page.text
    assert opens(site, PASSWORD)


def test_passwords_typed_by_somebody_logged_out_are_not_shown(site: Site, known: Browser) -> None:
    form = known.get("/account").form("/account/password")
    page = site.stranger().send_form("/account/password", form | {"current": PASSWORD, "password": NEW, "again": NEW})
    assert page.status == 401
    assert PASSWORD not in page.text
    assert NEW not in page.text
