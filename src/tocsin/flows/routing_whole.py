"""What routing needs of the rest of a configuration, for one that comes without having been checked line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.domain.alerts.matchers import Matcher, MatcherError, parse_matchers
from tocsin.domain.alerts.routing import all_routes
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError


def wanted_by_routing(catalogue: Catalogue) -> Iterator[tuple[str, str, set[str]]]:
    """Yield (field, key it names, keys there are) for every name that routing and maintenance refer to."""
    policies = {"", *(policy.key for policy in catalogue.policies)}
    teams = {"", *(team.key for team in catalogue.teams)}
    services = {"", *(service.key for service in catalogue.services)}
    intervals = {interval.key for interval in catalogue.time_intervals}
    for taken in all_routes(catalogue.routing):
        at, node = f"routing ({' > '.join(taken.place)})", taken.route
        yield f"{at}.policy", node.policy, policies
        yield f"{at}.team", node.team, teams
        yield f"{at}.service", node.service, services
        for name in (*node.mute_time_intervals, *node.active_time_intervals):
            yield f"{at}.time_intervals", name, intervals
    for window in catalogue.maintenance:
        for field, named, known in (
            ("services", window.services, services),
            ("teams", window.teams, teams),
            ("time_intervals", window.time_intervals, intervals),
        ):
            for name in named:
                yield f"maintenance.{window.key}.{field}", name, known


def require_readable(catalogue: Catalogue) -> None:
    """Let a configuration pass whose matchers and time zones mean something.

    Raises:
        InvalidError: a matcher is none, or a zone is no name of the IANA database.
    """
    for field, matchers in _matchers(catalogue):
        for matcher in matchers:
            try:
                parse_matchers(str(matcher), "utf8")
            except MatcherError as error:
                raise InvalidError(f"{field}: {error}", field=field, mend=error.mend) from error
    for interval in catalogue.time_intervals:
        for span in interval.any_of:
            try:
                ZoneInfo(span.zone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                field = f"time_intervals.{interval.key}"
                mend = "Use a name of the IANA database, such as Europe/Berlin."
                raise InvalidError(f"{field}: {span.zone!r} is no time zone", field=field, mend=mend) from error


def _matchers(catalogue: Catalogue) -> Iterator[tuple[str, Iterable[Matcher]]]:
    for taken in all_routes(catalogue.routing):
        yield "routing", taken.route.matchers
    for rule in catalogue.inhibitions:
        yield f"inhibitions.{rule.key}", (*rule.source_matchers, *rule.target_matchers)
