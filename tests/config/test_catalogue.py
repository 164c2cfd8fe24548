"""`tocsin.yaml`: checked whole, refused by line, stored as it was meant."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.config.catalogue import EXAMPLE, check, check_text, diff, dump_commented, from_json, load, to_json
from tocsin.config.problems import ConfigError, Problem
from tocsin.domain.catalogue import Catalogue, ContactMethod
from tocsin.domain.errors import InvalidError
from tocsin.domain.oncall.verification import target_of

FULL = """\
catch_all: alice
default_policy: core
organisation: Petshop
contact: oncall@example.com
people:
  alice:
    name: Alice
    email: alice@example.com
    zone: Europe/Berlin
    scopes: [read, respond, admin]
    contacts:
      mail: {kind: email, address: alice@example.com, verified: true}
  bob: {name: Bob, contacts: {mail: {kind: email, address: bob@example.com, verified: true}}}
teams:
  core: {name: Core, pack: sre, policy: core, members: [alice, bob], leadership: [alice]}
schedules:
  primary: {zone: Europe/Berlin, people: [alice, bob], starts: 2026-01-05T09:00, turn: weekly}
policies:
  core:
    repeats: 2
    steps:
      - {targets: ["schedule:primary"], wait: 5m}
      - {targets: ["person:bob", "team:core"], wait: 10m}
services:
  shop:
    name: Shop
    team: core
    owner: bob
    depends_on: [database]
    endpoints: [/orders]
    links: {dashboard: "https://grafana.example.com"}
    probes:
      http: {kind: http, options: {url: "http://127.0.0.1:8000", timeout_s: 2}}
      db: {kind: postgres, options: {dsn: "env:SHOP_DSN"}}
    actions:
      rollback: {kind: command, risk: high, options: {argv: [./deploy, v1]}}
  database: {name: Database, team: core}
integrations:
  am: {kind: alertmanager, service: shop, keys: ["env:AM_KEY", "sha256:%s"]}
monitors:
  ready: {service: shop, kind: http, every: 15s, for: 30s, severity: P1, options: {url: "http://127.0.0.1:8000/ready"}}
channels:
  mail: {kind: email, audiences: [stakeholders, leadership], max_rank: 2, options: {to: [all@example.com]}}
