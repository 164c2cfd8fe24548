"""The options of the kubernetes probe: which API, whose credentials, and which namespace."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.probes.api import require_url, require_within
from tocsin.domain.errors import InvalidError

_LIMITS = {"window_s": (60, 7 * 86_400), "max_objects": (1, 5000), "max_bytes": (1024, 1 << 27)}


class KubernetesOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is the API server's; `namespace` is where to look, `selector` which pods and deployments of it.

    `token` is a service account's with `get` and `list` and nothing else, best as `file:` so that it may be rotated;
    `authorities` is the cluster's CA: a PEM file's path, or its text by `env:` or `file:`. `nodes: false` leaves out the
    nodes, which need a cluster role. Events and restarts of the last `window_s` count. At most `max_objects` of a kind are
    read.
    """

    url: str
    namespace: str
    selector: str = ""
    nodes: bool = True
    token: str = ""
    authorities: str = ""
    headers: dict[str, str] = {}
    window_s: float = 3600.0
    max_objects: int = 500
    max_bytes: int = 16_777_216


def validate_options(raw: Mapping[str, object]) -> KubernetesOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, has the wrong type, or cannot be.

    """
    options = read_options("kubernetes", raw, KubernetesOptions)
    require_url("kubernetes", options.url)
    require_within("kubernetes", options, _LIMITS)
    if not options.namespace:
        raise InvalidError("kubernetes: `namespace` is empty", field="namespace", mend="Write the namespace's name.")
    return options
