"""A glance at alerts as Alertmanager and Prometheus write them: what says what an alert is stays bytes, only its end is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.adapters.sources.post import moment
from tocsin.flows.ports import Glance, RejectedError

_NONE = msgspec.Raw(b"")


class SeenAlert(msgspec.Struct, rename="camel", gc=False):
    """One alert, mostly unread."""

    labels: msgspec.Raw
    annotations: msgspec.Raw = _NONE
    starts_at: msgspec.Raw = _NONE
    ends_at: str | None = None
    status: msgspec.Raw = _NONE
    fingerprint: msgspec.Raw = _NONE
    generator_url: msgspec.Raw = msgspec.field(default=_NONE, name="generatorURL")


_LIST = msgspec.json.Decoder(list[SeenAlert])


def seen_alerts(body: bytes) -> list[SeenAlert] | None:
    """Return the alerts of a bare list, None when it is not one."""
    try:
        return _LIST.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def glances(
    alerts: Sequence[SeenAlert], *, about: bytes = b"", without_end: datetime | None = None
) -> list[Glance] | None:
    """Return a glance for each alert; `about` is what else they depend on, `without_end` stands for an end that is missing.

    An alert whose sender names an end does not look like one whose sender names none.
    """
    ends: dict[str | None, tuple[datetime | None, bytes]] = {}
    found: list[Glance] = []
    try:
        for one in alerts:
            end = one.ends_at
            if end not in ends:
                told = moment(end, "endsAt")
                ends[end] = (told or without_end, about if told else b"\0" + about)
            ends_at, rest = ends[end]
            parts = (one.labels, one.annotations, one.starts_at, one.status, one.fingerprint, one.generator_url, rest)
            found.append((b"\0".join(parts), ends_at))  # Raw is a buffer, which join takes
    except RejectedError:
        return None
    return found
