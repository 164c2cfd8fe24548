"""Code that is loaded when it is asked for leaves the process as it was."""

from __future__ import annotations

import gc

import pytest

from tocsin.doors.cli.loading import load_module


def test_nothing_looks_for_garbage_while_code_loads_and_something_does_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meanwhile: list[bool] = []
    monkeypatch.setattr("tocsin.doors.cli.loading.import_module", lambda _: meanwhile.append(gc.isenabled()))

    load_module("any")

    assert meanwhile == [False]
    assert gc.isenabled()


def test_what_cannot_be_loaded_does_not_end_the_search_for_garbage() -> None:
    with pytest.raises(ModuleNotFoundError):
        load_module("tocsin.nowhere")

    assert gc.isenabled()
