"""Pasted output of commands becomes the facts that a probe would have seen."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.adapters import pasted
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import HttpFacts, LogFacts, PostgresFacts, RedisFacts, WorkloadFacts, bundle_of

NOW = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)
PODS = """NAME                    READY   STATUS             RESTARTS        AGE
shop-7d9f8b6c5d-2x4k9   0/1     CrashLoopBackOff   7 (2m11s ago)   14m
mail-5c6f7d8b9c-abcde   1/1     Running            0               3d
job-1                   0/1     Completed          0               3d
"""
EVENTS = """LAST SEEN   TYPE      REASON            OBJECT       MESSAGE
2m11s       Warning   FailedScheduling  pod/shop-2   0/3 nodes are available: 3 Insufficient memory.
5m          Normal    Pulled            pod/mail-1   Container image already present
"""
DESCRIBED = """Name:             shop-1
Namespace:        prod
Containers:
  app:
    Image:          shop:v9
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
    Ready:          False
    Restart Count:  5
  proxy:
    State:          Running
    Ready:          True
    Restart Count:  0
Conditions:
  Type              Status
  Ready             False
Events:
  Type     Reason     Age                From     Message
  ----     ------     ----               ----     -------
  Warning  Unhealthy  2m (x20 over 10m)  kubelet  Readiness probe failed: HTTP probe failed
"""
POD: dict[str, Any] = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shop-1"},
    "status": {"phase": "Running", "containerStatuses": [{
        "name": "app", "ready": False, "restartCount": 3,
        "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image shop:v9"}},
    }]},
}  # fmt: skip
YAML = """apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: shop-1}
  status:
    phase: Pending
    conditions:
    - {type: PodScheduled, status: "False", reason: Unschedulable, message: "0/3 nodes are available"}
- apiVersion: v1
  kind: Event
  type: Warning
  reason: FailedMount
  message: 'secret "billing" not found'
  involvedObject: {name: shop-1}
"""
INSPECT = json.dumps([{
    "Id": "4f2c", "Name": "/shop-1", "RestartCount": 0,
    "State": {"Status": "exited", "OOMKilled": True, "ExitCode": 137, "Error": ""},
}, {
    "Id": "5f2c", "Name": "/mail-1", "RestartCount": 0,
    "State": {"Status": "running", "ExitCode": 0, "Health": {"Status": "unhealthy", "Log": [{"ExitCode": 1, "Output": "curl: (7) refused"}]}},
}])  # fmt: skip
DOCKER_PS = """CONTAINER ID   IMAGE     COMMAND       CREATED       STATUS                     PORTS     NAMES
4f2c1a2b3c4d   shop:v9   "run"         2 hours ago   Exited (137) 2 hours ago             shop-1
5f2c1a2b3c4d   mail:v1   "run"         2 hours ago   Up 2 hours (unhealthy)     80/tcp    mail-1
"""
EXPIRED = """*   Trying 10.0.0.3:443...
* Connected to shop.test (10.0.0.3) port 443
* SSL certificate problem: certificate has expired
curl: (60) SSL certificate problem: certificate has expired
"""
REFUSING = """* Connected to shop.test (10.0.0.3) port 80
> GET /ready HTTP/1.1
> Host: shop.test
> Authorization: Bearer abcdefghijkl
>
< HTTP/1.1 503 Service Unavailable
< Content-Type: application/json
<
{"status": "error", "checks": {"database": "Cannot acquire connection from pool", "redis": "ok"}}
"""
SESSIONS = """  pid  |        state        |    duration     | application_name | query
-------+---------------------+-----------------+------------------+-----------------------------------
  4242 | idle in transaction | 00:22:10.123    | shop v9          | SELECT * FROM people WHERE id = 17
  4243 | active              | 1 day 00:00:07  | report           | SELECT secret FROM a WHERE b = 'x'
(2 rows)
"""
COUNTED = """        state        | count
---------------------+-------
 idle in transaction |    45
 active              |     3
(2 rows)

 max_connections | used
-----------------+------
 50              |   48
