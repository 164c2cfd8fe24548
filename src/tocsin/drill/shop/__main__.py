"""Run one release of the shop: `python -m tocsin.drill.shop --port P --dsn DSN --redis URL --release v2.4.0`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import time
from pathlib import Path

import uvicorn

from tocsin.drill.shop.app import PATIENCE_S, POOL_SIZE, ShopSettings, create_app
from tocsin.drill.shop.releases import RELEASES, release

_HANDOVER_LIMIT_S = 10.0
_POLL_S = 0.01


def main() -> None:
    """Serve until ended; while another release still holds the port, wait for it (10 s at most)."""
    parser = argparse.ArgumentParser(prog="tocsin.drill.shop", description="Run one release of the shop.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--release", required=True, choices=[r.version for r in RELEASES])
    parser.add_argument("--log", type=Path, default=Path("shop.log"))
    parser.add_argument("--pool-size", type=int, default=POOL_SIZE)
    parser.add_argument("--patience", type=float, default=PATIENCE_S, help="seconds to wait for a session")
    parser.add_argument("--standby", type=Path, help="file to write the pid to once nothing but the port is missing")
    wanted = parser.parse_args()
    settings = ShopSettings(
        dsn=wanted.dsn,
        redis_url=wanted.redis,
        log=wanted.log,
        pool_size=wanted.pool_size,
        patience_s=wanted.patience,
    )
    app = create_app(settings, release(wanted.release))
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    if wanted.standby:
        wanted.standby.write_text(str(os.getpid()))
    with _listen(wanted.port) as listener:
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    deadline = time.monotonic() + _HANDOVER_LIMIT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            listener.listen(512)
            return listener
        time.sleep(_POLL_S)
    raise SystemExit(f"port {port} is still taken after {_HANDOVER_LIMIT_S:g} s")


if __name__ == "__main__":
    main()
