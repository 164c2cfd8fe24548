"""Rolling back by the operator's command: real processes, no shell."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.adapters.actions.command import RollBack
from tocsin.domain.catalogue import ActionTarget
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.mitigation.plan import PlannedStep, StalePlanError
from tocsin.flows.mitigation import Action
from tocsin.flows.ports import PermanentError, TransientError

NOON = datetime(2025, 3, 15, 12, tzinfo=UTC)
ACTION: Action = RollBack()
# A deploy tool as small as can be: writes what runs into the history, and says how it was called.
DEPLOY = """
import json, os, sys
print("deploying", sys.argv[2:], "with", sorted(os.environ), "key", os.environ.get("TOCSIN_RUN_KEY"))
print("using token", os.environ.get("DEPLOY_TOKEN"))
with open(sys.argv[1], "a") as file:
    file.write(json.dumps({"service": "orders", "version": sys.argv[-1]}) + "\\n")
"""

MakeTarget = Callable[..., ActionTarget]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    file = tmp_path / "deploys.jsonl"
    deploys = [
        {"service": "orders", "version": "v2.3.9", "at": "2025-03-01T09:00:00Z"},
        {"service": "carts", "version": "v7.0.0"},
        {"service": "orders", "version": "v2.4.0", "at": "2025-03-10T09:00:00Z", "by": "carol"},
        {"service": "orders", "version": "v2.4.1", "at": "2025-03-15T13:45:00Z", "commit": "abc"},
    ]
    file.write_text("".join(json.dumps(deploy) + "\n" for deploy in deploys))
    return file


@pytest.fixture
def make(tmp_path: Path, history: Path) -> MakeTarget:
    script = tmp_path / "deploy.py"
    script.write_text(DEPLOY)

    def target(**options: object) -> ActionTarget:
        standard = {
            "service": "orders",
            "argv": [sys.executable, str(script), str(history), "{service}", "{to_version}"],
            "history": str(history),
            "cwd": str(tmp_path),
        }
        return ActionTarget(key="orders-deploy", kind="service.rollback", options={**standard, **options})

    return target


def planned(target: ActionTarget, **params: object) -> PlannedStep:
    (step,) = ACTION.plan(target, params, NOON)
    return step


def versions(history: Path) -> list[str]:
    return [json.loads(row)["version"] for row in history.read_text().splitlines()]


def python(code: str, *more: str) -> list[str]:
    return [sys.executable, "-c", code, *more]


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_plan_shows_the_exact_command_and_both_versions(make: MakeTarget, history: Path) -> None:
    step = planned(make(env={"DEPLOY_TOKEN": "t0ken-value"}))

    assert step.summary == "Roll orders back from v2.4.1 to v2.4.0"
    assert step.affected[0].startswith("runs: ")
    assert step.affected[0].endswith("orders v2.4.0")
    assert "environment: PATH, DEPLOY_TOKEN, TOCSIN_RUN_KEY" in step.affected[1]
    assert step.affected[2:] == (
        "now: v2.4.1, deployed 2025-03-15T13:45:00Z",
        "then: v2.4.0, deployed 2025-03-10T09:00:00Z by carol",
    )
    assert step.undo.endswith("orders v2.4.1")
    assert "t0ken" not in str(step)
    assert versions(history)[-1] == "v2.4.1"


def test_the_command_runs_as_planned_with_only_what_it_was_given(make: MakeTarget, history: Path) -> None:
    target = make(env={"DEPLOY_TOKEN": "t0ken-value"})
    step = planned(target)
    ACTION.precheck(target, step)
    outcome = ACTION.apply(target, step, key="plan:hash:0", deadline_s=20)

    assert outcome.result == "done"
    assert versions(history)[-1] == "v2.4.0"
    text = "\n".join(outcome.lines)
    assert "deploying ['orders', 'v2.4.0']" in text
    assert "'DEPLOY_TOKEN'" in text
    assert "'HOME'" not in text
    assert "key plan:hash:0" in text
    assert "using token ***" in text
    assert outcome.lines[-1] == "exit 0"
    assert ACTION.verify(target, step, deadline_s=20).result == "done"


def test_running_twice_runs_the_command_once(make: MakeTarget, history: Path) -> None:
    target = make()
    step = planned(target)
    ACTION.apply(target, step, key="k", deadline_s=20)
    count = len(versions(history))
    again = ACTION.apply(target, step, key="k", deadline_s=20)

    assert (again.result, again.lines) == ("done", ("orders runs v2.4.0 already; nothing was run",))
    assert len(versions(history)) == count


def test_undo_is_the_same_command_with_the_version_from_before(make: MakeTarget, history: Path) -> None:
    target = make()
    step = planned(target)
    ACTION.apply(target, step, key="k", deadline_s=20)
    undone = ACTION.undo(target, step, key="k", deadline_s=20)

    assert undone.result == "done"
    assert versions(history)[-2:] == ["v2.4.0", "v2.4.1"]


def test_a_deploy_since_the_plan_makes_it_stale(make: MakeTarget, history: Path) -> None:
    target = make()
    step = planned(target)
    with history.open("a") as file:
        file.write('{"service": "orders", "version": "v2.4.2"}\n')

    with pytest.raises(StalePlanError, match=r"orders runs v2\.4\.2 now, not v2\.4\.1"):
        ACTION.precheck(target, step)
    with pytest.raises(StalePlanError):
        ACTION.apply(target, step, key="k", deadline_s=20)
    assert versions(history)[-1] == "v2.4.2"


def test_another_command_in_the_configuration_makes_it_stale(make: MakeTarget) -> None:
    step = planned(make())
    changed = make(argv=["/bin/true", "{to_version}"])

    with pytest.raises(StalePlanError, match="configured command"):
        ACTION.precheck(changed, step)
    with pytest.raises(StalePlanError, match="configured command"):
        ACTION.apply(changed, step, key="k", deadline_s=20)


def test_a_version_that_a_rollback_left_is_not_gone_back_to(make: MakeTarget, history: Path) -> None:
    with history.open("a") as file:
        file.write('{"service": "orders", "version": "v2.4.0"}\n')

    assert planned(make()).after == "v2.3.9"


def test_a_torn_last_line_is_not_a_deploy_yet(make: MakeTarget, history: Path) -> None:
    with history.open("a") as file:
        file.write('{"service": "orders", "ver')

    assert planned(make()).before == "v2.4.1"


def test_a_broken_line_in_the_middle_is_named(make: MakeTarget, history: Path) -> None:
    history.write_text("oops\n" + history.read_text())

    with pytest.raises(PermanentError, match=r"deploys\.jsonl, line 1: not a deploy"):
        ACTION.plan(make(), {}, NOON)


@pytest.mark.parametrize(
    "version", ["--force", "-v", "v1; rm -rf /", "v1 v2", "$(id)", "../../etc", "v1\n", "", "é", "a" * 65, "{service}"]
)
def test_a_version_that_could_be_read_as_something_else_is_refused(
    make: MakeTarget, version: str, history: Path
) -> None:
    target = make()
    step = planned(target)
    if version:
        with pytest.raises(InvalidError, match="cannot be a version"):
            ACTION.plan(target, {"to_version": version}, NOON)
    doctored = replace(step, params={**step.params, "to_version": version})
    with pytest.raises(InvalidError, match="cannot be a version"):
        ACTION.apply(target, doctored, key="k", deadline_s=20)
    assert versions(history)[-1] == "v2.4.1"


def test_a_doctored_command_is_not_run(make: MakeTarget, tmp_path: Path) -> None:
    target = make()
    step = planned(target)
    mark = tmp_path / "mark"
    doctored = replace(step, params={**step.params, "argv": ["/usr/bin/touch", str(mark)]})

    with pytest.raises(StalePlanError):
        ACTION.apply(target, doctored, key="k", deadline_s=20)
    assert not mark.exists()


def test_no_shell_reads_the_words_of_the_command(make: MakeTarget, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    target = make(argv=["/bin/echo", "{to_version}", f"$(touch {mark})", f"; touch {mark}"])
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=20)

    assert outcome.result == "done"
    assert not mark.exists()


def test_a_version_that_never_ran_is_refused(make: MakeTarget) -> None:
    with pytest.raises(RefusedError, match=r"v9\.9\.9 never ran as orders"):
        ACTION.plan(make(), {"to_version": "v9.9.9"}, NOON)


def test_when_the_wanted_version_runs_there_is_nothing_to_do(make: MakeTarget) -> None:
    assert ACTION.plan(make(), {"to_version": "v2.4.1"}, NOON) == []


def test_the_first_version_has_none_before_it(make: MakeTarget, history: Path) -> None:
    history.write_text('{"service": "orders", "version": "v1"}\n')

    with pytest.raises(RefusedError, match="no version before v1"):
        ACTION.plan(make(), {}, NOON)


def test_the_running_version_can_be_asked_of_a_command(make: MakeTarget, tmp_path: Path) -> None:
    running = tmp_path / "running"
    running.write_text("v3\n")
    target = make(history="", current_command=["/bin/cat", str(running)], argv=["/bin/true", "{to_version}"])
    step = planned(target, to_version="v2")

    assert (step.before, step.after) == ("v3", "v2")
    ACTION.precheck(target, step)
    running.write_text("v4\n")
    with pytest.raises(StalePlanError, match="orders runs v4 now"):
        ACTION.precheck(target, step)
    running.write_text("no idea\n")
    with pytest.raises(TransientError, match="did not say which version runs"):
        ACTION.precheck(target, step)


def test_a_command_that_fails_is_a_failure_with_its_words(make: MakeTarget) -> None:
    target = make(argv=python("import sys; sys.exit('no such image ' + sys.argv[1])", "{to_version}"))
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=20)

    assert outcome.result == "failed"
    assert outcome.lines[1:] == ("no such image v2.4.0", "exit 1")


def test_a_program_that_is_not_there_did_nothing(make: MakeTarget) -> None:
    target = make(argv=["/nowhere/deploy", "{to_version}"])

    with pytest.raises(PermanentError, match="could not be started"):
        ACTION.apply(target, planned(target), key="k", deadline_s=20)


def test_at_the_deadline_the_whole_group_is_killed_and_the_outcome_unknown(make: MakeTarget, tmp_path: Path) -> None:
    """The command ignores the polite signal, and so does a child that it started."""
    file = tmp_path / "pids"
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    child = stubborn + "time.sleep(60)"
    parent = (
        f"import os, subprocess, sys; {stubborn} "
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}]); "
        f"open({str(file)!r}, 'w').write('%d %d' % (os.getpid(), child.pid)); print('half way', flush=True); time.sleep(60)"
    )
    target = make(argv=python(parent, "{to_version}"), time_limit_s=2.5)
    began = time.monotonic()
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=20)

    assert time.monotonic() - began < 15
    assert outcome.result == "unknown"
    assert outcome.lines[1:] == ("half way", "killed after 2.5 s; how far it came is not known")
    pids = [int(pid) for pid in file.read_text().split()]
    assert len(pids) == 2
    until = time.monotonic() + 5
    while any(map(runs, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [pid for pid in pids if runs(pid)]


def test_a_child_left_running_after_a_good_end_stays_and_holds_nothing_up(make: MakeTarget, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    parent = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        f"open({str(file)!r}, 'w').write(str(child.pid))"
    )
    target = make(argv=python(parent, "{to_version}"))
    began = time.monotonic()
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=20)
    child = int(file.read_text())
    try:
        assert outcome.result == "done"
        assert time.monotonic() - began < 10
        assert runs(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_output_is_bounded_and_keeps_its_beginning_and_its_end(make: MakeTarget) -> None:
    loud = "print('BEGIN'); [print('x' * 99) for _ in range(20000)]; print('END')"
    target = make(argv=python(loud, "{to_version}"))
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=30)
    text = "\n".join(outcome.lines)

    assert outcome.result == "done"
    assert len(text) < 66_000
    assert outcome.lines[1] == "BEGIN"
    assert outcome.lines[-2:] == ("END", "exit 0")
    assert "bytes left out" in text


def test_output_is_shown_without_secrets_colours_and_control_characters(make: MakeTarget) -> None:
    says = "print('\\x1b[31mred\\x1b[0m\\x07 postgresql://ops:pw123@db/x password=hunter2')"
    target = make(argv=python(says, "{to_version}"))
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=20)

    assert outcome.lines[1] == "red postgresql://ops:***@db/x password=***"


def test_a_configured_check_has_the_last_word(make: MakeTarget) -> None:
    target = make(verify_command=python("import sys; sys.exit(sys.argv[1] + ' is not healthy')", "{to_version}"))
    step = planned(target)
    assert ACTION.verify(target, step, deadline_s=20).lines == ("orders runs v2.4.1, not v2.4.0",)
    ACTION.apply(target, step, key="k", deadline_s=20)
    verified = ACTION.verify(target, step, deadline_s=20)

    assert verified.result == "failed"
    assert "v2.4.0 is not healthy" in verified.lines


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"argv": []}, "begin with a program"),
        ({"argv": ["{service}", "{to_version}"]}, "begin with a program"),
        ({"argv": ["deploy", "{version}"]}, "unknown placeholder {version}"),
        ({"argv": ["deploy", "latest"]}, "must say {to_version}"),
        ({"history": ""}, "history or current_command"),
        ({"service": "--all"}, "cannot be a service"),
        ({"time_limit_s": 0}, "time_limit_s"),
        ({"argv": "deploy {to_version}"}, "array"),
    ],
)
def test_options_that_make_no_sense_name_the_target(make: MakeTarget, options: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidError, match="action orders-deploy") as caught:
        ACTION.plan(make(**options), {}, NOON)
    assert said in str(caught.value)
