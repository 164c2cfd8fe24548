"""Inhibition, with several sources, two-sided alerts and missing labels, over generated values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.alerts.test_inhibition import inhibiting

from tocsin.domain.alerts.inhibition import ActiveAlerts, InhibitionRule
from tocsin.domain.alerts.matchers import all_match

RULES = (
    inhibiting("s=~'x|y'".replace("'", '"'), "t=x", "e", key="one"),
    inhibiting("s=x", 't=~".+"', key="two"),
    inhibiting("t=y", "s!=x", "e", "s", key="three"),
)


LABELS = st.fixed_dictionaries({}, optional={name: st.sampled_from(["", "x", "y"]) for name in "ste"})


STORY = st.lists(st.tuples(st.sampled_from("abcd"), LABELS | st.none()), max_size=20)


def _plainly(rule: InhibitionRule, firing: dict[str, dict[str, str]], target: dict[str, str]) -> bool:
    """The same by looking at every alert."""
    if not all_match(rule.target_matchers, target):
        return False
    both = all_match(rule.source_matchers, target)
    return any(
        all_match(rule.source_matchers, source)
        and not (both and all_match(rule.target_matchers, source))
        and all(source.get(name, "") == target.get(name, "") for name in rule.equal)
        for source in firing.values()
    )


@given(STORY, LABELS)
def test_the_index_answers_as_looking_at_every_firing_alert_would(
    story: list[tuple[str, dict[str, str] | None]], target: dict[str, str]
) -> None:
    active = ActiveAlerts(RULES)
    firing: dict[str, dict[str, str]] = {}
    for alert, labels in story:
        if labels is None:
            active.remove(alert)
            firing.pop(alert, None)
        else:
            active.add(alert, labels)
            firing[alert] = labels
    assert [one.rule for one in active.inhibited_by(target)] == [
        rule.key for rule in RULES if _plainly(rule, firing, target)
    ]
    for labels in firing.values():
        for found in active.inhibited_by(labels):
            assert firing[found.source] != labels
