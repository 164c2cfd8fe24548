"""Text that somebody pasted: the output of commands becomes the facts that a probe would have seen.

Law of this room: each module recognises one format by its content and answers None for anything else; what nobody
recognises is read as log lines. Secrets are hidden before anything is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from tocsin.adapters.pasted import curl, docker, health, kubernetes, log, psql, redis
from tocsin.adapters.pasted.paste import Paste
from tocsin.domain.diagnosis.facts import Facts
from tocsin.net.redaction import redact

MOST_CHARACTERS = 32 << 20
_PROMPTS = ("$ ", "# kubectl", "# docker", "> kubectl", "% kubectl", "% docker", "% curl")
# In this order: the first that recognises a text takes it; a log takes everything.
_FORMATS: tuple[Callable[[Paste], Facts | None], ...] = (
    curl.read,
    docker.read,
    kubernetes.read,
    redis.read,
    psql.read,
    health.read,
    log.read,
)


def read(name: str, text: str, at: datetime) -> Iterator[Facts]:
    """Yield the facts in a text; where it shows several commands after prompts, those of each."""
    parts = [part for part in _parts(text[-MOST_CHARACTERS:]) if part[1].strip()]
    for number, (command, body) in enumerate(parts, start=1):
        called = name if len(parts) == 1 else f"{name} ({command or number})"
        paste = Paste(name=called, at=at, command=command, text=body, clean=redact)
        yield next(facts for one in _FORMATS if (facts := one(paste)) is not None)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command that follows a prompt with its output; a text without prompts is one output."""
    command, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith(_PROMPTS):
            yield command, "\n".join(lines)
            command, lines = redact(line.partition(" ")[2].strip())[:60], []
        else:
            lines.append(line)
    yield command, "\n".join(lines)
