"""A private incident is nobody's business: no route, message or list lets a canary out to who is no member."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from tests.privacy.routes import Route, routes_of
from tests.support.api import Office, Person, ago

from tocsin.domain.actor import Actor
from tocsin.domain.incident.events import AlertFired
from tocsin.domain.visibility import Viewer
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.queries import see

CANARY = "canary7x9"
ABSENT, ABSENT_ID = "INC-777", "01900000-0000-7000-8000-000000000000"
# ana administers, ben was paged and handles everything else, cleo reads; none of them is a member.
OUTSIDERS = ("ana", "ben", "cleo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Two private incidents of dan's, and public ones that have to do with them."""

    office: Office
    ref: str
    id: str
    absorbed_ref: str
    absorbed_id: str

    def in_(self, text: str) -> list[str]:
        """Return what of the secret a text gives away."""
        words = (CANARY, self.ref, self.id, self.absorbed_ref, self.absorbed_id)
        return [word for word in words if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]

    def beside(self) -> str:
        """Return the reference of a new public incident that is related to the private one and took another in."""
        dan = self.office.dan
        made: str = dan.declare(title="Public trouble", severity="SEV1", services=["billing"], declared_at=ago(5))[
            "ref"
        ]
        dan.act(made, "related", {"other": self.ref})
        return made


@pytest.fixture
def secrets(office: Office) -> Secrets:
    """Everything that can be said of an incident, said with the canary in it."""
    dan, c = office.dan, CANARY
    said = {
        "title": f"Breach {c}", "summary": c, "severity": "SEV1", "services": ["orders"], "endpoints": [f"/{c}"],
        "functions": [c], "symptoms": [c], "initial_error": c, "source": c, "reporter": c, "private": True,
        "impact": {"still_works": c, "revenue_note": c, "reputation": c, "sla_note": c},
        "links": {"channel": f"#{c}", "ticket": f"https://example.com/{c}"}, "declared_at": ago(9),
    }  # fmt: skip
    made = dan.post("/v1/incidents", said)
    other = dan.post("/v1/incidents", said | {"services": []})
    ref = made["ref"]
    office.post_alert("shop", {"alerts": [{"status": "firing", "labels": {"alertname": "late", "severity": "critical"},
                                           "annotations": {"summary": "Orders are late"}}]})  # fmt: skip
    for verb, body in (
        ("acknowledge", {}),
        ("notes", {"text": c, "kind": "finding", "pinned": True}),
        ("roles", {"role": "commander", "note": c}),
        ("tasks", {"title": c, "owner": "ben"}),
        ("tasks/t1/done", {"result": c}),
        ("tasks", {"title": c, "owner": "ben"}),
        ("updates", {"text": c, "eta": c, "workaround": c, "current_actions": [c],
                     "audiences": ["responders", "stakeholders", "leadership", "customers", "public"]}),
        ("severity", {"severity": "SEV2", "reason": c}),
        ("severity", {"severity": "SEV1", "reason": c}),
        ("status", {"status": "identified", "note": c}),
        ("cause", {"text": c, "trigger": c, "factors": [c], "confirmed": True}),
        ("answers", {"question": c, "answer": c}),
        ("freeze", {"frozen": True, "note": c}),
        ("outcomes", {"text": c, "outcome": "worked", "backup_plan": c}),
        ("scope", {"services": ["orders"], "endpoints": [f"/{c}"], "functions": [c]}),
        ("runbooks", {"runbook": "lock-chain"}),
        ("runbooks/lock-chain/steps", {"step": "safe", "note": c}),
        ("postmortem", {"section": "summary", "text": c}),
        ("followups", {"title": c, "owner": "ben", "due": ago(-60)}),
        ("followups", {"title": f"late {c}", "owner": "ben", "due": ago(60)}),
        ("unacknowledge", {"reason": c}),
    ):  # fmt: skip
        dan.act(ref, verb, body)
    public = dan.declare(title="Public trouble", services=["billing"])["ref"]
    dan.act(public, "related", {"other": ref, "kind": "caused_by"})
    swallowed = dan.declare(title="Swallowed", services=["billing"])["ref"]
    dan.act(swallowed, "merge", {"into": ref, "reason": "the same"})
    dan.act(other["ref"], "merge", {"into": public, "reason": c})
    return Secrets(office=office, ref=ref, id=made["id"], absorbed_ref=other["ref"], absorbed_id=other["id"])


def everything(answer: httpx2.Response) -> str:
    return "\n".join([*(f"{k}: {v}" for k, v in answer.headers.items()), answer.text])


def send(person: Person, route: Route, ref: str, *, about: str = "") -> httpx2.Response:
    """Send a route's request about the incident in its path, with `about` wherever its body names another."""
    more: dict[str, Any] = {} if route.method == "GET" else {"json": route.request(about or ref)}
    return person.send(route.method, route.filled(ref), follow_redirects=False, **more)


