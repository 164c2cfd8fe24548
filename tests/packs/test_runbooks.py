"""The shipped runbooks: all that R-RUN names, and nothing in them that the code does not know."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tocsin.adapters.rendering import Jinja
from tocsin.config.runbooks import read_runbook, shipped_runbooks
from tocsin.domain.diagnosis.checks.catalogue import CHECKS
from tocsin.domain.diagnosis.hypotheses import HYPOTHESES
from tocsin.domain.mitigation.runbook import Runbook
from tocsin.domain.policy.vocabulary import GATE_METRICS
from tocsin.wiring.options import ACTION_OPTIONS

# What R-RUN names, in its words, and the runbook that is it.
NAMED = {
    "application down": "application-down",
    "API 503 errors": "api-503",
    "slow responses": "slow-responses",
    "database slowness": "database-slow",
    "connection exhaustion": "connection-exhaustion",
    "high error rate": "high-error-rate",
    "memory leak": "memory-leak",
    "cascading failure": "cascading-failure",
    "certificate expiry": "certificate-expiry",
    "lock chain/deadlock": "lock-chain",
    "third-party outage": "third-party-outage",
    "data corruption": "data-corruption",
    "bad configuration": "bad-configuration",
    "multi-service failure": "multi-service-failure",
}
# What it names besides ("Also shipped"), under its second number.
ALSO = {
    "traffic spike": "traffic-spike",
    "cache corruption": "cache-trouble",
    "queue backlog": "queue-backlog",
    "security-incident hand-off": "security-hand-off",
}
# Causes without a runbook, each with its reason.
WITHOUT: dict[str, str] = {}
BOOKS = pytest.mark.parametrize("book", shipped_runbooks(), ids=lambda book: book.key)
SERVICE = {"key": "orders", "name": "Orders API", "team": "core", "owner": "ana", "endpoints": ["/orders"]}
KNOWN = {"service": SERVICE, "incident": {"ref": "INC-1", "severity": "SEV1", "url": "https://x"}, "links": {}}


def filled(source: str) -> str:
    return Jinja().render(source, KNOWN)


def texts(book: Runbook) -> list[str]:
    return [t for s in book.steps for t in (s.text, s.command, s.expect, s.otherwise) if t]


@pytest.mark.shared
def test_every_runbook_the_requirements_name_ships(shared_dir: Path) -> None:
    text = (shared_dir / "spec" / "requirements.md").read_text(encoding="utf-8")
    named = re.search(r"## R-RUN runbooks\nShipped and executable: (.*?)\.", text, re.DOTALL)
    assert named

    also = re.search(r"Also shipped: (traffic spike.*?)\.", text, re.DOTALL)
    assert also

    assert {" ".join(n.split()) for n in named[1].split(";")} == set(NAMED)
    assert {" ".join(n.split()) for n in also[1].split(",")} == set(ALSO)


def test_the_shipped_runbooks_are_those_and_no_others() -> None:
    assert {book.key for book in shipped_runbooks()} == {*NAMED.values(), *ALSO.values()}


@BOOKS
def test_every_name_in_a_runbook_is_one_the_code_knows(book: Runbook) -> None:
    assert set(book.when.causes) <= {h.key for h in HYPOTHESES}
    assert {c for s in book.steps for c in s.checks} <= {check.id for check in CHECKS}
    assert {s.action for s in book.steps if s.action} <= set(ACTION_OPTIONS)
    assert {g for s in book.steps for g in s.gates} <= GATE_METRICS


@BOOKS
def test_a_runbook_looks_before_it_acts_and_proves_it_at_the_end(book: Runbook) -> None:
    kinds = [step.kind for step in book.steps]

    first = {"data-corruption": "do", "security-hand-off": "ask"}  # stop the damage, or call those who may look
    assert kinds[0] == first.get(book.key, "look")
    assert kinds[-1] == "verify"
    assert "do" in kinds
    assert book.summary
    assert book.source
    assert book.severity
    assert all(step.expect for step in book.steps)


@BOOKS
def test_what_can_be_done_through_a_plan_says_what_to_do_when_it_fails(book: Runbook) -> None:
    assert all(step.otherwise for step in book.steps if step.kind in {"do", "verify", "look"})


@BOOKS
def test_every_text_can_be_filled_and_leaves_no_template_behind(book: Runbook) -> None:
    for source in texts(book):
        assert "{{ service" not in filled(source)
        assert "unknown" not in filled(source) or "unknown" in source


def test_what_docker_fills_in_itself_is_left_to_docker() -> None:
    (leak,) = [book for book in shipped_runbooks() if book.key == "memory-leak"]

    assert "--format '{{.Name}} {{.MemUsage}}' orders" in filled(leak.steps[0].command)


def test_every_cause_has_a_runbook_or_a_reason_for_none() -> None:
    covered = {cause for book in shipped_runbooks() for cause in book.when.causes}

    assert {h.key for h in HYPOTHESES} - covered == set(WITHOUT)
    assert all(WITHOUT.values())


def test_the_runbook_that_a_cause_names_is_written_for_it() -> None:
    covers = {book.key: book.when.causes for book in shipped_runbooks()}

    assert {h.key: h.runbook for h in HYPOTHESES if h.key not in covers.get(h.runbook, ())} == {}


def test_every_alert_name_belongs_to_one_runbook() -> None:
    names = [alert.casefold() for book in shipped_runbooks() for alert in book.when.alerts]

    assert len(names) == len(set(names))


def test_every_action_of_ours_is_in_a_runbook() -> None:
    assert {s.action for book in shipped_runbooks() for s in book.steps if s.action} == set(ACTION_OPTIONS)


def test_nothing_is_flushed_and_no_limit_is_raised_by_a_command() -> None:
    commands = " ".join(step.command.casefold() for book in shipped_runbooks() for step in book.steps)

    # R-MIT-9, R-MIT-10: a flush needs more than a line to copy, and max_connections needs a restart.
    assert "flush" not in commands
    assert "alter system" not in commands
    assert "mean_time" not in commands.replace("mean_exec_time", "")


def statements() -> list[tuple[str, str]]:
    """Every whole SELECT or SHOW that a shipped runbook shows; those with a part to fill in are for people."""
    found = [
        (book.key, sql)
        for book in shipped_runbooks()
        for step in book.steps
        for sql in re.findall(r'-c "((?:SELECT|SHOW) [^"]+)"', step.command)
    ]
    return [(key, sql) for key, sql in found if "…" not in sql and "(PID)" not in sql]


def test_every_statement_that_is_shown_is_one_postgresql_takes(fresh_database: Callable[..., str]) -> None:
    assert len(statements()) > 10
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        for number, (key, sql) in enumerate(statements()):
            # Planned, not run: the view of statements can be read only where the server loads it.
            text = sql if sql.startswith("SHOW") else f"PREPARE s{number} AS {sql}"
            try:
                connection.execute(text)  # type: ignore[call-overload]  # the text comes from our own files
            except psycopg.Error as error:
                pytest.fail(f"{key}: {sql}: {error}")


def test_a_runbook_is_a_file_of_its_own_name() -> None:
    folder = Path(__file__).parents[2] / "src" / "tocsin" / "packs" / "runbooks"

    for path in folder.glob("*.yaml"):
        runbook, problems = read_runbook(path)
        assert problems == []
        assert runbook is not None
        assert runbook.key == path.stem
