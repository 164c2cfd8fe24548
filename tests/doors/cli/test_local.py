"""What runs on this machine without a server: files, packs, the database and a diagnosis of addresses."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.doors.cli.conftest import Tocsin, problem
from tests.support.http import closed_port

from tocsin.domain.catalogue import ContactMethod
from tocsin.domain.oncall.verification import target_of
from tocsin.store.opening import open_store


@pytest.fixture
def here(tocsin: Tocsin) -> Tocsin:
    """The command where no server is known."""
    del tocsin.environment["TOCSIN_URL"], tocsin.environment["TOCSIN_TOKEN"]
    return tocsin


@pytest.fixture
def configured(here: Tocsin) -> Tocsin:
    """A home with a configuration and tables."""
    assert here("init", "--dir", str(here.home), "--name", "Ada Lovelace", "--email", "ada@example.com").code == 0
    assert here("migrate").code == 0
    return here


def test_init_writes_a_file_that_check_accepts(here: Tocsin, tmp_path: Path) -> None:
    made = here("init", "--dir", str(tmp_path), "--pack", "startup", "--json")

    assert made.json == {"schema": "tocsin.init/v1", "path": str(tmp_path / "tocsin.yaml")}
    assert "# " in (tmp_path / "tocsin.yaml").read_text()
    assert here("config", "check", str(tmp_path / "tocsin.yaml"), "--json").json["ok"] is True


def test_init_never_replaces_a_file_unasked(here: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("mine")

    ran = here("init", "--dir", str(tmp_path))

    assert ran.code == 5
    assert (tmp_path / "tocsin.yaml").read_text() == "mine"
    assert here("init", "--dir", str(tmp_path), "--force").code == 0


def test_a_wrong_configuration_is_2_and_names_every_line(here: Tocsin, tmp_path: Path) -> None:
    here("init", "--dir", str(tmp_path))
    path = tmp_path / "tocsin.yaml"
    wrong = (
        path.read_text()
        .replace("default_pack: platform", "default_pack: platfrom")
        .replace("turn: weekly", "turn: yearly")
    )
    path.write_text(wrong)

    ran = here("config", "check", str(path))

    assert ran.code == 2
    lines = ran.out.splitlines()
    assert any(line.startswith(f"{path}:") and "platfrom" in line for line in lines)
    assert any("yearly" in line for line in lines)
    assert here("config", "check", str(path), "--json").json["problems"][0]["line"] > 0


def test_an_adapters_options_are_checked_too(here: Tocsin, tmp_path: Path) -> None:
    here("init", "--dir", str(tmp_path))
    path = tmp_path / "tocsin.yaml"
    path.write_text(path.read_text().replace("kind: console, audiences", "kind: pigeon, audiences"))

    ran = here("config", "check", str(path))

    assert ran.code == 2
    assert "pigeon" in ran.out


def test_a_configuration_that_is_not_there_is_2(here: Tocsin) -> None:
    assert here("config", "check", "/no/such/tocsin.yaml").code == 2


def test_a_configuration_is_compared_applied_and_shown_without_a_server(configured: Tocsin) -> None:
    path = configured.home / "tocsin.yaml"

    applied = configured("config", "apply", "--local", "--yes", "--json")
    assert applied.json == {"schema": "tocsin.config-version/v1", "version": 1, "file": str(path)}
    assert configured("config", "apply", "--local", "--yes", "--json").json["version"] == 1
    assert configured("config", "diff", "--local", "--json").json["changes"] == []

    path.write_text(path.read_text().replace("name: Core", "name: The core"))
    assert "~ teams.core.name: Core -> The core" in configured("config", "diff", "--local").out
    assert configured("config", "show", "--local", "--json").json["config"]["teams"][0]["name"] == "Core"


@pytest.fixture
def unvouched(configured: Tocsin) -> Tocsin:
    """A configuration in force whose only contact is then no longer called verified in the file."""
    assert configured("config", "apply", "--local", "--yes").code == 0
    path = configured.home / "tocsin.yaml"
    path.write_text(path.read_text().replace("address: ada-lovelace, verified: true", "address: ada-lovelace"))
    return configured


def confirm(command: Tocsin, address: str = "ada-lovelace") -> ContactMethod:
    """Confirm the contact of the starter file in the command's database."""
    contact = ContactMethod(key="console", kind="console", address=address)
    store = open_store(f"sqlite:///{command.home}/tocsin.db")
    with store.transaction() as tx:
        tx.verify_contact("ada-lovelace", "console", target=target_of(contact), by="ada-lovelace")
    store.close()
    return contact