(1 row)
"""
INFO = """# Server
redis_version:7.2.4
# Memory
used_memory:1073741824
maxmemory:1073741824
maxmemory_policy:noeviction
mem_fragmentation_ratio:1.03
# Persistence
rdb_last_bgsave_status:err
errorstat_OOM:count=12
"""


def one(text: str) -> Any:
    (facts,) = pasted.read("pasted", text, NOW)
    return facts


def top(*texts: str) -> tuple[str, str]:
    facts = [found for number, text in enumerate(texts) for found in pasted.read(f"paste {number}", text, NOW)]
    cause = diagnose(bundle_of(facts, started_at=NOW, ended_at=NOW)).top
    assert cause is not None
    return cause.key, cause.state


@pytest.mark.parametrize(
    ("text", "kind", "cause"),
    [
        (PODS, WorkloadFacts, "application_down"),
        (EVENTS, WorkloadFacts, "host_saturation"),
        (DESCRIBED, WorkloadFacts, "out_of_memory"),
        (json.dumps(POD), WorkloadFacts, "bad_deploy"),
        (YAML, WorkloadFacts, "bad_configuration"),
        (INSPECT, WorkloadFacts, "out_of_memory"),
        (DOCKER_PS, WorkloadFacts, "application_down"),
        (EXPIRED, HttpFacts, "tls_expiry"),
        (SESSIONS, PostgresFacts, "slow_query"),
        (INFO, RedisFacts, "redis_full"),
        ("2026-03-15T13:59:00Z ERROR QueuePool limit of size 5 overflow 10 reached", LogFacts, "connection_exhaustion"),
        ("no space left on device", LogFacts, "disk_full"),
    ],
)
def test_each_format_is_recognised_by_its_content_and_answered_from(text: str, kind: type, cause: str) -> None:
    assert isinstance(one(text), kind)
    assert top(text)[0] == cause


def test_pods_are_read_from_a_table() -> None:
    shop, mail, job = one(PODS).containers

    assert (shop.reason, shop.restarts, shop.ready) == ("CrashLoopBackOff", 7, False)
    assert (mail.status, mail.ready, job.ready) == ("Running", True, True)


def test_a_described_pod_tells_each_container_why_it_ended_before_and_what_was_reported() -> None:
    facts = one(DESCRIBED)

    app, proxy = facts.containers
    assert (app.name, app.status, app.reason, app.exit_code) == (
        "shop-1/app",
        "waiting",
        "CrashLoopBackOff, before OOMKilled",
        137,
    )
    assert (app.restarts, app.ready, proxy.ready) == (5, False, True)
    assert [(event.reason, event.message) for event in facts.events] == [
        ("Unhealthy", "Readiness probe failed: HTTP probe failed")
    ]


def test_containers_of_docker_are_read_from_both_its_outputs() -> None:
    for text in (INSPECT, DOCKER_PS):
        shop, mail = one(text).containers
        assert (shop.name, shop.status, shop.exit_code) == ("shop-1", "exited", 137)
        assert (mail.name, mail.status, mail.ready) == ("mail-1", "unhealthy", False)
    assert one(INSPECT).containers[0].reason == "OOMKilled"


def test_a_page_is_read_with_its_code_its_body_and_without_what_was_sent() -> None:
    facts = one(REFUSING)

    (page,) = facts.pages
    assert (page.role, page.status, page.url) == ("ready", 503, "http://shop.test/ready")
    assert "Cannot acquire connection from pool" in page.body
    assert "abcdefghijkl" not in str(facts)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("curl: (6) Could not resolve host: shop.test", "dns"),
        ("curl: (7) Failed to connect to shop.test port 80", "refused"),
        ("curl: (28) Operation timed out", "timeout"),
    ],
)
def test_why_there_was_no_answer_is_read_from_curls_code(said: str, kind: str) -> None:
    assert one(said).pages[0].error == kind


def test_sessions_are_read_with_their_ages_and_their_statements_without_values() -> None:
    facts = one(SESSIONS)

    (idle,), (running,) = facts.idle_in_transaction, facts.long_queries
    assert (idle.pid, idle.application, round(idle.state_s)) == (4242, "shop v9", 1330)
    assert (running.pid, round(running.query_s)) == (4243, 86_407)
    assert "17" not in idle.query
    assert "'x'" not in running.query


def test_sessions_counted_by_state_and_the_slots_are_one_servers_facts() -> None:
    facts = one(COUNTED)

    assert [(group.state, group.count) for group in facts.groups] == [("idle in transaction", 45), ("active", 3)]
    assert (facts.limits.max_connections, facts.used) == (50, 48)


def test_redis_tells_its_memory_and_what_one_reading_cannot() -> None:
    facts = one(INFO)

    assert (facts.used_bytes, facts.policy, facts.errors) == (1 << 30, "noeviction", {"OOM": 12})
    assert [spot.what for spot in facts.blind] == ["rates"]


def test_a_health_answer_blames_what_it_names_and_other_json_is_a_log() -> None:
    assert one('{"status": "down", "components": {"db": {"status": "down"}}}').pages[0].status == 503
    assert one('{"status": "ok", "db": "ok"}').pages[0].status == 200
    assert isinstance(one('{"level": "error", "message": "deadlock detected"}'), LogFacts)


def test_several_commands_after_their_prompts_are_read_each_for_itself() -> None:
    found = list(pasted.read("notes", f"$ kubectl get pods\n{PODS}\n$ redis-cli INFO\n{INFO}", NOW))

    assert [(type(facts), facts.target) for facts in found] == [
        (WorkloadFacts, "notes (kubectl get pods)"),
        (RedisFacts, "notes (redis-cli INFO)"),
    ]


def test_texts_of_several_kinds_are_answered_together() -> None:
    assert top(PODS, "ERROR no route to host") == ("application_down", "confirmed")
    assert top(PODS, INFO)[1] == "confirmed"


def test_what_was_not_pasted_is_a_blind_spot() -> None:
    facts = one("ERROR something")
    spots = diagnose(bundle_of([facts], started_at=NOW, ended_at=NOW)).blind_spots

    assert {"postgres", "redis", "http"} <= {spot.target for spot in spots}
    assert any(spot.what == "what changed, and when" for spot in spots)


def test_secrets_in_a_paste_are_not_kept() -> None:
    texts = ("ERROR dsn postgres://shop:hunter-two@db/x", f"$ curl -H 'Authorization: Bearer abcdefghijkl'\n{EXPIRED}")
    kept = str([facts for text in texts for facts in pasted.read("p", text, NOW)])

    assert "hunter-two" not in kept
    assert "abcdefghijkl" not in kept


HEADS = ("", "NAME READY   STATUS  RESTARTS\n", "Name: x\nContainers:\n", "apiVersion: v1\n", "curl: (", "redis_version:1\nused_memory:", " pid | state \n-----+---\n", '[{"Id": 1, "State": {"Status": ', "LAST SEEN  TYPE  REASON  MESSAGE\n")  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(HEADS), st.text(max_size=120))
def test_any_text_is_answered_from_without_a_fault(head: str, text: str) -> None:
    facts = list(pasted.read("p", head + text, NOW))

    diagnose(bundle_of(facts, started_at=NOW, ended_at=NOW))
