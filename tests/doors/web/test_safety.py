"""What nobody can do: act by a link, forge a form, read what is private, run a script, send people elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from tests.doors.web.site import PASSWORD, Browser, Page, Site
from tests.fakes import MemoryStore
from tests.support.passwords import give_password

from tocsin.domain.incident.events import Noted
from tocsin.doors.http.callers import COOKIE
from tocsin.doors.throttle import FIRST_WAIT_S, KEPT, Throttle
from tocsin.doors.web.app import create_pages
from tocsin.doors.web.login import BEFORE
from tocsin.doors.web.safety import local_path
from tocsin.flows import access
from tocsin.flows.respond import act

CANARY = "canary-5d1f"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def routes(pages: FastAPI) -> Iterator[APIRoute]:
    """Every route of the pages, however deep."""
    waiting: list[BaseRoute] = list(pages.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            yield route
        original = getattr(route, "original_router", None)
        waiting += getattr(original, "routes", [])


def paths(site: Site, method: str, ref: str) -> list[str]:
    found = sorted({r.path for r in routes(create_pages(site.app)) if method in (r.methods or ())})
    filled = [
        p.replace("{ref}", ref).replace("{name}", "app.css").replace("{verb}", "note").replace("{what}", "t1")
        for p in found
    ]
    return [p for p in filled if not p.endswith("/stream")]


def fingerprint(site: Site) -> str:
    """Everything in the store."""
    store = site.app.engine.store
    assert isinstance(store, MemoryStore)
    return repr({f.name: getattr(store.rows, f.name) for f in fields(store.rows)})


def test_the_enumeration_sees_the_routes(site: Site) -> None:
    assert {"/", "/declare", "/incidents/INC-1", "/oncall", "/login"} <= set(paths(site, "GET", "INC-1"))
    assert {"/declare", "/logout", "/incidents/INC-1/note"} <= set(paths(site, "POST", "INC-1"))


def test_looking_never_changes_anything(site: Site, browser: Browser) -> None:
    ref = site.declare()
    key = access.login_link(site.app.engine, "ana").partition("key=")[2]
    before = fingerprint(site)
    for path in paths(site, "GET", ref):
        browser.get(path)
        site.stranger().get(f"{path}?key={key}&person=ana&done=resolve&open=resolve")
    assert fingerprint(site) == before
    assert access.use_login_link(site.app.engine, key)


def test_a_form_without_its_token_does_nothing(site: Site, browser: Browser) -> None:
    ref = site.declare()
    other = site.browser("bo").get("/declare").form("/declare")["csrf"]
    before = fingerprint(site)
    for path in paths(site, "POST", ref):
        for token in ({}, {"csrf": ""}, {"csrf": "x.y"}, {"csrf": other}, {"csrf": "ü.ü"}):
            answer = browser.client.post(path, data={"text": CANARY, "title": "x", "person": "ana"} | token)
            # A link from a page has its token in its address, and this is none.
            assert answer.status_code == (422 if path.startswith("/a/") else 403), path
    assert fingerprint(site) == before
    assert browser.get("/").status == 200


def test_a_form_from_another_site_does_nothing(site: Site, browser: Browser) -> None:
    ref = site.declare()
    form = browser.get(f"/incidents/{ref}").form(f"/incidents/{ref}/say") | {"text": "hello"}
    answer = browser.client.post(f"/incidents/{ref}/say", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "hello" in answer.text


def test_strangers_are_sent_to_log_in_and_back(site: Site) -> None:
    ref = site.declare()
    stranger = site.stranger()
    for path in paths(site, "GET", ref):
        page = stranger.get(path)
        # Opened from a message or by a calendar, for somebody who may never have logged in here: the address is signed.
        if path == "/contacts/confirm" or path.startswith("/a/"):
            assert page.status == 422
            continue
        if path.startswith("/feeds/"):
            assert page.status == 410
            continue
        assert path.startswith(("/login", "/static")) or page.url.startswith("http://tocsin.test/login?next="), path
    for path in paths(site, "POST", ref):
        refused = {422} if path.startswith("/a/") else {401, 403}
        assert site.stranger().client.post(path, data={"x": "y"}).status_code in refused, path


def test_what_is_private_is_nowhere_to_be_seen(site: Site, browser: Browser) -> None:
    ref = site.declare(f"secret {CANARY}", private=True, summary=CANARY, initial_error=CANARY)
    public = site.declare("public")
    form = browser.get(f"/incidents/{ref}").form(f"/incidents/{ref}/note")
    for verb, filled in {
        "note": {"text": CANARY}, "followup": {"title": CANARY, "owner": "bo"}, "task": {"title": CANARY, "owner": "bo"},
        "update": {"text": CANARY}, "role": {"role": "investigator", "person": "bo"}, "relate": {"other": public},
    }.items():  # fmt: skip
        assert browser.send_form(f"/incidents/{ref}/{verb}", form | filled | {"nonce": verb}).status == 200
    outsider = site.browser("bo")
    absent = outsider.get("/incidents/NOPE-1")
    for path in [*paths(site, "GET", ref), *paths(site, "GET", public), "/?q=secret", "/health-of-tocsin?state=any"]:
        page = outsider.get(path)
        assert CANARY not in page.text, path
        if f"/{ref}" in path:
            assert page.status == 404
            assert page.text.replace(ref, "NOPE-1") == absent.text
        else:
            assert f">{ref}<" not in page.text, path
    token = outsider.get("/declare").form("/declare")["csrf"]
    for path in paths(site, "POST", ref):
        if f"/{ref}/" in path and not path.endswith("/t1"):
            assert outsider.send_form(path, {"csrf": token, "text": "x"}).status == 404, path
    assert CANARY in browser.get(f"/incidents/{ref}").text


def test_what_people_write_is_text(site: Site, browser: Browser) -> None:
    ref = site.declare(
        EVIL, summary=EVIL, initial_error=EVIL, symptoms=(EVIL,), reporter=EVIL, links={"a": "javascript:alert(1)"}
    )
    by = site.by()
    for actor in (by, replace(by, actor=replace(by.actor, kind="agent", id=EVIL, on_behalf_of="ana"))):
        act(site.app.engine, ref, Noted(text=f"{EVIL}\n{EVIL}\n[x](javascript:alert(3))"), actor)
    shown = [
        browser.get(p).text
        for p in (*paths(site, "GET", ref), f"/?q={EVIL}", f"/login?next={EVIL}", f"/login/once?key={EVIL}")
    ]
    form = browser.get(f"/incidents/{ref}").form(f"/incidents/{ref}/severity")
    shown.append(browser.send_form(f"/incidents/{ref}/severity", form | {"severity": EVIL, "reason": EVIL}).text)
    shown.append(browser.send("/declare", "/declare/draft", text=EVIL).text)
    for text in shown:
        if text.startswith("<!doctype"):  # not the Markdown that is downloaded
            assert "<script>alert" not in text
            assert "<img" not in text
            assert not re.search(r'href="\s*javascript:', text)


def test_pages_allow_no_inline_script_or_style(site: Site, browser: Browser) -> None:
    ref = site.declare()
    for path in paths(site, "GET", ref):
        answer = browser.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}
        if answer.headers["content-type"].startswith("text/html"):
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", answer.text), path
            assert not re.search(r'(src|href)="(https?:)?//(?!grafana)', answer.text), path


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/\t/evil.example",
     "/%0d%0aSet-Cookie:x".replace("%0d%0a", "\r\n"), "", "evil", "http:evil", "/ /x"],
)  # fmt: skip
def test_a_link_never_leads_elsewhere(site: Site, wanted: str) -> None:
    assert local_path(wanted) == "/"
    give_password(site.app.engine, site.app.passwords, "ana", PASSWORD)
    stranger = site.stranger()
    hidden = stranger.get("/login").form("/login")
    answer = stranger.client.post(
        "/login", data=hidden | {"person": "ana", "password": PASSWORD, "next": wanted}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_a_local_path_is_kept() -> None:
    assert local_path("/incidents/INC-1?open=update#do-update") == "/incidents/INC-1?open=update#do-update"


def test_a_password_opens_a_session_in_a_cookie_no_script_reads(site: Site) -> None:
    give_password(site.app.engine, site.app.passwords, "ana", PASSWORD)
    stranger = site.stranger()
    hidden = stranger.get("/login?next=/oncall").form("/login")
    answer = stranger.client.post(
        "/login", data=hidden | {"person": "ana", "password": PASSWORD}, follow_redirects=False
    )
    assert answer.headers["location"] == "/oncall"
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert stranger.get("/oncall").status == 200
    out = stranger.send("/", "/logout")
    assert "You are logged out" in out.text
    assert stranger.get("/").url.startswith("http://tocsin.test/login")


def test_cookies_are_secure_behind_https(site: Site) -> None:
    site.app = replace(site.app, settings=replace(site.app.settings, secure_cookies=True))
    answer = site.stranger().client.get("/login")
    assert "Secure" in answer.headers["set-cookie"]


def test_login_needs_its_own_token(site: Site) -> None:
    give_password(site.app.engine, site.app.passwords, "ana", PASSWORD)
    answer = site.stranger().client.post("/login", data={"person": "ana", "password": PASSWORD, "csrf": "a.b"})
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


def test_a_one_time_link_is_spent_by_the_button_alone_and_once(site: Site) -> None:
    link = access.login_link(site.app.engine, "ana")
    stranger, late = site.stranger(), site.stranger()
    opened = late.get(link).form("/login/once")
    for _ in range(3):
        assert COOKIE not in stranger.client.get(link).cookies
    page = stranger.send(link, "/login/once")
    assert page.url == "http://tocsin.test/"
    assert page.status == 200
    assert late.send_form("/login/once", opened).status == 401


def test_a_one_time_link_says_whom_it_logs_in_until_it_is_spent(site: Site) -> None:
    link = access.login_link(site.app.engine, "ana")
    shown = site.stranger().get(link)
    assert "This link logs in <b>Ana</b>" in shown.text
    assert shown.status == 200

    site.stranger().send(link, "/login/once")
    spent = site.stranger().get(link)
    assert spent.status == 401
    assert "was used or has expired" in spent.text
    assert "Ana" not in spent.text
    assert 'action="/login/once"' not in spent.text


def guess(stranger: Browser, person: str = "ana") -> Page:
    return stranger.send("/login", "/login", person=person, password="wrong wrong wrong")


def test_guessing_passwords_becomes_slow(site: Site) -> None:
    give_password(site.app.engine, site.app.passwords, "ana", PASSWORD)
    stranger = site.stranger()
    assert [guess(stranger).status for _ in range(6)] == [401] * 5 + [429]
    page = stranger.send("/login", "/login", person="Ana", password=PASSWORD)
    assert page.status == 429
    assert "wait 30 s" in page.text
    assert PASSWORD not in page.text
    assert guess(stranger, "bo").status == 401


def test_waits_double_and_end() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(5):
        assert throttle.wait_s("ana", "1.2.3.4") == 0
        throttle.failed("ana", "1.2.3.4")
    assert throttle.wait_s("ana", "1.2.3.4") == FIRST_WAIT_S
    now[0] += FIRST_WAIT_S
    assert throttle.wait_s("ana", "1.2.3.4") == 0
    throttle.failed("ana", "1.2.3.4")
    assert throttle.wait_s("ana", "1.2.3.4") == 2 * FIRST_WAIT_S
    assert throttle.wait_s("ana", "5.6.7.8") == 0
    throttle.succeeded("ana", "1.2.3.4")
    assert throttle.wait_s("ana", "1.2.3.4") == 0


def test_the_memory_of_failures_is_bounded() -> None:
    throttle = Throttle(lambda: 0.0)
    for number in range(KEPT):
        throttle.failed(f"p{number}", f"a{number}")
    assert len(throttle._failures) == KEPT


def test_a_form_too_large_is_refused(browser: Browser) -> None:
    form = browser.get("/declare").form("/declare")
    assert browser.send_form("/declare", form | {"title": "x" * 1_100_000}).status == 413


def test_a_session_that_ended_sees_nothing(site: Site, browser: Browser) -> None:
    site.clock.advance(timedelta(hours=13))
    assert browser.get("/").url.startswith("http://tocsin.test/login")


def test_the_login_cookie_alone_opens_nothing(site: Site) -> None:
    stranger = site.stranger()
    stranger.get("/login")
    stranger.client.cookies.set(COOKIE, stranger.client.cookies[BEFORE])
    assert stranger.get("/").url.startswith("http://tocsin.test/login")
