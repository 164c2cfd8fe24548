"""The calendar of on-call: days by the reader's clock, everybody's or one's own, and who is on at a certain time."""

from __future__ import annotations

import pytest
from tests.doors.web.site import Browser, Site


def test_a_week_shows_who_is_on_each_day(browser: Browser) -> None:
    page = browser.get("/oncall/calendar?first=2026-01-11")
    assert page.status == 200
    assert page.text.count('class="card day"') == 7
    assert "Sun 2026-01-11" in page.text
    monday = page.text.partition("Mon 2026-01-12")[2].partition("</ul>")[0]
    assert [words in monday for words in ("00:00 to 09:00", "Ana", "09:00 to 00:00", "Bo")] == [True] * 4


def test_hours_with_nobody_are_shown(browser: Browser) -> None:
    assert '<span class="late">nobody</span>' in browser.get("/oncall/calendar?first=2026-01-04").text


def test_four_weeks_may_be_ones_own(site: Site) -> None:
    page = site.browser("bo").get("/oncall/calendar?view=month&first=2026-01-05&who=mine").text
    assert page.count('class="card day"') == 28
    assert "Ana" not in page.partition('<ol class="plain days">')[2]
    assert "You are off." in page


def test_who_is_on_at_three_in_the_morning(browser: Browser) -> None:
    page = browser.get("/oncall/calendar?at=2026-01-13T03:00").text
    assert "On call at" in page
    assert "<b>primary</b>: Bo" in page.partition("On call at")[2].partition("</section>")[0]


@pytest.mark.parametrize(
    "asked", ["first=x", "at=x", "view=x&who=x", "first=0001-01-01", "first=9999-12-31", "at=0001-01-01T00:00"]
)
def test_an_address_that_says_nothing_is_today(browser: Browser, asked: str) -> None:
    page = browser.get(f"/oncall/calendar?{asked}")
    assert page.status == 200
    assert "Today, " in page.text


def test_only_who_is_logged_in_sees_it(site: Site) -> None:
    assert "/login" in site.stranger().get("/oncall/calendar").url
