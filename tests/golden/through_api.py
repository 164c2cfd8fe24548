"""Send a worked example through the HTTP API as somebody would who writes it down afterwards."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from tests.golden.examples import EXAMPLES, Example
from tests.support.api import Office, Person

from tocsin.config.catalogue import check_text
from tocsin.domain.incident import events as e

Request = tuple[str, dict[str, Any]]


def configuration() -> dict[str, Any]:
    """Return a configuration with a team, its pack, its services and its people for every example."""
    people = {"ana": "[read, respond, admin]"}
    people |= {person: "[read, respond]" for x in EXAMPLES for person in x.people}
    lines = ["catch_all: ana", "default_pack: platform", "people:"]
    lines += [
        f"  {key}: {{name: {key.title()}, scopes: {scopes}, "
        f"contacts: {{console: {{kind: console, address: {key}, verified: true}}}}}}"
        for key, scopes in people.items()
    ]
    lines += ["policies:", '  all: {steps: [{targets: ["person:ana"], wait: 5m}]}', "default_policy: all", "teams:"]
    lines += [f"  {x.pack}: {{name: {x.pack}, pack: {x.pack}, policy: all, members: [ana]}}" for x in EXAMPLES]
    owners = {service: x.pack for x in EXAMPLES for service in x.services}
    lines += ["services:", *(f"  {key}: {{name: {key}, team: {team}}}" for key, team in owners.items())]
    every = "[responders, stakeholders, leadership, customers, public]"
    lines += ["channels:", f"  room: {{kind: console, audiences: {every}}}"]
    catalogue, problems = check_text("\n".join(lines), "tocsin.yaml", Path())
    assert catalogue is not None, problems
    as_json: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(catalogue))
    return as_json


def backfill(office: Office, example: Example) -> Any:
    """Write the example down and return the incident as the API shows it."""
    office.ana.post("/v1/config", {"catalogue": configuration()})
    (at, first), *rest = example.lines
    assert isinstance(first, e.Declared)
    said = asdict(first) | {"declared_at": at.isoformat(), "team": example.pack}
    ours = {"ref", "pack", "matched", "confirmed", "private", "recurrences", "policies", "pace", "turn"}
    ref = office.ana.post("/v1/incidents", {k: v for k, v in said.items() if k not in ours})["ref"]
    keys: dict[str, str] = {}
    for moment, body in rest:
        verb, sent = _request(office.ana, moment, body, keys)
        office.ana.act(ref, verb, sent)
    return office.ana.see(ref)


def _request(by: Person, at: datetime, body: e.EventBody, keys: dict[str, str]) -> Request:  # noqa: C901, PLR0912 (one line a case)
    when = {"at": at.isoformat()}
    fields = {k: v for k, v in asdict(body).items() if v not in ("", None, (), {}) and k != "recurrences"}
    match body:
        case e.AlertFired():
            return "milestones", when | {"name": "detected"}
        case e.Acknowledged():
            return "acknowledge", when | fields
        case e.RoleTaken():
            return "roles", when | fields
        case e.Noted():
            return "notes", when | fields
        case e.TaskGiven(title=title, owner=owner):
            return "tasks", {"title": title, "owner": owner}
        case e.TaskDone(task=task, result=result):
            return f"tasks/{task}/done", {"result": result}
        case e.CauseNamed():
            return "cause", when | fields
        case e.StatusChanged():
            return "status", when | fields
        case e.MitigationJudged():
            return "outcomes", when | fields
        case e.UpdatePosted(text=text, audiences=audiences):
            return "updates", when | {"text": text, "audiences": audiences}
        case e.ImpactStated(impact=impact):
            return "impact", {k: v for k, v in asdict(impact).items() if v is not None}
        case e.MilestoneReached(name=name):
            return "milestones", when | {"name": name}
        case e.Related(kind=kind):
            other = by.post(
                "/v1/incidents", {"title": "One of two months before", "team": "responder", "mode": "backfill"}
            )
            return "related", {"other": other["ref"], "kind": kind}
        case e.QuestionAnswered():
            return "answers", fields
        case e.Resolved():
            return "resolve", when | fields
        case e.Closed():
            return "close", when | fields
        case e.FollowUpAdded(followup=key):
            keys[key] = f"a{len(keys) + 1}"
            due = {"due": body.due.isoformat()} if body.due else {}
            return "followups", {k: v for k, v in fields.items() if k != "followup"} | due
        case e.FollowUpChanged(followup=key, status=status):
            return f"followups/{keys[key]}", {"status": status}
        case _:
            raise AssertionError(f"{type(body).__name__} has no request")
