"""The options of the logs probe: where the lines are, and how much of them to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tocsin.adapters.options import read_options
from tocsin.domain.errors import InvalidError

_NEEDS = {
    "files": ("paths",),
    "journald": (),
    "docker": ("containers",),
    "kubernetes": ("url", "namespace"),
    "loki": ("url", "query"),
}
_MOST_WINDOW_S = 7 * 86_400


class LogsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source` says who has the lines; `window_s`, `max_bytes` and `max_lines` say how many of the newest to read.

    `files` reads `paths` (globs are fine; rotated and gzipped predecessors are found beside each). `journald` reads
    `units`, or everything. `docker` reads `containers` through `socket`, or `url` where the engine listens on TCP.
    `kubernetes` reads the pods of `namespace` that match `selector`, of one `container` if named; `loki` runs `query`.
    `token` is a bearer token and `tenant` an `X-Scope-OrgID`; `headers` are sent as they are. `authorities` is a PEM file
    to trust. `service` names the service of all lines that do not say theirs.
    """

    source: Literal["files", "journald", "docker", "kubernetes", "loki"]
    paths: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    socket: str = "/var/run/docker.sock"
    url: str = ""
    namespace: str = ""
    selector: str = ""
    container: str = ""
    query: str = ""
    token: str = ""
    tenant: str = ""
    headers: dict[str, str] = {}
    authorities: str = ""
    service: str = ""
    window_s: float = 3600.0
    max_bytes: int = 8_388_608
    max_lines: int = 50_000


def validate_options(raw: Mapping[str, object]) -> LogsOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, has the wrong type, or one that the source needs is missing.

    """
    options = read_options("logs", raw, LogsOptions)
    for name in _NEEDS[options.source]:
        if not getattr(options, name):
            mend = f"A source of kind {options.source} needs `{name}`."
            raise InvalidError(f"logs: `{name}` is missing", field=name, mend=mend)
    if options.url and not options.url.startswith(("http://", "https://", "env:", "file:")):
        raise InvalidError("logs: `url` is not an http or https URL", field="url", mend="Write the API's root URL.")
    for name, least, most in (("window_s", 1, _MOST_WINDOW_S), ("max_bytes", 1, 1 << 28), ("max_lines", 1, 1_000_000)):
        if not least <= getattr(options, name) <= most:
            raise InvalidError(f"logs: `{name}` is out of range", field=name, mend=f"Between {least} and {most}.")
    bad = [one for one in (*options.units, *options.containers) if not _plain(one)]
    if bad:
        mend = "Write the unit's or container's own name: letters, digits and any of @ . _ : - *"
        raise InvalidError(
            f"logs: {bad[0]!r} is no name", field="units" if bad[0] in options.units else "containers", mend=mend
        )
    return options


def _plain(name: str) -> bool:
    """Whether a name can be nothing but a name: an option of a command or a path of an API begins otherwise."""
    return bool(name) and name[0].isalnum() and all(one.isalnum() or one in "@._:-*\\" for one in name)
