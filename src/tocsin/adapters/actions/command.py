"""Rolls a service back by the operator's own command: an argument list, never a shell (R-MIT-1).

Which version runs is read from a deploy history (JSON lines with `version`, optionally `service`, `at`, `by`, the
newest last) or asked of a command. The deploy command must keep that true, or every plan will be stale.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import re2

from tocsin.adapters.actions.deploys import Deploy, read_history, told, version_before
from tocsin.adapters.actions.process import CannotStartError, Ended, run
from tocsin.adapters.actions.redaction import printable, redact
from tocsin.domain.catalogue import ActionTarget
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.mitigation.plan import PlannedStep, StalePlanError, StepOutcome
from tocsin.flows.ports import PermanentError, TransientError

ASK_S = 10.0
PLACEHOLDERS = frozenset({"to_version", "service"})
_PLACEHOLDER = re2.compile(r"\{([^{}]*)\}")
# Begins with a letter or digit, so that no value is ever read as an option of the command.
_WORD = re2.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackOptions:
    """Options of a target.

    `argv` may hold `{to_version}` and `{service}`, not in its first word; braces have no other use there. `env` is the whole environment beside `PATH`
    (`path`); its values are hidden from output. One of `history` (a file) and `current_command` is needed.
    """

    service: str
    argv: tuple[str, ...]
    history: str = ""
    current_command: tuple[str, ...] = ()
    verify_command: tuple[str, ...] = ()
    cwd: str | None = None
    path: str = "/usr/local/bin:/usr/bin:/bin"
    env: Mapping[str, str] = field(default_factory=dict)
    time_limit_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse what cannot be run safely (a ValueError, which the loader turns into a message)."""
        if not self.argv or _PLACEHOLDER.search(self.argv[0]):
            raise ValueError("argv must begin with a program, without a placeholder")
        found = {name for word in (*self.argv, *self.verify_command) for name in _PLACEHOLDER.findall(word)}
        if found - PLACEHOLDERS:
            raise ValueError(f"unknown placeholder {{{min(found - PLACEHOLDERS)}}}; known: {{service}}, {{to_version}}")
        if "to_version" not in found:
            raise ValueError("argv must say {to_version} somewhere")
        if not self.history and not self.current_command:
            raise ValueError("history or current_command is needed, to know which version runs")
        if not _WORD.fullmatch(self.service):
            raise ValueError(f"{self.service!r} cannot be a service's name")
        if self.time_limit_s <= 0:
            raise ValueError("time_limit_s must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Params:
    """What a step carries: the exact command, and the versions it leads between."""

    argv: tuple[str, ...]
    from_version: str
    to_version: str


class RollBack:
    """The action `service.rollback`; parameter `to_version`, else the version before the one that runs."""

    kind = "service.rollback"
    options = RollbackOptions

    def plan(self, target: ActionTarget, params: Mapping[str, object], now: datetime) -> list[PlannedStep]:
        """Return the one command that would run, with the version before and after; none when it runs already.

        Raises:
            InvalidError: options or parameters make no sense.
            RefusedError: there is no earlier version, or the one asked for never ran here.
            PermanentError: which version runs cannot be told.
        """
        del now
        options = _options(target)
        history = _history(options)
        current = _current(options, history)
        wanted = str(params.get("to_version", "")) or version_before(history, current)
        _word(wanted, "to_version")
        if history and all(deploy.version != wanted for deploy in history):
            raise RefusedError(f"{wanted} never ran as {options.service}", mend="Name a version from the history.")
        if wanted == current:
            return []
        argv = _render(options, options.argv, wanted)
        back = _render(options, options.argv, current)
        return [
            PlannedStep(
                action=self.kind,
                target=target.key,
                summary=f"Roll {options.service} back from {current} to {wanted}",
                before=current,
                after=wanted,
                affected=_affected(options, argv, (told(history, current), told(history, wanted))),
                blast_radius=f"every instance of {options.service}; all that came with {current} goes",
                reversible=True,
                undo=f"the same command back to {current}: {shlex.join(back)}",
                params={"argv": argv, "from_version": current, "to_version": wanted},
            )
        ]

    def precheck(self, target: ActionTarget, step: PlannedStep) -> None:
        """Look whether the version that runs is still the planned one, and the command still as configured.

        Raises:
            StalePlanError: one of them is not.
        """
        options, params = _options(target), _params(step)
        _same_command(options, params)
        current = _current(options, _history(options))
        if current != params.from_version:
            raise StalePlanError(f"{options.service} runs {current} now, not {params.from_version}")

    def apply(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        """Run the command; when the wanted version runs already, run nothing. The command is told `TOCSIN_RUN_KEY`.

        Raises:
            StalePlanError: another version runs than was planned, or the configured command changed.
        """
        options, params = _options(target), _params(step)
        _same_command(options, params)
        change = (params.from_version, params.to_version)
        return _change(options, change, key=key, deadline_s=deadline_s)

    def verify(self, target: ActionTarget, step: PlannedStep, *, deadline_s: float) -> StepOutcome:
        """Say whether the wanted version runs, and what the configured check says to it."""
        options, params = _options(target), _params(step)
        current = _current(options, _history(options))
        line = f"{options.service} runs {current}"
        if current != params.to_version:
            return StepOutcome(result="failed", lines=(f"{line}, not {params.to_version}",))
        if not options.verify_command:
            return StepOutcome(result="done", lines=(line,))
        argv = _render(options, options.verify_command, params.to_version)
        checked = _run(options, argv, key="", deadline_s=deadline_s)
        return StepOutcome(result=checked.result, lines=(line, *checked.lines))

    def undo(self, target: ActionTarget, step: PlannedStep, *, key: str, deadline_s: float) -> StepOutcome:
        """Run the command back to the version from before.

        Raises:
            StalePlanError: another version runs than this step led to.
        """
        options, params = _options(target), _params(step)
        change = (params.to_version, params.from_version)
        return _change(options, change, key=key, deadline_s=deadline_s)


def _options(target: ActionTarget) -> RollbackOptions:
    try:
        return msgspec.convert(dict(target.options), RollbackOptions)
    except msgspec.ValidationError as error:
        raise InvalidError(f"action {target.key}: {error}", field=f"actions.{target.key}") from error


def _params(step: PlannedStep) -> _Params:
    try:
        params = msgspec.convert(dict(step.params), _Params)
    except msgspec.ValidationError as error:
        raise InvalidError(f"this step was not written by this action: {error}", field="params") from error
    _word(params.from_version, "from_version")
    _word(params.to_version, "to_version")
    return params


def _word(value: str, name: str) -> None:
    if not _WORD.fullmatch(value):
        raise InvalidError(
            f"{value[:80]!r} cannot be a version", field=name, mend="Letters, digits, dot, plus, dash and underscore."
        )


def _same_command(options: RollbackOptions, params: _Params) -> None:
    if _render(options, options.argv, params.to_version) != list(params.argv):
        raise StalePlanError("the configured command is not the planned one any more")


def _render(options: RollbackOptions, argv: tuple[str, ...], to_version: str) -> list[str]:
    values = {"{to_version}": to_version, "{service}": options.service}
    return [str(_PLACEHOLDER.sub(lambda found: values[found.group()], word)) for word in argv]


def _current(options: RollbackOptions, history: list[Deploy]) -> str:
    """The version that runs: what the command says, else the newest in the history."""
    if options.current_command:
        ended = _start(options, list(options.current_command), key="", deadline_s=ASK_S)
        said = ended.output.strip()
        if ended.code != 0 or not _WORD.fullmatch(said):
            raise TransientError(
                f"{options.current_command[0]} did not say which version runs: {_clean(said, options)}"
            )
        return said
    if not history:
        raise PermanentError(f"the deploy history {options.history} knows nothing of {options.service}")
    _word(history[-1].version, "history")
    return history[-1].version


def _history(options: RollbackOptions) -> list[Deploy]:
    return read_history(Path(options.history), options.service) if options.history else []


def _affected(options: RollbackOptions, argv: list[str], versions: tuple[str, str]) -> tuple[str, ...]:
    names = ", ".join(("PATH", *sorted(options.env), "TOCSIN_RUN_KEY"))
    return (
        f"runs: {shlex.join(argv)}",
        f"in: {options.cwd or 'the folder of Tocsin'}; environment: {names}; at most {options.time_limit_s:g} s",
        f"now: {versions[0]}",
        f"then: {versions[1]}",
    )


def _change(options: RollbackOptions, change: tuple[str, str], *, key: str, deadline_s: float) -> StepOutcome:
    """Lead the service from one version to the other, if it is at the one and not yet at the other."""
    before, after = change
    current = _current(options, _history(options))
    if current == after:
        return StepOutcome(result="done", lines=(f"{options.service} runs {after} already; nothing was run",))
    if current != before:
        raise StalePlanError(f"{options.service} runs {current} now, not {before}")
    return _run(options, _render(options, options.argv, after), key=key, deadline_s=deadline_s)


def _run(options: RollbackOptions, argv: list[str], *, key: str, deadline_s: float) -> StepOutcome:
    limit = min(deadline_s, options.time_limit_s)
    ended = _start(options, argv, key=key, deadline_s=limit)
    lines = (f"$ {shlex.join(argv)}", *_clean(ended.output, options).splitlines())
    if ended.code is None:
        return StepOutcome(result="unknown", lines=(*lines, f"killed after {limit:g} s; how far it came is not known"))
    return StepOutcome(result="done" if ended.code == 0 else "failed", lines=(*lines, f"exit {ended.code}"))


def _start(options: RollbackOptions, argv: list[str], *, key: str, deadline_s: float) -> Ended:
    env = {"PATH": options.path, **options.env, **({"TOCSIN_RUN_KEY": key} if key else {})}
    try:
        return run(argv, cwd=options.cwd, env=env, deadline_s=deadline_s)
    except CannotStartError as error:
        raise PermanentError(str(error)) from error


def _clean(output: str, options: RollbackOptions) -> str:
    return redact(printable(output), options.env.values())
