"""Tables that psql printed of pg_stat_activity: sessions one by one, or counted by their state."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.adapters.pasted.paste import Paste
from tocsin.domain.diagnosis.facts import ConnectionLimits, Facts, PostgresFacts, Session, SessionGroup
from tocsin.domain.diagnosis.redaction import redact_sql

_AGES = ("duration", "age", "state_age", "query_age", "runtime", "running_for", "idle_for", "xact_age")
_COUNTS = ("count", "connections", "n", "sessions")
_LONG_S = 5.0
_DAY_S = 86_400.0


def read(paste: Paste) -> Facts | None:
    """Return what the tables tell of a server's sessions and slots, None where they are about something else."""
    facts: PostgresFacts | None = None
    for titles, rows in _tables(paste.lines):
        found = _facts(paste, titles, rows)
        if found is not None:
            facts = found if facts is None else _joined(facts, found)
    return facts


def _facts(paste: Paste, titles: list[str], rows: list[dict[str, str]]) -> PostgresFacts | None:
    blank = {"target": paste.name, "at": paste.at}
    count = next((name for name in _COUNTS if name in titles), "")
    if "max_connections" in titles and rows and rows[0]["max_connections"].isdigit():
        used = rows[0].get("used") or rows[0].get(count) or ""
        limits = ConnectionLimits(max_connections=int(rows[0]["max_connections"]))
        return PostgresFacts(**blank, limits=limits, used=int(used) if used.isdigit() else None)  # type: ignore[arg-type]  # the two fields every fact has
    if "state" in titles and count:
        groups = tuple(_group(row, int(row[count])) for row in rows if row[count].isdigit())
        return PostgresFacts(**blank, groups=groups, used=sum(one.count for one in groups))  # type: ignore[arg-type]  # as above
    if "pid" not in titles or "state" not in titles:
        return None
    sessions = [_session(row) for row in rows if row["pid"].isdigit()]
    idle = tuple(one for one in sessions if one.state.startswith("idle in transaction"))
    running = tuple(one for one in sessions if one.state == "active" and one.query_s >= _LONG_S)
    return PostgresFacts(**blank, idle_in_transaction=idle, long_queries=running)  # type: ignore[arg-type]  # as above


def _joined(one: PostgresFacts, other: PostgresFacts) -> PostgresFacts:
    """Return what two tables of one server tell together; the later table wins where both tell something."""
    told = {
        name: getattr(other, name) if getattr(other, name) is not None else getattr(one, name)
        for name in ("limits", "used", "groups", "idle_in_transaction", "long_queries")
    }
    return PostgresFacts(target=one.target, at=one.at, **told)


def _session(row: Mapping[str, str]) -> Session:
    age_s = next((seconds for name in _AGES if name in row and (seconds := _seconds(row[name])) is not None), 0.0)
    state = row["state"]
    return Session(
        pid=int(row["pid"]),
        state=state,
        application=row.get("application_name", ""),
        user=row.get("usename", row.get("user", "")),
        database=row.get("datname", ""),
        wait_event_type=row.get("wait_event_type", ""),
        query=redact_sql(row.get("query", "")),
        query_s=age_s if state == "active" else 0.0,
        state_s=age_s,
        xact_s=age_s if state.startswith("idle in transaction") else 0.0,
    )


def _group(row: Mapping[str, str], count: int) -> SessionGroup:
    return SessionGroup(
        application=row.get("application_name", ""),
        user=row.get("usename", ""),
        database=row.get("datname", ""),
        state=row["state"],
        count=count,
    )


def _tables(lines: list[str]) -> list[tuple[list[str], list[dict[str, str]]]]:
    """Return each aligned table: its titles, and its rows by title."""
    found = []
    for number, line in enumerate(lines):
        rule = line.strip()
        if number and rule and set(rule) <= {"-", "+"} and "--" in rule:
            titles = [one.strip() for one in lines[number - 1].strip("| ").split("|")]
            rows = []
            for one in lines[number + 1 :]:
                cells = [cell.strip() for cell in one.strip().strip("|").split("|")]
                if len(cells) != len(titles) or one.lstrip().startswith("("):
                    break
                rows.append(dict(zip(titles, cells, strict=True)))
            found.append((titles, rows))
    return found


def _seconds(text: str) -> float | None:
    """Return an interval as PostgreSQL prints it (`1 day 02:03:04.5`), or plain seconds."""
    words = text.split()
    clock = words[-1] if words else ""
    days = int(words[0]) if len(words) == 3 and words[0].isdigit() and words[1].startswith("day") else 0  # noqa: PLR2004 (1 day 02:03:04)
    parts = clock.split(":")
    try:
        numbers = [float(one) for one in parts]
    except ValueError:
        return None
    seconds = 0.0
    for one in numbers:
        seconds = seconds * 60 + one
    return days * _DAY_S + seconds