def test_what_was_confirmed_in_the_database_counts_for_the_file(unvouched: Tocsin) -> None:
    path = str(unvouched.home / "tocsin.yaml")
    assert "no verified contact" in unvouched("config", "check", path).out
    assert unvouched("config", "apply", path, "--local", "--yes").code == 2

    confirm(unvouched)

    assert unvouched("config", "check", path).code == 0
    assert unvouched("config", "diff", path, "--local", "--json").json["changes"] != []
    assert unvouched("config", "apply", path, "--local", "--yes").code == 0
    assert unvouched("config", "diff", path, "--local", "--json").json["changes"] == []


def test_what_was_confirmed_for_another_address_does_not_count(unvouched: Tocsin) -> None:
    confirm(unvouched, address="somewhere else")

    assert unvouched("config", "check").code == 2


def test_a_database_that_cannot_be_asked_is_told_and_the_file_alone_counts(unvouched: Tocsin) -> None:
    confirm(unvouched)
    url = f"postgresql://nobody:hidden@127.0.0.1:{closed_port()}/tocsin"
    unvouched.environment["TOCSIN_DATABASE"] = url

    ran = unvouched("config", "check")

    assert ran.code == 2
    assert "only the file counts" in ran.err
    assert "hidden" not in ran.err


def test_a_database_is_not_asked_where_the_file_is_enough_nor_made(here: Tocsin, tmp_path: Path) -> None:
    here("init", "--dir", str(tmp_path))
    path = tmp_path / "tocsin.yaml"
    here.environment["TOCSIN_DATABASE"] = f"postgresql://nobody@127.0.0.1:{closed_port()}/tocsin"
    assert here("config", "check", str(path)).err.strip() == f"{path} is in order."

    del here.environment["TOCSIN_DATABASE"]
    path.write_text(path.read_text().replace(", verified: true", ""))
    assert here("config", "check", str(path)).code == 2
    assert not (here.home / "tocsin.db").exists()


def test_a_server_is_asked_what_was_confirmed_there(tocsin: Tocsin, tmp_path: Path) -> None:
    tocsin("init", "--dir", str(tmp_path), "--name", "Ada Lovelace")
    path = tmp_path / "tocsin.yaml"
    path.write_text(path.read_text().replace(", verified: true", ""))
    contact = ContactMethod(key="console", kind="console", address="ada-lovelace")
    way = {"person": "ada-lovelace", "method": "console", "target": target_of(contact), "verified": True}
    tocsin.answers |= {"config": {"version": 7}, "contacts": [way | {"verified": False}]}

    assert tocsin("config", "apply", str(path), "--yes").code == 2
    tocsin.answers["contacts"] = [way]
    assert tocsin("config", "apply", str(path), "--yes").out == "version 7 is in force\n"
    assert [asked for asked, _ in tocsin.asked("GET")] == ["contacts", "contacts"]


def test_applying_goes_to_the_server_where_one_is_known(tocsin: Tocsin, tmp_path: Path) -> None:
    tocsin("init", "--dir", str(tmp_path))
    tocsin.answers["config"] = {"version": 7}

    ran = tocsin("config", "apply", str(tmp_path / "tocsin.yaml"), "--yes")

    assert ran.out == "version 7 is in force\n"
    ((path, body),) = tocsin.asked()
    assert path == "config"
    assert body["catalogue"]["packs"][0]["key"] == "platform"


