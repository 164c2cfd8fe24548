"""Addresses that somebody gives by hand become targets: what a diagnosis looks at where there is no configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError

Options = dict[str, object]
_SOCKET = "unix://"
_TCP = "tcp://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What is to be looked at, an empty text or none where nothing of the kind is.

    `docker` is the engine's socket or URL. `kubernetes` needs a `namespace`. `promql` and `logql` are what to ask of
    `prometheus` and `loki`, `big_keys` is of how many keys of `redis` the size is asked. `tokens` are bearer tokens by the
    name of what they are for; `authorities` is a PEM file to trust. `host` is this machine; None takes it along with other
    addresses.
    """

    postgres: str = field(default="", repr=False)
    pgbouncer: str = field(default="", repr=False)
    http: str = field(default="", repr=False)
    redis: str = field(default="", repr=False)
    big_keys: int = 0
    metrics: str = field(default="", repr=False)
    deploys: str = ""
    tls: str = ""
    dns: tuple[str, ...] = ()
    docker: str = field(default="", repr=False)
    kubernetes: str = field(default="", repr=False)
    namespace: str = ""
    prometheus: str = field(default="", repr=False)
    promql: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    loki: str = field(default="", repr=False)
    logql: str = ""
    git: str = ""
    statuspage: str = field(default="", repr=False)
    host: bool | None = None
    authorities: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)


TAKE_TOKENS = ("kubernetes", "loki", "prometheus")
_COMPANIONS = {"namespace": "kubernetes", "promql": "prometheus", "logql": "loki", "big_keys": "redis"}


def targets_by_flag(given: Addresses, onset: datetime | None = None) -> Iterator[tuple[str, Target]]:
    """Yield what to look at, each with the name of the address it comes from; names of targets hold no credential.

    Raises:
        InvalidError: something is told of a thing that is not to be looked at, or what a thing needs is missing;
            `field` names the address.
    """
    _require_whole(given)
    found = False
    for name, kind, options in _targets(given):
        found = True
        yield name, Target(name=_shown(name, options), kind=kind, options=options, onset=onset)
    if given.host or (given.host is None and found):
        yield "host", Target(name="this host", kind="host")
    elif not found:
        raise InvalidError("there is nothing to look at", field="host", mend="Give an address, or --host.")


def _targets(given: Addresses) -> Iterator[tuple[str, str, Options]]:
    trust: Options = {"authorities": given.authorities} if given.authorities else {}
    if given.http:
        yield "http", "http", {"url": given.http, **trust}
    for name, option in (
        ("postgres", "dsn"),
        ("pgbouncer", "dsn"),
        ("redis", "url"),
        ("metrics", "url"),
        ("deploys", "path"),
        ("git", "path"),
    ):
        if address := getattr(given, name):
            sampled: Options = {"sample_keys": given.big_keys} if name == "redis" and given.big_keys else {}
            yield name, name, {option: address, **sampled}
    if given.tls:
        yield "tls", "tls", {"address": given.tls, **trust}
    if given.dns:
        yield "dns", "dns", {"names": list(given.dns)}
    if given.docker:
        yield "docker", "docker", {**_engine(given.docker), **trust}
    if given.statuspage:
        yield "statuspage", "statuspage", {"url": given.statuspage, **trust}
    if given.logs:
        yield "logs", "logs", {"source": "files", "paths": list(given.logs)}
    yield from _apis(given, trust)


def _apis(given: Addresses, trust: Options) -> Iterator[tuple[str, str, Options]]:
    """Yield what may take a bearer token."""
    options: dict[str, tuple[str, Options]] = {
        "kubernetes": ("kubernetes", {"url": given.kubernetes, "namespace": given.namespace}),
        "prometheus": ("prometheus", {"url": given.prometheus, "queries": {one: one for one in given.promql}}),
        "loki": ("logs", {"source": "loki", "url": given.loki, "query": given.logql}),
    }
    for name, (kind, asked) in options.items():
        if asked["url"]:
            token: Options = {"token": given.tokens[name]} if name in given.tokens else {}
            yield name, kind, {**asked, **trust, **token}


def _engine(address: str) -> Options:
    """Return where a container engine listens.

    Raises:
        InvalidError: it is neither a socket nor a URL.
    """
    if address.startswith(("/", _SOCKET)):
        return {"socket": address.removeprefix(_SOCKET)}
    if address.startswith(_TCP):
        return {"url": "http://" + address.removeprefix(_TCP)}
    if address.startswith(("http://", "https://")):
        return {"url": address}
    mend = "Write /var/run/docker.sock, or http://ADDRESS:PORT where the engine listens on TCP."
    raise InvalidError("docker: this is neither a socket nor a URL", field="docker", mend=mend)


def _require_whole(given: Addresses) -> None:
    for told, needed in _COMPANIONS.items():
        if getattr(given, told) and not getattr(given, needed):
            flag = told.replace("_", "-")
            raise InvalidError(f"nothing to look at for --{flag}", field=told, mend=f"Add --{needed} URL.")
    for needed, told, example in (("kubernetes", "namespace", "prod"), ("loki", "logql", "'{app=\"shop\"}'")):
        if getattr(given, needed) and not getattr(given, told):
            mend = f"Add --{told}, such as --{told} {example}."
            raise InvalidError(f"--{needed} needs --{told}", field=needed, mend=mend)
    for name in given.tokens:
        if name not in TAKE_TOKENS or not getattr(given, name):
            mend = f"A token goes to one of {', '.join(TAKE_TOKENS)}, given by its own flag: --kubernetes URL."
            raise InvalidError(f"nothing to look at that takes a token for {name!r}", field="token", mend=mend)


def _shown(name: str, options: Options) -> str:
    """Name a target by host, port and path where its address is a URL, else by its kind and what is no secret in it."""
    address = str(options.get("url") or options.get("dsn") or options.get("address") or "")
    if name in {"deploys", "git", "logs", "dns"} or "://" not in address:
        return f"{name} {address}" if name == "tls" else name
    try:
        parts = urlsplit(address)
    except ValueError:
        return name
    return f"{name} {parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")