def test_a_member_sees_all_of_it(secrets: Secrets) -> None:
    dan = secrets.office.dan

    assert CANARY in dan.see(secrets.ref)["title"]
    assert secrets.ref in str(dan.get("/v1/incidents"))
    assert CANARY in str(dan.timeline(secrets.ref))
    assert CANARY in dan.get(f"/v1/incidents/{secrets.ref}/postmortem")
    assert CANARY in str(dan.get("/v1/followups"))
    assert secrets.id in str(dan.get("/v1/outbox"))
    assert secrets.ref in str(dan.get("/v1/incidents", q=CANARY))


@pytest.mark.parametrize("key", OUTSIDERS)
def test_no_route_tells_an_outsider_hidden_from_absent(secrets: Secrets, key: str) -> None:
    person = secrets.office.person(key)
    for route in routes_of(secrets.office.server):
        if not route.about_one:
            continue
        for hidden, absent in ((secrets.ref, ABSENT), (secrets.id, ABSENT_ID), (secrets.absorbed_ref, ABSENT)):
            shown, blank = send(person, route, hidden), send(person, route, absent)
            assert shown.status_code == blank.status_code, f"{route} {shown.text}"
            assert shown.text.replace(hidden, "REF") == blank.text.replace(absent, "REF"), route
            assert set(shown.headers) == set(blank.headers), route
            assert CANARY not in everything(shown), route


@pytest.mark.parametrize("key", OUTSIDERS)
def test_no_route_about_something_else_mentions_it(secrets: Secrets, key: str) -> None:
    person = secrets.office.person(key)
    ref = secrets.beside()
    for route in routes_of(secrets.office.server):
        if route.about_one and route.method != "GET" and key != "cleo":
            ref = secrets.beside()  # a fresh one: the request before may have ended it
        answer = send(person, route, ref, about=ref)
        assert not secrets.in_(everything(answer)), f"{route}: {secrets.in_(everything(answer))}"


def test_naming_it_as_the_other_one_is_naming_nothing(secrets: Secrets) -> None:
    ben = secrets.office.ben
    for verb, body in (("related", "other"), ("merge", "into")):
        public = secrets.beside()
        for hidden, absent in ((secrets.ref, ABSENT), (secrets.id, ABSENT_ID)):
            shown = ben.send("POST", f"/v1/incidents/{public}/{verb}", json={body: hidden})
            blank = ben.send("POST", f"/v1/incidents/{public}/{verb}", json={body: absent})
            assert shown.status_code == blank.status_code == 404
            assert shown.text.replace(hidden, "REF") == blank.text.replace(absent, "REF")


@pytest.mark.parametrize("key", OUTSIDERS)
def test_no_question_finds_it(secrets: Secrets, key: str) -> None:
    person = secrets.office.person(key)
    questions: list[tuple[str, dict[str, Any]]] = [
        ("/v1/incidents", {"limit": 200}),
        ("/v1/incidents", {"q": CANARY}),
        ("/v1/incidents", {"q": secrets.ref}),
        ("/v1/incidents", {"service": "orders"}),
        ("/v1/incidents", {"phase": "merged"}),
        ("/v1/incidents", {"limit": 1}),
        ("/v1/followups", {"all": "true"}),
        ("/v1/followups", {"owner": "ben"}),
        ("/v1/outbox", {}),
        ("/v1/outbox", {"state": "waiting"}),
        ("/v1/health", {}),
        ("/v1/whoami", {}),
    ]
    for path, params in questions:
        answer = person.send("GET", path, params=params)
        assert answer.status_code == 200
        assert not secrets.in_(everything(answer)), (path, params)
    one, none = (person.send("GET", "/v1/outbox", params={"incident": ref}) for ref in (secrets.ref, ABSENT))
    assert (one.status_code, one.text.replace(secrets.ref, "")) == (none.status_code, none.text.replace(ABSENT, ""))


