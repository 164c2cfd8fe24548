"""What an answer to `why` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tocsin.domain.alerts.explain import RouteExplanation


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyDecision:
    """One decision: its named reason, a sentence, what it refers to, and whether it kept somebody from being told."""

    reason: str
    sentence: str
    refers_to: tuple[str, ...] = ()
    holds_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What was decided about `subject`, at `at`, with the outcome in one sentence.

    Of an incident, `subject` names the person as well, and `pages` are theirs. Of an alert, `labels` are what routing saw and `routes` what each route made of it. `incident` is the reference of its
    incident, '' without one; `pages` are the keys of that one's pages, each of which can be asked about.
    """

    subject: str
    kind: Literal["alert", "page", "incident"]
    at: datetime
    outcome: str
    decisions: tuple[WhyDecision, ...]
    incident: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    routes: tuple[RouteExplanation, ...] = ()
    pages: tuple[str, ...] = ()
