"""Lines of logs, made by rules that a test can count on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from tocsin.domain.diagnosis.facts.logs import LogFacts
from tocsin.domain.diagnosis.logs.miner import Miner
from tocsin.domain.diagnosis.logs.summary import summary
from tocsin.domain.diagnosis.logs.template import Template

START = datetime(2026, 3, 15, 13, 50, tzinfo=UTC)
NAMES = ("ada", "grace", "edsger", "barbara", "donald", "tony", "leslie", "niklaus", "frances", "john")


def stamped(seconds: float, text: str) -> str:
    return f"{(START + timedelta(seconds=seconds)).isoformat(timespec='milliseconds')} {text}"


def mined(lines: Iterable[str], service: str = "") -> list[Template]:
    miner = Miner(START)
    miner.feed(lines, service)
    return miner.finish()


def texts(lines: Iterable[str]) -> list[str]:
    return [one.text for one in mined(lines)]


def facts(lines: Iterable[str], redact: object = str) -> LogFacts:
    miner = Miner(START)
    miner.feed(lines)
    return summary(miner, miner.finish(), LogFacts(target="logs", at=START), redact)  # type: ignore[arg-type]  # a test's own


def steady(count: int, text: str, *, every_s: float = 1.0, begin_s: float = 0.0) -> Iterator[str]:
    """Give `text` `count` times, `{n}` being the number of the line."""
    return (stamped(begin_s + n * every_s, text.replace("{n}", str(n))) for n in range(count))


def ordered(*parts: Iterable[str]) -> list[str]:
    """Return lines of several writers in the order of their times."""
    return sorted((line for part in parts for line in part), key=lambda line: line.partition(" ")[0])
