"""What each verb asks of the server, and that every answer is also JSON with a schema."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from tests.doors.cli.conftest import INCIDENT, PLAN, Tocsin

NOW = None
ASKED: list[tuple[str, list[tuple[str, Any]]]] = [
    ("ack INC-42 --person ben", [("incidents/INC-42/acknowledge", {"person": "ben", "at": NOW})]),
    ("ack INC-42 --undo -r ill", [("incidents/INC-42/unacknowledge", {"reason": "ill"})]),
    ("ack INC-42 --at 2026-01-20T14:23", [("incidents/INC-42/acknowledge", {"person": "", "at": "2026-01-20T14:23:00+00:00"})]),
    ("accept INC-42", [("incidents/INC-42/accept", {})]),
    ("decline INC-42 -r test --route backlog", [("incidents/INC-42/decline", {"reason": "test", "route": "backlog"})]),
    ("sev INC-42 SEV2 -r better", [("incidents/INC-42/severity", {"severity": "SEV2", "reason": "better", "at": NOW})]),
    ("sev SEV-2", [("incidents/INC-42/severity", {"severity": "SEV-2", "reason": "", "at": NOW})]),
    ("status INC-42 fixing", [("incidents/INC-42/status", {"status": "fixing", "note": "", "at": NOW})]),
    (
        "status identified --cause 'a leak'",
        [
            ("incidents/INC-42/cause", {"text": "a leak", "at": NOW}),
            ("incidents/INC-42/status", {"status": "identified", "note": "", "at": NOW}),
        ],
    ),
    ("role commander", [("incidents/INC-42/roles", {"role": "commander", "person": "", "note": "", "leave": False, "at": NOW})]),
    ("role INC-42 scribe ben --leave", [("incidents/INC-42/roles", {"role": "scribe", "person": "ben", "note": "", "leave": True, "at": NOW})]),
    ("task INC-42 check the replica -o ben", [("incidents/INC-42/tasks", {"title": "check the replica", "owner": "ben"})]),
    ("task INC-42 --done t1 --result fine", [("incidents/INC-42/tasks/t1/done", {"result": "fine"})]),
    (
        "update INC-42 rolling back --to customers --eta soon --doing rollback",
        [
            (
                "incidents/INC-42/updates",
                {"text": "rolling back", "eta": "soon", "workaround": "", "current_actions": ["rollback"], "findings": False, "nothing_new": False, "at": NOW, "audiences": ["customers"]},
            )
        ],
    ),
    ("update INC-42 --users 7", [("incidents/INC-42/impact", {"users_affected": 7})]),
    (
        "note INC-42 it was me -k decision --pin",
        [("incidents/INC-42/notes", {"text": "it was me", "kind": "decision", "pinned": True, "at": NOW})],
    ),
    (
        "note INC-42 --milestone impact_started --at 2026-01-20T14:23Z",
        [("incidents/INC-42/milestones", {"name": "impact_started", "at": "2026-01-20T14:23:00+00:00"})],
    ),
    ("impact INC-42 --errors 30 --failed 9 --data-loss", [("incidents/INC-42/impact", {"error_percent": 30.0, "failed_requests": 9, "data_loss": True})]),
    (
        "cause INC-42 a leak --confirmed --factor haste",
        [("incidents/INC-42/cause", {"text": "a leak", "confirmed": True, "trigger": "", "factors": ["haste"], "at": NOW})],
    ),
    ("correct INC-42 7 --retract wrong", [("incidents/INC-42/events/7/correct", {"at": NOW, "retract": "wrong"})]),
    (
        "resolve INC-42 rolled back --cause leak --next 'alert earlier' --thanks ben --anyway quiet",
        [("incidents/INC-42/resolve", {"resolution": "rolled back", "root_cause": "leak", "next_steps": ["alert earlier"], "thanks": ["ben"], "anyway": "quiet", "at": NOW})],
    ),
    ("reopen INC-42 -r back", [("incidents/INC-42/reopen", {"reason": "back", "at": NOW})]),
    ("close INC-42", [("incidents/INC-42/close", {"reason": "", "at": NOW})]),
    ("merge INC-42 INC-41 -r same", [("incidents/INC-42/merge", {"into": "INC-41", "reason": "same"})]),
    ("unmerge INC-42 -r not", [("incidents/INC-42/unmerge", {"reason": "not"})]),
    (
        "plan INC-42 orders/rollback --param to=v2.4.0 --fix-lines 3",
        [("incidents/INC-42/plans", {"fix_lines": 3, "actions": [{"action": "orders/rollback", "params": {"to": "v2.4.0"}}]})],
    ),
    ("approve INC-42 3f9a1c22", [("incidents/INC-42/plans/3f9a1c22/approve", {"hash": "3f9a1c22"})]),
    ("approve INC-42 3f9a1c22 --refuse -r no", [("incidents/INC-42/plans/p1/refuse", {"reason": "no"})]),
    ("mitigate INC-42 3f9a1c22 --no-wait", [("incidents/INC-42/plans/3f9a1c22/run", {"hash": "3f9a1c22"})]),
    ("diagnose INC-42 --no-wait", [("incidents/INC-42/diagnose", {})]),
    ("postmortem INC-42 --publish", [("incidents/INC-42/postmortem", {"state": "published"})]),
    ("followups INC-42 Alert earlier -o ben --priority P0", [("incidents/INC-42/followups", {"owner": "ben", "priority": "P0", "title": "Alert earlier"})]),
    ("followups INC-42 --item a1 --status done", [("incidents/INC-42/followups/a1", {"status": "done"})]),
    (
        "declare --yes --title Down --sev SEV1 --service orders --users 5",
        [("incidents", {"title": "Down", "severity": "SEV1", "services": ["orders"], "mode": "standard", "impact": {"users_affected": 5}})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "asked"), ASKED, ids=[typed for typed, _ in ASKED])
def test_a_verb_asks_for_exactly_what_was_typed(tocsin: Tocsin, typed: str, asked: list[tuple[str, Any]]) -> None:
    ran = tocsin(*shlex.split(typed))

    assert ran.err == ""
    assert ran.code == 0
    assert tocsin.asked() == asked


@pytest.mark.parametrize(("typed", "asked"), ASKED, ids=[typed for typed, _ in ASKED])
def test_a_verb_answers_json_with_a_schema(tocsin: Tocsin, typed: str, asked: list[tuple[str, Any]]) -> None:
    ran = tocsin(*shlex.split(typed), "--json")

    planning = any("/plans" in path for path, _ in asked)
    assert ran.json["schema"] == ("tocsin.plan/v1" if planning else "tocsin.incident/v1")
    assert ran.json["ref"] == "INC-42"


ITEM = {"ref": "INC-42", "key": "a1", "title": "Alert earlier", "owner": "ben", "due": "2026-02-01T00:00:00Z", "priority": "P1", "horizon": "short", "status": "todo", "overdue": True}  # fmt: skip
JOB = {"id": "j", "key": "i/page/1", "kind": "page", "incident": "i", "state": "dead", "attempt": 6, "due": "2026-01-20T14:30:00Z", "settled_at": None, "result": "no route", "to": "ana"}  # fmt: skip
ENTRY = {"seq": 1, "id": "e", "at": "2026-01-20T14:23:00Z", "recorded_at": "2026-01-20T14:30:00Z", "who": "ana", "kind": "note", "text": "it broke", "details": ["badly"], "pinned": True, "corrected_from": None, "withdrawn": False}  # fmt: skip
TOKEN = {"id": "t", "person": "ana", "name": "ci", "scopes": ["respond"], "created_at": "2026-01-20T14:30:00Z", "expires_at": None}  # fmt: skip
SILENCE = {"id": "s-1", "state": "active", "silences_now": False, "shown": '{team="db"}', "matchers": ['team="db"'], "starts_at": "2026-01-20T14:30:00Z", "ends_at": "2026-02-20T14:30:00Z", "during": ["saturday; 22:00-06:00 UTC"], "created_by": "ana", "comment": "new disks", "replaces": ""}  # fmt: skip
DECISION = {"reason": "silenced", "sentence": "Silence s-1 matches it.", "refers_to": ["s-1"], "holds_back": True}
ASKED_ROOT = {"reason": "asked", "sentence": "Route root matches.", "refers_to": ["root"], "holds_back": False}
EXPLAINED = {"labels": {"team": "db"}, "at": "2026-01-20T14:30:00Z", "pages": False, "decisions": [ASKED_ROOT], "routes": [{"place": ["root"], "tells": False, "decisions": [DECISION]}]}  # fmt: skip
NODE = {"depth": 0, "place": ["root"], "receiver": "default", "matchers": [], "goes_on": False, "policy": "core", "team": "", "service": "", "severity": "", "group_by": ["service"], "group_window": None, "group_wait": "PT0S", "group_interval": "PT5M", "repeat_interval": "PT4H", "mute_time_intervals": [], "active_time_intervals": []}  # fmt: skip
TREE = [
    NODE,
    NODE
    | {"depth": 1, "place": ["root", "database"], "matchers": ['team="db"'], "goes_on": True, "group_window": "PT1H"},
    NODE | {"depth": 2, "place": ["root", "database", '{env="test"}'], "matchers": ['env="test"'], "group_by": []},
    NODE
    | {"depth": 1, "place": ["root", "rest"], "mute_time_intervals": ["weekend"], "active_time_intervals": ["office"]},
]
READ: list[tuple[str, str, Any, str, str]] = [
    ("list", "incidents?", {"items": [INCIDENT], "next_cursor": "c2"}, "incidents", "INC-42"),
    ("show INC-42", "incidents/INC-42/timeline", {"entries": [ENTRY], "next_cursor": 0}, "incident", "Orders API returns 500s"),
    ("timeline INC-42", "incidents/INC-42/timeline", {"entries": [ENTRY], "next_cursor": 0}, "timeline", "it broke"),
    ("next", "incidents?", {"items": [INCIDENT], "next_cursor": ""}, "next", "tocsin role INC-42 commander PERSON"),
    ("postmortem INC-42", "incidents/INC-42/postmortem", "# What happened\n", "postmortem", "# What happened"),
    ("followups", "followups", [ITEM], "followups", "2026-02-01 LATE"),
    ("outbox", "outbox", [JOB], "outbox", "no route"),
    ("token create ci", "tokens", {"token": TOKEN, "secret": "tocsin_x"}, "token", "tocsin_x"),
    ("login", "login-links", {"url": "http://x/login/once?key=y"}, "login", "http://x/login/once?key=y"),
    ("silence list", "silences", [SILENCE], "silences", "saturday; 22:00-06:00 UTC)  new disks"),
    ("silence add team=db --for 2h -c disks", "silences", SILENCE, "silence", "s-1"),
    ("silence expire s-1", "silences/s-1", SILENCE | {"state": "expired"}, "silences", "s-1 expired"),
    ("route test team=db", "routes/test", EXPLAINED, "route", "Silence s-1 matches it."),
    ("route show", "routes", TREE, "routes", "└─ rest"),
    ("page --test ana", "pages/test", {"person": "ana", "keys": ["test/1/ana/phone"]}, "page", "test/1/ana/phone"),
]  # fmt: skip


@pytest.mark.parametrize("row", READ, ids=[row[0] for row in READ])
def test_a_question_is_answered_in_lines_and_in_json(tocsin: Tocsin, row: tuple[str, str, Any, str, str]) -> None:
    typed, path, answer, schema, shown = row
    tocsin.answers[path] = answer

    lines = tocsin(*typed.split())
    data = tocsin(*typed.split(), "--json")

    assert lines.code == data.code == 0
    assert shown in lines.out
    assert data.json["schema"] == f"tocsin.{schema}/v1"


def test_the_tree_of_routes_is_drawn(tocsin: Tocsin) -> None:
    tocsin.answers["routes"] = TREE

    assert tocsin("route", "show").out.splitlines() == [
        "root",
        "│  policy core; by service; wait 0 s; every 5 min; repeat 4 h",
        '├─ database {team="db"} continue',
        "│  │  policy core; by service; wait 0 s; every 5 min; repeat 4 h; window 1 h",
        '│  └─ {env="test"}',
        "│     policy core; by nothing; wait 0 s; every 5 min; repeat 4 h",
        "└─ rest",
        "   policy core; by service; wait 0 s; every 5 min; repeat 4 h; muted in weekend; only in office",
    ]


def test_a_route_is_tried_with_the_labels_and_the_time_that_were_typed(tocsin: Tocsin) -> None:
    tocsin.answers["routes/test"] = EXPLAINED

    ran = tocsin("route", "test", "team=db", "q=a=b", "--at", "2026-01-24T03:00Z")

    assert tocsin.asked() == [
        ("routes/test", {"labels": {"team": "db", "q": "a=b"}, "at": "2026-01-24T03:00:00+00:00"})
    ]
    assert "Pages:       nobody" in ran.out
    refused = tocsin("route", "test", "team")
    assert (refused.code, "'team' is no label" in refused.err) == (2, True)


def test_a_silence_says_what_was_typed(tocsin: Tocsin) -> None:
    tocsin.answers["silences"] = SILENCE
    typed = "silence add team=db 'a=~\"x|y\"' --from 2026-01-20T10:00 --until 2026-01-21 -c disks --replace s-0"
    ran = tocsin(*shlex.split(f"{typed} --weekday saturday --time 22:00-06:00 --zone Europe/Berlin"))

    assert ran.code == 0
    said = {
        "matchers": ["team=db", 'a=~"x|y"'],
        "starts_at": "2026-01-20T10:00:00+00:00",
        "ends_at": "2026-01-21T00:00:00+00:00",
        "comment": "disks",
        "replaces": "s-0",
        "during": [{"weekdays": ["saturday"], "times": ["22:00-06:00"], "zone": "Europe/Berlin"}],
    }
    assert tocsin.asked() == [("silences", said)]


@pytest.mark.parametrize("length", ["", "--for 2h --until 2026-01-21"])
def test_a_silence_needs_one_end(tocsin: Tocsin, length: str) -> None:
    ran = tocsin("silence", "add", "team=db", "-c", "disks", *length.split())

    assert (ran.code, tocsin.asked()) == (2, [])


def test_an_expired_silence_is_asked_for_by_its_id(tocsin: Tocsin) -> None:
    tocsin.answers["silences/"] = SILENCE
    tocsin.answers["silences?"] = []

    tocsin("silence", "expire", "s-1", "a/b")
    assert "Nothing is silenced." in tocsin("silence", "list", "--all").err

    assert [path for path, _ in tocsin.asked("DELETE")] == ["silences/s-1", "silences/a%2Fb"]
    assert [path for path, _ in tocsin.asked("GET")] == ["silences?expired=true"]


def test_filters_become_a_query(tocsin: Tocsin) -> None:
    tocsin("list", "--all", "--service", "orders", "--sev", "SEV1", "--sev", "SEV2", "--text", "down")

    assert tocsin.asked("GET")[0][0] == "incidents?severity=SEV1&severity=SEV2&service=orders&q=down&limit=50"


def test_the_timeline_is_read_to_its_end_and_as_of_then(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42/timeline?cursor=0"] = {"entries": [ENTRY], "next_cursor": 1}
    tocsin.answers["incidents/INC-42/timeline?cursor=1"] = {"entries": [ENTRY], "next_cursor": 0}

    ran = tocsin("timeline", "INC-42", "--as-known-at", "2026-01-20T15:10Z", "--json")

    assert len(ran.json["entries"]) == 2
    assert "as_known_at=2026-01-20T15%3A10%3A00%2B00%3A00" in tocsin.asked("GET")[0][0]


def test_what_was_left_out_of_a_changed_item_stays(tocsin: Tocsin) -> None:
    tocsin("followups", "INC-42", "--item", "a1", "--due", "2026-02-01")

    assert tocsin.asked() == [("incidents/INC-42/followups/a1", {"due": "2026-02-01T00:00:00+00:00"})]


def test_a_section_comes_from_a_file(tocsin: Tocsin) -> None:
    text = tocsin.home.parent / "lucky.md"
    text.write_text("It was Tuesday.\n")

    tocsin("postmortem", "INC-42", "--section", "lucky", "--file", str(text))

    assert tocsin.asked() == [("incidents/INC-42/postmortem", {"section": "lucky", "text": "It was Tuesday.\n"})]


def test_a_reference_in_a_path_is_quoted(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/"] = INCIDENT

    tocsin("ack", "../tokens?x=1")

    assert tocsin.asked()[0][0] == "incidents/..%2Ftokens%3Fx%3D1/acknowledge"


def test_mitigate_waits_for_the_end_of_the_plan(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "plans": [{**PLAN, "state": "done", "output": ["ended 17"]}]}

    ran = tocsin("mitigate", "INC-42", "3f9a1c22d0b7")

    assert ran.code == 0
    assert "ended 17" in ran.out
    assert ("incidents/INC-42", None) in tocsin.asked("GET")


@pytest.mark.parametrize("state", ["failed", "stale", "unknown"])
def test_a_plan_that_did_not_end_well_is_an_error(tocsin: Tocsin, state: str) -> None:
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "plans": [{**PLAN, "state": state}]}

    assert tocsin("mitigate", "INC-42", "3f9a1c22d0b7").code == 1
