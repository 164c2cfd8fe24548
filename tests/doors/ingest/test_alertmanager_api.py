"""Alertmanager's API v2: what Prometheus and amtool send, and what they read."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.support.api import Office

AT = "/v1/in/amtool/api/v2"


def moment(minutes: float) -> str:
    return (datetime.now(tz=UTC) + timedelta(minutes=minutes)).isoformat()


def alert(name: str = "HighCPU", **more: Any) -> dict[str, Any]:
    labels = {"alertname": name, "severity": "critical", **more.pop("labels", {})}
    return {"labels": labels, "startsAt": moment(-1), "endsAt": moment(5), **more}


def ask(desk: Office, method: str, path: str, *, key: str = "amtool-key", **more: Any) -> httpx2.Response:
    return desk.client.request(method, path, headers={"authorization": f"Bearer {key}"}, **more)


def silence(**more: Any) -> dict[str, Any]:
    matchers = [{"name": "alertname", "value": "HighCPU", "isRegex": False, "isEqual": True}]
    given = {"matchers": matchers, "startsAt": moment(0), "endsAt": moment(60), "createdBy": "ana", "comment": "known"}
    return {**given, **more}


def made(desk: Office, **more: Any) -> str:
    answer = ask(desk, "POST", f"{AT}/silences", json=silence(**more))
    assert answer.status_code == 200, answer.text
    silence_id: str = answer.json()["silenceID"]
    return silence_id


# -- alerts in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        {"authorization": "Bearer prom-key"},
        {"authorization": "Basic " + base64.b64encode(b"anybody:prom-key").decode()},
    ],
)
def test_posted_alerts_are_answered_200_without_a_body_and_shown_again(desk: Office, way: dict[str, str]) -> None:
    told = alert(annotations={"summary": "hot"}, generatorURL="http://prom/graph")
    answer = desk.client.post("/v1/in/prom/api/v2/alerts", json=[told], headers=way)
    assert (answer.status_code, answer.content) == (200, b"")

    (seen,) = desk.client.get("/v1/in/prom/api/v2/alerts", headers=way).json()
    assert seen["labels"] == told["labels"]
    assert seen["annotations"] == {"summary": "hot"}
    assert seen["generatorURL"] == "http://prom/graph"
    assert seen["status"] == {"state": "active", "silencedBy": [], "inhibitedBy": []}
    assert seen["receivers"] == [{"name": "default"}]
    assert seen["fingerprint"]
    assert seen["startsAt"] < seen["updatedAt"] < seen["endsAt"]


def test_without_a_prefix_the_key_tells_the_integration(desk: Office) -> None:
    assert ask(desk, "POST", "/api/v2/alerts", key="prom-key", json=[alert()]).status_code == 200
    assert len(ask(desk, "GET", "/api/v2/alerts", key="prom-key").json()) == 1
    assert ask(desk, "POST", "/api/v2/alerts", key="pd-key", json=[alert()]).status_code == 401


def test_of_a_batch_the_valid_alerts_are_stored_and_the_others_listed(desk: Office) -> None:
    broken = [{"labels": {}}, alert("Other", startsAt=moment(5), endsAt=moment(1))]
    answer = ask(desk, "POST", f"{AT}/alerts", json=[broken[0], alert(), broken[1]])

    assert answer.status_code == 400
    assert isinstance(answer.json(), str)
    assert "$[0]" in answer.json()
    assert "$[2]" in answer.json()
    assert [one["labels"]["alertname"] for one in ask(desk, "GET", f"{AT}/alerts").json()] == ["HighCPU"]


def test_what_is_no_list_of_alerts_is_refused_in_one_string(desk: Office) -> None:
    answer = ask(desk, "POST", f"{AT}/alerts", content=b"{")
    assert answer.status_code == 400
    assert "not JSON" in answer.json()


@pytest.mark.parametrize(
    "body", [[{"annotations": {}}], [{"labels": {"alertname": "A"}, "generatorURL": "not a url"}], b""]
)
def test_alerts_that_lack_what_they_need_are_answered_422(desk: Office, body: Any) -> None:
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = ask(desk, "POST", f"{AT}/alerts", **sent)
    assert (answer.status_code, answer.json()["code"]) == (422, 422)


def test_null_is_a_post_of_no_alerts(desk: Office) -> None:
    assert ask(desk, "POST", f"{AT}/alerts", content=b"null").status_code == 200


def test_too_many_alerts_are_answered_503_which_is_tried_again(desk: Office) -> None:
    answers = [ask(desk, "POST", "/v1/in/slow/api/v2/alerts", key="slow-key", json=[alert(str(n))]) for n in range(2)]
    assert [answer.status_code for answer in answers] == [200, 503]


def test_without_its_database_the_answer_is_503(desk: Office, tmp_path: Path) -> None:
    for file in tmp_path.glob("t.db*"):
        file.write_bytes(b"no database " * 4096)

    for method, path in (("POST", "alerts"), ("GET", "alerts"), ("GET", "status"), ("POST", "silences")):
        assert ask(desk, method, f"{AT}/{path}", json=silence()).status_code == 503, path


@pytest.mark.parametrize("path", ["alerts", "alerts/groups", "silences", "silence/x", "status", "receivers"])
def test_every_question_needs_the_key(desk: Office, path: str) -> None:
    for key in ("", "wrong", "prom-key"):
        assert ask(desk, "GET", f"{AT}/{path}", key=key).status_code == 401
    assert ask(desk, "GET", f"/v1/in/pd/api/v2/{path}", key="pd-key").status_code == 401


@pytest.mark.shared
def test_what_a_prometheus_sent_is_taken(desk: Office, shared_dir: Path) -> None:
    recorded = (shared_dir / "vectors/prometheus-2.42-to-am-v2-post.jsonl").read_text().splitlines()
    for line in recorded:
        post = json.loads(line)
        answer = ask(desk, "POST", f"/v1/in/prom{post['path']}", key="prom-key", content=post["b"].encode())
        assert answer.status_code == 200, answer.text


# -- questions -------------------------------------------------------------------------------------------------------


def test_a_sender_sees_its_own_alerts_only(desk: Office) -> None:
    ask(desk, "POST", "/v1/in/prom/api/v2/alerts", key="prom-key", json=[alert()])
    assert ask(desk, "GET", f"{AT}/alerts").json() == []


def test_alerts_are_filtered_by_matchers_states_and_receivers(desk: Office) -> None:
    ask(desk, "POST", f"{AT}/alerts", json=[alert("A", labels={"team": "db"}), alert("B", labels={"team": "web"})])

    def names(**query: Any) -> list[str]:
        return [one["labels"]["alertname"] for one in ask(desk, "GET", f"{AT}/alerts", params=query).json()]

    assert names(filter='team="db"') == ["A"]
    assert sorted(names(filter='team=~"db|web"')) == ["A", "B"]
    assert names(filter=['team=~"db|web"', 'alertname="B"']) == ["B"]
    assert names(receiver="de.*") != []
    assert names(receiver="nobody") == []
    assert names(active="false") == names(active="x") == names(active="") == []
    assert sorted(names(active="yes", unprocessed="false")) == ["A", "B"]
    assert ask(desk, "GET", f"{AT}/alerts", params={"filter": "team=~("}).status_code == 400
    assert ask(desk, "GET", f"{AT}/alerts", params={"receiver": "("}).status_code == 400


def test_alerts_are_shown_by_group(desk: Office) -> None:
    ask(desk, "POST", f"{AT}/alerts", json=[alert("A"), alert("B"), alert("C", labels={"service": "billing"})])

    groups = ask(desk, "GET", f"{AT}/alerts/groups").json()
    assert [(one["labels"], len(one["alerts"])) for one in groups] == [
        ({"service": "billing"}, 1),
        ({"service": "orders"}, 2),
    ]
    assert {one["receiver"]["name"] for one in groups} == {"default"}


def test_an_alert_of_a_private_incident_is_shown_without_it(desk: Office) -> None:
    ask(desk, "POST", f"{AT}/alerts", json=[alert()])
    ref = "INC-1"
    assert len(desk.ana.act(ref, "privacy", {"private": True, "reason": "customer data"})["alerts"]) == 1

    answer = ask(desk, "GET", f"{AT}/alerts")
    assert len(answer.json()) == 1
    assert ref not in answer.text


def test_the_server_says_what_it_is_and_where_groups_go(desk: Office) -> None:
    status = ask(desk, "GET", f"{AT}/status").json()
    assert status["cluster"]["status"] == "disabled"
    assert status["versionInfo"]["version"]
    assert "receiver" in status["config"]["original"]
    assert status["uptime"]
    assert ask(desk, "GET", f"{AT}/receivers").json() == [{"name": "default"}]
    assert ask(desk, "GET", f"{AT}/nothing").status_code == 404
    for method, path in (("DELETE", "alerts"), ("PUT", "silences"), ("POST", "receivers"), ("POST", "silence/x")):
        refused = ask(desk, method, f"{AT}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (405, 405)
        assert "GET" in refused.headers["allow"]
    assert ask(desk, "GET", f"{AT}/silence").status_code == 404


# -- silences --------------------------------------------------------------------------------------------------------


def test_a_silence_is_made_shown_edited_and_ended(desk: Office) -> None:
    ask(desk, "POST", f"{AT}/alerts", json=[alert()])
    first = made(desk)

    (shown,) = ask(desk, "GET", f"{AT}/silences").json()
    assert (shown["id"], shown["status"], shown["comment"]) == (first, {"state": "active"}, "known")
    assert shown["matchers"] == silence()["matchers"]
    assert shown["createdBy"] == "ana"
    assert [one["created_by"] for one in desk.ana.get("/v1/silences")] == ["ana via amtool"]
    (held,) = ask(desk, "GET", f"{AT}/alerts").json()
    assert held["status"] == {"state": "suppressed", "silencedBy": [first], "inhibitedBy": []}
    assert ask(desk, "GET", f"{AT}/alerts", params={"silenced": "false"}).json() == []

    assert made(desk, id=first, startsAt=shown["startsAt"], endsAt=moment(90), comment="still") == first
    (again,) = ask(desk, "GET", f"{AT}/silences").json()
    assert (again["id"], again["comment"], again["startsAt"]) == (first, "still", shown["startsAt"])
    assert again["endsAt"] > shown["endsAt"]

    second = made(desk, id=first, matchers=[*shown["matchers"], {"name": "team", "value": "db", "isRegex": False}])
    assert second != first
    assert ask(desk, "GET", f"{AT}/silence/{first}").json()["status"] == {"state": "expired"}

    assert ask(desk, "DELETE", f"{AT}/silence/{second}").status_code == 200
    assert ask(desk, "DELETE", f"{AT}/silence/{second}").status_code == 200
    assert ask(desk, "GET", f"{AT}/silence/{second}").json()["status"] == {"state": "expired"}


def test_the_same_silence_posted_again_stays_what_it_is(desk: Office) -> None:
    ends = moment(60)
    first = made(desk, endsAt=ends)
    shown = ask(desk, "GET", f"{AT}/silence/{first}").json()
    again = made(desk, id=first, endsAt=ends, startsAt=shown["startsAt"])
    assert ask(desk, "GET", f"{AT}/silence/{again}").json()["status"] == {"state": "active"}


def test_silences_are_filtered_by_what_they_match(desk: Office) -> None:
    made(desk)
    assert len(ask(desk, "GET", f"{AT}/silences", params={"filter": 'alertname="HighCPU"'}).json()) == 1
    for other in ('alertname="Other"', 'alertname=~"High.*"', 'createdBy="ana"'):
        assert ask(desk, "GET", f"{AT}/silences", params={"filter": other}).json() == []


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"matchers": [{"name": "a", "value": ".*", "isRegex": True}]}, 400, "silence everything"),
        ({"matchers": [{"name": "a", "value": "(", "isRegex": True}]}, 400, "no regular expression"),
        ({"matchers": [{"name": "a", "value": "", "isRegex": False}]}, 400, "silence everything"),
        ({"matchers": [{"name": "", "value": "x", "isRegex": False}]}, 400, "name is empty"),
        ({"endsAt": "2020-01-01T00:00:00Z"}, 400, "end before it starts"),
        ({"comment": 5}, 400, "no silence"),
        ({"endsAt": "soon"}, 400, "no silence"),
        ({"startsAt": "0001-01-01T00:00:00+02:00"}, 400, "no year"),
        ({"endsAt": "9999-12-31T23:59:59-02:00"}, 400, "no year"),
        ({"id": "nobody"}, 404, "nobody"),
    ],
)
def test_what_is_no_silence_is_refused_with_its_reason(
    desk: Office, more: dict[str, Any], status: int, says: str
) -> None:
    answer = ask(desk, "POST", f"{AT}/silences", json=silence(**more))
    assert (answer.status_code, says in answer.json()) == (status, True), answer.text


@pytest.mark.parametrize(
    "more",
    [
        {"comment": "", "createdBy": ""},
        {"matchers": [{"name": "team", "value": "core", "isRegex": False, "isEqual": False}]},
        {"matchers": [{"name": "alertname", "value": "HighCPU", "isRegex": False, "isEqual": None}], "id": None},
        {"startsAt": "", "unknown": 1},
        {"startsAt": "2026-01-20T11:00Z"},
        {"startsAt": "2026-01-20T11:00:00+0100"},
        {"startsAt": "2026-01-20t11:00:00z"},
    ],
)
def test_a_silence_that_alertmanager_takes_is_taken(desk: Office, more: dict[str, Any]) -> None:
    assert made(desk, **more)


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"comment": None}, "comment in body"),
        ({"createdBy": None}, "createdBy in body"),
        ({"startsAt": None, "endsAt": None}, "endsAt in body"),
        ({"startsAt": None}, "startsAt in body"),
        ({"matchers": []}, "matchers in body"),
        ({"matchers": [{"name": "a", "value": "x"}]}, "matchers.0.isRegex in body"),
        ({"matchers": [{"value": "x", "isRegex": False}]}, "matchers.0.name in body"),
    ],
)
def test_a_silence_that_lacks_something_is_answered_422_with_what(
    desk: Office, more: dict[str, Any], missing: str
) -> None:
    told = {name: value for name, value in silence(**more).items() if value is not None}
    for body in (told, silence(**more)):
        answer = ask(desk, "POST", f"{AT}/silences", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, 422), answer.text
        assert missing in answer.json()["message"]
    assert ask(desk, "POST", f"{AT}/silences").status_code == 422
    assert ask(desk, "GET", f"{AT}/silences").json() == []


def test_a_silence_nobody_made_is_not_found(desk: Office) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert ask(desk, "GET", f"{AT}/silence/{nobody}").status_code == 404
    answer = ask(desk, "DELETE", f"{AT}/silence/{nobody}")
    assert (answer.status_code, "silence not found" in answer.json()) == (500, True)
    for method in ("GET", "DELETE"):
        assert ask(desk, method, f"{AT}/silence/nobody").status_code == 422


def test_a_key_that_may_not_silence_is_told_what_to_change(desk: Office) -> None:
    answer = ask(desk, "POST", "/v1/in/prom/api/v2/silences", key="prom-key", json=silence())
    assert answer.status_code == 403
    assert "silences: true" in answer.json()
    first = made(desk)
    assert ask(desk, "DELETE", f"/v1/in/prom/api/v2/silence/{first}", key="prom-key").status_code == 403
    assert len(ask(desk, "GET", "/v1/in/prom/api/v2/silences", key="prom-key").json()) == 1
