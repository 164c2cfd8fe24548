"""Text becomes matchers, by one grammar or by both."""

from __future__ import annotations

from typing import Literal

from tocsin.domain.alerts.matchers.classic import parse_classic
from tocsin.domain.alerts.matchers.matcher import Matcher, MatcherError
from tocsin.domain.alerts.matchers.utf8 import parse_utf8

Grammar = Literal["classic", "utf8", "either"]


def parse_matchers(text: str, grammar: Grammar = "either") -> tuple[Matcher, ...]:
    """Return the matchers in the text, such as `{severity="critical", team=~"db|web"}`; braces may be left out.

    `either` keeps to the classic meaning where there is one, and speaks of the UTF-8 grammar where neither fits.

    Raises:
        MatcherError: the text is none, with the position of what is wrong.
    """
    match grammar:
        case "classic":
            return parse_classic(text)
        case "utf8":
            return parse_utf8(text)
        case _:
            try:
                return parse_classic(text)
            except MatcherError:
                return parse_utf8(text)


def parse_some_matchers(text: str) -> tuple[Matcher, ...]:
    """Return the matchers in a line, one or several as in Alertmanager's configuration.

    Raises:
        MatcherError: the text holds none.
    """
    found = parse_matchers(text)
    if not found:
        raise MatcherError("no matcher stands where one belongs", mend='Write it like severity="critical".')
    return found


def parse_matcher(text: str, grammar: Grammar = "either") -> Matcher:
    """Return the one matcher in the text.

    Raises:
        MatcherError: the text holds none, or more than one.
    """
    found = parse_matchers(text, grammar)
    if len(found) != 1:
        many = f"{len(found)} matchers stand" if found else "no matcher stands"
        raise MatcherError(f"{many} where one belongs", mend='Write one a line, such as severity="critical".')
    return found[0]
