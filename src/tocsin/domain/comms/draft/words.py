"""What it looks like, whom it hits and where it is heading, in words."""

from __future__ import annotations

from dataclasses import replace

import re2

from tocsin.domain.impact import Impact, Trend

MAX_SYMPTOMS = 6
MAX_NAMES = 4
_PEOPLE = r"(?:users?|customers?|people|accounts?|clients?|subscribers?|shoppers?|tenants?|visitors?)"

_SPECIFIC = re2.compile(
    r"(?i)\b([45]\d\d(?:'?s)|[45]xx(?:'?s)?)\b"
    r"|\b(?:http|status|code|returns?|returning|answers?|answering|gets?|getting|gives?|giving|throws?|throwing)\s+"
    r"(?:an?\s+|with\s+|code\s+|status\s+|http\s+)?([45]\d\d)\b"
    r"|\b([45]\d\d\s+(?:errors?|responses?))\b"
    r"|\b(connection pool exhausted|pool exhausted|too many connections|idle in transaction|connection refused"
    r"|out of memory|oom(?:[- ]?killed)?|disk full|no space left|deadlocks?|crash[- ]?loop(?:ing|s)?|restarting|crash(?:ed|es|ing)?"
    r"|time(?:s|d)?[- ]?outs?|timing out|hang(?:s|ing)?|stuck|not loading|won't load|does not load|blank page|white page"
    r"|can(?:'t|not) [a-z]+(?: [a-z]+)?|unable to [a-z]+(?: [a-z]+)?|high latency|latency spike|slow(?:ly|ness|er)?"
    r"|outage|down|unavailable|unreachable|offline|not responding|unresponsive|high cpu|high memory|memory leak"
    r"|queue backlog|backlog|replication lag|certificate expired|expired certificate|wrong (?:data|prices?|results?)"
    r"|missing (?:data|orders?|emails?)|duplicate (?:charges?|orders?|emails?)|corrupt(?:ed|ion)?|error spike)\b"
)
_GENERIC = re2.compile(
    r"(?i)\b(error rate|errors?|fail(?:s|ed|ing|ures?)?|broken|degraded|not working|does not work|doesn't work)\b"
)
_QUOTED = re2.compile(r"[\"“`]([^\"”`\n]{4,300})[\"”`]")

_WORSE = (
    r"getting worse|worsening|increasing|rising|climbing|spreading|growing|escalating|going up|more and more|ramping up"
)
_BETTER = r"getting better|recovering|improving|decreasing|subsiding|easing|calming down|coming back"
_TRENDS: tuple[tuple[Trend, object], ...] = (
    ("steady", re2.compile(rf"(?i)\b(?:not|isn't|no longer|stopped)\s+(?:{_WORSE}|{_BETTER})\b")),
    ("steady", re2.compile(r"(?i)\b(?:stable|steady|unchanged|constant|holding|not changing|levell?ed off)\b")),
    ("worse", re2.compile(rf"(?i)\b(?:{_WORSE})\b")),
    ("better", re2.compile(rf"(?i)\b(?:{_BETTER})\b")),
)
_DOUBT = re2.compile(r"(?i)\b(?:not sure|unsure|unclear|don't know|do not know|no idea|whether)\b|\?")
_NOBODY_HIT = re2.compile(
    rf"(?i)\bno (?:customer|user)s?(?: are| is)? (?:impact|affected|facing)|\bno {_PEOPLE} affected"
)
_EVERYBODY = re2.compile(
    rf"(?i)\b(?:all|every|100\s?% of)(?: of)?(?: the| our)? {_PEOPLE}\b|\b(?:everyone|everybody|nobody can|no one can|no-one can)\b"
)
_SOME = re2.compile(
    rf"(?i)\b(?:some|a few|few|several|many|most|a subset of|certain)(?: of)?(?: the| our)? {_PEOPLE}\b"
)
_ONE = re2.compile(rf"(?i)\b(?:one|a single|single|only one|1) {_PEOPLE}\b")
_ALL_DOWN = re2.compile(
    r"(?i)\b(?:complete|total|full|major) outage\b|\b(?:everything|(?:the )?(?:whole |entire )?(?:web ?site|site|platform)) (?:is |are )?down\b"
)
_FACTS = (
    ("data_loss", r"data loss|lost data|losing data|lost orders|data (?:is|was) lost"),
    (
        "breach",
        r"(?:data |security )?breach|security incident|unauthori[sz]ed access|hacked|leaked (?:data|credentials|keys)",
    ),
    ("workaround", r"work-?around"),
    ("third_party", r"third[- ]party|3rd[- ]party|(?:our|a|the) (?:vendor|provider)"),
    ("internal_only", r"internal only|only internal|internally only|(?:staff|employees) only|only (?:staff|employees)"),
    ("false_positive", r"false (?:alarm|positive|alert)"),
    ("cosmetic", r"cosmetic|typo"),
)
_FACT_PATTERNS = tuple(
    (name, re2.compile(rf"(?i)(\b(?:no|not a|not an|without|not|never)\s+(?:any\s+|known\s+)?)?\b(?:{words})\b"))
    for name, words in _FACTS
)
_REPUTATION = re2.compile(
    r"(?i)\b(?:on|all over) (?:twitter|x\.com|reddit|social media|hacker news|the news)\b|\bpress (?:is|has)\b"
)
_CLAUSE = re2.compile(r"(?i)\s*(?:[,;.\n]|\bbut\b|\bwhile\b|\bthough\b|\bhowever\b)\s*")
_STILL = re2.compile(
    r"(?i)^(.{2,80}?)\s+(?:(?:is|are)\s+)?(?:still\s+(?:works?|working|fine|ok|okay|up|available)|unaffected|not affected|works? fine)\b"
)


