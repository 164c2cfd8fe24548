"""Roll back or fix forward: an answer from facts, with the reasons on both sides (R-MIT-3, R-MIT-8).

What is not known is asked, never assumed; a question is asked only when its answer could change the advice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

Choice = Literal["rollback", "hotfix", "neither", "ask"]
Migration = Literal["none", "backward_compatible", "irreversible"]
Order = Literal["always", "top", "hypothesis_first"]
Value = bool | int | str

SMALL_FIX_LINES = 20
QUICK_FIX_MINUTES = 30
TOP_RANK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployQuestion:
    """The facts the choice rests on; None is unknown.

    `fix_lines` and `fix_minutes` are estimates for the hotfix (minutes until it is deployed). `severity_rank` counts
    from 1, the most severe. `hypothesis_verified`: the suspected cause was checked, not only guessed.
    """

    caused_by_last_deploy: bool | None = None
    pre_existing: bool | None = None
    code_related: bool | None = None
    migration: Migration | None = None
    rollback_disruptive: bool | None = None
    many_changes: bool | None = None
    hypothesis_verified: bool | None = None
    fix_understood: bool | None = None
    fix_lines: int | None = None
    fix_minutes: int | None = None
    severity_rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One fact and what it speaks for (`supports` true) or against. `fact` is a field of `DeployQuestion`."""

    fact: str
    value: Value
    side: Literal["rollback", "hotfix"]
    supports: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An unknown fact whose answer could change the advice."""

    fact: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The choice, every reason on either side, what to ask, and one sentence that says why."""

    choice: Choice
    why: str
    reasons: tuple[Reason, ...]
    questions: tuple[Question, ...]

    def speaking(self, side: Literal["rollback", "hotfix"], *, supports: bool) -> tuple[Reason, ...]:
        """Return the reasons for (or against) one side."""
        return tuple(reason for reason in self.reasons if reason.side == side and reason.supports is supports)


_QUESTIONS: Mapping[str, str] = {
    "caused_by_last_deploy": "Did it begin with the most recent deploy?",
    "migration": "Did that deploy migrate the database, and does the previous version still work with the result?",
    "rollback_disruptive": "Would going back disrupt users more than the fault does?",
    "pre_existing": "Was the fault there before, and did new traffic bring it out?",
    "code_related": "Is the fault in code, rather than in configuration, data or infrastructure?",
    "hypothesis_verified": "Has the suspected cause been checked?",
    "severity_rank": "How severe is it?",
    "fix_understood": "Is it understood what has to be changed?",
    "fix_lines": "About how many lines would the fix change?",
    "fix_minutes": "In how many minutes could the fix be live?",
    "many_changes": "Did the deploy carry many changes that are hard to tell apart?",
}
_ANSWERS: Mapping[str, tuple[Value, Value]] = {
    "caused_by_last_deploy": (True, False),
    "migration": ("none", "irreversible"),
    "rollback_disruptive": (False, True),
    "pre_existing": (False, True),
    "code_related": (True, False),
    "hypothesis_verified": (True, False),
    "severity_rank": (1, TOP_RANK + 1),
    "fix_understood": (True, False),
    "fix_lines": (1, SMALL_FIX_LINES),
    "fix_minutes": (1, QUICK_FIX_MINUTES + 1),
    "many_changes": (True, False),
}

_Read = Callable[[DeployQuestion], tuple[bool, str] | None]


def _flag(fact: str, yes: str, no: str, *, inverted: bool = False) -> _Read:
    def read(question: DeployQuestion) -> tuple[bool, str] | None:
        value: bool | None = getattr(question, fact)
        return None if value is None else (value is not inverted, yes if value else no)

    return read


def _migration(question: DeployQuestion) -> tuple[bool, str] | None:
    texts = {
        "none": "the deploy migrated nothing",
        "backward_compatible": "the previous version works with the migrated database",
        "irreversible": "its migration cannot be taken back",
    }
    if question.migration is None:
        return None
    return question.migration != "irreversible", texts[question.migration]


