"""Each person is called by their own rules: in order, at their times, not twice for what an outage held up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from tests.domain.incident.story import CATALOGUE, HOUR, MINUTE, NOON, PACK, POLICY, Story, begun

from tocsin.domain.actor import SYSTEM
from tocsin.domain.catalogue import ContactMethod
from tocsin.domain.effects import CancelPages, Page, Remind
from tocsin.domain.incident import events as e
from tocsin.domain.incident.policy import Policy
from tocsin.domain.notification import NotificationRules, Notify
from tocsin.domain.schedules import Hours

ACK = e.Acknowledged(person="ana")
RULES = NotificationRules(
    high=(Notify(method="push"), Notify(method="sms", after=2 * MINUTE), Notify(method="voice", after=4 * MINUTE)),
    low=(Notify(method="mail"),),
    quiet=(Hours(from_=time(22), to=time(7)),),
)
WHO = "notify/page/ana"


def ruled(rules: NotificationRules = RULES, *, zone: str = "UTC", urgency: str = "", wait: timedelta = HOUR) -> Policy:
    """The story's policy, where Ana has four verified ways and rules; the ladder waits long enough for them."""
    contacts = tuple(
        ContactMethod(key=m, kind=m, address=f"ana@{m}", verified=m != "pager")
        for m in ("mail", "sms", "push", "voice", "pager")
    )
    people = tuple(
        replace(p, contacts=contacts, notify=rules, zone=zone) if p.key == "ana" else p for p in CATALOGUE.people
    )
    policies = tuple(replace(x, steps=tuple(replace(s, wait=wait) for s in x.steps)) for x in CATALOGUE.policies)
    levels = tuple(replace(s, urgency=urgency) for s in PACK.severities)
    return Policy(pack=replace(PACK, severities=levels), catalogue=replace(CATALOGUE, people=people, policies=policies))


def methods(story: Story, person: str = "ana") -> list[str]:
    return [p.method for p in story.effects(Page) if p.person == person]


def delivered(story: Story, page: Page, *, after: timedelta = timedelta(0)) -> Story:
    return story.then(
        e.Delivered(key=page.key, kind="page", to=page.person, via=page.method, receipt="r"), SYSTEM, after=after
    )


def test_methods_are_used_in_their_order_each_at_its_time() -> None:
    story = begun(policy=ruled())
    woken = [(NOON, methods(story))]
    while WHO in story.incident.timers:
        due = story.due(WHO)
        woken.append((due, methods(story.wake(WHO))))
    assert woken == [(NOON, ["push"]), (NOON + 2 * MINUTE, ["sms"]), (NOON + 4 * MINUTE, ["voice"])]


def test_an_acknowledgement_cancels_the_methods_that_were_not_used_yet() -> None:
    story = begun(policy=ruled()).then(ACK, after=MINUTE)
    assert story.effects(CancelPages)
    assert not [name for name in story.incident.timers if name.startswith("notify/")]
    assert not story.incident.cycles


def test_taking_the_acknowledgement_back_begins_with_the_first_method() -> None:
    story = begun(policy=ruled()).wake(WHO).then(ACK).then(e.Unacknowledged(person="ana"), after=MINUTE)
    assert methods(story) == ["push"]
    assert story.due(WHO) == story.now + 2 * MINUTE


def test_a_failed_method_is_answered_by_the_next_at_once_and_the_rest_keep_their_times() -> None:
    story = begun(policy=ruled())
    story.fail(story.effects(Page)[0].key, "ana", "push")
    assert methods(story) == ["sms"]
    assert story.due(WHO) == NOON + 4 * MINUTE
    assert methods(story.wake(WHO)) == ["voice"]


def test_contacts_that_the_rules_leave_out_stand_behind_them() -> None:
    story = begun(policy=ruled())
    used = []
    for _ in range(4):
        page = story.effects(Page)[-1]
        used.append(page.method)
        story.fail(page.key, "ana", page.method)
    assert used == ["push", "sms", "voice", "mail"]
    assert [p.person for p in story.effects(Page)] == ["bo", "cy", "ana"]


def test_of_two_methods_at_once_one_that_fails_does_not_call_the_next_level() -> None:
    rules = replace(RULES, high=(Notify(method="push"), Notify(method="sms")))
    story = begun(policy=ruled(rules))
    first, second = story.effects(Page)
    assert (first.method, second.method) == ("push", "sms")
    story.fail(first.key, "ana", "push")
    assert methods(story) == ["mail"]
    story.fail(story.effects(Page)[0].key, "ana", "mail")
    assert methods(story) == ["voice"]
    story.fail(story.effects(Page)[0].key, "ana", "voice")
    assert not story.effects(Page)
    story.fail(second.key, "ana", "sms")
    assert [p.person for p in story.effects(Page)] == ["bo", "cy", "ana", "ana"]