def symptoms(text: str) -> tuple[str, ...]:
    """Return what people see, as they put it; words as wide as 'failing' count only when there is nothing better."""
    for pattern in (_SPECIFIC, _GENERIC):
        found = [next(part for part in match.groups() if part) for match in pattern.finditer(text)]
        if found:
            return tuple({word.lower(): word for word in reversed(found)}.values())[::-1][:MAX_SYMPTOMS]
    return ()


def initial_error(text: str) -> str:
    """Return the first message that is quoted, or ''."""
    match = _QUOTED.search(text)
    return str(match.group(1)).strip() if match else ""


def clauses(text: str) -> list[str]:
    """Return the parts of `text` between commas, stops and buts."""
    return [clause for clause in (str(c).strip() for c in _CLAUSE.split(text)) if clause]


def still_works(text: str) -> str:
    """Return what is said to work, or ''."""
    for clause in clauses(text):
        match = _STILL.search(clause)
        if match:
            named = str(match.group(1)).strip()
            tail = named.rpartition(" and ")[2]
            return tail if len(named.split()) > MAX_NAMES else named  # more words than names: a sentence came before
    return ""


def told(text: str, impact: Impact) -> Impact:
    """Return `impact` with trend, scope and the yes-or-no facts that `text` states."""
    sure = ", ".join(clause for clause in clauses(text) if not _DOUBT.search(clause))
    trend = next((name for name, pattern in _TRENDS if pattern.search(sure)), impact.trend)  # type: ignore[attr-defined]  # RE2 has no types
    impact = _scoped(text, replace(impact, trend=trend, still_works=still_works(text)))
    stated: dict[str, bool] = {}
    for name, pattern in _FACT_PATTERNS:
        match = pattern.search(text)
        if match:
            stated[name] = match.group(1) is None
    if _ALL_DOWN.search(text):
        stated["core_feature_down"] = True
    heard = _REPUTATION.search(text)
    return replace(impact, reputation=str(heard.group(0)) if heard else "", **stated)  # type: ignore[arg-type]  # names from _FACTS


def _scoped(text: str, impact: Impact) -> Impact:
    if _NOBODY_HIT.search(text):
        return replace(impact, scope="none")
    if _EVERYBODY.search(text):
        return replace(impact, scope="all", users_percent=100.0)
    if impact.users_percent == 100:  # noqa: PLR2004 (per cent)
        return replace(impact, scope="all")
    if _ONE.search(text):
        return replace(impact, scope="isolated")
    if _SOME.search(text) or impact.users_percent:
        return replace(impact, scope="subset")
    return impact
