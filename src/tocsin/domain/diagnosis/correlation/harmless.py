"""What a diff does that hardly breaks anything: say an error otherwise, give things other names for people, place them elsewhere on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.given import IDENTITY
from tocsin.domain.diagnosis.correlation.patch import Patch, Turned

_REPORTED: Final = 0.4
_SHOWN: Final = 0.3
_MOVED_A_LITTLE: Final = 0.5
_AMOUNT: Final = 10
_LESS, _MORE = 0.75, 1.34
_DIGITS = re2.compile(r"[0-9][0-9_.]*")
# What is done only after something has failed: no cause of it, whatever words it uses.
_REPORT = re2.compile(
    r"(?i)\b(?:throw|raise|abort|panic|reject)\b|return (?:[\w\"{}]*, ?)?err\b|(?:^|\W)(?:http\.)?(?:write_?)?errors?[.(]|errorf?\(|problems?[.(]|"
    r"status_?code ?=|\.status\([45]\d\d\)|\.writeheader\(|statuscode\.\w+|rpcexception|httpexception|responsestatus|problem_?details"
)
_AROUND = re2.compile(
    r"(?i)^\W*(?:if (?:\(?(?:let )?)?\w*err\w*\b.*|catch\b.*|except\b.*|rescue\b.*|else|try|end|return;?)?\W*$"
)
_FOR_PEOPLE = re2.compile(
    r"(?i)pool-?_?name|application_?name|app_name|thread-?_?name|client_name|display_?name|tool_?tip|placeholder|\baria-|\balt=|class(?:name)?="
    r"|\bicons?\b|colou?rs?\b|\bwidth\b|\bheight\b|margin|padding|font|badge|banner|\bdescription\b|\bhelp_?text|<(?:button|span|div|h\d|p|img|b|i)\b"
)
_TEXT = re2.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
_FAILS = re2.compile(r"(?i)fail|error|invalid|could not|cannot|unable|not found|missing|denied|refused|unavailable")
_ASKS = re2.compile(r"(?i)fetch\(|axios|\bhttp|query|select |\bawait\b|src=|href=|https?://")


def harmless(patch: Patch) -> tuple[float, str]:
    """Return how much a diff can matter and why, or 1 and an empty string where neither holds."""
    gone, come = [line for _, line in patch.removed], [line for _, line in patch.added]
    if gone and come and _reports(gone) and _reports(come):
        return _REPORTED, "it changes only how a failure is told"
    if come and all(_FOR_PEOPLE.search(line) and not _ASKS.search(line) for line in (*gone, *come)):
        return _SHOWN, "it changes only what people see, or what things are called for them"
    if patch.turned and all(_nudged(one) for one in patch.turned) and len(patch.turned) == len(gone) == len(come):
        return _MOVED_A_LITTLE, "it moves amounts only a little"
    if patch.turned and len(patch.turned) == len(gone) == len(come) and all(map(_reworded, patch.turned)):
        return _SHOWN, "it changes only the words of a failure"
    return 1.0, ""


def _nudged(turned: Turned) -> bool:
    """Whether all that differs are amounts, neither tiny nor far from what they were: a number of a field is no amount."""
    digits = _DIGITS.sub("#", turned.before).split() == _DIGITS.sub("#", turned.after).split()
    return (
        digits
        and bool(turned.amounts)
        and not IDENTITY.search(turned.after)
        and all(old.value > 0 and (old.measure or old.value >= _AMOUNT) for old, _ in turned.amounts)
        and all(_LESS <= new.value / old.value <= _MORE for old, new in turned.amounts)
    )


def _reworded(turned: Turned) -> bool:
    """Whether all that differs is a text that tells of a failure."""
    same = _TEXT.sub("", turned.before).split() == _TEXT.sub("", turned.after).split()
    texts = [text for side in (turned.before, turned.after) for text in _TEXT.findall(side)]
    return same and bool(texts) and all(_FAILS.search(text) for text in texts)


def _reports(lines: Sequence[str]) -> bool:
    telling = [bool(_REPORT.search(line)) for line in lines]
    return any(telling) and all(told or _AROUND.match(line) for told, line in zip(telling, lines, strict=True))
