"""How often a process that lives long looks for garbage: a search through all it holds makes pages wait for a sixth of a second."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Leave what is there for good out of the search for garbage, and search after many values instead of a few.

    What of it is garbage already is too little to look for: the search would be a tenth of a start.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
