"""What a command looks at from this machine without a server: addresses given by hand, and pasted texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tocsin.adapters import pasted
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import bundle_of
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.addresses import Addresses, targets_by_flag
from tocsin.flows.diagnosis import DEADLINE_S, Heard, Investigation
from tocsin.flows.diagnosis import investigate as look_now
from tocsin.wiring.app import now
from tocsin.wiring.options import PROBE_OPTIONS
from tocsin.wiring.probing import probes


def diagnose_standalone(
    addresses: Addresses, *, onset: datetime | None = None, heard: Heard = lambda _: None
) -> Investigation:
    """Look at addresses given by hand, with neither server nor database; `heard` is told of each answer as it comes.

    Raises:
        InvalidError: an address cannot be one.
    """
    targets: list[Target] = []
    try:
        for flag, target in targets_by_flag(addresses, onset):
            targets.append(target)
            _require_options(flag, target)
    except InvalidError as error:
        where = error.field if error.field.startswith("--") else f"--{error.field}"
        raise InvalidError(str(error), field=where, mend=error.mend) from error
    return look_now(targets, probes(), now=now, onset=onset, deadline_s=DEADLINE_S, heard=heard)


def _require_options(flag: str, target: Target) -> None:
    try:
        PROBE_OPTIONS[target.kind](target.options)
    except InvalidError as error:
        raise InvalidError(str(error), field=f"--{flag}", mend=error.mend) from error


def diagnose_pasted(texts: Mapping[str, str]) -> Investigation:
    """Answer from texts that somebody pasted, by their names: no server, no database, nothing is looked at."""
    at = now()
    facts = [one for name, text in texts.items() for one in pasted.read(name, text, at)]
    bundle = bundle_of(facts, started_at=at, ended_at=now(), targets=[one.target for one in facts])
    return Investigation(bundle=bundle, diagnosis=diagnose(bundle))
