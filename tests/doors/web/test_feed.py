"""The calendar's address: shown on the calendar page, read without a login."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.testclient import TestClient
from tests.doors.web.site import Browser


def test_the_calendar_page_gives_an_address_that_is_read_without_a_login(browser: Browser) -> None:
    page = browser.send("/oncall/calendar", "/oncall/calendar/feed")
    assert page.status == 200
    found = re.search(r"<code>([^<]*/feeds/oncall\.ics[^<]*)</code>", page.text)
    assert found
    parts = urlsplit(found[1])
    stranger = TestClient(browser.client.app, base_url="http://testserver")
    answer = stranger.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "On call: Ana (primary)" in answer.text
    assert "Bo" not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_another_address_leads_nowhere_and_says_how_to_get_one(browser: Browser) -> None:
    gone = browser.get("/feeds/oncall.ics?key=x")
    assert gone.status == 410
    assert "tocsin schedule feed" in gone.text
