"""How containers are, through the Docker engine's API: GET only.

It reads `/containers/json`, `/containers/{id}/json` and `/events` of API 1.41 and later, which Docker and Podman both answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.api import Api, ApiError, api_client, headers_of, require_url, require_within
from tocsin.adapters.probes.docker_events import read_events
from tocsin.domain.diagnosis.facts import BlindSpot, ContainerState, WorkloadEvent, WorkloadFacts
from tocsin.domain.diagnosis.redaction import secrets_in
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock
from tocsin.net.http import Http

_AT_ONCE = 8
_DIGEST = 19
_LIMITS = {
    "max_containers": (1, 500),
    "max_bytes": (1024, 1 << 26),
    "ended_within_s": (0, 30 * 86_400),
    "events_s": (0, 86_400),
}
_ENDED = frozenset({"exited", "dead"})


class DockerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`socket` is the engine's, unless `url` says where it listens on TCP.

    Whoever may use that socket may do anything with the engine: give Tocsin a proxy that lets only GET through.
    `containers` are names to look at, `label` is `key` or `key=value`; with neither, all are. One that ended longer ago
    than `ended_within_s` is left out unless it is named. At most `max_containers` are looked at. Of each, what the engine
    reported within `events_s` is read; 0 asks for none.
    """

    socket: str = "/var/run/docker.sock"
    url: str = ""
    containers: tuple[str, ...] = ()
    label: str = ""
    headers: dict[str, str] = {}
    authorities: str = ""
    ended_within_s: float = 86_400.0
    events_s: float = 900.0
    max_containers: int = 50
    max_bytes: int = 4_194_304


class _Listed(msgspec.Struct, rename="pascal"):
    id: str
    names: list[str] = []


class _Check(msgspec.Struct, rename="pascal"):
    output: str = ""
    exit_code: int = 0


class _Health(msgspec.Struct, rename="pascal"):
    status: str = ""
    failing_streak: int = 0
    log: list[_Check] | None = None


class _State(msgspec.Struct, rename="pascal"):
    status: str = ""
    running: bool = False
    oom_killed: bool = msgspec.field(name="OOMKilled", default=False)
    exit_code: int = 0
    error: str = ""
    started_at: str = ""
    finished_at: str = ""
    health: _Health | None = None


class _Config(msgspec.Struct, rename="pascal"):
    image: str = ""


class _Inspected(msgspec.Struct, rename="pascal"):
    name: str = ""
    image: str = ""
    restart_count: int = 0
    state: _State = msgspec.field(default_factory=_State)
    config: _Config = msgspec.field(default_factory=_Config)


def validate_options(raw: Mapping[str, object]) -> DockerOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, has the wrong type, or cannot be.

    """
    options = read_options("docker", raw, DockerOptions)
    if options.url:
        require_url("docker", options.url)
    elif not options.socket:
        raise InvalidError("docker: `socket` is empty", field="socket", mend="Write the engine's socket, or its `url`.")
    require_within("docker", options, _LIMITS)
    return options


class Docker:
    """Lists containers and inspects each."""

    kind = "docker"

    def __init__(self, now: Clock, http: Http) -> None:
        self._now = now
        self._http = http

    def collect(self, target: Target, deadline_s: float) -> WorkloadFacts:
        """Return the containers' states within `deadline_s` seconds. An engine that refuses is a fact.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        began = time.monotonic()
        facts = WorkloadFacts(
            target=target.name, at=self._now(), service=target.service, reproduce="docker ps -a; docker inspect NAME"
        )
        try:
            api = Api(
                http=api_client(self._http, options.authorities),
                until=began + deadline_s,
                max_bytes=options.max_bytes,
                root=options.url,
                socket="" if options.url else options.socket,
                headers=headers_of("", options.headers),
                secrets=secrets_in(target.options),
            )
            facts = _looked(facts, options, api)
        except ApiError as error:
            facts = replace(facts, error=error.kind, error_text=str(error))
        return replace(facts, took_s=time.monotonic() - began)


