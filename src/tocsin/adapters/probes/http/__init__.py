"""What a service's HTTP endpoints answer, with the time each phase took."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx2
import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.http.page import Question, addresses_of, ask, clean
from tocsin.domain.diagnosis.facts import HttpFacts
from tocsin.domain.diagnosis.redaction import secrets_in
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock

_AT_ONCE = 8
_MOST_INSTANCES = 16
_HEADERS = {"User-Agent": "tocsin-probe", "Accept-Encoding": "identity"}


class HttpOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is the service's root; an empty `health` or `ready` is not asked for.

    `metrics` is a path for the metrics probe (see `flows.diagnosis.with_metrics`), `authorities` a PEM file to trust.
    `instances` are the root URLs of each copy of the service; without them every address of the name is one. All are
    asked for the first endpoint, or else for readiness.
    """

    url: str
    health: str = "/health"
    ready: str = "/ready"
    metrics: str = ""
    endpoints: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    third_party: bool = False
    authorities: str = ""
    instances: tuple[str, ...] = ()


def validate_options(raw: Mapping[str, object]) -> HttpOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` is not http(s).

    """
    options = read_options("http", raw, HttpOptions)
    if not options.url.startswith(("http://", "https://", "env:", "file:")):
        raise InvalidError("http: `url` is not an http or https URL", field="url", mend="Write the service's root URL.")
    return options


class Http:
    """Sends one GET to every page of a target, all at once, and follows no redirect.

    It does not use the guarded client: the operator configured these addresses, and phases, certificates and kinds of
    failure, which that client keeps to itself, are what is asked for.
    """

    kind = "http"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> HttpFacts:
        """Return what the pages of `target` answered within `deadline_s` seconds.

        Raises:
            InvalidError: the target's options do not hold.

        """
        options = validate_options(target.options)
        secrets = secrets_in(target.options)
        began = time.monotonic()
        context = ssl.create_default_context(cafile=options.authorities or None)
        pages = list(_pages(options))
        with (
            httpx2.Client(headers={**_HEADERS, **options.headers}, verify=context, trust_env=False) as client,
            ThreadPoolExecutor(min(_AT_ONCE, len(pages) or 1)) as pool,
        ):
            asked = list(pool.map(lambda one: ask(client, one, began + deadline_s), pages))
        return HttpFacts(
            target=target.name,
            at=self._now(),
            service=target.service,
            third_party=options.third_party,
            pages=tuple(clean(page, secrets) for page in asked),
            took_s=time.monotonic() - began,
        )


def _pages(options: HttpOptions) -> Iterator[Question]:
    root = options.url.rstrip("/")
    if options.health and not options.third_party:
        yield Question("live", root + options.health)
    if options.ready and not options.third_party:
        yield Question("ready", root + options.ready)
    for path in options.endpoints or (("/",) if options.third_party else ()):
        yield Question("endpoint", path if "://" in path else root + path)
    if not options.third_party:
        yield from _instances(options)


def _instances(options: HttpOptions) -> Iterator[Question]:
    """Give the same question for every instance, if there are several."""
    path = next(iter(options.endpoints), options.ready or options.health)
    if "://" in path:
        return
    if options.instances:
        yield from (Question("instance", one.rstrip("/") + path) for one in options.instances[:_MOST_INSTANCES])
        return
    try:
        addresses = addresses_of(options.url)
    except OSError:  # the pages themselves say so
        return
    if len(addresses) > 1:
        url = options.url.rstrip("/") + path
        yield from (Question("instance", url, one) for one in addresses[:_MOST_INSTANCES])