def test_a_listing_read_page_by_page_skips_it_without_a_gap(secrets: Secrets) -> None:
    cleo, cursor, seen = secrets.office.cleo, "", []
    while True:
        page = cleo.get("/v1/incidents", limit=1, cursor=cursor)
        seen += [item["ref"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
        assert page["items"]
    assert len(seen) == 3
    assert not secrets.in_(str(seen))


def test_public_incidents_beside_it_do_not_name_it(secrets: Secrets) -> None:
    for item in secrets.office.cleo.get("/v1/incidents")["items"]:
        at = f"/v1/incidents/{item['ref']}"
        for path in (at, f"{at}/timeline", f"{at}/postmortem"):
            answer = secrets.office.cleo.send("GET", path)
            assert answer.status_code == 200
            assert not secrets.in_(everything(answer)), path


def test_what_was_swallowed_is_taken_out_again_without_a_look_inside(secrets: Secrets) -> None:
    ben = secrets.office.ben
    swallowed = next(i["ref"] for i in ben.get("/v1/incidents", phase="merged")["items"])
    for verb, body in (("acknowledge", {}), ("unmerge", {"reason": "they are two"})):
        answer = ben.send("POST", f"/v1/incidents/{swallowed}/{verb}", json=body)
        assert not secrets.in_(everything(answer)), verb
    assert ben.see(swallowed)["phase"] == "active"


def test_what_is_sent_about_it_holds_only_its_number(secrets: Secrets) -> None:
    jobs = secrets.office.jobs("page", "message", "reminder")

    about_it = [job for job in jobs if job.incident in {secrets.id, secrets.absorbed_id}]
    assert {job.payload["to"] for job in about_it if job.kind == "page"} >= {"ben"}
    assert all(CANARY not in str(job.payload) for job in jobs)
    assert [job for job in about_it if job.kind == "message"] == []
    beside = [job for job in jobs if job.incident not in {secrets.id, secrets.absorbed_id}]
    assert all(not secrets.in_(str(job.payload)) for job in beside)


def test_being_paged_makes_nobody_a_member(secrets: Secrets) -> None:
    assert "ben" in secrets.office.dan.see(secrets.ref)["paged"]
    assert secrets.office.dan.see(secrets.ref)["members"] == ["dan"]
    assert secrets.office.ben.send("GET", f"/v1/incidents/{secrets.ref}").status_code == 404


def test_the_feed_of_changes_passes_it_by(secrets: Secrets) -> None:
    with secrets.office.app.engine.store.reading() as tx:
        seen = {incident for _, incident, _ in tx.changes_since(Viewer(person="ana"), 0)}
        members = {incident for _, incident, _ in tx.changes_since(Viewer(person="dan"), 0)}
        assert see(tx, Viewer(person="dan"), secrets.ref).id == secrets.id
    assert not {secrets.id, secrets.absorbed_id} & seen
    assert {secrets.id, secrets.absorbed_id} < members


def alert(name: str, status: str = "firing", **more: str) -> dict[str, Any]:
    return {"alerts": [{"status": status, "labels": {"alertname": name, "severity": "critical"}, **more}]}


def test_an_alert_that_is_part_of_it_says_nothing_to_its_sender(secrets: Secrets) -> None:
    office = secrets.office
    (ref,) = office.post_alert("shop", alert("leak")).json()["incidents"]
    office.ben.act(ref, "privacy", {"private": True})
    for status in ("firing", "resolved", "firing"):
        answer = office.post_alert("shop", alert("leak", status))
        assert answer.status_code == 202
        assert ref not in everything(answer)
        assert not secrets.in_(everything(answer))


def test_an_alert_for_its_service_opens_a_public_incident_that_gives_nothing_away(secrets: Secrets) -> None:
    listed = secrets.office.cleo.get("/v1/incidents")["items"]
    (late,) = [i["ref"] for i in listed if "Orders are late" in i["title"]]

    assert secrets.office.post_alert("shop", alert("later")).json()["incidents"] == [late]
    assert secrets.office.dan.see(secrets.ref)["alerts"] == []
    for path in (f"/v1/incidents/{late}", f"/v1/incidents/{late}/timeline", f"/v1/incidents/{late}/postmortem"):
        assert not secrets.in_(everything(secrets.office.cleo.send("GET", path))), path


def test_what_an_integration_opens_is_seen_by_whom_the_policy_names_first_alone(secrets: Secrets) -> None:
    office = secrets.office
    fired = AlertFired(fingerprint=CANARY, name=CANARY, summary=CANARY, source="shop")
    said = Declaration(title=CANARY, severity="SEV1", services=("orders",), symptoms=(CANARY,), private=True)
    made = declare(office.app.engine, said, Actor(kind="integration", id="shop"), more=(fired,))

    assert office.ben.see(made.ref)["members"] == ["ben"]
    for key in ("ana", "cleo", "dan"):
        person = office.person(key)
        for path in ("", "/timeline", "/postmortem", "/missing"):
            assert person.send("GET", f"/v1/incidents/{made.ref}{path}").status_code == 404
        for path in ("/v1/incidents", "/v1/outbox", "/v1/followups", "/"):
            answer = person.send("GET", path, follow_redirects=False)
            assert made.ref not in everything(answer), path
            assert made.id not in everything(answer), path
    assert all(CANARY not in str(job.payload) for job in office.jobs("page", "message", "reminder"))


def test_there_are_routes_to_look_at(secrets: Secrets) -> None:
    found = routes_of(secrets.office.server)
    assert len([r for r in found if r.about_one]) > 40
    assert {r.method for r in found} == {"GET", "POST", "DELETE"}
