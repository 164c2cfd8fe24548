"""The supervisor of `tocsin up`: starts child processes, starts again what dies, and leaves none behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.doors.signals import on_stop

# A child that lived this long was well: its next death is a new one.
WELL_S = 5.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
# A child that never came up is not a matter of patience.
STILLBIRTHS = 5
# A plan that runs is let finish: its deadline, and what it takes to write down how it ended.
GRACE_S = 130.0
TICK_S = 0.05


class GaveUpError(Exception):
    """A child died again and again before everything was up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One child to keep running. It inherits `sockets`, which wait here for the next one when it dies.

    `once` is run to its end and not started again.
    """

    name: str
    argv: tuple[str, ...]
    sockets: tuple[socket.socket, ...] = ()
    once: bool = False


@dataclass(slots=True, kw_only=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    deaths: int = 0
    over: bool = False


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Keeps programs running until it is told to stop.

    A child's standard input is a pipe: a byte on it is the word to begin, and it closes with this process, however that
    ends (see `Leash`). Children may thus load their code while what they need is still being made.
    `say` is told in a sentence what happened; `environment` is the children's own.
    """

    programs: Sequence[Program]
    environment: Mapping[str, str]
    say: Callable[[str], None]
    grace_s: float = GRACE_S
    stopping: threading.Event = field(default_factory=threading.Event)
    signalled: int = 0
    _children: list[_Child] = field(default_factory=list)
    _released: bool = False
    _up: bool = False

    def start(self) -> None:
        """Start every program."""
        for program in self.programs:
            self.add(program)

    def add(self, program: Program) -> None:
        """Start one program more."""
        child = _Child(program=program)
        self._children.append(child)
        self._spawn(child)

    def release(self) -> None:
        """Give children the word to begin; those started later have it at once."""
        self._released = True
        for child in self._children:
            _give_word(child)

    def settled(self) -> None:
        """From now on deaths are only mended: everything has been up once."""
        self._up = True

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of living children by name."""
        return {c.program.name: c.process.pid for c in self._children if c.process and c.process.poll() is None}

    def tick(self) -> None:
        """Look after the children once.

        Raises:
            GaveUpError: a child never came up.
        """
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._died(child, child.process.returncode, now)
            elif child.process is None and not child.over and now >= child.due:
                self._spawn(child)

    def run(self, each: Callable[[], None] = lambda: None) -> None:
        """Look after the children until told to stop, then end them; `each` is called every round.

        Raises:
            GaveUpError: a child never came up; the others have been ended.
        """
        try:
            while not self.stopping.is_set():
                self.tick()
                each()
                self.stopping.wait(TICK_S)
        finally:
            self.stop()

    def stop(self) -> None:
        """End every child: ask, wait, insist. Who comes to a socket from now on is refused, and waits for nobody's end."""
        for child in self._children:
            for held in child.program.sockets:
                held.close()
        living = [c.process for c in self._children if c.process is not None and c.process.poll() is None]
        for process in living:
            process.terminate()
        asked = time.monotonic()
        # The grace may become none meanwhile: whoever asks a second time is in a hurry.
        while any(process.poll() is None for process in living) and time.monotonic() < asked + self.grace_s:
            time.sleep(TICK_S)
        for process in living:
            process.kill()
            process.wait()
        for child in self._children:
            if child.process is not None and child.process.stdin is not None:
                child.process.stdin.close()
            child.over = True

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as the word to stop; a second one ends the children at once."""
        on_stop(self._signalled)

    def _signalled(self, number: int) -> None:
        if self.signalled:
            self.grace_s = 0.0
        self.signalled = number
        self.stopping.set()

    def _spawn(self, child: _Child) -> None:
        child.started = time.monotonic()
        child.process = subprocess.Popen(  # noqa: S603 (arguments are ours, no shell)
            child.program.argv,
            stdin=subprocess.PIPE,
            env=dict(self.environment),
            pass_fds=[held.fileno() for held in child.program.sockets],
            # Its own session: Ctrl-C reaches only the supervisor, which passes it on in order.
            start_new_session=True,
        )
        if self._released:
            _give_word(child)

    def _died(self, child: _Child, code: int, now: float) -> None:
        process, child.process = child.process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
        if child.program.once:
            child.over = True
            self.say(f"{child.program.name} has ended" if code == 0 else f"{child.program.name} ended: {ending(code)}")
            return
        child.deaths = 1 if now - child.started >= WELL_S else child.deaths + 1
        if not self._up and child.deaths >= STILLBIRTHS:
            raise GaveUpError(f"{child.program.name} does not come up: {ending(code)}")
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (child.deaths - 1))
        child.due = now + pause
        self.say(f"{child.program.name} died ({ending(code)}); it is started again in {pause:.1f} s")


def ending(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _give_word(child: _Child) -> None:
    pipe = child.process.stdin if child.process else None
    if pipe is not None:
        # A child that is dead already is looked after in the next round.
        with contextlib.suppress(BrokenPipeError):
            pipe.write(b"\n")
            pipe.flush()


class Leash:
    """A supervised child's side: waits for the word to begin, and ends the child when the supervisor is gone."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._word = threading.Event()
        threading.Thread(target=self._watch, name="leash", daemon=True).start()

    def wait(self) -> None:
        """Return when the supervisor says to begin."""
        self._word.wait()

    def _watch(self) -> None:
        while os.read(self._descriptor, 64):
            self._word.set()
        os.kill(os.getpid(), signal.SIGTERM)
