"""What a server answers, for commands that print it."""

from __future__ import annotations

from tests.doors.cli.conftest import INCIDENT

ITEM = {"ref": "INC-42", "key": "a1", "title": "Alert earlier", "owner": "ben", "due": "2026-02-01T00:00:00Z", "priority": "P1", "horizon": "short", "status": "todo", "overdue": True}  # fmt: skip
JOB = {"id": "j", "key": "i/page/1", "kind": "page", "incident": "i", "state": "dead", "attempt": 6, "due": "2026-01-20T14:30:00Z", "settled_at": None, "result": "no route", "to": "ana"}  # fmt: skip
ENTRY = {"seq": 1, "id": "e", "at": "2026-01-20T14:23:00Z", "recorded_at": "2026-01-20T14:30:00Z", "who": "ana", "kind": "note", "text": "it broke", "details": ["badly"], "pinned": True, "corrected_from": None, "withdrawn": False}  # fmt: skip
TOKEN = {"id": "t", "person": "ana", "name": "ci", "scopes": ["respond"], "created_at": "2026-01-20T14:30:00Z", "expires_at": None}  # fmt: skip
LISTS = [{"key": "begin", "title": "The first minutes", "items": [{"key": "begin/post", "text": "Post", "done": True, "by": "event"}]}]  # fmt: skip
PRIVATE = {**INCIDENT, "private": True, "members": ["ana", "dan"]}
LINKED = {**INCIDENT, "related": [["INC-41", "caused_by"]], "absorbed": ["INC-40"], "merged_into": ""}
SILENCE = {"id": "s-1", "state": "active", "silences_now": False, "shown": '{team="db"}', "matchers": ['team="db"'], "starts_at": "2026-01-20T14:30:00Z", "ends_at": "2026-02-20T14:30:00Z", "during": ["saturday; 22:00-06:00 UTC"], "created_by": "ana", "comment": "new disks", "replaces": ""}  # fmt: skip
DECISION = {"reason": "silenced", "sentence": "Silence s-1 matches it.", "refers_to": ["s-1"], "holds_back": True}
ASKED_ROOT = {"reason": "asked", "sentence": "Route root matches.", "refers_to": ["root"], "holds_back": False}
EXPLAINED = {"labels": {"team": "db"}, "at": "2026-01-20T14:30:00Z", "pages": False, "decisions": [ASKED_ROOT], "routes": [{"place": ["root"], "tells": False, "decisions": [DECISION]}]}  # fmt: skip
WHY = {**EXPLAINED, "subject": "prom/f1", "kind": "alert", "outcome": "It is held back (silenced), opened no incident and woke nobody.", "decisions": [ASKED_ROOT, {**DECISION, "reason": "held_back"}], "incident": "", "pages": ["i1/page/1/ana/phone"]}  # fmt: skip
ALERT = {"subject": "prom/f1", "name": "Slow", "severity": "warning", "service": "orders", "summary": "p99 is 3 s", "labels": {}, "starts_at": "2026-01-20T14:23:00Z", "last_seen_at": "2026-01-20T14:30:00Z", "incident": "", "held_by": ["Silence s-1 matches it."]}  # fmt: skip
NODE = {"depth": 0, "place": ["root"], "receiver": "default", "matchers": [], "goes_on": False, "policy": "core", "team": "", "service": "", "severity": "", "group_by": ["service"], "group_window": None, "group_wait": "PT0S", "group_interval": "PT5M", "repeat_interval": "PT4H", "dependents": "join", "dependents_window": "PT10M", "mute_time_intervals": [], "active_time_intervals": []}  # fmt: skip
TREE = [
    NODE,
    NODE
    | {"depth": 1, "place": ["root", "database"], "matchers": ['team="db"'], "goes_on": True, "group_window": "PT1H"},
    NODE | {"depth": 2, "place": ["root", "database", '{env="test"}'], "matchers": ['env="test"'], "group_by": []},
    NODE
    | {"depth": 1, "place": ["root", "rest"], "mute_time_intervals": ["weekend"], "active_time_intervals": ["office"]},
]
CHANGE = {
    "source": "ci",
    "key": "1",
    "service": "orders",
    "at": "2026-01-20T14:20:00Z",
    "kind": "schema",
    "version": "2.4.1",
    "by": "ana",
    "summary": "adds a column",
    "rollback": True,
}
SPAN = {"starts": "2026-01-20T15:00:00Z", "ends": "2026-01-20T17:00:00Z"}
ON_CALL = {
    "at": "2026-01-20T15:00:00Z", "catch_all": "ana", "turns": [{"key": "primary", "zone": "UTC", "people": [], "now": ["ana", "ben"]}],
    "services": [{"service": "orders", "name": "Orders", "team": "core", "policy": "core", "people": ["ana"], "catch_all": True}],
}  # fmt: skip
SCHEDULE = {
    "key": "primary", "zone": "UTC", **SPAN, "shifts": [{**SPAN, "duties": [{"person": "ana", "source": "layer/office"}]}],
    "report": {
        "gaps": [{"starts": "2026-01-20T17:00:00Z", "ends": "2026-01-20T18:00:00Z"}],
        "loads": [{"person": "ana", "hours": 2, "nights": 0, "weekends": 0, "shifts": 1, "longest": "PT2H", "share": 1}],
    },
    "made": [{"id": "c1", "kind": "swap", **SPAN, "by": "ana", "at": "2026-01-20T15:00:00Z", "what": {"person": "ana", "taker": ""}}],
}  # fmt: skip
EFFECT = {"id": "c1", "schedule": "primary", "changes": [{**SPAN, "before": ["ana"], "after": ["ben"]}]}
