"""What runs on this machine without a server: files, packs, the database and a diagnosis of addresses."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.doors.cli.conftest import Tocsin, problem
from tests.support.http import closed_port


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
