"""A mail's subject, taken apart: the words that come and go with a state, and the matter that stays.

The same matter must be left of the mail that begins and of the one that ends it: `** PROBLEM Service Alert: db1/Disk is
CRITICAL **` and `** RECOVERY Service Alert: db1/Disk is OK **`. To take a beginning for an end is the worse mistake, so
that a word without a mark around it (a bracket, a colon, a dash, a bar) tells a state only in capitals.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

MARKS = " :|-\u2013\u2014"
NOTICES = frozenset(
    {"acknowledgement", "downtimestart", "downtimeend", "downtimecancelled", "downtimeremoved", "flappingdisabled"}
)
"""What Nagios and Icinga tell of an alert that neither begins nor ends with it."""
_REPLIES = frozenset({"re", "fwd", "fw", "aw", "wg"})
_NEUTRAL = NOTICES | _REPLIES | {"flappingstart", "flappingstop", "flappingend", "custom"}
_STATES = frozenset({"unknown", "unkn", "unreachable", "unreach", "pending"})
_MARKED = frozenset({"on", "from"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`words` are those that come and go, in lower case; `matter` is what is left; `over` whether they tell an end."""

    words: tuple[str, ...]
    matter: str
    over: bool


def read_subject(text: str, *, resolved: Collection[str], firing: Collection[str]) -> Subject:
    """Return a subject's state and matter, by the words that tell an end and those that tell a beginning."""
    over, states = _lower(resolved), _lower(resolved) | _lower(firing)
    words: list[str] = []
    tags: list[str] = []
    left = _unstarred(text)
    while left:
        inside, closed, rest = left[1:].partition("]")
        if left.startswith("[") and closed:
            word, kept = _told_in(inside.strip(), states | _NEUTRAL)
            tags += [f"[{kept}]"] if kept else []
        else:
            word, rest = _head(left, states | _NEUTRAL, bare=states.isdisjoint(words))
            if not word:
                break
        words += [word] if word else []
        left = rest.lstrip(MARKS)
    matter, said = _without_states(" ".join([*tags, left] if left else tags), states | _STATES)
    deciding = [word for word in words if word in states] or said[:1]
    return Subject(words=(*words, *said), matter=matter or text.strip(), over=not over.isdisjoint(deciding))


def _lower(words: Collection[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in words)


def _unstarred(text: str) -> str:
    return text.strip("* ") if text.lstrip().startswith("*") else text.strip()


def _told_in(inside: str, known: Collection[str]) -> tuple[str, str]:
    """Return the word of a bracket, and what else it holds: `FIRING:2` is firing, `Recovered on {host:a}` keeps the host."""
    if inside.lower() in known:
        return inside.lower(), ""
    parts = inside.replace(":", " : ").replace(",", " , ").split()
    word = parts[0].lower() if parts else ""
    if word not in known or parts[1] not in {":", ",", *_MARKED}:
        return "", inside
    if all(part.isdigit() or part in ":," or part.lower() in {*known, *_MARKED} for part in parts[1:]):
        return word, ""
    return word, inside[len(word) :].lstrip(" :,")


def _head(text: str, known: Collection[str], *, bare: bool) -> tuple[str, str]:
    """Return the state that stands before the matter, and the rest; ('', text) without one."""
    phrase, colon, rest = text.partition(":")
    word = _phrase(phrase.lower().split()) if colon and rest[:1] in {"", " "} else ""
    if word in known:
        return word, rest
    given, _, rest = text.partition(" ")
    marked = rest.startswith(tuple(MARKS.strip()))
    if given.lower() in known and (marked or (bare and given.isupper() and not rest.isupper())):
        return given.lower(), rest
    return "", text


def _phrase(words: list[str]) -> str:
    """Return the state in the words before a colon: `problem`, `updated problem`, `resolved in 5m 3s`; '' for any other."""
    told = words[1:] if words[:1] == ["updated"] else words
    lasted = told[1:2] == ["in"] and len(told) > 2 and all(one[0].isdigit() for one in told[2:])  # noqa: PLR2004 (a duration)
    return told[0] if told and (len(told) == 1 or lasted) else ""


def _without_states(text: str, states: Collection[str]) -> tuple[str, list[str]]:
    """Return a matter without the states told in it, and these: `db1 is OK!`, `Monitor is UP: web`, `disk OK -> CRIT`."""
    parts = text.split(" ")
    said: list[str] = []

    def state(part: str, marks: str) -> str:
        word = part.rstrip(marks)
        return word.lower() if word.isupper() and word.lower() in states else ""

    for at in range(1, len(parts) - 1):
        if parts[at] == "is" and parts[at + 1].endswith(":") and (word := state(parts[at + 1], ":")):
            parts[at - 1 : at + 2] = [parts[at - 1] + ":"]
            said.append(word)
            break
    match parts:
        case [_, *_, "is", last] if word := state(last, "!."):
            return " ".join(parts[:-2]), [*said, word]
        case [_, *_, former, "->", last] if state(former, "") and (word := state(last, "")):
            return " ".join(parts[:-3]), [*said, word]
    return " ".join(parts), said
