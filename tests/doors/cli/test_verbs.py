"""What each verb asks of the server, and that every answer is also JSON with a schema."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from tests.doors.cli.conftest import INCIDENT, PLAN, Tocsin, problem
from tests.doors.cli.samples import (
    ALERT,
    CHANGE,
    EFFECT,
    ENTRY,
    EXPLAINED,
    ITEM,
    JOB,
    LINKED,
    LISTS,
    ON_CALL,
    PRIVATE,
    SCHEDULE,
    SILENCE,
    TOKEN,
    TREE,
    WHY,
)
from tests.support.http import Reply

NOW = None
ASKED: list[tuple[str, list[tuple[str, Any]]]] = [
    ("ack INC-42 --person ben", [("incidents/INC-42/acknowledge", {"person": "ben", "at": NOW})]),
    ("ack INC-42 --undo -r ill", [("incidents/INC-42/unacknowledge", {"reason": "ill"})]),
    ("ack INC-42 --at 2026-01-20T14:23", [("incidents/INC-42/acknowledge", {"person": "", "at": "2026-01-20T14:23:00+00:00"})]),
    ("escalate INC-42 -r help", [("incidents/INC-42/escalate", {"reason": "help", "call": None})]),
    ("unack INC-42 -r ill", [("incidents/INC-42/unacknowledge", {"reason": "ill"})]),
    ("snooze INC-42 --until 2026-01-20T18:00Z", [("incidents/INC-42/snooze", {"until": "2026-01-20T18:00:00+00:00", "reason": ""})]),
    ("repage INC-42 --call 4", [("incidents/INC-42/restart-paging", {"reason": "", "call": 4})]),
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
    ("cancel INC-42 -r error", [("incidents/INC-42/cancel", {"reason": "error"})]),
    ("rename INC-42 Pool exhausted --summary s", [("incidents/INC-42/rename", {"title": "Pool exhausted", "summary": "s", "at": NOW})]),
    (
        "scope INC-42 --service billing --service orders --function ''",
        [("incidents/INC-42/scope", {"services": ["billing", "orders"], "endpoints": ["/api/v1/reports/export"], "functions": [], "at": NOW})],
    ),
    ("related INC-42 INC-41 --kind child_of", [("incidents/INC-42/related", {"other": "INC-41", "kind": "child_of", "removed": False})]),
    ("related INC-42 INC-41 --remove", [("incidents/INC-42/related", {"other": "INC-41", "kind": "related", "removed": True})]),
    (
        "members INC-42 ben cleo",
        [("incidents/INC-42/members", {"person": "ben", "removed": False}), ("incidents/INC-42/members", {"person": "cleo", "removed": False})],
    ),
    ("members ben --remove", [("incidents/INC-42/members", {"person": "ben", "removed": True})]),
    ("privacy INC-42 private -r data", [("incidents/INC-42/privacy", {"private": True, "reason": "data"})]),
    ("privacy public", [("incidents/INC-42/privacy", {"private": False, "reason": ""})]),
    ("checklist INC-42 begin/post", [("incidents/INC-42/checklist", {"item": "begin/post", "done": True})]),
    ("checklist begin/post --untick", [("incidents/INC-42/checklist", {"item": "begin/post", "done": False})]),
    ("answers INC-42 changed a deploy", [("incidents/INC-42/answers", {"question": "changed", "answer": "a deploy"})]),
    ("freeze INC-42 -n hold", [("incidents/INC-42/freeze", {"frozen": True, "note": "hold"})]),
    ("freeze --lift", [("incidents/INC-42/freeze", {"frozen": False, "note": ""})]),
    (
        "outcome INC-42 worse doubled the pool --plan p1 --spent 10m --next 'roll back'",
        [("incidents/INC-42/outcomes", {"text": "doubled the pool", "outcome": "worse", "plan": "p1", "spent_s": 600.0, "backup_plan": "roll back", "at": NOW})],
    ),
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


READ: list[tuple[str, str, Any, str, str]] = [
    ("checklist INC-42", "incidents/INC-42", {**INCIDENT, "checklists": LISTS}, "checklists", "Post  (from the record)"),
    ("answers INC-42", "incidents/INC-42", {**INCIDENT, "answers": {"changed": "a deploy"}}, "answers", "changed: a deploy"),
    ("members INC-42", "incidents/INC-42", PRIVATE, "members", "dan"),
    ("related INC-42", "incidents/INC-42", LINKED, "related", "INC-41 (caused by)"),
    ("related", "incidents/INC-42", LINKED, "related", "INC-40 (merged into this one)"),
    ("scope INC-42", "incidents/INC-42", INCIDENT, "scope", "endpoints: /api/v1/reports/export"),
    ("facts INC-42 --bundle b1", "incidents/INC-42/bundles/b1", {"postgres": {"idle": 17}}, "facts", '"idle": 17'),
    ("token list", "tokens", {"items": [TOKEN], "next_cursor": ""}, "tokens", "2026-01-20  never"),
    ("whoami", "whoami", {"person": "ana", "scopes": ["read", "respond"], "version": "1"}, "whoami", "ana: read, respond"),
    ("list", "incidents?", {"items": [INCIDENT], "next_cursor": "c2"}, "incidents", "INC-42"),
    ("show INC-42", "incidents/INC-42/timeline", {"entries": [ENTRY], "next_cursor": 0}, "incident", "Orders API returns 500s"),
    ("timeline INC-42", "incidents/INC-42/timeline", {"entries": [ENTRY], "next_cursor": 0}, "timeline", "it broke"),
    ("next", "incidents?", {"items": [INCIDENT], "next_cursor": ""}, "next", "tocsin role INC-42 commander PERSON"),
    ("postmortem INC-42", "incidents/INC-42/postmortem", "# What happened\n", "postmortem", "# What happened"),
    ("followups", "followups", [ITEM], "followups", "2026-02-01 LATE"),
    ("changes list", "changes", [CHANGE], "changes", "adds a column"),
    ("changes add orders --version 2.4.1 --at 15m", "changes", CHANGE, "changes", "schema back"),
    ("outbox", "outbox", [JOB], "outbox", "no route"),
    ("token create ci", "tokens", {"token": TOKEN, "secret": "tocsin_x"}, "token", "tocsin_x"),
    ("login", "login-links", {"url": "http://x/login/once?key=y"}, "login", "http://x/login/once?key=y"),
    ("silence list", "silences", [SILENCE], "silences", "saturday; 22:00-06:00 UTC)  new disks"),
    ("silence add team=db --for 2h -c disks", "silences", SILENCE, "silence", "s-1"),
    ("silence expire s-1", "silences/s-1", SILENCE | {"state": "expired"}, "silences", "s-1 expired"),
    ("alerts", "alerts", [ALERT], "alerts", "Slow: p99 is 3 s  Silence s-1 matches it."),
    ("why prom/f1", "why", WHY, "why", "It is held back (silenced), opened no incident and woke nobody."),
    ("route test team=db", "routes/test", EXPLAINED, "route", "Silence s-1 matches it."),
    ("route show", "routes", TREE, "routes", "└─ rest"),
    ("oncall", "oncall", ON_CALL, "oncall", "On call at 2026-01-20 15:00 UTC"),
    ("oncall", "oncall", ON_CALL, "oncall", "ana, ben"),
    ("schedule show primary", "schedules/primary", SCHEDULE, "schedule", "layer/office"),
    ("schedule show primary", "schedules/primary", SCHEDULE, "schedule", "GAP 2026-01-20 17:00 - 2026-01-20 18:00: nobody"),
    ("schedule show primary", "schedules/primary", SCHEDULE, "schedule", "swap c1 2026-01-20 15:00 - 2026-01-20 17:00 by ana: ana asks, nobody takes it"),
    ("schedule gaps primary", "schedules/primary", SCHEDULE, "schedule-gaps", "2026-01-20 17:00 - 2026-01-20 18:00 UTC"),
    ("schedule override add primary ben --until 8h", "schedules/primary/overrides", EFFECT, "schedule-changes", "primary 2026-01-20 15:00 - 2026-01-20 17:00: ana -> ben"),
    ("schedule override remove primary c1", "schedules/primary/changes/c1", EFFECT, "schedule-changes", "ana -> ben"),
    ("schedule swap take primary c1", "schedules/primary/swaps/c1/take", EFFECT, "schedule-changes", "ana -> ben"),
    ("page --test ana", "pages/test", {"person": "ana", "keys": ["test/1/ana/phone"]}, "page", "test/1/ana/phone"),
    ("page --confirm 1234-5678", "contacts/confirm", {"person": "ana", "method": "phone", "kind": "webhook", "verified": True, "by": "ana"}, "contact", "ana can be paged by phone (webhook)"),
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


def test_a_test_page_says_what_waits_to_be_confirmed(tocsin: Tocsin) -> None:
    tocsin.answers["pages/test"] = {"person": "ana", "keys": ["test/1/ana/mail"], "to_confirm": ["mail"]}

    ran = tocsin("page", "--test", "ana", "--method", "mail")

    assert "Not verified yet: mail." in ran.err
    assert tocsin.asked() == [("pages/test", {"person": "ana", "method": "mail"})]


def test_a_code_is_confirmed_for_oneself_or_for_another(tocsin: Tocsin) -> None:
    tocsin.answers["contacts/confirm"] = {"person": "bo", "method": "mail", "kind": "email"}

    tocsin("page", "--confirm", "1234-5678")
    tocsin("page", "--confirm", "12345678", "--person", "bo")

    assert tocsin.asked() == [
        ("contacts/confirm", {"code": "1234-5678", "person": ""}),
        ("contacts/confirm", {"code": "12345678", "person": "bo"}),
    ]


def test_the_ways_to_people_say_who_vouches_for_them(tocsin: Tocsin) -> None:
    mail = {"person": "ana", "method": "mail", "kind": "email", "verified": True, "by": "ana"}
    tocsin.answers["contacts"] = [mail, {**mail, "method": "phone", "verified": False}, {**mail, "person": "bo"}]

    ran = tocsin("contacts", "ana")

    assert ran.out.splitlines() == ["ana mail (email): verified by ana", "ana phone (email): NOT verified"]
    assert [way["person"] for way in tocsin("contacts", "--json").json["items"]] == ["ana", "ana", "bo"]
    assert "cy has no contact method" in tocsin("contacts", "cy").err


def test_a_wrong_code_is_2_and_too_many_are_5(tocsin: Tocsin) -> None:
    tocsin.answers["contacts/confirm"] = problem(422, "the code is wrong, used or too old", field="code")
    ran = tocsin("page", "--confirm", "1234-5678")
    assert (ran.code, "wrong, used or too old" in ran.err) == (2, True)

    tocsin.answers["contacts/confirm"] = problem(409, "too many", mend="Wait 15 minutes.")
    ran = tocsin("page", "--confirm", "1234-5678")
    assert (ran.code, "Wait 15 minutes" in ran.err) == (5, True)


@pytest.mark.parametrize("typed", ["page", "page --test ana --confirm 1234-5678"])
def test_a_page_is_either_sent_or_confirmed(tocsin: Tocsin, typed: str) -> None:
    ran = tocsin(*typed.split())
    assert ran.code == 2
    assert "--test PERSON" in ran.err
    assert not tocsin.asked()


def test_a_token_is_withdrawn_by_its_id(tocsin: Tocsin) -> None:
    tocsin.answers["tokens/t"] = TOKEN

    ran = tocsin("token", "revoke", "t", "--json")

    assert [path for path, _ in tocsin.asked("DELETE")] == ["tokens/t"]
    assert ran.json == {"schema": "tocsin.token-revoked/v1", "token": TOKEN}
    assert "Withdrawn: ci, of ana." in ran.err


@pytest.mark.parametrize(("typed", "path", "item"), [("outbox", "outbox", JOB), ("followups", "followups", ITEM)])
def test_a_list_says_where_its_next_page_begins(tocsin: Tocsin, typed: str, path: str, item: Any) -> None:
    headers = {"Content-Type": "application/json", "Tocsin-Next-Cursor": "c2"}
    tocsin.answers[path] = Reply(body=json.dumps([item]).encode(), headers=headers)

    assert "--cursor c2" in tocsin(typed, "--limit", "1").err
    page = tocsin(typed, "--limit", "1", "--cursor", "c1", "--json")
    assert (page.json["next_cursor"], len(page.json["items"])) == ("c2", 1)
    assert {"limit=1", "cursor=c1"} <= set(tocsin.asked("GET")[-1][0].partition("?")[2].split("&"))


def test_facts_are_asked_for_by_the_id_of_the_last_diagnosis(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "bundle": "0190/b7"}

    assert tocsin("facts", "INC-42").json["bundle"] == "0190/b7"
    assert tocsin.asked("GET")[-1][0] == "incidents/INC-42/bundles/b7"


def test_an_incident_that_was_not_diagnosed_has_no_facts(tocsin: Tocsin) -> None:
    ran = tocsin("facts", "INC-42")

    assert ran.code == 3
    assert "tocsin diagnose INC-42" in ran.err


def test_everybody_sees_what_is_public(tocsin: Tocsin) -> None:
    assert "It is public" in tocsin("members", "INC-42").err


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
    tocsin("route", "test", 'team="d\\"b"', '"a name"=1', r"path=C:\new", "q=a,b=c", "--source", "prometheus")
    labels = {"team": 'd"b', "a name": "1", "path": r"C:\new", "q": "a,b=c"}
    assert tocsin.asked()[-1] == ("routes/test", {"labels": labels, "source": "prometheus"})
    for text in ("team=~db", "team!=db", "=db", "team"):
        refused = tocsin("route", "test", text)
        assert (refused.code, "is no label" in refused.err) == (2, True)
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
