"""Log lines: what everything is that no other format recognises."""

from __future__ import annotations

from dataclasses import replace

from tocsin.adapters.pasted.paste import Paste
from tocsin.domain.diagnosis.facts import BlindSpot, Facts, LogFacts
from tocsin.domain.diagnosis.logs.miner import Miner
from tocsin.domain.diagnosis.logs.summary import summary


def read(paste: Paste) -> Facts | None:
    """Return the templates of the lines."""
    miner = Miner(paste.at)
    miner.feed(paste.text.splitlines())
    blank = LogFacts(target=paste.name, at=paste.at, source="pasted", bytes=len(paste.text))
    facts = summary(miner, miner.finish(), blank, paste.clean)
    if facts.start_at is not None:
        return facts
    why = "the lines have no times"
    spot = BlindSpot(target=paste.name, what="what changed, and when", why=why, mend="paste lines with their times")
    return replace(facts, blind=(*facts.blind, spot))
