"""A configuration file as it may be applied: read, checked, and its adapters' options judged by the adapters."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from tocsin.config.catalogue import check
from tocsin.config.problems import ConfigError
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.verification import Confirmed
from tocsin.doors.cli.local import locally
from tocsin.wiring import judge_options


def loaded(path: Path, confirmed: Callable[[], Collection[Confirmed]] = tuple) -> Catalogue:
    """Return the catalogue in the file; `confirmed` is asked where its own word leaves somebody out of reach.

    Raises:
        CommandError: something is wrong with it; every line is named (exit 2).
    """
    with locally():
        catalogue, problems = check(path, judge_options, confirmed)
        if catalogue is None:
            raise ConfigError(problems)
    return catalogue
