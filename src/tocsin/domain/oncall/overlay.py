"""Changes that people made lie over the schedules of the configuration, after those that stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tocsin.domain.schedules import Override, Schedule, Swap, Temporary

Laid = Override | Temporary | Swap


def with_changes(schedule: Schedule, laid: Sequence[Laid]) -> Schedule:
    """Return `schedule` with changes, the oldest first; a later temporary schedule stands before an earlier one."""
    return replace(
        schedule,
        overrides=schedule.overrides + tuple(one for one in laid if isinstance(one, Override)),
        temporaries=schedule.temporaries + tuple(one for one in laid if isinstance(one, Temporary)),
        swaps=schedule.swaps + tuple(one for one in laid if isinstance(one, Swap)),
    )
