"""One process of Tocsin, built from the environment as it is: `python -m bench.launch serve|work`."""

from __future__ import annotations

import os
import signal
import sys

from tocsin import settings, wiring
from tocsin.doors.serve import create_server, serve
from tocsin.doors.worker import Worker


def main() -> None:
    """Run until told to stop."""
    app = wiring.build(settings.read(os.environ))
    wiring.log_to_stderr(json=True)
    if sys.argv[1] == "serve":
        serve(create_server(app), app)
        return
    worker = Worker(
        store=app.engine.store, duties=wiring.duties(app), name=f"work-{os.getpid()}", lease=app.settings.lease
    )
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: worker.stop())
    worker.run()
    app.engine.store.close()


if __name__ == "__main__":
    main()
