"""A dead man's switch: every post is a sign of life, whatever its body; silence raises an alert.

What follows the integration in the path names the one who beats: `/v1/in/KEY/backup`. Each name is watched apart from
its first beat on.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.beats import BeatOptions, beat, require_durations
from tocsin.adapters.sources.post import options_of
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundPost, Parsed

UNNAMED = "heartbeat"


def validate_options(raw: Mapping[str, object]) -> BeatOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, missing, has the wrong type or is no duration.
    """
    options = read_options("heartbeat", raw, BeatOptions)
    require_durations(options)
    return options


class Heartbeat:
    """Reads any post as a sign of life."""

    kind = "heartbeat"

    def parse(self, post: InboundPost) -> Parsed:
        """Return one beat.

        Raises:
            RejectedError: the integration's options do not hold.
        """
        name = identity(post.envelope.path.strip("/") or UNNAMED)
        return Parsed(beats=(beat(name, options_of(post, validate_options)),))