def test_the_same_method_may_be_used_again_later() -> None:
    rules = replace(RULES, high=(Notify(method="voice"), Notify(method="voice", after=3 * MINUTE)))
    story = begun(policy=ruled(rules))
    first = story.effects(Page)[0].key
    (again,) = [p for p in story.wake(WHO).effects(Page) if p.person == "ana"]
    assert (again.method, again.key) == ("voice", f"{first}/2")


def test_an_unverified_method_of_the_rules_is_left_out() -> None:
    rules = replace(RULES, high=(Notify(method="pager"), Notify(method="voice")))
    assert methods(begun(policy=ruled(rules))) == ["voice"]


def test_rules_that_lead_nowhere_leave_the_usual_order() -> None:
    rules = replace(RULES, high=(Notify(method="pager"),))
    assert methods(begun(policy=ruled(rules))) == ["mail"]


def test_another_level_that_pages_the_same_person_begins_their_methods_anew() -> None:
    story = begun(policy=ruled(wait=3 * MINUTE))
    story.wake(WHO).wake("escalate")
    assert methods(story) == ["push"]
    assert story.due(WHO) == story.now + 2 * MINUTE


def test_what_is_urgent_knows_no_quiet_hours() -> None:
    night = ruled(replace(RULES, quiet=(Hours(from_=time(0), to=time(0)),)))
    assert methods(begun(policy=night)) == ["push"]


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [("UTC", time(11), NOON + 2 * HOUR), ("Asia/Tokyo", time(20), NOON + 5 * HOUR), ("UTC", time(13), None)],
)
def test_a_low_page_waits_for_the_end_of_its_persons_quiet_hours(
    zone: str, begins: time, ends: datetime | None
) -> None:
    rules = replace(RULES, quiet=(Hours(from_=begins, to=time(14) if begins < time(14) else time(2)),))
    story = begun(policy=ruled(rules, zone=zone, urgency="low"))
    if ends is None:
        assert methods(story) == ["mail"]
        return
    assert methods(story) == []
    assert story.due(WHO) == ends
    assert methods(story.wake(WHO)) == ["mail"]


def test_quiet_hours_that_never_end_hold_nothing_back() -> None:
    rules = replace(RULES, quiet=(Hours(from_=time(0), to=time(0)),))
    assert methods(begun(policy=ruled(rules, urgency="low"))) == ["mail"]


def test_a_reminder_that_can_wait_is_not_sent_in_quiet_hours() -> None:
    rules = replace(RULES, quiet=(Hours(from_=time(11), to=time(14)),))
    story = begun("SEV3", policy=ruled(rules)).then(e.RoleTaken(role="commander", person="ana"))
    item = e.FollowUpAdded(followup="a1", title="x", owner="ana", due=NOON + MINUTE)
    (nudge,) = story.then(item).wake("followup/a1").effects(Remind)
    assert (nudge.method, nudge.not_before) == ("mail", NOON + 2 * HOUR)


def test_a_severity_that_pages_is_urgent_unless_its_pack_says_otherwise() -> None:
    assert [POLICY.urgency(s.key) for s in PACK.severities] == ["high", "high", "low", "low"]
    assert ruled(urgency="low").urgency("SEV1") == "low"


def test_after_an_outage_a_persons_missed_methods_are_one_page() -> None:
    story = begun(policy=ruled())
    (push,) = story.effects(Page)
    delivered(story, push)
    assert methods(story.wake(WHO, after=HOUR)) == ["voice"]
    assert WHO not in story.incident.timers


def test_after_an_outage_the_page_from_before_it_counts_as_that_page() -> None:
    story = begun(policy=ruled())
    (push,) = story.effects(Page)
    story.wake(WHO, after=HOUR)
    assert methods(story) == []
    assert WHO in story.incident.timers
    delivered(story, push)
    assert methods(story.wake(WHO)) == []
    story.wake("escalate")
    assert [p.person for p in story.effects(Page)] == ["bo", "cy"]


def test_a_page_from_before_an_outage_that_does_not_arrive_is_not_waited_for_long() -> None:
    story = begun(policy=ruled())
    story.wake(WHO, after=HOUR)
    assert methods(story.wake(WHO)) == ["voice"]


def test_after_an_outage_another_level_does_not_page_whom_the_missed_page_just_reached() -> None:
    policy = ruled(wait=10 * MINUTE)
    catalogue = replace(
        policy.catalogue,
        policies=tuple(
            replace(x, steps=tuple(replace(s, targets=("person:ana",)) for s in x.steps))
            for x in policy.catalogue.policies
        ),
    )
    story = begun(policy=replace(policy, catalogue=catalogue))
    (push,) = story.effects(Page)
    delivered(story, push, after=HOUR)
    story.wake("escalate")
    assert methods(story) == []
    assert methods(story.wake("escalate")) == ["push"]
