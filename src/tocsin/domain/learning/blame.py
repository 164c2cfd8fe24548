"""Wording without blame: phrases that point at people, and what to ask of the system instead (R-PM-2, R-PM-9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# (phrase, suggestion). Our own constant patterns, alternations only: linear.
PHRASES: Final = (
    (r"(?:is|was|were|are) to blame", "say which condition made it possible"),
    (r"blame(?:d|s)? (?:on )?(?:him|her|them|the \w+ team)", "say which condition made it possible"),
    (r"(?:at|whose|his|her|their|\w+'s) fault|fault of", "say what allowed it to happen"),
    (r"(?:he|she|they|you) should(?:n't| not)? have|should(?:n't| not)? have known", "say what was known at the time"),
    (r"should(?:n't| not)? have", "say what would have made the better choice easy"),
    (r"could(?:n't| not)? be bothered", "describe what happened, not the motive"),
    (r"(?:he|she|they|you) (?:forgot|forget)|forgot to", "say which reminder or check was missing"),
    (r"careless(?:ly|ness)?|negligen(?:t|ce|tly)|reckless(?:ly|ness)?|sloppy|lazy|laziness", "describe the work and its conditions"),
    (r"incompeten(?:t|ce)|stupid(?:ly|ity)?|clueless|dumb|idiot(?:ic)?|inexperienced", "describe what was hard to know"),
    (r"human error|operator error|user error|pilot error", "say why the action made sense then"),
    (r"fail(?:ed|ure) to (?:follow|notice|check|test|read|understand|realise|realize)", "say what made the step easy to miss"),
    (r"neglected to|didn't bother|did not bother|ignored the", "say what competed for attention"),
    (r"obviously|clearly (?:should|wrong)|simply (?:had|needed) to|common sense", "hindsight: say what could be seen then"),
    (r"(?:he|she) (?:broke|caused|deleted|deployed|pushed)", "name the change, not the person"),
    (r"punish(?:ed|ment)?|reprimand(?:ed)?|disciplinary|guilty|culprit", "ask what to change in the system"),
    (r"they (?:broke|caused|messed|ruined|screwed)", "say “we”, and name the change"),
    (r"messed up|screwed up|screw-up|botched", "say what happened"),
)  # fmt: skip
_ANY: Final = tuple((re.compile(rf"(?<!\w)(?:{phrase})(?!\w)", re.IGNORECASE), hint) for phrase, hint in PHRASES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """One phrase: the line (from 1), the words as written, what to write about instead."""

    line: int
    words: str
    suggestion: str


def blame_words(text: str) -> list[Blame]:
    """Return the phrases in `text` that point at people, by line; advice, never a refusal."""
    found: list[Blame] = []
    for number, line in enumerate(text.splitlines(), start=1):
        taken: set[int] = set()
        hits: list[tuple[int, Blame]] = []
        for pattern, hint in _ANY:
            for hit in pattern.finditer(line):
                if taken.isdisjoint(range(*hit.span())):
                    taken.update(range(*hit.span()))
                    hits.append((hit.start(), Blame(line=number, words=hit[0], suggestion=hint)))
        found += [blame for _, blame in sorted(hits, key=lambda pair: pair[0])]
    return found