""" % ("a" * 64)


def read(text: str) -> tuple[Catalogue | None, list[Problem]]:
    return check_text(text, "tocsin.yaml", Path())


def refused(text: str) -> list[Problem]:
    catalogue, problems = read(text)
    assert catalogue is None
    return problems


def test_a_full_file_becomes_a_catalogue_with_its_packs() -> None:
    catalogue, problems = read(FULL)

    assert problems == []
    assert catalogue is not None
    assert [p.key for p in catalogue.people] == ["alice", "bob"]
    assert {p.key for p in catalogue.packs} == {"platform", "sre"}
    pack = catalogue.pack_of("core")
    assert pack is not None
    assert pack.key == "sre"
    service = catalogue.service("shop")
    assert service is not None
    assert service.probes[0].options == {"url": "http://127.0.0.1:8000", "timeout_s": 2}
    assert service.actions[0].options == {"argv": ["./deploy", "v1"]}
    assert catalogue.monitors[0].for_.total_seconds() == 30


def test_items_may_be_a_list_with_keys_or_a_mapping_by_key() -> None:
    contact = "contacts: [{key: c, kind: console, address: a, verified: true}]"
    listed, _ = read(f"catch_all: a\npeople:\n- {{key: a, name: A, {contact}}}\n")
    mapped, _ = read(
        "catch_all: a\npeople: {a: {name: A, contacts: {c: {kind: console, address: a, verified: true}}}}\n"
    )

    assert listed is not None
    assert listed == mapped


def test_the_starter_file_passes_its_own_check() -> None:
    catalogue, problems = read(EXAMPLE)

    assert problems == []
    assert catalogue is not None
    assert catalogue.catch_all == catalogue.people[0].key


def test_every_line_that_is_commented_out_in_the_starter_file_is_right_too() -> None:
    lines = []
    for line in EXAMPLE.splitlines():
        before, mark, after = line.partition("# ")
        suggestion = mark and not before.strip() and (":" in after) and not after[0].isupper()
        lines.append(before + after if suggestion and not after.startswith("packs:") else line)
    text = "\n".join(lines).replace("depends_on: [database]", "depends_on: []")

    assert read(text)[1] == []


@settings(max_examples=25, deadline=None)
@given(st.text())
def test_whatever_the_admin_is_called_the_starter_file_is_right(name: str) -> None:
    assert read(dump_commented(name=name, email="a@example.com"))[1] == []


@pytest.mark.parametrize("pack", ["platform", "startup", "ops", "responder", "sre"])
def test_the_starter_file_can_begin_with_any_preset(pack: str) -> None:
    catalogue, _ = read(dump_commented(name="Ada", email="ada@example.com", pack=pack))

    assert catalogue is not None
    assert catalogue.default_pack == pack


def test_a_starter_file_needs_a_real_address_and_a_real_pack() -> None:
    with pytest.raises(InvalidError, match="no e-mail address"):
        dump_commented(name="Ada", email="nobody")
    with pytest.raises(InvalidError, match="no pack"):
        dump_commented(name="Ada", email="ada@example.com", pack="itil")


class Mistake(NamedTuple):
    old: str
    new: str
    field: str
    message: str
    mend: str


MISTAKES = [
    Mistake("catch_all: alice", "catch_all: carol", "catch_all", "'carol' is no person", "Known: alice, bob."),
    Mistake("\npeople:", "\npeopel:", "peopel", "catalogue has no 'peopel'", "Did you mean people?"),
    Mistake("zone: Europe/Berlin\n    scopes", "zone: Berlin\n    scopes", "people.alice.zone", "no time zone", "IANA"),
    Mistake("admin]", "boss]", "people.alice.scopes[2]", "'boss' is no scope", "Known"),
    Mistake("    email: alice@example.com", "    email: alice", "people.alice.email", "no e-mail address", ""),
    Mistake("pack: sre", "pack: sree", "teams.core.pack", "'sree' is no pack", "Did you mean sre?"),
    Mistake("sre, policy: core", "sre, policy: cor", "teams.core.policy", "'cor' is no policy", "Did you mean core?"),
    Mistake("members: [alice, bob]", "members: [alice, rob]", "teams.core.members[1]", "'rob' is no person", "bob"),
    Mistake("people: [alice, bob]", "people: []", "schedules.primary.people", "nobody is in this schedule", "Name"),
    Mistake("turn: weekly", "turn: fortnightly", "schedules.primary.turn", "is none of", "weekly"),
    Mistake("2026-01-05T09:00", "2026-01-05T09:00Z", "schedules.primary.starts", "carries an offset", "Leave"),
    Mistake("2026-01-05T09:00", "tomorrow", "schedules.primary.starts", "not a date and time", "2026"),
    Mistake("schedule:primary", "schedule:secondary", "policies.core.steps[0].targets[0]", "no schedule", "primary"),
    Mistake("person:bob", "bob", "policies.core.steps[1].targets[0]", "'bob' is no target", "person:KEY"),
    Mistake("wait: 5m", "wait: 5", "policies.core.steps[0].wait", "is not a duration", "15m"),
    Mistake("wait: 5m", "wait: 0s", "policies.core.steps[0].wait", "waits for nobody", "5m"),
    Mistake(
        "depends_on: [database]", "depends_on: [shop]", "services.shop.depends_on[0]", "depends on itself", "Leave"
    ),
    Mistake("owner: bob", "owner: bub", "services.shop.owner", "'bub' is no person", "bob"),
    Mistake("risk: high", "risk: huge", "services.shop.actions.rollback.risk", "is none of", "low, medium"),
    Mistake(
        '"env:SHOP_DSN"',
        "postgresql://app:hunter2@db/shop",
        "services.shop.probes.db.options.dsn",
        "password inside",
        "env:NAME",
    ),
    Mistake(
        '"env:SHOP_DSN"',
        "host=db password=hunter2",
        "services.shop.probes.db.options.dsn",
        "password inside",
        "env:NAME",
    ),
    Mistake(
        "timeout_s: 2",
        "api_token: hunter2",
        "services.shop.probes.http.options.api_token",
        "secret written out",
        "env:NAME",
    ),
    Mistake('"env:AM_KEY"', "hunter2", "integrations.am.keys[0]", "a key written out", "sha256:"),
    Mistake("service: shop, keys", "keys", "integrations.am", "belong to nobody", "service:"),
    Mistake("severity: P1", "severity: SEV1", "monitors.ready.severity", "no severity of the pack sre", "P0"),
    Mistake(
        "{service: shop, kind: http, every",
        "{service: shp, kind: http, every",
        "monitors.ready.service",
        "'shp' is no service",
        "shop",
    ),
    Mistake("every: 15s", "evry: 15s", "monitors.ready.evry", "monitor has no 'evry'", "every"),
    Mistake("[stakeholders, leadership]", "[everybody]", "channels.mail.audiences[0]", "no audience", "Known"),
    Mistake("max_rank: 2", "max_rank: 0", "channels.mail.max_rank", "no rank", "most severe"),
    Mistake("default_policy: core", "default_policy: cores", "default_policy", "'cores' is no policy", "core"),
]


@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.field) for m in MISTAKES])
def test_a_mistake_names_its_line_its_field_and_how_to_mend_it(
    mistake: Mistake,
) -> None:
    assert FULL.count(mistake.old) == 1
    line = FULL[: FULL.index(mistake.old.strip())].count("\n") + 1

    problems = refused(FULL.replace(mistake.old, mistake.new))

    found = [p for p in problems if p.field == mistake.field]
    assert found, problems
    assert mistake.message in found[0].message
    assert mistake.mend in found[0].mend
    assert found[0].line == line
    assert "hunter2" not in "".join(str(p) for p in problems)


def test_everything_wrong_is_told_at_once() -> None:
    text = (
        FULL.replace("catch_all: alice", "catch_all: x").replace("wait: 5m", "wait: 5").replace("pack: sre", "pack: y")
    )

    assert {p.field for p in refused(text)} >= {"catch_all", "policies.core.steps[0].wait", "teams.core.pack"}


def test_a_catch_all_who_cannot_be_reached_is_refused() -> None:
    text = FULL.replace("address: alice@example.com, verified: true", "address: alice@example.com")

    assert [p.message for p in refused(text)] == ["alice is paged when nobody else can be, and has no verified contact"]


def test_a_policy_that_can_reach_nobody_is_refused() -> None:
    text = FULL.replace("policies:\n", "policies:\n  lonely: {steps: [{targets: ['person:bob']}]}\n").replace(
        "address: bob@example.com, verified: true", "address: bob@example.com"
    )

    assert [p.field for p in refused(text)] == ["policies.lonely"]


def test_what_people_confirmed_counts_as_verified_and_is_asked_for_only_where_it_matters(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.yaml"
    path.write_text(FULL)
    asked: list[int] = []

    def confirmed() -> set[tuple[str, str, str]]:
        asked.append(1)
        return {("alice", "mail", target_of(ContactMethod(key="mail", kind="email", address="alice@example.com")))}

    assert check(path, confirmed=confirmed)[1] == []
    assert not asked
    path.write_text(FULL.replace("address: alice@example.com, verified: true", "address: alice@example.com"))
    catalogue, problems = check(path, confirmed=confirmed)
    assert (problems, asked) == ([], [1])
    assert catalogue is not None
    assert not catalogue.people[0].contacts[0].verified  # what is stored is what the file says
    path.write_text(FULL.replace("address: alice@example.com, verified: true", "address: al@example.com"))
    assert [p.field for p in check(path, confirmed=confirmed)[1]] == ["catch_all"]


def test_a_policy_that_reaches_only_somebody_who_confirmed_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.yaml"
    lonely = FULL.replace("policies:\n", "policies:\n  lonely: {steps: [{targets: ['person:bob']}]}\n")
    path.write_text(lonely.replace("address: bob@example.com, verified: true", "address: bob@example.com"))
    mail = ContactMethod(key="mail", kind="email", address="bob@example.com")

    assert [p.field for p in check(path)[1]] == ["policies.lonely"]
    assert check(path, confirmed=lambda: {("bob", "mail", target_of(mail))})[1] == []


def test_a_policy_without_steps_is_refused() -> None:
    assert [p.field for p in refused(FULL.replace("policies:\n", "policies:\n  empty: {steps: []}\n"))] == [
        "policies.empty"
    ]


@pytest.mark.parametrize("missing", ["catch_all: alice\n", "    name: Shop\n"])
def test_what_must_be_there_is_asked_for(missing: str) -> None:
    assert any("is missing" in p.message for p in refused(FULL.replace(missing, "")))


def test_a_key_given_twice_is_refused_in_a_mapping_and_in_a_list() -> None:
    twice = "  bob: {name: Bob, contacts: {mail: {kind: email, address: bob@example.com, verified: true}}}\n"
    mapping = refused(FULL.replace("teams:\n", twice + "teams:\n"))
    listed = refused("catch_all: a\npeople:\n- {key: a, name: A}\n- {key: a, name: B}\n")

    assert any("given twice" in p.message for p in mapping)
    assert any(p.line == 4 and "given 2 times" in p.message for p in listed)


def test_one_key_for_two_senders_is_refused() -> None:
    text = FULL.replace("monitors:\n", '  dd: {kind: datadog, team: core, keys: ["env:AM_KEY"]}\nmonitors:\n')

    assert {p.field for p in refused(text)} == {"integrations.am.keys[0]", "integrations.dd.keys[0]"}


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "a: [", "catch_all: null", "people: {a: null}", "services: 3"]
)
def test_a_file_that_is_something_else_is_refused_and_never_breaks(text: str) -> None:
    assert refused(text)


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet="catch_all:peoplenamst[]{}-, \n\"'!&*|>0159#"))
def test_no_text_breaks_the_check(text: str) -> None:
    catalogue, problems = read(text)

    assert (catalogue is None) == bool(problems)


def test_a_teams_own_pack_is_read_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("{key: ours, title: Ours, extends: startup}", encoding="utf-8")
    path = tmp_path / "tocsin.yaml"
    path.write_text(
        "packs: [ours.yaml]\n" + FULL.replace("pack: sre", "pack: ours").replace("P1", "HIGH"), encoding="utf-8"
    )

    catalogue = load(path)

    assert {p.key for p in catalogue.packs} == {"ours", "platform"}


def test_a_broken_pack_is_told_in_its_own_file_and_its_users_are_not(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("key: ours\ntitle: Ours\nextends: startup\nnope: 1\n", encoding="utf-8")
    path = tmp_path / "tocsin.yaml"
    path.write_text("packs: [ours.yaml]\n" + FULL.replace("pack: sre", "pack: ours"), encoding="utf-8")

    catalogue, problems = check(path)

    assert catalogue is None
    assert [(Path(p.file).name, p.line) for p in problems] == [("ours.yaml", 4)]


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml")


def test_a_catalogue_survives_being_stored() -> None:
    catalogue, _ = read(FULL)
    assert catalogue is not None

    assert from_json(to_json(catalogue)) == catalogue


def test_a_difference_is_one_line_a_value() -> None:
    old, _ = read(FULL)
    new, _ = read(
        FULL.replace("wait: 5m", "wait: 3m")
        .replace("name: Bob", "name: Robert")
        .replace("  database: {name: Database, team: core}\n", "")
        .replace("depends_on: [database]", "depends_on: []")
    )
    assert old is not None
    assert new is not None

    assert diff(old, old) == []
    assert diff(old, new) == [
        "~ people.bob.name: Bob -> Robert",
        "- services.shop.depends_on.0 = database",
        "- services.database.name = Database",
        "- services.database.team = core",
        "- services.database.owner = ''",
        "- services.database.drill = false",
        "~ policies.core.steps.0.wait: 5m -> 3m",
    ]


def test_a_file_that_is_no_text_is_told_what_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_bytes(b"\xff\xfe\x00")

    _, [problem] = check(tmp_path / "tocsin.yaml")

    assert (problem.message, problem.mend[:13]) == ("cannot be read: it is not UTF-8 text", "Save it as UT")
