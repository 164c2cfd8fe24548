"""A receiver as light as it can be, in a thread: when each key was first read, and nothing else."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Self

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Receiver:
    """Takes every POST; `received` is by `Idempotency-Key`."""

    def __init__(self) -> None:
        self.received: dict[str, float] = {}
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._take, "127.0.0.1", 0, backlog=512))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()
        server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = {line.partition(b":")[0].lower(): line.partition(b":")[2] for line in head.split(b"\r\n")}
            await reader.readexactly(int(lines.get(b"content-length", b"0")))
            self.received.setdefault(lines.get(b"idempotency-key", b"").strip().decode(), time.time())
            writer.write(ANSWER)
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()