def test_applying_a_wrong_file_asks_nothing_of_the_server(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("catch_all: nobody\n")

    assert tocsin("config", "apply", str(tmp_path / "tocsin.yaml"), "--yes").code == 2
    assert tocsin.sink.received == []


def test_applying_without_a_server_says_how_to_do_it_locally(tocsin: Tocsin, tmp_path: Path) -> None:
    tocsin("init", "--dir", str(tmp_path))
    tocsin.environment["TOCSIN_URL"] = f"http://127.0.0.1:{closed_port()}"

    ran = tocsin("config", "apply", str(tmp_path / "tocsin.yaml"), "--yes")

    assert ran.code == 6
    assert "--local" in ran.err


def test_packs_are_listed_shown_compared_and_checked(here: Tocsin, tmp_path: Path) -> None:
    assert {"platform", "startup", "ops", "responder", "sre"} <= set(here("pack", "list").out.split())
    assert here("pack", "show", "platform", "--json").json["pack"]["key"] == "platform"
    assert "~ " in here("pack", "diff", "platform", "startup").out
    assert here("pack", "check", "sre").code == 0

    (tmp_path / "ours.yaml").write_text("key: ours\nextends: platfrom\n")
    ran = here("pack", "check", str(tmp_path / "ours.yaml"))
    assert ran.code == 2
    assert "ours.yaml:2" in ran.out


def test_an_unknown_pack_is_2_and_the_known_are_named(here: Tocsin) -> None:
    ran = here("pack", "show", "platfrom")

    assert ran.code == 2
    assert "platform" in ran.err


def test_a_backup_fills_an_empty_home_and_no_other(configured: Tocsin, tmp_path: Path) -> None:
    configured("config", "apply", "--local", "--yes")
    file = tmp_path / "backup.zip"

    made = configured("backup", str(file), "--json")
    assert sum(made.json["rows"].values()) > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert configured("backup", str(file)).code == 2
    assert configured("restore", str(file), "--yes").code == 5

    other = tmp_path / "other"
    assert configured("restore", str(file), "--yes", "--home", str(other)).code == 0
    assert configured("config", "show", "--local", "--home", str(other), "--json").json["config"]["version"] == 1


@pytest.mark.parametrize("command", [["backup", "b.zip"], ["config", "show", "--local"]])
def test_a_database_without_tables_is_6_and_says_what_makes_them(here: Tocsin, command: list[str]) -> None:
    ran = here(*command)

    assert ran.code == 6
    assert "tocsin migrate" in ran.err


def test_a_database_that_cannot_be_reached_is_6_without_its_password(here: Tocsin) -> None:
    here.environment["TOCSIN_DATABASE"] = f"postgresql://tocsin:hunter2@127.0.0.1:{closed_port()}/tocsin"

    ran = here("migrate")

    assert ran.code == 6
    assert "hunter2" not in ran.err


def test_a_database_address_that_is_none_is_refused(here: Tocsin) -> None:
    ran = here("migrate", "--database", "mysql://x")

    assert ran.code in {2, 6}
    assert "Traceback" not in ran.err


def test_doctor_finds_what_is_wrong_and_says_how_to_mend_it(configured: Tocsin) -> None:
    configured.home.chmod(0o755)

    ran = configured("doctor", "--json")

    assert ran.code == 1
    found = {finding["name"]: finding for finding in ran.json["findings"]}
    assert found["home"]["mend"] == f"chmod 700 {configured.home}"
    assert found["database"]["verdict"] == "ok"
    assert found["server"]["verdict"] == "fail"
    assert "tocsin up" in found["server"]["mend"]


def test_doctor_says_when_no_worker_lives(tocsin: Tocsin) -> None:
    tocsin.answers["whoami"] = {"person": "ana", "scopes": ["admin"], "version": "0.1.0"}
    tocsin.answers["health"] = {
        "well": False,
        "problems": ["no worker is alive: pages are not being sent"],
        "processes": [],
        "backlog": {},
        "catalogue": 1,
    }

    found = [f for f in tocsin("doctor", "--json").json["findings"] if f["name"] == "work"]

    assert found[0]["verdict"] == "fail"
    assert "tocsin work" in found[0]["mend"]


def test_doctor_survives_a_server_that_refuses(tocsin: Tocsin) -> None:
    tocsin.answers["whoami"] = problem(401, "the token is unknown or expired")

    assert "unknown or expired" in tocsin("doctor").out


def test_addresses_are_diagnosed_with_neither_server_nor_database(here: Tocsin) -> None:
    port = closed_port()
    here.environment["SHOP_DSN"] = f"postgresql://shop:hunter2@127.0.0.1:{port}/shop"

    ran = here("diagnose", "--postgres", "env:SHOP_DSN", "--http", f"http://127.0.0.1:{port}", "--json")

    assert ran.code == 0
    assert ran.json["schema"] == "tocsin.diagnosis/v1"
    assert len(ran.json["diagnosis"]["targets"]) >= 2
    assert "hunter2" not in ran.out + ran.err
    assert not here.home.exists()
    assert "Quick look" in here("diagnose", "--http", f"http://127.0.0.1:{port}").out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--tls", "127.0.0.1:{port}"], "tls 127.0.0.1:{port}"),
        (["--pgbouncer", "postgresql://stats@127.0.0.1:{port}/"], "pgbouncer 127.0.0.1:{port}"),
        (["--redis", "redis://127.0.0.1:{port}/0", "--big-keys", "500"], "redis 127.0.0.1:{port}/0"),
        (["--docker", "{missing}"], "docker"),
        (["--kubernetes", "http://127.0.0.1:{port}", "--namespace", "prod"], "kubernetes 127.0.0.1:{port}"),
        (["--prometheus", "http://127.0.0.1:{port}", "--promql", "up"], "prometheus 127.0.0.1:{port}"),
        (["--logs", "{missing}"], "logs"),
        (["--loki", "http://127.0.0.1:{port}", "--logql", '{{app="shop"}}'], "loki 127.0.0.1:{port}"),
        (["--git", "{missing}"], "git"),
        (["--statuspage", "http://127.0.0.1:{port}"], "statuspage 127.0.0.1:{port}"),
    ],
)
def test_what_does_not_answer_is_a_finding_or_named_as_not_seen(
    here: Tocsin, tmp_path: Path, argv: list[str], said: str
) -> None:
    port = closed_port()
    given = [one.format(port=port, missing=tmp_path / "missing") for one in argv]

    ran = here("diagnose", *given, "--no-host", "--json")

    found = ran.json["diagnosis"]
    target = said.format(port=port)
    ill = [one for one in found["findings"] if one["target"] == target and one["verdict"] in {"warning", "critical"}]
    unseen = [one for one in found["blind_spots"] if target in str(one)]
    assert ran.code == 0
    assert ill or unseen, found