def _slow_fix(question: DeployQuestion) -> tuple[bool, str] | None:
    minutes = question.fix_minutes
    return None if minutes is None else (minutes > QUICK_FIX_MINUTES, f"a fix would take {minutes} min")


def _quick_fix(question: DeployQuestion) -> tuple[bool, str] | None:
    minutes = question.fix_minutes
    return None if minutes is None else (minutes < QUICK_FIX_MINUTES, f"a fix can be live in {minutes} min")


def _small_fix(question: DeployQuestion) -> tuple[bool, str] | None:
    size = question.fix_lines
    return None if size is None else (size < SMALL_FIX_LINES, f"the fix changes about {size} lines")


def _urgent(question: DeployQuestion) -> tuple[bool, str] | None:
    rank = question.severity_rank
    if rank is None or rank > TOP_RANK:
        return None
    return True, f"severity rank {rank}: every minute counts, and going back is the shorter way"


_RULES: tuple[tuple[str, Literal["rollback", "hotfix"], _Read], ...] = (
    (
        "caused_by_last_deploy",
        "rollback",
        _flag("caused_by_last_deploy", "it began with the last deploy", "the last deploy did not bring it"),
    ),
    ("fix_minutes", "rollback", _slow_fix),
    (
        "fix_understood",
        "rollback",
        _flag("fix_understood", "the fix is understood", "the fix is not obvious", inverted=True),
    ),
    ("severity_rank", "rollback", _urgent),
    (
        "many_changes",
        "rollback",
        _flag("many_changes", "many changes went out together", "the deploy was small enough to search"),
    ),
    ("migration", "rollback", _migration),
    (
        "rollback_disruptive",
        "rollback",
        _flag("rollback_disruptive", "going back would disrupt more", "going back disturbs little", inverted=True),
    ),
    ("fix_understood", "hotfix", _flag("fix_understood", "the fix is understood", "the fix is not understood")),
    ("fix_lines", "hotfix", _small_fix),
    ("fix_minutes", "hotfix", _quick_fix),
    (
        "rollback_disruptive",
        "hotfix",
        _flag("rollback_disruptive", "going back would disrupt more", "going back disturbs little"),
    ),
    (
        "pre_existing",
        "hotfix",
        _flag("pre_existing", "the fault was there before; new traffic brought it out", "the fault is new"),
    ),
    ("code_related", "hotfix", _flag("code_related", "the fault is in code", "the fault is not in code")),
)


def advise(question: DeployQuestion, *, order: Order = "top") -> Advice:
    """Return whether to roll back, to fix forward, to do neither, or what must be known first.

    `order` is the pack's `mitigate_before_cause`: outside it, the suspected cause is verified before anything is done.
    """
    unknown = [fact for fact in _QUESTIONS if getattr(question, fact) is None]
    outcomes = _outcomes(question, unknown, order)
    settled = len({choice for choice, _ in outcomes.values()}) == 1
    choice, why = next(iter(outcomes.values())) if settled else _choose(question, order)
    asked = [] if settled else [fact for i, fact in enumerate(unknown) if _matters(i, outcomes)]
    if choice == "ask" and "hypothesis_verified" not in asked and _verify_first(question, order):
        asked.append("hypothesis_verified")
    questions = tuple(Question(fact=fact, text=_QUESTIONS[fact]) for fact in asked)
    return Advice(choice=choice, why=why, reasons=_reasons(question), questions=questions)


def lines(advice: Advice) -> tuple[str, ...]:
    """Return the advice as people read it: the choice and why, the reasons on either side, what to find out."""
    names = {"rollback": "roll back", "hotfix": "fix forward", "neither": "neither", "ask": "not yet"}
    sides = [(r, "for" if r.supports else "against") for r in advice.reasons]
    return (
        f"{names[advice.choice]}: {advice.why}",
        *(f"{word} {'rolling back' if r.side == 'rollback' else 'fixing forward'}: {r.text}" for r, word in sides),
        *(f"find out: {question.text}" for question in advice.questions),
    )


