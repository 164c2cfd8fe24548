"""Look at everything at once, then conclude: a slow or broken probe costs its own facts and nothing else."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urljoin

from tocsin import __version__
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.diagnosis import Diagnosis
from tocsin.domain.diagnosis.facts import Bundle, Facts, ProbeError, bundle_of
from tocsin.domain.diagnosis.limits import Limits
from tocsin.domain.diagnosis.run import Run, run_of
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock

DEADLINE_S = 2.8  # so that collecting, judging and keeping stay within three seconds
POOL_SIZE = 16
_MARGIN_S = 0.1
_SHORTEST_S = 0.2


class Probe(Protocol):
    """Looks at one kind of system, read-only, within a deadline; keeps no secret in what it returns."""

    kind: str

    def collect(self, target: Target, deadline_s: float) -> Facts:
        """Return what there is to see at `target`. What refuses to be seen is a fact or a blind spot, not an error.

        Raises:
            InvalidError: the target's options do not hold.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One probe is back (or given up: `problem` says why), `after_s` seconds into the run; `left` are still out."""

    target: str
    kind: str
    after_s: float
    left: int
    problem: str = ""


Heard = Callable[[Answered], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigation:
    """What one run saw and what it concluded."""

    bundle: Bundle
    diagnosis: Diagnosis
    onset: datetime | None = None

    @property
    def run(self) -> Run:
        """What is kept of it."""
        return run_of(self.bundle, self.diagnosis, onset=self.onset, limits=Limits(), version=__version__)


def investigate(
    targets: Sequence[Target],
    probes: Mapping[str, Probe],
    *,
    now: Clock,
    onset: datetime | None = None,
    deadline_s: float = DEADLINE_S,
    heard: Heard = lambda _: None,
) -> Investigation:
    """Look at `targets` with `probes` (by kind) for at most `deadline_s` seconds, and diagnose (R-DIA-1, R-DIA-8).

    `heard` is told of each answer as it comes.
    """
    bundle = collect(targets, probes, deadline_s=deadline_s, now=now, heard=heard)
    return Investigation(bundle=bundle, diagnosis=diagnose(bundle, onset), onset=onset)


def collect(
    targets: Sequence[Target],
    probes: Mapping[str, Probe],
    *,
    deadline_s: float,
    now: Clock,
    pool_size: int = POOL_SIZE,
    heard: Heard = lambda _: None,
) -> Bundle:
    """Return what the probes saw within `deadline_s` seconds, at most `pool_size` of them at a time.

    A probe that is not back by then is left behind in its (daemon) thread and named in the bundle's errors, as is one that
    broke or does not exist.
    """
    started_at, until = now(), time.monotonic() + deadline_s
    wanted = with_metrics(targets)
    known = [target for target in wanted if target.kind in probes]
    errors = [ProbeError(target=one.name, kind=one.kind, reason="no_probe") for one in wanted if one.kind not in probes]
    todo: queue.SimpleQueue[Target] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Target, Facts | ProbeError]] = queue.SimpleQueue()
    for target in known:
        todo.put(target)
    for _ in range(min(pool_size, len(known))):
        threading.Thread(target=_work, args=(todo, done, probes, until), name="probe", daemon=True).start()
    answers = _gather(done, len(known), until, until - deadline_s, heard)
    missing = [one for one in known if one.name not in answers]
    errors += [ProbeError(target=one.name, kind=one.kind, reason="late") for one in missing]
    return bundle_of(
        [answer for answer in answers.values() if not isinstance(answer, ProbeError)],
        started_at=started_at,
        ended_at=now(),
        targets=[target.name for target in wanted],
        errors=[*errors, *(answer for answer in answers.values() if isinstance(answer, ProbeError))],
    )


def with_metrics(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return the targets, plus a `metrics` target for every HTTP target that names the path of its metrics.

    Names are made unique, since answers are told apart by them.
    """
    every: dict[str, Target] = {}
    for target in targets:
        path, url = target.options.get("metrics"), target.options.get("url")
        every[_free(target.name, every)] = target
        if target.kind == "http" and isinstance(path, str) and path and isinstance(url, str):
            options = {
                "url": urljoin(url.rstrip("/") + "/", path.lstrip("/")),
                "headers": target.options.get("headers", {}),
            }
            name = _free(f"{target.name} metrics", every)
            every[name] = Target(name=name, kind="metrics", service=target.service, options=options)
    return tuple(target if target.name == name else replace(target, name=name) for name, target in every.items())


def _free(name: str, taken: Mapping[str, object]) -> str:
    count = 2
    free = name
    while free in taken:
        free, count = f"{name} ({count})", count + 1
    return free


def _work(
    todo: queue.SimpleQueue[Target],
    done: queue.SimpleQueue[tuple[Target, Facts | ProbeError]],
    probes: Mapping[str, Probe],
    until: float,
) -> None:
    """Take targets until none is left or the time is over."""
    while (left := until - time.monotonic()) > 0:
        try:
            target = todo.get_nowait()
        except queue.Empty:
            return
        done.put((target, _ask(probes[target.kind].collect, target, max(_SHORTEST_S, left - _MARGIN_S))))


def _ask(collect_one: Callable[[Target, float], Facts], target: Target, deadline_s: float) -> Facts | ProbeError:
    try:
        return collect_one(target, deadline_s)
    except InvalidError as error:
        detail = f"{error}. {error.mend}".strip()
    except Exception as error:  # noqa: BLE001 (a broken probe must not take the others' facts along; it is named instead)
        detail = f"{type(error).__module__}.{type(error).__name__}"
    return ProbeError(target=target.name, kind=target.kind, reason="failed", detail=detail)


def _gather(
    done: queue.SimpleQueue[tuple[Target, Facts | ProbeError]], count: int, until: float, since: float, heard: Heard
) -> dict[str, Facts | ProbeError]:
    """Wait for `count` answers, or until the time is over."""
    answers: dict[str, Facts | ProbeError] = {}
    while len(answers) < count:
        try:
            target, answer = done.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        answers[target.name] = answer
        after_s, left = round(time.monotonic() - since, 3), count - len(answers)
        problem = answer.detail if isinstance(answer, ProbeError) else str(getattr(answer, "error", None) or "")
        heard(Answered(target=target.name, kind=target.kind, after_s=after_s, left=left, problem=problem))
    return answers