@pytest.mark.parametrize("argv", [["migrate"], ["serve"], ["work"], ["backup", "x.db"], ["up", "--port", "1"]])
def test_what_cannot_be_a_database_is_2_and_names_the_setting(here: Tocsin, argv: list[str]) -> None:
    here.environment["TOCSIN_DATABASE"] = "mysql://tocsin:hunter2@db/tocsin"

    ran = here(*argv)

    assert ran.code == 2
    assert "Where: TOCSIN_DATABASE" in ran.err
    assert "postgresql://" in ran.err
    assert "hunter2" not in ran.err


@pytest.mark.parametrize(
    ("flag", "address"),
    [
        ("--postgres", "postgresql://shop:hunter2%zz@db/shop"),
        ("--postgres", "hunter2"),
        ("--redis", "http://:hunter2@127.0.0.1:6379"),
        ("--http", "ftp://shop:hunter2@127.0.0.1"),
        ("--metrics", "127.0.0.1:8000/hunter2"),
        ("--tls", "https://bob:hunter2@shop.test/"),
        ("--docker", "hunter2"),
        ("--kubernetes", "https://bob:hunter2@10.0.0.1:6443"),
        ("--prometheus", "ftp://bob:hunter2@127.0.0.1"),
        ("--statuspage", "hunter2"),
        ("--loki", "http://bob:hunter2@127.0.0.1:3100"),
        ("--token", "kubernetes=hunter2"),
        ("--onset", "hunter"),
        ("--postgres", "env:HUNTER"),
    ],
)
def test_what_cannot_be_an_address_is_no_finding_but_2_and_names_its_flag(
    here: Tocsin, flag: str, address: str
) -> None:
    ran = here("diagnose", flag, address)

    assert ran.code == 2
    assert ran.out == ""
    assert f"Where: {flag}" in ran.err
    assert "hunter2" not in ran.err


def test_drills_are_listed(here: Tocsin) -> None:
    assert json.loads(here("drill", "list", "--json").out)["drills"] == ["connection-exhaustion"]


def test_a_drill_here_needs_a_running_instance(here: Tocsin) -> None:
    assert here("drill", "run", "connection-exhaustion", "--here").code == 6


def test_a_post_is_replayed_from_a_file_or_refused_with_the_integrations(configured: Tocsin, tmp_path: Path) -> None:
    assert configured("config", "apply", "--local", "--yes").code == 0
    post = tmp_path / "post.json"
    post.write_text("[]")

    ran = configured("replay", str(post), "--integration", "nobody", "--json")

    assert ran.code == 2
    assert "no integration is called 'nobody'" in ran.out + ran.err
    assert configured("replay", "nothing-kept").code == 2


def test_a_diagnosis_is_kept_judged_anew_and_compared_without_a_server(here: Tocsin, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    one, two = (f"http://127.0.0.1:{closed_port()}" for _ in range(2))

    told = here("diagnose", "--http", one, "--save", str(before))
    here("diagnose", "--redis", two.replace("http", "redis"), "--save", str(after))

    assert f"http {one.removeprefix('http://')}" in told.err
    assert {path.name: path.stat().st_mode & 0o777 for path in before.iterdir()} == {
        "run.json": 0o600,
        "report.txt": 0o600,
    }
    again = here("diagnose", "--bundle", str(before), "--json")
    assert (again.json["schema"], again.json["bundle"]["changed_since"]) == ("tocsin.diagnosis/v1", [])
    assert again.json["diagnosis"]["top_cause"] is not None
    assert "Quick look" in here("diagnose", "--bundle", str(before / "run.json")).out
    changed = here("diagnose", "diff", str(before), str(after), "--json").json["changed"]
    assert {"cause", "finding", "blind spot"} == {line["what"] for line in changed}
    assert "nothing changed" in here("diagnose", "diff", str(before), str(before)).out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--bundle", "nowhere"], "cannot read nowhere"),
        (["--bundle", "."], "run.json"),
        (["diff", "only-one"], "diff takes two bundles"),
        (["diff", "nowhere", "nowhere"], "cannot read nowhere"),
        (["INC-1", "INC-2"], "more than one incident"),
        (["INC-1", "--bundle", "kept"], "either an incident, addresses, or a bundle"),
    ],
)
def test_a_bundle_that_cannot_be_read_is_2_and_says_how_to_make_one(here: Tocsin, argv: list[str], said: str) -> None:
    ran = here("diagnose", *argv)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
