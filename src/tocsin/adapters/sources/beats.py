"""How often a sign of life must come, as integrations say it in their options."""

from __future__ import annotations

import msgspec

from tocsin.domain.alerts.heartbeat import Beat
from tocsin.domain.durations import parse_duration
from tocsin.domain.errors import InvalidError


class BeatOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`every`: when the next beat is due; `grace`: how late it may be. The rest describes the alert that silence raises."""

    every: str
    grace: str = "1m"
    severity: str = ""
    service: str = ""
    summary: str = ""


def require_durations(options: BeatOptions, *, field: str = "") -> None:
    """Check the durations.

    Raises:
        InvalidError: one is no duration, or a beat would be due at once.
    """
    for name in ("every", "grace"):
        try:
            span = parse_duration(getattr(options, name))
        except InvalidError as error:
            raise InvalidError(f"{name}: {error}", field=field or name, mend=error.mend) from error
        if name == "every" and not span:
            raise InvalidError("every: a beat cannot be due at once", field=field or name, mend="Write it as 5m.")


def beat(name: str, options: BeatOptions) -> Beat:
    """Return the sign of life called `name`."""
    return Beat(
        name=name,
        every=parse_duration(options.every),
        grace=parse_duration(options.grace),
        severity=options.severity,
        service=options.service,
        summary=options.summary,
    )
