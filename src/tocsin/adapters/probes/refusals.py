"""That something would not tell, and in which of five ways: files, programs and APIs alike."""

from __future__ import annotations

from tocsin.domain.diagnosis.facts.blind_spots import Refusal


class ReadError(Exception):
    """It cannot be read; `kind` says why."""

    def __init__(self, kind: Refusal, text: str) -> None:
        super().__init__(text)
        self.kind = kind