def _reasons(question: DeployQuestion) -> tuple[Reason, ...]:
    found: list[Reason] = []
    for fact, side, read in _RULES:
        answer = read(question)
        if answer is not None:
            supports, text = answer
            value: Value = getattr(question, fact)
            found.append(Reason(fact=fact, value=value, side=side, supports=supports, text=text))
    return tuple(found)


def _choose(q: DeployQuestion, order: Order) -> tuple[Choice, str]:
    if _verify_first(q, order):
        return "ask", "outside the top severities the suspected cause is checked before anything is changed"
    back, forward = _rollback_open(q), _hotfix_open(q)
    if back is False and forward is False:
        return "neither", "neither going back nor a quick fix would end this; contain it another way"
    if back is False:
        if forward is None:
            return "ask", "going back is no way out, and too little is known of a fix"
        return "hotfix", "going back is no way out, and a small fix can be live soon"
    if back is None:
        return "ask", "whether going back would help and is safe is not known yet"
    return _both_open(q, forward=forward)


def _both_open(q: DeployQuestion, *, forward: bool | None) -> tuple[Choice, str]:
    urgent = q.severity_rank is not None and q.severity_rank <= TOP_RANK
    if urgent:
        return "rollback", "the deploy brought it, going back is safe, and every minute counts"
    if forward is not True:
        return "rollback", "the deploy brought it, going back is safe, and no small quick fix is known"
    if q.severity_rank is None or q.many_changes is None:
        return "ask", "both ways are open; how severe it is and how much was deployed decide"
    if q.many_changes:
        return "rollback", "many changes went out together; going back removes all of them"
    return "hotfix", "the cause is known and the fix is small and quick; going back would take good changes with it"


def _verify_first(q: DeployQuestion, order: Order) -> bool:
    if q.hypothesis_verified is True or order == "always":
        return False
    top = q.severity_rank is not None and q.severity_rank <= TOP_RANK
    return order == "hypothesis_first" or not top


def _rollback_open(q: DeployQuestion) -> bool | None:
    """Whether going back would end it and is safe; None while a fact that decides it is unknown."""
    closed = (
        q.caused_by_last_deploy is False,
        q.pre_existing is True,
        q.migration == "irreversible",
        q.rollback_disruptive is True,
    )
    if any(closed):
        return False
    needed = (q.caused_by_last_deploy, q.migration, q.rollback_disruptive)
    return None if None in needed else True


def _hotfix_open(q: DeployQuestion) -> bool | None:
    """Whether a small, understood fix in code can be live soon; None while that is unknown."""
    closed = (
        q.code_related is False,
        q.fix_understood is False,
        q.fix_lines is not None and q.fix_lines >= SMALL_FIX_LINES,
        q.fix_minutes is not None and q.fix_minutes >= QUICK_FIX_MINUTES,
    )
    if any(closed):
        return False
    needed = (q.fix_understood, q.fix_lines, q.fix_minutes)
    return None if None in needed else True


def _outcomes(question: DeployQuestion, unknown: list[str], order: Order) -> dict[tuple[int, ...], tuple[Choice, str]]:
    """What would be chosen for every way in which the unknown facts could turn out (two ways each)."""
    found: dict[tuple[int, ...], tuple[Choice, str]] = {}
    for way in product((0, 1), repeat=len(unknown)):
        answers: dict[str, object] = {fact: _ANSWERS[fact][index] for fact, index in zip(unknown, way, strict=True)}
        complete = replace(question, **answers)  # type: ignore[arg-type]  # names and values come from one table
        found[way] = _choose(complete, order)
    return found


def _matters(index: int, outcomes: Mapping[tuple[int, ...], tuple[Choice, str]]) -> bool:
    """Whether the answer to one unknown fact ever makes a difference, however the others turn out."""
    return any(
        outcomes[way][0] != outcomes[(*way[:index], 1, *way[index + 1 :])][0] for way in outcomes if way[index] == 0
    )
