"""Levels of log lines by one set of names, whatever a logger calls them."""

from __future__ import annotations

from types import MappingProxyType

LEVELS = ("debug", "info", "warning", "error", "critical")
TROUBLE = frozenset({"error", "critical"})
_CALLED = MappingProxyType(
    {
        **dict.fromkeys(("trace", "debug", "debug1", "debug2", "fine", "finer", "finest", "verbose", "dbg"), "debug"),
        **dict.fromkeys(
            ("info", "information", "informational", "notice", "log", "inf", "config", "statement"), "info"
        ),
        **dict.fromkeys(("warn", "warning", "wrn", "hint"), "warning"),
        **dict.fromkeys(("error", "err", "severe", "failure"), "error"),
        **dict.fromkeys(("fatal", "critical", "crit", "panic", "alert", "emerg", "emergency", "ftl"), "critical"),
    }
)
_NUMBERED = {10: "debug", 20: "info", 30: "info", 40: "warning", 50: "error", 60: "critical"}
_SYSLOG = ("critical", "critical", "critical", "error", "warning", "info", "info", "debug")


def level_of(word: object) -> str:
    """Return the level that a word or a number names, empty for one that names none."""
    if isinstance(word, str):
        return _CALLED.get(word.lower(), "")
    if isinstance(word, int) and not isinstance(word, bool):
        return _NUMBERED.get(word, _SYSLOG[word] if 0 <= word < len(_SYSLOG) else "")
    return ""
