"""People are called by their names wherever something is said of them, whoever asks."""

from __future__ import annotations

import pytest
from tests.doors.web.site import Browser, Site

from tocsin.flows import learn, queries


@pytest.fixture
def ref(site: Site) -> str:
    return site.declare("Orders API answers 500", services=("orders-api",))


def test_the_page_the_api_and_the_post_mortem_say_the_same(site: Site, browser: Browser, ref: str) -> None:
    browser.send(f"/incidents/{ref}", f"/incidents/{ref}/acknowledge")
    browser.send(f"/incidents/{ref}", f"/incidents/{ref}/task", title="look at the sessions", owner="bo")

    viewer = site.by().viewer
    timeline = {entry.text for entry in queries.timeline(site.app.engine, viewer, ref).entries}
    lacking = {gap.text for gap in queries.missing_now(site.app.engine, viewer, ref)}
    page, written = browser.get(f"/incidents/{ref}").text, learn.postmortem(site.app.engine, viewer, ref)

    for said in ("Acknowledged by Ana", "Task for Bo: look at the sessions"):
        assert said in timeline
        assert said in page
        assert said in written
    assert "Open task: look at the sessions (Bo)" in lacking
    assert "Open task: look at the sessions (Bo)" in page
