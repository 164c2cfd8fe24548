"""How bad it is, in figures: percentages, counts and money, each told apart by the words next to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import re2

from tocsin.domain.impact import Impact

WINDOW = 5
"""How many words on either side of a percentage may say what it is a percentage of."""
FEW = 100
"""'1 of 3' is a share; '120 of 400' is a count."""

_PEOPLE = r"users?|customers?|people|accounts?|clients?|subscribers?|shoppers?|tenants?|visitors?|members?|merchants?"
_AMOUNT = r"(?P<amount>\d{1,3}(?:,\d{3})+|\d{1,9}(?:\.\d{1,3})?)\s?(?P<scale>k|m|thousand|million)?\b"
_PERCENT = re2.compile(r"(?i)(\d{1,3}(?:[.,]\d{1,4})?)\s*(?:%|percent\b|per cent\b|pct\b)")
_WORD = re2.compile(r"[a-z0-9']+|[,;.!?\n]")
_KINDS = (
    ("normal", re2.compile(r"^(?:normal|normally|usual|usually|baseline|typically|typical)$")),
    ("users", re2.compile(rf"^(?:{_PEOPLE})$")),
    ("success", re2.compile(r"^(?:success|succeed|succeeds|succeeding|successful|working|works|ok)$")),
    (
        "other",
        re2.compile(r"^(?:cpu|memory|ram|heap|disk|pool|connections?|utili[sz]ation|capacity|traffic|load|swap)$"),
    ),
    (
        "errors",
        re2.compile(
            r"^(?:errors?|fail|fails|failed|failing|failures?|5xx|[45]\d\ds?|timeouts?|requests?|calls?|orders|"
            r"checkouts?|logins?|payments?|transactions|responses|broken|erroring|dropped|rejected)$"
        ),
    ),
)
_BREAKS = frozenset({",", ";", ".", "!", "?", "\n", "and", "but", "while", "for", "since", "with"})
_USERS = re2.compile(rf"(?i){_AMOUNT}\s+(?:of\s+)?(?:[a-z]+\s+)?(?:{_PEOPLE})\b")
_TICKETS = re2.compile(rf"(?i){_AMOUNT}\s+(?:[a-z]+\s+)?(?:tickets?|complaints?|reports|support calls)\b")
_OUT_OF = re2.compile(
    r"(?i)\b(\d{1,12})\s*(?:of|out of|/)\s*(\d{1,12})\s+(?:requests?|calls|checkouts|orders|payments|logins)\b"
)
_FAILED = re2.compile(
    rf"(?i){_AMOUNT}\s+(?:failed|failing)\s+(?:requests?|calls|checkouts|orders|payments|logins)\b"
    rf"|{_AMOUNT.replace('amount', 'amount2').replace('scale', 'scale2')}\s+(?:requests?|calls|checkouts|orders|payments"
    r"|logins)\s+(?:have\s+|has\s+|are\s+|were\s+)?(?:failed|failing)\b"
)
_MONEY = re2.compile(
    rf"(?i)(?P<whole>[$€£]\s?{_AMOUNT}(?P<rate>\s*(?:/|per|an?|each|every)\s*(?:s|sec|min|minute|h|hour|day)\b)?)"
)
_TIMES = re2.compile(
    r"(?i)\b(\d{1,4}(?:\.\d{1,2})?)\s?(?:x|times)\s+(?:as\s+)?(?:slow(?:er)?|higher latency|the (?:usual|normal) latency)\b"
)
_SHARES = (
    (re2.compile(rf"(?i)\bhalf (?:of )?(?:the |our |all )?(?:{_PEOPLE})\b"), 50.0),
    (re2.compile(rf"(?i)\ba third of (?:the |our |all )?(?:{_PEOPLE})\b"), 33.0),
    (re2.compile(rf"(?i)\ba quarter of (?:the |our |all )?(?:{_PEOPLE})\b"), 25.0),
)
_ONE_IN = re2.compile(
    rf"(?i)\b(\d{{1,4}}) (?:in|of|out of) (\d{{1,6}})\s+(?:(?:requests?|calls|checkouts|orders|payments|logins)|({_PEOPLE}))\b"
)
_ALL_REQUESTS = re2.compile(
    r"(?i)\b(?:all|every) (?:the )?(?:requests?|calls?|orders?|checkouts?|payments?|logins?) (?:is |are )?(?:fail|time|error)"
)
_SCALES = {"": 1, "k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Percentage:
    kind: str
    value: float


def figures(text: str, impact: Impact) -> Impact:
    """Return `impact` with the figures that `text` gives."""
    for found in _percentages(text):
        match found:
            case _Percentage(kind="users", value=value) if impact.users_percent is None:
                impact = replace(impact, users_percent=value)
            case _Percentage(kind="errors", value=value) if impact.error_percent is None:
                impact = replace(impact, error_percent=value)
            case _Percentage(kind="success", value=value) if impact.error_percent is None:
                impact = replace(impact, error_percent=round(100 - value, 6))
            case _Percentage(kind="normal", value=value):
                impact = replace(impact, error_percent_normal=value)
    return _counted(text, _shared(text, impact))


def _percentages(text: str) -> list[_Percentage]:
    found = []
    for match in _PERCENT.finditer(text):
        value = float(match.group(1).replace(",", "."))
        kind = _kind(text[max(0, match.start() - 120) : match.start()], text[match.end() : match.end() + 120])
        if kind and value <= 100:  # noqa: PLR2004 (per cent)
            found.append(_Percentage(kind=kind, value=value))
    return found


def _kind(before: str, after: str) -> str:
    """Return what the nearest telling word says; the words after count first, and neither side crosses a break."""
    sides = (_WORD.findall(after.lower())[:WINDOW], _WORD.findall(before.lower())[: -WINDOW - 1 : -1])
    nearest, kind = WINDOW + 1, ""
    for side, words in enumerate(sides):
        for distance, word in enumerate(words):
            named = next((name for name, pattern in _KINDS if pattern.search(word)), "")
            of_the_next = side == 0 and named == "normal" and "".join(words[distance + 1 : distance + 2]).isdigit()
            if word in _BREAKS or of_the_next or distance >= nearest:
                break
            if named:
                nearest, kind = distance, named
                break
    return kind


def _shared(text: str, impact: Impact) -> Impact:
    for pattern, value in _SHARES:
        if impact.users_percent is None and pattern.search(text):
            impact = replace(impact, users_percent=value)
    ratio = _ONE_IN.search(text)
    if ratio and 0 < int(ratio.group(1)) <= int(ratio.group(2)) <= FEW:
        share = round(100 * int(ratio.group(1)) / int(ratio.group(2)), 1)
        users, errors = impact.users_percent, impact.error_percent
        hit = users if users is not None else share
        failing = errors if errors is not None else share
        impact = replace(impact, users_percent=hit) if ratio.group(3) else replace(impact, error_percent=failing)
    if impact.error_percent is None and _ALL_REQUESTS.search(text):
        impact = replace(impact, error_percent=100.0)
    slower = _TIMES.search(text)
    return replace(impact, latency_multiple=float(slower.group(1))) if slower else impact


def _counted(text: str, impact: Impact) -> Impact:
    users, tickets, failed, out_of, money = (p.search(text) for p in (_USERS, _TICKETS, _FAILED, _OUT_OF, _MONEY))
    if users and not _ONE_IN.search(text):
        impact = replace(impact, users_affected=_amount(users.group("amount"), users.group("scale")))
    if tickets:
        impact = replace(impact, tickets=_amount(tickets.group("amount"), tickets.group("scale")))
    if out_of and int(out_of.group(2)) > FEW:
        impact = replace(impact, failed_requests=int(out_of.group(1)), total_requests=int(out_of.group(2)))
    elif failed:
        number, scale = (failed.group(name) or failed.group(f"{name}2") for name in ("amount", "scale"))
        impact = replace(impact, failed_requests=_amount(number, scale))
    if money and money.group("rate"):
        impact = replace(impact, revenue_note=money.group("whole").strip())
    elif money:
        lost = float(_amount(money.group("amount"), money.group("scale")))
        impact = replace(impact, revenue_lost=lost, revenue_note=money.group("whole").strip())
    return impact


def _amount(number: str, scale: str | None) -> int:
    return round(float(number.replace(",", "")) * _SCALES[(scale or "").lower()])
