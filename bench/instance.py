"""A Tocsin of one `serve` and any number of `work` processes, each of which may be killed and is started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from tocsin import settings, wiring
from tocsin.config.catalogue import check_text
from tocsin.drill.instance import Context
from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.process import clean_environment
from tocsin.flows.access import make_token
from tocsin.flows.configure import apply
from tocsin.wiring.database import upgrade

ROOT = Path(__file__).resolve().parents[1]
ROLES = ("serve", "work")
# A limit for what never comes, not a measure: two processes that load on a busy machine take as long as they take.
READY_S = 120.0
ANSWER_S = 5.0
PAUSE_S = 0.02


class Instance:
    """Processes over one database; `configuration` is applied, `admin` is the person whose token is used, `smtp` a port for mail.

    Processes are called `serve`, `work`, `work-2` and so on.
    """

    def __init__(  # noqa: PLR0913 (each is a thing to run with)
        self,
        home: Path,
        configuration: str,
        *,
        admin: str,
        database: str = "",
        drills: bool = False,
        smtp: int = 0,
        workers: int = 1,
    ) -> None:
        self.home = home
        self.port = free_port()
        self.log = home.with_suffix(".log")
        self._configuration = configuration
        self._admin = admin
        own = {"TOCSIN_HOME": str(home), "TOCSIN_PORT": str(self.port)}
        own |= {"TOCSIN_DATABASE": database} if database else {}
        own |= {"TOCSIN_WITH_DRILLS": "1"} if drills else {}
        own |= {"TOCSIN_SMTP_PORT": str(smtp)} if smtp else {}
        self._environment = own
        self.workers = tuple(f"work-{number}" if number > 1 else "work" for number in range(1, workers + 1))
        self._prepared = False
        self._down: set[str] = set()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Prepare the database, start every process and wait until the server answers."""
        self.prepare()
        for name in ("serve", *self.workers):
            self._launch(name)
        self._supervisor.start()
        self.await_answer()

    def await_answer(self) -> None:
        """Wait until the server takes requests."""
        until = time.monotonic() + READY_S
        while not self.answers():
            if time.monotonic() > until:
                raise RuntimeError(f"Tocsin did not come up; see {self.log}")
            time.sleep(PAUSE_S)

    def answers(self) -> bool:
        """Say whether the server takes requests."""
        try:
            # What is cheap to answer: a description of every route is not, and asking for it again and again delays itself.
            with urllib.request.urlopen(f"{self.context.url}/ready", timeout=ANSWER_S):  # noqa: S310 (our own http address)
                return True
        except urllib.error.HTTPError:
            return False  # it listens, and its database is not there yet
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    @property
    def pids(self) -> list[int]:
        """Every process."""
        return [child.pid for child in self._children.values()]

    def pid(self, name: str) -> int:
        """Return the process id of one."""
        with self._lock:
            return self._children[name].pid

    def kill(self, name: str, *, again: bool = True) -> int:
        """End a process at once (SIGKILL) and return which; it is started `again`, or stays down."""
        with self._lock:
            child = self._children[name]
            if not again:
                self._down.add(name)
            child.send_signal(signal.SIGKILL)
            child.wait()
            return child.pid

    def stop(self) -> None:
        """End all of them for good."""
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def prepare(self) -> None:
        """Make the database and apply the configuration, once; `start` does it where nobody has."""
        if self._prepared:
            return
        self._prepared = True
        self.home.mkdir(parents=True, exist_ok=True)
        found = settings.read(self._environment)
        self.database = found.database
        upgrade(found)
        app = wiring.build(found)
        catalogue, problems = check_text(self._configuration, "tocsin.yaml", self.home)
        if catalogue is None:
            raise RuntimeError(f"the configuration is wrong: {problems}")
        apply(app.engine, catalogue, self._admin, practising=True)
        _, secret = make_token(app.engine, self._admin, "bench", ("admin",))
        app.engine.store.close()
        self.context = Context(url=f"http://127.0.0.1:{self.port}", token=secret)

    def _launch(self, name: str) -> None:
        with self.log.open("ab") as out:
            self._children[name] = subprocess.Popen(  # noqa: S603 (arguments are ours, no shell)
                [sys.executable, "-m", "tocsin", name.partition("-")[0]],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**clean_environment(), **self._environment, "PYTHONPATH": str(ROOT / "src")},
            )

    def _supervise(self) -> None:
        while not self._stopping.wait(PAUSE_S):
            with self._lock:
                for name, child in self._children.items():
                    if child.poll() is not None and name not in self._down:
                        self._launch(name)
