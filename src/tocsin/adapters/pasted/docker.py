"""What `docker inspect` and `docker ps` printed: how containers are."""

from __future__ import annotations

from tocsin.adapters.pasted.paste import Paste, columns, inside, items, number_at, text_at
from tocsin.domain.diagnosis.facts import ContainerState, Facts, WorkloadFacts


def read(paste: Paste) -> Facts | None:
    """Return the containers, None where this is not Docker's output."""
    found = tuple(_inspected(paste)) or tuple(_listed(paste))
    return WorkloadFacts(target=paste.name, at=paste.at, containers=found) if found else None


def _inspected(paste: Paste) -> list[ContainerState]:
    states = []
    for one in items(paste.document):
        state = inside(one, "State")
        if not isinstance(state, dict) or "Status" not in state or "Id" not in one:
            continue
        health = text_at(state, "Health", "Status")
        running = text_at(state, "Status") == "running"
        states.append(
            ContainerState(
                name=text_at(one, "Name").lstrip("/") or text_at(one, "Id")[:12],
                status="unhealthy" if health == "unhealthy" else text_at(state, "Status"),
                reason="OOMKilled" if inside(state, "OOMKilled") is True else "",
                exit_code=None if running else number_at(state, "ExitCode"),
                restarts=number_at(one, "RestartCount") or 0,
                ready=health != "unhealthy" if health else None,
                message=paste.clean(text_at(state, "Error") or _last_probe(state))[:200],
            )
        )
    return states


def _last_probe(state: object) -> str:
    log = inside(state, "Health", "Log")
    failed = [one for one in items(log) if number_at(one, "ExitCode")] if isinstance(log, list) else []
    return text_at(failed[-1], "Output").strip() if failed else ""


def _listed(paste: Paste) -> list[ContainerState]:
    states = []
    for row in columns(paste.lines, "CONTAINER ID", "IMAGE", "STATUS"):
        told = row["STATUS"]
        first, _, rest = told.partition(" ")
        code = rest[1 : rest.find(")")] if rest.startswith("(") else ""
        states.append(
            ContainerState(
                name=row.get("NAMES") or row["CONTAINER ID"],
                status="unhealthy" if "(unhealthy)" in told else {"Up": "running"}.get(first, first.lower()),
                exit_code=int(code) if code.isdigit() else None,
                ready=False if "(unhealthy)" in told else None,
            )
        )
    return states
