"""Whatever the API offers, the command line does too: each operation of the description is asked for by some verb.

A new operation fails here until it has a verb, or stands among the exceptions with its reason.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi import FastAPI
from jsonschema_rs import validator_for
from tests.doors.cli.conftest import INCIDENT, TOKEN, Tocsin
from tests.doors.cli.samples import CHANGE, EXPLAINED, NODE, SILENCE, WHY
from tests.support.api import building, furnished, migrated
from tests.support.http import Received

from tocsin.config.catalogue import check_text, to_json
from tocsin.config.example import dump_commented

__all__ = ["building", "furnished", "migrated"]

RUNBOOK: Final = {
    "key": "lock-chain", "title": "Lock chain", "summary": "", "severity": "", "source": "sre", "owner": "", "causes": [],
    "alerts": [], "labels": {}, "symptoms": [], "links": {}, "steps": [],
}  # fmt: skip
SCHEDULE: Final = {
    "key": "primary", "zone": "UTC", "starts": "2026-01-05T09:00:00Z", "ends": "2026-01-06T09:00:00Z", "shifts": [],
    "report": {"gaps": [], "loads": []}, "made": [],
}  # fmt: skip
# operation -> a command that asks for it
VERBS: Final[Mapping[str, str]] = {
    "accept": "accept INC-42",
    "acknowledge": "ack INC-42 --person ben --at 2026-01-20T14:23Z",
    "add_change": "changes add orders --version v2.4.1",
    "add_followup": "followups INC-42 'Alert earlier' --owner ben --due 2026-02-01 --priority P0 --horizon long --kind detect",
    "add_override": "schedule override add primary ben --replaces ana --from 1h --until 2026-02-02T09:00Z",
    "add_temporary": "schedule temporary add primary --from 1h --until 3h --shift ana,ben=1h/2h",
    "ask_swap": "schedule swap ask primary --from 1h --until 2h",
    "add_note": "note INC-42 'it was me' --kind decision --pin",
    "add_silence": "silence add team=db --for 2h --comment disks",
    "answer": "answers INC-42 changed 'a deploy'",
    "apply_config": "config apply FILE --yes",
    "approve": "approve INC-42 3f9a1c22d0b7",
    "bundle": "facts INC-42",
    "cancel": "cancel INC-42 --reason 'declared in error'",
    "change_followup": "followups INC-42 --item a1 --status done --note 'merged'",
    "change_member": "members INC-42 ben --remove",
    "change_password": "password --current-file OLD --new-file NEW",
    "change_privacy": "privacy INC-42 private --reason 'customer data'",
    "change_role": "role INC-42 scribe ben --note 'read the log'",
    "change_scope": "scope INC-42 --service orders --endpoint /orders --function checkout",
    "change_severity": "sev INC-42 SEV2 --reason better",
    "change_status": "status INC-42 fixing --note 'rolling back'",
    "close": "close INC-42 --reason reviewed",
    "request_responders": "page INC-42 ben schedule:dba --message 'we need a DBA'",
    "join": "join INC-42 --person ben --at 2026-01-20T14:23Z",
    "confirm_contact": "page --confirm 1234-5678 --person ben",
    "correct": "correct INC-42 7 --retract 'another incident'",
    "declare_incident": "declare --yes --title Down --sev SEV1 --service orders --users 5 --started-at 2026-01-20T14:23Z",
    "decline": "decline INC-42 --reason 'a planned restart' --route backlog",
    "diagnose": "diagnose INC-42 --no-wait",
    "draft_incident": "declare 'orders API fails since 14:23' --yes",
    "escalate": "escalate INC-42 --call 4 --reason 'I need a DBA'",
    "expire_silence": "silence expire s-1",
    "export_schedule": "schedule export primary --person ana",
    "import_schedule": "schedule import primary ICS --from 1h --until 2d",
    "finish_task": "task INC-42 --done t1 --result fine",
    "freeze": "freeze INC-42 --note 'until it holds'",
    "give_task": "task INC-42 'check the replica' --owner ben",
    "health": "doctor",
    "judge": "outcome INC-42 no_effect 'restarted one replica' --spent 10m --plan p1 --next 'roll back'",
    "list_alerts": "alerts --held --limit 5",
    "list_changes": "changes list --service orders",
    "list_contacts": "contacts ben",
    "list_followups": "followups --owner ben --all --limit 5",
    "list_incidents": "list --all --service orders --sev SEV1 --team core --mode drill --text down",
    "list_routes": "route show",
    "list_runbooks": "runbook list",
    "list_silences": "silence list --all",
    "list_tokens": "token list --all --limit 5",
    "make_feed": "schedule feed primary --person ana",
    "make_login_link": "login",
    "make_token": "token create ci --person ben --scope read --days 30",
    "mark_step": "runbook step INC-42 lock-chain/tree --done --note seen",
    "merge": "merge INC-42 INC-41 --reason same",
    "name_cause": "cause INC-42 'a leak' --confirmed --factor haste --trigger 'a deploy'",
    "send_again": "resend i1/page/1/ana/phone",
    "show_reach": "reach ben",
    "outbox": "outbox --incident INC-42 --state dead --limit 5",
    "plan": "plan INC-42 orders/rollback --param to=v2.4.0 --fix-lines 3 --fix-understood",
    "post_update": "update INC-42 'rolling back' --to customers --eta soon --doing rollback --findings",
    "preview_incident": "declare 'orders API fails since 14:23'",
    "refuse": "approve INC-42 3f9a1c22d0b7 --refuse --reason 'wrong replica'",
    "relate": "related INC-42 INC-41 --kind caused_by",
    "preview_schedules": "schedule preview FILE",
    "remove_schedule_change": "schedule override remove primary c1",
    "rename": "rename INC-42 'Session pool exhausted' --summary '46 of 50'",
    "reopen": "reopen INC-42 --reason 'it is back'",
    "restart_paging": "repage INC-42 --reason 'another rota'",
    "snooze": "snooze INC-42 --for 1h --reason 'the vendor is on it'",
    "resolve": "resolve INC-42 'rolled back' --cause leak --next 'alert earlier' --thanks ben --anyway quiet",
    "revoke_feeds": "schedule feed --revoke",
    "revoke_token": "token revoke 0198c0de",
    "run": "mitigate INC-42 3f9a1c22d0b7 --no-wait",
    "run_step": "runbook step INC-42 lock-chain/tree",
    "show_config": "config show",
    "show_on_call": "oncall --at 2026-02-01T03:00Z",
    "show_schedule": "schedule show primary --from 1d --until 8d",
    "take_swap": "schedule swap take primary c1",
    "show_incident": "show INC-42",
    "show_incident_runbooks": "runbook show INC-42",
    "show_postmortem": "postmortem INC-42",
    "show_runbook": "runbook show lock-chain --service orders",
    "show_timeline": "timeline INC-42 --as-known-at 15m",
    "start_runbook": "runbook start INC-42 lock-chain",
    "state_impact": "impact INC-42 --errors 30 --failed 9 --total 90 --tickets 2 --revenue 10 --data-loss --trend worse",
    "state_milestone": "note INC-42 --milestone impact_started --at 2026-01-20T14:23Z",
    "test_page": "page --test ana --method phone",
    "tick": "checklist INC-42 first_five_minutes/initial_post --untick",
    "try_route": "route test team=db",
    "unacknowledge": "ack INC-42 --undo --reason ill",
    "unmerge": "unmerge INC-42 --reason 'two pools'",
    "whoami": "whoami",
    "why": "why prom/f1",
    "write_postmortem": "postmortem INC-42 --publish",
}
# A doctor who hears of no worker is not well; what would happen is shown to be confirmed, and nobody is there.
EXPECTED: Final[Mapping[str, int]] = {"health": 1, "preview_incident": 7}
# operation -> why no verb asks for it
WITHOUT: Final[Mapping[str, str]] = {
    "alive": "a supervisor's sign of life, outside /v1 and without a token; `doctor` asks for more",
    "ready": "a load balancer's question, outside /v1 and without a token; `doctor` asks for more",
    "apply_drill_config": "one step of `drill run`, which is driven against a real server in tests/e2e",
    "retire_drill_config": "one step of `drill run`, which is driven against a real server in tests/e2e",
}
FOR_SENDERS: Final = (
    "asked by senders with an integration's key, in their own protocols; people have verbs of their own"
)
ANSWERS: Final[Mapping[str, Any]] = {
    "changes": CHANGE,
    "changes?": [CHANGE],
    "contacts": [],
    "contacts/confirm": {"person": "ben", "method": "mail", "kind": "email"},
    "feeds": {"url": "https://tocsin.example.com/feeds/oncall.ics?key=x", "expires_at": "2027-01-20T00:00:00Z"},
    "followups": [],
    "health": {"problems": [], "processes": [], "backlog": {}},
    "incidents/draft": {"title": "Orders API fails", "questions": []},
    "incidents/preview": {
        "severity": "SEV2", "name": "Major", "rank": 2, "matched": [], "boundary_note": "", "wakes": ["ana"],
    },
    "incidents/INC-42": {**INCIDENT, "bundle": "b1"},
    "incidents/INC-42/postmortem": {**INCIDENT},
    "incidents/INC-42/timeline": {"entries": [], "next_cursor": 0},
    "incidents/INC-42/runbooks": {"followed": [], "others": [], "runbooks": []},
    "login-links": {"url": "http://x/login/once?key=y"},
    "outbox": [],
    "outbox/resend": {"key": "i1/page/1/ana/phone", "state": "waiting"},
    "people/ben/reach": {
        "person": "ben", "name": "Ben", "zone": "UTC", "at": "2026-02-01T03:00:00Z", "quiet": ["22:00 to 07:00"],
        "contacts": [{"person": "ben", "method": "push", "kind": "ntfy", "verified": False, "by": "", "at": None}],
        "plans": [{
            "urgency": "high", "ruled": True, "begins_at": "2026-02-01T03:00:00Z", "reasons": ["Rules."],
            "steps": [
                {"method": "mail", "kind": "email", "minutes": 0, "at": "2026-02-01T03:00:00Z", "left_alone": ""},
                {"method": "sms", "kind": "sms", "minutes": None, "at": None, "left_alone": "phone"},
            ],
        }],
    },
    "pages/test": {"person": "ana", "keys": []},
    "password": {"person": "ana", "sessions_ended": 1},
    "routes": [NODE],
    "routes/test": EXPLAINED,
    "runbooks": [],
    "runbooks/lock-chain": RUNBOOK,
    "silences": SILENCE,
    "silences/s-1": SILENCE,
    "silences?": [],
    "oncall": {"at": "2026-02-01T03:00:00Z", "turns": [], "services": []},
    "schedules": {"id": "c1", "schedule": "primary", "changes": []},
    "schedules/preview": {"items": []},
    "schedules/primary?": SCHEDULE,
    "tokens": {"items": [], "next_cursor": "", "secret": TOKEN, "name": "ci", "person": "ben"},
    "alerts": [],
    "why": WHY,
    "whoami": {"person": "ana", "scopes": ["read"], "version": "1"},
}  # fmt: skip


@pytest.fixture(scope="module")
def description(building: FastAPI) -> dict[str, Any]:
    return building.openapi()


def operations(description: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return each operation by its name: method, path, and what the description says of it."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def fits(request: Received, method: str, path: str) -> bool:
    """Return whether a request is one of an operation, as a router would say."""
    pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))
    return request.method == method and re.fullmatch(pattern, urlsplit(request.path).path) is not None


def without(description: dict[str, Any]) -> dict[str, str]:
    """Return why no verb asks for some operations."""
    found = operations(description).items()
    return {**WITHOUT, **{name: FOR_SENDERS for name, (*_, told) in found if told["tags"] == ["senders"]}}


def test_every_operation_has_a_verb_or_a_reason(description: dict[str, Any]) -> None:
    assert set(operations(description)) == set(VERBS) | set(without(description))
    assert not set(VERBS) & set(without(description))


@pytest.mark.parametrize("name", list(VERBS))
def test_the_verb_asks_for_the_operation_as_it_is_described(
    tocsin: Tocsin, description: dict[str, Any], name: str
) -> None:
    method, path, operation = operations(description)[name]
    example = dump_commented(name="Ana", email="ana@example.com")
    catalogue, _ = check_text(example, "tocsin.yaml", Path())
    assert catalogue is not None
    tocsin.answers |= {**ANSWERS, "config": json.loads(to_json(catalogue))}
    files = {"FILE": example, "OLD": "an old horse\n", "NEW": "a new horse\n", "ICS": "BEGIN:VCALENDAR"}
    for file, text in files.items():
        (tocsin.home.parent / file).write_text(text)
    words = shlex.split(VERBS[name])

    ran = tocsin(*(str(tocsin.home.parent / word) if word in files else word for word in words))

    asked = [request for request in tocsin.sink.received if fits(request, method, path)]
    assert asked, (ran.err, [(request.method, request.path) for request in tocsin.sink.received])
    assert ran.code == EXPECTED.get(name, 0), ran.err
    known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    assert {key for key, _ in parse_qsl(urlsplit(asked[-1].path).query)} <= known
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        schema = {**content["schema"], "components": description["components"]}
        validator_for(schema).validate(json.loads(asked[-1].body))
