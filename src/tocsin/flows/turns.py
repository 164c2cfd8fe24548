"""Whose turn it is where people take turns by an escalation policy: a number for each incident, drawn as it is recorded."""

from __future__ import annotations

from tocsin.domain.catalogue import EscalationPolicy
from tocsin.flows.storage import Tx


def next_turn(tx: Tx, ladder: EscalationPolicy) -> int:
    """Return the number of the next incident that goes by this policy, where people take turns by it; else 0.

    It is drawn in the transaction that records it, so that two incidents at once never have the same.
    """
    turns = any(one.round_robin for step in ladder.steps for one in (step, *step.beside))
    return tx.next_number(f"turn/{ladder.key}") - 1 if turns else 0
