"""Who you are, tokens, configuration, test pages, the outbox and Tocsin's own health through the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.api import KEY, TOCSIN_YAML, Office, Person, kept, problem_of

from tocsin.config.catalogue import check_text
from tocsin.domain.catalogue import Catalogue
from tocsin.doors.http.callers import COOKIE
from tocsin.flows import access
from tocsin.flows.storage import Heartbeat


def test_whoami_names_the_person_and_the_scopes(office: Office) -> None:
    assert office.cleo.get("/v1/whoami")["person"] == "cleo"
    assert office.ana.get("/v1/whoami")["scopes"] == ["admin", "read", "respond"]


def test_liveness_and_readiness_need_no_token(office: Office) -> None:
    assert office.client.get("/health").json() == {"status": "ok"}
    assert office.client.get("/ready").json() == {"status": "ok"}


# -- tokens and sessions ---------------------------------------------------------------------------------------------


def test_an_admin_makes_a_token_whose_secret_is_shown_once_and_works(office: Office) -> None:
    made = office.ana.post("/v1/tokens", {"name": "ci", "person": "ben", "scopes": ["read"], "days": 30})

    assert made["token"]["expires_at"]
    assert Person(office.client, made["secret"]).get("/v1/whoami") | {"version": ""} == {
        "person": "ben",
        "scopes": ["read"],
        "version": "",
    }


def test_a_token_needs_a_person_that_exists_and_known_scopes(office: Office) -> None:
    def says(**body: Any) -> dict[str, Any]:
        return problem_of(office.ana.send("POST", "/v1/tokens", json={"name": "x", "scopes": ["read"], **body}), 422)

    assert says(person="nobody")["field"] == "person"
    assert says(scopes=["all"])["errors"][0]["field"].startswith("scopes")
    assert says(scopes=[])["errors"][0]["field"] == "scopes"
    assert says(days=0)["errors"][0]["field"] == "days"


def test_the_secret_of_a_token_is_not_kept_for_a_repeat(office: Office) -> None:
    body = {"name": "ci", "scopes": ["read"]}
    first = office.ana.post("/v1/tokens", body, headers={"idempotency-key": "k"})
    second = office.ana.post("/v1/tokens", body, headers={"idempotency-key": "k"})

    assert first["secret"] != second["secret"]


def test_a_login_link_logs_its_person_in_once(office: Office) -> None:
    url = office.ben.post("/v1/login-links")["url"]

    assert url.startswith("http://tocsin.test/login/once?key=")
    secret = url.partition("key=")[2]
    assert access.by_session(office.app.engine, access.use_login_link(office.app.engine, secret)).person == "ben"
    with pytest.raises(access.DeniedError):
        access.use_login_link(office.app.engine, secret)


def test_a_token_of_less_reach_than_its_person_makes_no_login_link(office: Office) -> None:
    weak = office.ana.post("/v1/tokens", {"name": "reader", "scopes": ["read"]})["secret"]
    problem_of(Person(office.client, weak).send("POST", "/v1/login-links", json={}), 403)


def test_a_browser_session_reads_freely_and_changes_only_with_the_pages_token(office: Office) -> None:
    engine = office.app.engine
    secret = access.login_link(engine, "ben").partition("key=")[2]
    cookie = access.use_login_link(engine, secret)
    csrf = access.by_session(engine, cookie).csrf

    def send(method: str, path: str, **headers: str) -> Any:
        return office.client.request(
            method, path, headers={"cookie": f"{COOKIE}={cookie}", **headers}, json={"title": "x"}
        )

    assert send("GET", "/v1/whoami").json()["person"] == "ben"
    problem_of(send("POST", "/v1/incidents"), 401)
    problem_of(send("POST", "/v1/incidents", **{"x-csrf-token": "guess"}), 401)
    assert send("POST", "/v1/incidents", **{"x-csrf-token": csrf}).status_code == 201


# -- configuration ---------------------------------------------------------------------------------------------------


def checked(text: str = TOCSIN_YAML) -> dict[str, Any]:
    catalogue, problems = check_text(text, "tocsin.yaml", Path())
    assert catalogue is not None, problems
    as_json: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(catalogue))
    return as_json


def test_a_configuration_is_stored_as_a_new_version_and_the_same_one_is_not(office: Office) -> None:
    assert office.ana.post("/v1/config", {"catalogue": checked()})["version"] == 1
    changed = TOCSIN_YAML.replace("Orders API", "Orders")
    assert office.ana.post("/v1/config", {"catalogue": checked(changed)})["version"] == 2
    assert next(s["name"] for s in office.ana.get("/v1/config")["services"]) == "Orders"
    assert office.ana.declare()["ref"] == "INC-1"


def test_a_shown_configuration_holds_no_secret(office: Office) -> None:
    catalogue = checked()
    catalogue["channels"][1]["options"] |= {"secret": "s3cr3t-of-the-hook", "headers": {"x-api-key": "s3cr3t"}}
    dsn = {"key": "db", "kind": "postgres", "options": {"dsn": "postgresql://u:s3cr3t@db/x", "password": "env:PW"}}
    catalogue["services"][0]["probes"] = [dsn]
    office.ana.post("/v1/config", {"catalogue": catalogue})
    shown = office.ana.send("GET", "/v1/config").text

    assert "s3cr3t" not in shown
    assert kept(KEY).removeprefix("sha256:") not in shown
    assert "postgresql://u:***@db/x" in shown
    assert "env:PW" in shown


@pytest.mark.parametrize(
    ("part", "key", "value", "field"),
    [
        ("", "catch_all", "nobody", "catch_all"),
        ("", "catch_all", "cleo", "catch_all"),
        ("", "default_pack", "nope", "default_pack"),
        ("", "default_policy", "nope", "default_policy"),
        ("teams", "pack", "nope", "teams.core.pack"),
        ("teams", "policy", "nope", "teams.core.policy"),
        ("services", "team", "nope", "services.orders.team"),
        ("integrations", "service", "nope", "integrations.shop.service"),
    ],
)
def test_a_configuration_whose_parts_do_not_find_each_other_is_refused(
    office: Office, part: str, key: str, value: str, field: str
) -> None:
    catalogue = checked()
    (catalogue[part][0] if part else catalogue)[key] = value

    answer = office.ana.send("POST", "/v1/config", json={"catalogue": catalogue})
    assert problem_of(answer, 422)["field"] == field
    assert office.ana.declare()["ref"] == "INC-1"


def test_what_is_no_configuration_says_where(office: Office) -> None:
    catalogue = checked()
    catalogue["people"][0]["contacts"] = "mail"
    answer = office.ana.send("POST", "/v1/config", json={"catalogue": catalogue})

    assert "$.people[0].contacts" in problem_of(answer, 422)["detail"]
    problem_of(office.ana.send("POST", "/v1/config", json={"catalogue": {}}), 422)


DRILL = """\
catch_all: drill-eve
default_policy: drill-core
people: {drill-eve: {name: Eve, contacts: {console: {kind: console, address: eve, verified: true}}}}
teams: {drill-team: {name: Drill, pack: platform, policy: drill-core, members: [drill-eve]}}
policies: {drill-core: {steps: [{targets: ["person:drill-eve"], wait: 5m}]}}
services: {drill-shop: {name: Shop, team: drill-team, drill: true}}
"""


def test_a_drill_whose_monitor_could_never_look_is_refused_with_its_line(office: Office) -> None:
    monitor = (
        "monitors: {drill-ready: {service: drill-shop, kind: http, options: {redy: 'http://127.0.0.1:1/ready'}}}\n"
    )
    problem = problem_of(office.ana.send("POST", "/v1/config/drill", json={"yaml": DRILL + monitor, "speed": 1}), 422)

    assert "drill.yaml:" in problem["title"] + problem["detail"]
    assert "redy" in problem["title"] + problem["detail"]


def test_a_drill_is_laid_over_the_configuration_and_runs_faster_alone(office: Office) -> None:
    assert office.ana.post("/v1/config/drill", {"yaml": DRILL, "speed": 60})["version"] == 2
    shown = office.ana.get("/v1/config")
    assert {p["key"] for p in shown["people"]} >= {"ana", "drill-eve"}
    made = office.ana.declare(services=["drill-shop"], mode="drill")
    assert (made["ref"], made["paged"]) == ("DRILL-1", ["drill-eve"])


def test_a_drill_is_taken_out_again(office: Office) -> None:
    office.ana.post("/v1/config/drill", {"yaml": DRILL, "speed": 60})
    problem_of(office.ben.send("DELETE", "/v1/config/drill"), 403)
    assert office.ana.send("DELETE", "/v1/config/drill").status_code == 200
    assert office.ana.get("/v1/config")["monitors"] == []


def test_a_drill_is_only_a_drill(office: Office) -> None:
    stranger = DRILL.replace("drill-shop", "shop")
    assert "drill-" in problem_of(office.ana.send("POST", "/v1/config/drill", json={"yaml": stranger}), 409)["mend"]
    assert problem_of(office.ana.send("POST", "/v1/config/drill", json={"yaml": "a: ["}), 422)["field"] == "yaml"
    problem_of(office.ben.send("POST", "/v1/config/drill", json={"yaml": DRILL}), 403)


# -- sending ---------------------------------------------------------------------------------------------------------


def test_a_test_page_goes_to_every_verified_method_or_to_one(office: Office) -> None:
    every = office.ben.post("/v1/pages/test", {"person": "ana"}, status=202)
    one = office.ben.post("/v1/pages/test", {"person": "ana", "method": "hook"}, status=202)

    assert len(every["keys"]) == 2
    assert len(one["keys"]) == 1
    assert {job.payload["subject"] for job in office.jobs("page")} == {"Tocsin test page"}


def test_a_test_page_to_nobody_names_the_field(office: Office) -> None:
    def says(**body: str) -> str:
        return str(problem_of(office.ben.send("POST", "/v1/pages/test", json=body), 422)["field"])

    assert says(person="nobody") == "person"
    assert says(person="cleo", method="console/") == "method"
    assert says(person="ana", method="fax") == "method"


def test_the_outbox_shows_what_became_of_each_message(office: Office) -> None:
    made = office.ana.declare(severity="SEV1")
    rows = office.cleo.get("/v1/outbox", incident="INC-1")

    assert {row["incident"] for row in rows} == {made["id"]}
    assert [row["to"] for row in rows if row["kind"] == "page"] == ["ben"]
    office.jobs("page")
    assert [row["kind"] for row in office.cleo.get("/v1/outbox", state="held")] == ["page"]
    assert office.cleo.get("/v1/outbox", state="dead") == []
    problem_of(office.cleo.send("GET", "/v1/outbox", params={"incident": "INC-9"}), 404)
    assert (
        problem_of(office.cleo.send("GET", "/v1/outbox", params={"state": "lost"}), 422)["errors"][0]["field"]
        == "state"
    )


def test_health_says_what_is_wrong_with_tocsin_itself(office: Office) -> None:
    ill = office.cleo.get("/v1/health")
    assert (ill["well"], ill["catalogue"]) == (False, 1)
    assert "worker" in ill["problems"][0]

    with office.app.engine.store.reading() as tx:
        now = tx.now()
    office.app.engine.store.beat(Heartbeat(process="work-1", role="work", at=now))
    well = office.cleo.get("/v1/health")
    assert (well["well"], well["problems"]) == (True, [])


def test_the_catalogue_of_the_tests_is_one_that_the_api_accepts() -> None:
    assert isinstance(msgspec.convert(checked(), Catalogue), Catalogue)
