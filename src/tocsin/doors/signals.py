"""SIGTERM and SIGINT as the word to stop, acted on outside the signal handler.

A handler interrupts its thread anywhere, also inside a lock that it would then wait for itself: two signals in quick
succession to a handler that sets a `threading.Event` can stop a process for good. So the handler only notes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT)


def on_stop(act: Callable[[int], object]) -> None:
    """Have `act` called with the signal's number, in a thread of its own, each time this process is told to stop."""
    heard, noted = os.pipe()
    os.set_blocking(noted, False)

    def note(number: int, _: FrameType | None) -> None:
        with contextlib.suppress(BlockingIOError):  # thousands unread: it has been told
            os.write(noted, bytes([number]))

    def listen() -> None:
        while number := os.read(heard, 1):
            act(number[0])

    threading.Thread(target=listen, name="signals", daemon=True).start()
    for number in STOPPING:
        signal.signal(number, note)
