"""What changed, told to every open page: one thread asks the store while anybody listens; listeners hold no connection."""

from __future__ import annotations

import asyncio
import threading
from typing import Final

import structlog

from tocsin.domain.visibility import WORKER
from tocsin.flows.engine import Engine
from tocsin.flows.storage import StoreUnavailableError

EVERY_S: Final = 0.4
BATCH: Final = 500
_log = structlog.get_logger()


class Listener:
    """One open page, on its event loop. `wanted` is an incident's id, or '' for all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wanted: str = "") -> None:
        self._loop = loop
        self._wanted = wanted
        self._changed: set[str] = set()
        self._bell = asyncio.Event()
        self._over = False

    async def changed(self) -> frozenset[str] | None:
        """Wait until something wanted changed and return the ids of what did, each once; None when it is over."""
        await self._bell.wait()
        self._bell.clear()
        if self._over:
            return None
        found, self._changed = self._changed, set()
        return frozenset(found)

    def end(self) -> None:
        """Wait no longer; called on the listener's loop."""
        self._over = True
        self._bell.set()

    def tell(self, incidents: set[str]) -> None:
        """Note changes; called from another thread, never waits."""
        mine = incidents & {self._wanted} if self._wanted else incidents
        if mine and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, mine)

    def _note(self, incidents: set[str]) -> None:
        self._changed |= incidents
        self._bell.set()


class News:
    """Asks the store every `every_s` seconds what changed, as long as somebody listens."""

    def __init__(self, engine: Engine, *, every_s: float = EVERY_S) -> None:
        self._engine = engine
        self._every_s = every_s
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._last = 0
        self._asking = False

    def join(self, listener: Listener) -> None:
        """Tell `listener` of every change recorded from now on."""
        with self._lock:
            if not self._asking:
                with self._engine.store.reading() as tx:
                    self._last = tx.latest_change()
                threading.Thread(target=self._ask, name="news", daemon=True).start()
                self._asking = True
            self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Stop telling `listener`."""
        with self._lock:
            self._listeners.discard(listener)

    def _ask(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._every_s)
            with self._lock:
                if not self._listeners:
                    self._asking = False
                    return
                listeners = tuple(self._listeners)
            changed = self._changes()
            for listener in listeners if changed else ():
                listener.tell(changed)

    def _changes(self) -> set[str]:
        found: set[str] = set()
        try:
            with self._engine.store.reading() as tx:
                while batch := tx.changes_since(WORKER, self._last, BATCH):
                    found |= {incident for _, incident, _ in batch}
                    self._last = batch[-1][0]
        except StoreUnavailableError as error:
            _log.warning("news.unavailable", reason=str(error))
        except Exception:  # noqa: BLE001 (the next round may go well; without this thread no open page hears anything more)
            _log.exception("news.failed")
        return found
