"""Who really blocks whom: the sessions at the root of a chain of waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.domain.diagnosis.facts import LockWait, PostgresFacts, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRoot:
    """A session that waits for nobody, and all who wait because of it; pid 0 is a prepared transaction."""

    pid: int
    session: Session | None
    victims: tuple[LockWait, ...]

    @property
    def longest_s(self) -> float:
        """How long the most patient victim has waited."""
        return max(wait.wait_s for wait in self.victims)


def lock_roots(facts: PostgresFacts) -> tuple[LockRoot, ...]:
    """Return the roots of every chain, the one with most victims first.

    A circle (a deadlock not yet broken) has no root; its members are then each their own.
    """
    waits = {wait.session.pid: wait for wait in facts.lock_waits or ()}
    sessions = {one.pid: one for one in facts.blockers} | {pid: wait.session for pid, wait in waits.items()}
    victims: dict[int, list[LockWait]] = {}
    for wait in waits.values():
        for root in _roots_of(wait.session.pid, waits):
            victims.setdefault(root, []).append(wait)
    roots = [LockRoot(pid=pid, session=sessions.get(pid), victims=tuple(of)) for pid, of in victims.items()]
    return tuple(sorted(roots, key=lambda root: (-len(root.victims), -root.longest_s, root.pid)))


def _roots_of(pid: int, waits: Mapping[int, LockWait]) -> set[int]:
    """Follow blockers until those who wait for nobody."""
    seen: set[int] = set()
    todo = [pid]
    roots: set[int] = set()
    while todo:
        for blocker in waits[todo.pop()].blockers:
            if blocker not in waits:
                roots.add(blocker)
            elif blocker not in seen:
                seen.add(blocker)
                todo.append(blocker)
    return roots or {pid}
