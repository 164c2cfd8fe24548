"""What logs say: files, the journal, Docker, Kubernetes and Loki, read within a budget and mined on the spot.

The lines themselves are not kept: facts hold templates, counts and a few redacted examples.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from tocsin.adapters.probes.logs import docker, files, journald, kubernetes, loki
from tocsin.adapters.probes.logs.options import LogsOptions, validate_options
from tocsin.adapters.probes.logs.reading import Budget, Reader, Reading
from tocsin.adapters.probes.refusals import ReadError
from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.logs import LogFacts
from tocsin.domain.diagnosis.logs.miner import Miner
from tocsin.domain.diagnosis.logs.summary import summary
from tocsin.domain.diagnosis.redaction import excerpt, secrets_in, without
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock
from tocsin.net.http import Http
from tocsin.net.redaction import redact

__all__ = ["Logs", "validate_options"]

_AT_ONCE = 500
_READERS: Mapping[str, Reader] = {
    "files": files.read,
    "journald": journald.read,
    "docker": docker.read,
    "kubernetes": kubernetes.read,
    "loki": loki.read,
}
# Reading gets this part of the time, mining what is left of it.
_READING_SHARE = 0.5


class Logs:
    """Reads the newest lines of one source, as many as its budget of time, bytes and lines allows."""

    kind = "logs"

    def __init__(self, now: Clock, http: Http) -> None:
        self._now = now
        self._http = http

    def collect(self, target: Target, deadline_s: float) -> LogFacts:
        """Return the templates of the target's lines within `deadline_s` seconds. A source that refuses is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        facts = LogFacts(target=target.name, at=self._now(), service=target.service, source=options.source)
        budget = Budget(
            now=facts.at,
            until=began + deadline_s * _READING_SHARE,
            window_s=options.window_s,
            max_bytes=options.max_bytes,
            max_lines=options.max_lines,
        )
        secrets = secrets_in(target.options)
        try:
            reading = _READERS[options.source](options, budget, self._http)
        except ReadError as error:
            text = excerpt(redact(without(str(error), secrets)))
            return replace(facts, error=error.kind, error_text=text, took_s=time.monotonic() - began)
        facts = _mined(replace(facts, reproduce=redact(reading.reproduce)), reading, options, began + deadline_s)
        blind = tuple(
            replace(spot, target=target.name, why=excerpt(redact(without(spot.why, secrets)))) for spot in reading.blind
        )
        return replace(facts, blind=(*facts.blind, *blind), took_s=time.monotonic() - began)


def _mined(facts: LogFacts, reading: Reading, options: LogsOptions, until: float) -> LogFacts:
    """Return the facts of what was read; what there is no time to mine is said."""
    miner = Miner(facts.at)
    left = sum(len(chunk.lines) for chunk in reading.chunks)
    for chunk in reading.chunks:
        for start in range(0, len(chunk.lines), _AT_ONCE):
            if time.monotonic() >= until:
                break
            part = chunk.lines[start : start + _AT_ONCE]
            service = options.service or chunk.service or facts.service
            if chunk.times:
                miner.feed_timed(zip(chunk.times[start : start + _AT_ONCE], part, strict=True), service)
            else:
                miner.feed(part, service)
            left -= len(part)
    found = summary(miner, miner.finish(), replace(facts, bytes=reading.bytes), redact)
    spots = []
    if left:
        why = f"{left} of {left + miner.lines} lines were not mined before the deadline"
        spots.append(BlindSpot(target=facts.target, what="the newest lines", why=why, mend="lower `max_lines`"))
    if reading.cut:
        mend = "raise `max_bytes` or `max_lines`, or shorten `window_s`"
        spots.append(BlindSpot(target=facts.target, what="older lines of the window", why=reading.cut, mend=mend))
    return replace(found, blind=tuple(spots))
