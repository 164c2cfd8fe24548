"""Whether a change can matter at all: what kind of files it touches, and whether it keeps what the code does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.given import CONFIG, IDENTITY, TOLD
from tocsin.domain.diagnosis.correlation.harmless import harmless
from tocsin.domain.diagnosis.correlation.incident import Candidate
from tocsin.domain.diagnosis.correlation.patch import Patch, calls, literals
from tocsin.domain.diagnosis.correlation.structure import flipped, moved, unguarded, version_bump

# Tried in order: what a file is for, by its name, and how likely a change of it breaks a running service.
_HARMLESS: Final[tuple[tuple[re2._Regexp, float, str], ...]] = (
    (re2.compile(r"(?i)(?:^|/)(?:docs?|documentation|runbooks?)/|\.(?:md|rst|adoc)$|(?:^|/)(?:codeowners|license|changelog|readme)"), 0.03, "documents"),
    (re2.compile(r"(?i)(?:^|/)(?:tests?|testdata|__tests__|spec|fixtures|e2e)/|[._-](?:test|spec)\.\w+$|_test\.\w+$|(?:^|/)test_\w+"), 0.03, "tests"),
    (re2.compile(r"(?i)(?:^|/)\.(?:github|circleci|gitlab|buildkite)|jenkinsfile|(?:^|/)\.[\w-]*(?:lint|rc|ignore|editorconfig)\w*|golangci|pre-commit|(?:^|/)ci/"), 0.05, "the build of changes, not what runs"),
    (re2.compile(r"(?i)\.(?:css|scss|less|svg|png|ico|woff2?)$|(?:^|/)(?:theme|styles?|palette|colors?)\b|/i18n/|/locales?/"), 0.05, "how pages look"),
    (re2.compile(r"(?i)(?:^|[/._-])(?:staging|stage|dev|development|sandbox|local|preview|qa|uat)(?:[/._-]|$)"), 0.08, "another environment"),
    (re2.compile(r"(?i)\.(?:html|tmpl|hbs|ejs|tsx|jsx|vue|cshtml|erb|txt|mjml)$"), 0.4, "pages"),
)  # fmt: skip
_LOCK_FILES = re2.compile(
    r"(?i)(?:^|/)(?:go\.(?:mod|sum)|package(?:-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|requirements[\w.-]*\.txt|poetry\.lock|uv\.lock|"
    r"pyproject\.toml|cargo\.(?:toml|lock)|gemfile(?:\.lock)?|pom\.xml|build\.gradle(?:\.kts)?|composer\.(?:json|lock))$"
)
_LOGGING = re2.compile(
    r"(?i)\b(?:logs?|logf|logger|logging|slog|zap|console|fmt\.print\w*|print(?:f|ln)?|span|trace|tracer|metrics?|histogram|counters?|attributes?|"
    r"withlabelvalues|createcounter|creategauge|createhistogram|gauge|prometheus|meter|observe|tracing::\w+|(?:info|debug|warn|error|trace)!)(?:\b|\()|\.inc(?:rement)?\(\)"
)
_LITERAL = re2.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
_PROSE = re2.compile(r"^[A-Z][a-z]+.*[.!?]$|^[A-Z]?[a-z]+(?:,? [A-Za-z']+)+[.!?]?$")
_STATUS = re2.compile(r"^[1-5]\d\d$")
_SAYING = re2.compile(r"(?i)err|fail|invalid|missing|bad|not found|unable|cannot|%[svdw]|: ")
_NAME = re2.compile(r"[A-Za-z_]\w*")
_RECEIVER = re2.compile(r"([A-Za-z_]\w*|\)|\])\.([A-Za-z_]\w*)\(")
_DECLARED = re2.compile(r"^\s*(?:const|let|var|val|final \w+|static \w+)\s+(\w+)\s*:?=\s*(.+)$")
_READ_FROM_OUTSIDE = re2.compile(r"(?i)env|getproperty|config|setting|viper|flag|option|:-")
_VALUE = re2.compile(r"[\"']?([\w.]+)[\"']?;?$")
_MARK = re2.compile(r"(?m)^\s*(@[A-Za-z_][\w.]*|#\[\w+|\[[A-Z]\w+)")
_LOCAL = re2.compile(r"\b(?:const|let|var|val|auto) \{? ?(\w+)")
_DECLARING = frozenset({"const", "let", "var", "val", "auto"})
_SELF = ("self", "this", "cls")
_BUILT_IN = frozenset({
    "max", "min", "len", "sum", "sorted", "filter", "map", "any", "all", "int", "str", "list", "dict", "set", "round", "range", "append",
    "make", "copy", "abs", "float", "bool", "tuple", "zip", "enumerate", "reversed", "print", "new", "panic",
})  # fmt: skip
_STEERING = frozenset({"defer", "finally", "await", "async", "synchronized", "try", "except", "catch", "else", "with"})
_PATCH_LEVEL = 0.15
_NUDGE = 0.35
_MORE, _LESS = 1.5, 0.8
_SAME_WORK = 0.25
_HELPER = 0.4
_TALK = 0.3
_TALKING = "it changes only what is logged or measured"
_ONLY_MORE = 0.7
_UNSEEN = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """`matters` is 0 (cannot break anything) to 1; `why` says so where it is less; `settings` marks settings alone.

    `talk` marks that only what is logged or measured changes, `files` that none of the files can do harm.
    """

    matters: float = 1.0
    why: str = ""
    settings: bool = False
    talk: bool = False
    files: bool = False


def nature_of(change: Candidate, patch: Patch) -> Nature:
    """Return what kind of change it is."""
    files = change.files or tuple({file for file, _ in (*patch.removed, *patch.added) if file})
    settings = bool(files) and all(CONFIG.search(file) for file in files)
    if files and all(_LOCK_FILES.search(file) for file in files):
        return _upgrade(patch)
    best, what = max(map(_harm, files), default=(1.0, ""))
    if best < _PATCH_LEVEL:
        return Nature(matters=best, why=f"it touches only {what}", settings=settings, files=True)
    inert, why = min(
        _settled(patch) if settings and (patch.turned or not patch.removed) else _inert(patch), harmless(patch)
    )
    told = why if inert < best else f"it touches only {what}" if best < 1.0 else ""
    return Nature(matters=min(best, inert), why=told, settings=settings, talk=why == _TALKING)


def _settled(patch: Patch) -> tuple[float, str]:
    """Return how much a change of settings can do: amounts that hardly move hardly matter."""
    amounts = [pair for turned in patch.turned for pair in turned.amounts]
    if not patch.come:
        return _inert(patch)
    lines = [line for _, line in (*patch.removed, *patch.added)]
    if lines and all(TOLD.search(line) for line in lines):
        return _TALK, _TALKING
    if len(patch.turned) < len(patch.removed) or len(patch.removed) != len(patch.added):
        return 1.0, ""
    if any(IDENTITY.search(turned.after) for turned in patch.turned):
        return 1.0, ""
    if len(amounts) < len(patch.turned) or not all(_nudged(old.value, new.value) for old, new in amounts):
        return 1.0, ""
    return _NUDGE, "it moves amounts only a little"


def _nudged(old: float, new: float) -> bool:
    return old > 0 and _LESS <= new / old <= _MORE


def _upgrade(patch: Patch) -> Nature:
    share, bumped = version_bump(patch)
    if share > _PATCH_LEVEL:
        return Nature()
    return Nature(matters=_PATCH_LEVEL, why=f"it only raises a patch level{': ' + bumped if bumped else ''}")


def _harm(file: str) -> tuple[float, str]:
    return next(((share, what) for pattern, share, what in _HARMLESS if pattern.search(file)), (1.0, ""))


def _inert(patch: Patch) -> tuple[float, str]:
    """Return how far a diff can change what the code does: moving code into a helper or logging otherwise cannot."""
    if not patch.order:
        return _UNSEEN, ""
    gone, come = patch.gone, patch.come
    if not gone and not come:
        return _SAME_WORK, "it changes comments only"
    if moved(patch) or unguarded(patch) or flipped(patch) or _unmarked(gone, come):
        return 1.0, ""
    if _only_wording(patch):
        return _SAME_WORK, "it changes wording for people"
    if _only_talk(patch):
        return _TALK, _TALKING
    called, calling = calls(gone), calls(come)
    texts, others = _meaning(literals(gone)), _meaning(literals(come))
    if not gone:
        return _ONLY_MORE, ""
    if not come:
        return 1.0, ""
    if _renamed_constants(patch):
        return _SAME_WORK, "it calls the same values otherwise"
    if _made_settable(patch):
        return _HELPER, "it makes values settable and keeps them where nobody sets them"
    if texts == others and _set(called) <= _set(calling) and _same_names(patch) and not _renames(patch):
        return _SAME_WORK, "every value and call it had is still there"
    if not others - texts and _own_helpers(patch, _set(calling) - _set(called)) and not _renames(patch):
        return _HELPER, "it moves code into helpers and brings no value of its own"
    return 1.0, ""


def _unmarked(gone: str, come: str) -> bool:
    """Whether an annotation went, with all that it does unseen."""
    return bool(set(_MARK.findall(gone)) - set(_MARK.findall(come)))


def _renamed_constants(patch: Patch) -> bool:
    """Whether all it does is to give values of the code other names there."""
    pairs = [(_DECLARED.match(turned.before), _DECLARED.match(turned.after)) for turned in patch.turned]
    return len(pairs) == len(patch.removed) == len(patch.added) and all(
        old and new and old.group(1) != new.group(1) and old.group(2) == new.group(2) for old, new in pairs
    )


def _made_settable(patch: Patch) -> bool:
    """Whether all it does is to let values be given from outside, with those of before as defaults."""
    pairs = [(_assigned(turned.before), _assigned(turned.after)) for turned in patch.turned]
    return len(pairs) == len(patch.removed) == len(patch.added) and all(
        name == same and value and value.group(1) in literals(later) and _READ_FROM_OUTSIDE.search(later)
        for (name, former), (same, later) in pairs
        for value in [_VALUE.match(former)]
    )


def _assigned(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip(" :"), value.strip()


def _only_talk(patch: Patch) -> bool:
    lines = [line for _, line in (*patch.removed, *patch.added) if len(_NAME.findall(line)) > 1]
    talking = [line for line in lines if _LOGGING.search(line)]
    silent = [line for line in lines if not _LOGGING.search(line)]
    return bool(talking) and not any(calls(line) for line in silent) and len(silent) <= len(talking)


def _only_wording(patch: Patch) -> bool:
    """Whether all that differs are sentences."""
    gone, come = literals(patch.gone), literals(patch.come)
    differing = [*(gone - come), *(come - gone)]
    bare = (_LITERAL.sub("", patch.gone).split(), _LITERAL.sub("", patch.come).split())
    return bool(differing) and bare[0] == bare[1] and all(_PROSE.search(one) for one in differing)


def _meaning(found: Counter[str]) -> frozenset[str]:
    """Return literals that steer something: not status codes, not sentences for people, not formats."""
    return frozenset(
        one for one in found if one and not _STATUS.match(one) and not (" " in one and _SAYING.search(one))
    )


def _set(found: Counter[str]) -> frozenset[str]:
    return frozenset(found)


def _same_names(patch: Patch) -> bool:
    """Whether a diff speaks of the same things before and after, but for helpers that it makes and one local name."""
    gone, come = set(_NAME.findall(patch.gone)), set(_NAME.findall(patch.come))
    if (gone - come) & _STEERING:
        return False
    # Local names may come and go: what they hold is what counts.
    gone -= set(_LOCAL.findall(patch.gone)) | _DECLARING
    come -= set(_LOCAL.findall(patch.come)) | _DECLARING
    new = _set(calls(patch.come)) - _set(calls(patch.gone))
    helpers = new if _own_helpers(patch, new) else frozenset()
    return len(gone - come) <= (1 if helpers else 0) and (bool(helpers) or come == gone)


def _own_helpers(patch: Patch, names: frozenset[str]) -> bool:
    """Whether what is newly called are functions of the same code, not of something it talks to."""
    others = {
        name
        for name in names
        for owner, called in _RECEIVER.findall(patch.come)
        if called == name and owner not in _SELF
    }
    return bool(names - _BUILT_IN) and not others


def _renames(patch: Patch) -> bool:
    """Whether a line stays but for one amount or text."""
    return any(turned.amounts for turned in patch.turned)