def _looked(facts: WorkloadFacts, options: DockerOptions, api: Api) -> WorkloadFacts:
    wanted = {"label": [options.label]} if options.label else {}
    listed = api.get("/containers/json", list[_Listed], all=1, filters=json.dumps(wanted))
    names = {one.id: _name(one) for one in listed}
    chosen = [one.id for one in listed if not options.containers or names[one.id] in options.containers]
    blind = [
        BlindSpot(target=facts.target, what=f"container {name}", why="the engine has none of this name")
        for name in options.containers
        if name not in names.values()
    ]
    if len(chosen) > options.max_containers:
        why = f"{len(chosen) - options.max_containers} of {len(chosen)} were not looked at"
        mend = "name `containers` or a `label`, or raise `max_containers`"
        blind.append(BlindSpot(target=facts.target, what="containers", why=why, mend=mend))
    chosen = chosen[: options.max_containers]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda one: _inspect(api, one), chosen))
    since = facts.at - timedelta(seconds=options.ended_within_s)
    found: list[ContainerState] = []
    for key, answer in zip(chosen, answers, strict=True):
        if isinstance(answer, ApiError):
            blind.append(BlindSpot(target=facts.target, what=f"container {names[key]}", why=str(answer)))
        elif options.containers or not _long_over(answer.state, since):
            found.append(_state(answer, names[key], api))
    events: tuple[WorkloadEvent, ...] = ()
    if options.events_s:
        now = facts.at.timestamp()
        try:
            events = read_events(api, now - options.events_s, now, {one.name for one in found})
        except ApiError as error:
            blind.append(BlindSpot(target=facts.target, what="the engine's events", why=str(error)))
    return replace(facts, containers=tuple(sorted(found, key=lambda one: one.name)), events=events, blind=tuple(blind))


def _inspect(api: Api, key: str) -> _Inspected | ApiError:
    try:
        return api.get(f"/containers/{quote(key, safe='')}/json", _Inspected)
    except ApiError as error:
        return error


def _name(one: _Listed) -> str:
    return next((name.lstrip("/") for name in one.names), one.id[:12])


def _long_over(state: _State, since: datetime) -> bool:
    if state.status not in _ENDED:
        return False
    ended = _time(state.finished_at)
    return ended is not None and ended < since


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _state(one: _Inspected, name: str, api: Api) -> ContainerState:
    state = one.state
    health = state.health if state.health and state.health.status != "none" else None
    ill = health is not None and health.status == "unhealthy" and state.status == "running"
    failed = state.status == "created" and bool(state.exit_code)  # it could not even be started
    ended = failed or state.status in {*_ENDED, "restarting"}
    told = _status(state, ill=ill)
    return ContainerState(
        name=name,
        status=told,
        reason="OOMKilled" if state.oom_killed else "StartError" if failed else "",
        exit_code=state.exit_code if ended else None,
        restarts=one.restart_count,
        ready=health.status == "healthy" if health and not ended else False if ended and told != "completed" else None,
        message=api.clean("; ".join(_messages(state, health if ill else None))),
        image=f"{one.config.image} {one.image[:_DIGEST]}".strip(),
        killed_for_memory=state.oom_killed,
        restarted_at=_time(state.started_at) if one.restart_count else None,
    )


def _status(state: _State, *, ill: bool) -> str:
    """Return the state in the words the checks know: a job that ended well is no container that is down."""
    if ill:
        return "unhealthy"
    return "completed" if state.status == "exited" and state.exit_code == 0 else state.status


def _messages(state: _State, health: _Health | None) -> Iterator[str]:
    if state.error:
        yield state.error
    if health:
        last = health.log[-1] if health.log else _Check()
        yield f"health check failed {health.failing_streak} times in a row: {last.output.strip() or 'it said nothing'}"
