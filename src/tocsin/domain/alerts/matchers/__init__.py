"""Conditions on labels, written as Prometheus and Alertmanager write them: `severity="critical"`, `team=~"db|web"`.

There are two grammars. The classic one forgives much; the UTF-8 one takes any label name and says exactly what it means.
`parse_matchers` reads both, as Alertmanager does: what the classic grammar understands keeps its classic meaning.
"""

from tocsin.domain.alerts.matchers.matcher import Matcher, MatcherError, Operator, all_match, show_matchers
from tocsin.domain.alerts.matchers.reading import Grammar, parse_matcher, parse_matchers, parse_some_matchers

__all__ = [
    "Grammar", "Matcher", "MatcherError", "Operator", "all_match", "parse_matcher", "parse_matchers",
    "parse_some_matchers", "show_matchers",
]  # fmt: skip
