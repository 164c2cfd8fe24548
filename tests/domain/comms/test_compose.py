"""Which words a message is made of, and what each kind of reader may learn from it (R-COM-2, R-COM-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domain.incident.story import ANA, CATALOGUE, DAY, HOUR, MINUTE, NOON, PACK, POLICY, RESOLVED, Story, begun

from tocsin.domain.comms.compose import ASKED, Asked, Note, compose
from tocsin.domain.comms.fields import FIELD_NAMES, PUBLIC_FIELDS
from tocsin.domain.effects import Remind
from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.policy.pack import Template

CANARY = "zanzibar"


def template(moment: str, audience: str, body: str = "", subject: str = "") -> Template:
    return Template(key=f"{moment}/{audience}", moment=moment, audience=audience, body=body, subject=subject)


TEMPLATES = (
    template("initial", "responders", "inside, responders"),
    template("initial", "stakeholders", "inside, stakeholders", "Trouble"),
    template("update", "responders", "inside"),
    template("resolved", "public", "outside, public"),
)


def note(story: Story, moment: str, audience: str = "responders", **asked: object) -> Note:
    """What `audience` would be told now."""
    policy = replace(story.policy, pack=replace(story.policy.pack, templates=TEMPLATES))
    event = replace(story.events[-1], recorded_at=story.now)
    wanted = Asked(moment=moment, audience=audience, public_url="https://t", **asked)
    return compose(wanted, story.incident, event, policy)


def test_a_reader_gets_the_template_of_their_own() -> None:
    said = note(begun(), "initial", "stakeholders")
    assert (said.body, said.subject, said.moment, said.audience) == (
        "inside, stakeholders",
        "Trouble",
        "initial",
        "stakeholders",
    )


def test_a_reader_inside_without_one_gets_that_of_another_inside() -> None:
    assert note(begun(), "initial", "leadership").body == "inside, stakeholders"
    assert note(begun(), "update", "leadership").body == "inside"


@pytest.mark.parametrize("audience", ["customers", "public"])
@pytest.mark.parametrize("moment", ["initial", "update", "declared"])
def test_the_outside_never_gets_words_written_for_inside(moment: str, audience: str) -> None:
    said = note(begun(), moment, audience)
    assert "inside" not in said.body
    assert "title" not in said.subject


def test_customers_get_the_publics_words_for_want_of_their_own() -> None:
    assert note(begun(), "resolved", "customers").body == "outside, public"


def test_the_inside_never_gets_the_publics_words() -> None:
    assert note(begun(), "resolved", "responders").body != "outside, public"


def whispering() -> Story:
    """An incident with the canary in everything that can be said of it."""
    story = begun(
        title=CANARY,
        summary=CANARY,
        symptoms=(CANARY,),
        initial_error=CANARY,
        endpoints=(CANARY,),
        functions=(CANARY,),
        reporter=CANARY,
        links={"channel": CANARY, "dashboard": CANARY, "call": CANARY, "ticket": CANARY},
        impact=Impact(still_works=CANARY, revenue_note=CANARY),
    )
    story.then(e.CauseNamed(text=CANARY)).then(e.TaskGiven(task="t", title=CANARY))
    story.then(e.AlertFired(fingerprint="f", name=CANARY, source=CANARY))
    return story.then(e.Resolved(resolution=CANARY, next_steps=(CANARY,)))


@pytest.mark.parametrize("audience", ["customers", "public"])
def test_the_outside_learns_nothing_that_was_not_released_whatever_the_template_names(audience: str) -> None:
    said = note(whispering(), "resolved", audience, extra={"resolution": CANARY, "thanks": [CANARY]})
    assert CANARY not in str(said)
    assert set(said.fields) == set(FIELD_NAMES)


def test_the_outside_learns_what_was_released() -> None:
    said = note(begun(), "update", "public", extra={"public_impact": "some orders fail", "eta": "14:00"})
    assert (said.fields["public_impact"], said.fields["eta"]) == ("some orders fail", "14:00")
    assert {"public_impact", "eta", "service"} <= PUBLIC_FIELDS


@pytest.mark.parametrize(
    ("moment", "body", "field"),
    [
        ("update", "{{ public_update }} {{ public_impact }}", "public_update"),
        ("update", "{{ public_impact }}", "public_impact"),
        ("findings", "{{ public_cause }}", "public_cause"),
        ("resolved", "{{ public_summary }}", "public_summary"),
    ],
)
def test_a_persons_words_for_the_outside_find_their_place_in_any_template(moment: str, body: str, field: str) -> None:
    templates = (template(moment, "public", body),)
    story = begun(policy=replace(POLICY, pack=replace(PACK, templates=templates)))
    asked = Asked(moment=moment, audience="public", public_url="https://t", extra={"text": "some orders fail"})
    fields = compose(asked, story.incident, story.events[-1], story.policy).fields
    assert [name for name, value in fields.items() if value == "some orders fail"] == [field]


def test_who_is_no_member_of_a_private_incident_learns_that_there_is_one_and_no_more() -> None:
    story = begun(private=True, title=CANARY, summary=CANARY, symptoms=(CANARY,))
    for person in ("bo", ""):
        said = note(story, "page", to=person, extra={"text": CANARY})
        assert CANARY not in str(said)
        assert said.fields["ref"] == "INC-1"
        assert said.fields["incident_url"] == "https://t/incidents/INC-1"
        assert said.fields["severity"] == "unknown"


def test_a_member_of_a_private_incident_reads_it() -> None:
    story = begun(private=True, title=CANARY).then(e.MemberChanged(person="bo"))
    assert note(story, "page", to="bo").fields["title"] == CANARY


def test_every_field_is_always_there() -> None:
    assert set(note(begun(), "update").fields) == set(FIELD_NAMES)


def test_what_the_event_said_comes_before_what_is_known() -> None:
    said = note(begun(), "update", extra={"text": "pool is full", "current_actions": ["restart", "wait"], "eta": ""})
    assert said.fields["progress"] == said.fields["findings"] == "pool is full"
    assert said.fields["current_actions"] == said.fields["current_focus"] == "- restart\n- wait"
    assert said.fields["eta"] == "not known yet"


def test_every_clock_that_reminds_has_words() -> None:
    story = begun()
    for name in ("ack_by", "commander_by", "resolve_by", "update_due", "update_reminder"):
        assert name in story.incident.timers
        assert name in ASKED
    assert {t for t in begun().then(RESOLVED).incident.timers if t.startswith("review/")} <= set(ASKED)


@pytest.mark.parametrize(
    ("about", "reason", "due"),
    [
        ("update_due", "an update is due", "2026-01-20 12:15 UTC"),
        ("ack_by", "nobody has acknowledged in time", "2026-01-20 12:00 UTC"),
        ("phase/first_steps", "the phase first steps takes longer than planned", "2026-01-20 12:00 UTC"),
        ("something_new", "something new", "2026-01-20 12:00 UTC"),
        ("followup/gone", "overdue action: gone", "unknown"),
    ],
)
def test_a_reminder_says_what_is_due_since_when(about: str, reason: str, due: str) -> None:
    said = note(begun(), "reminder", to="ana", extra={"about": about})
    assert (said.fields["reason"], said.fields["due_at"], said.fields["person"]) == (reason, due, "ana")


def test_a_reminder_of_an_action_item_names_it() -> None:
    item = e.FollowUpAdded(followup="f1", title="Close sessions", due=NOON + DAY)
    said = note(begun().then(item), "reminder", to="bo", extra={"about": "followup/f1"})
    assert (said.fields["reason"], said.fields["due_at"]) == ("overdue action: Close sessions", "2026-01-21 12:00 UTC")


def test_what_a_reminder_asks_for_can_be_composed() -> None:
    story = begun().wake("update_due")
    nudge = story.effects(Remind)[0]
    assert note(story, nudge.template, to=nudge.person, extra=nudge.fields).fields["reason"] == "an update is due"


def test_the_incident_is_told_in_the_fields_words() -> None:
    story = begun(impact=Impact(error_percent=30, users_affected=5000, failed_requests=374, total_requests=124_589))
    story.then(e.MilestoneReached(name="impact_started"), occurred=NOON - 10 * MINUTE)
    story.then(e.RoleTaken(role="commander", person="bo")).then(e.Acknowledged(person="ana"), after=2 * MINUTE)
    fields = note(story, "update").fields
    assert fields["impact_text"] == "about 30 % of requests fail, about 5,000 users"
    assert (fields["failed_requests"], fields["failed_percent"], fields["working_percent"]) == ("374", "0.3 %", "70 %")
    assert (fields["elapsed"], fields["duration"]) == ("T+12 min", "12 min")
    assert (fields["commander"], fields["owner"]) == ("@bo (Bo)", "@ana (Ana)")
    assert fields["responders"] == "@bo (Bo), @ana (Ana)"
    assert (fields["service"], fields["services"], fields["cadence"]) == ("Orders API", "Orders API", "every 15 min")
    assert (fields["next_update_at"], fields["next_update_in"]) == ("2026-01-20 12:15 UTC", "13 min")
    assert fields["ack_how"].endswith("tocsin ack INC-1")


def test_an_alert_that_joins_later_moves_no_beginning() -> None:
    story = begun().then(e.AlertFired(fingerprint="f", name="x", source="am"), after=5 * MINUTE)
    fields = note(story, "update").fields
    assert (fields["started_at"], fields["elapsed"]) == ("2026-01-20 12:00 UTC", "T+5 min")
    assert fields["detected_at"] == "2026-01-20 12:00 UTC"


def test_what_nobody_said_is_unknown_and_never_nought() -> None:
    fields = note(begun(services=()), "update").fields
    for name in (
        "services",
        "users_affected",
        "error_percent",
        "failed_percent",
        "revenue",
        "data_loss",
        "acknowledged_at",
    ):
        assert fields[name] == "unknown"
    assert fields["commander"] == "nobody yet"


def test_a_service_that_nobody_named_reads_well_in_a_sentence_inside_and_outside() -> None:
    story = begun(services=())
    assert note(story, "page").fields["service"] == "a service not named yet"
    assert note(story, "resolved", "public").fields["service"] == "our service"
    assert note(begun(), "resolved", "public").fields["service"] == "Orders API"


def test_an_update_that_is_late_is_due_now() -> None:
    story = begun()
    story.now += HOUR
    assert note(story, "reminder").fields["next_update_in"] == "0 s"


def test_after_the_end_its_length_stands_still() -> None:
    story = begun().then(RESOLVED, after=82 * MINUTE)
    story.now += DAY
    fields = note(story, "resolved").fields
    assert (fields["duration"], fields["duration_range"]) == ("1 h 22 min", "12:00-13:22 UTC")
    assert fields["normal_since"] == fields["resolved_at"] == "2026-01-20 13:22 UTC"


def test_the_review_is_announced_with_its_dates() -> None:
    fields = note(begun().then(RESOLVED), "all_clear").fields
    assert (fields["review_at"], fields["publish_by"]) == ("2026-01-25 12:00 UTC", "2026-01-27 12:00 UTC")
    assert note(begun(), "update").fields["review_at"] == "unknown"


def test_no_review_is_announced_that_nobody_must_hold() -> None:
    told = note(begun("SEV4").then(RESOLVED), "all_clear").fields
    assert (told["review_at"], told["publish_by"]) == ("unknown", "unknown")
    once, again = (e.Resolved(resolution="x", recurrences=n) for n in (0, 1))
    assert note(begun("SEV3").then(once), "all_clear").fields["review_at"] == "unknown"
    assert note(begun("SEV3").then(again), "all_clear").fields["review_at"] == "2026-01-25 12:00 UTC"


def test_people_are_called_by_their_names_and_by_their_keys_where_nobody_knows_them() -> None:
    story = begun(reporter="bo").then(e.TaskGiven(task="t", title="look", owner="gone"))
    fields = note(story, "update").fields
    assert (fields["reporter"], fields["current_actions"]) == ("Bo", "- look (gone)")


def test_a_cancelled_incident_has_an_end_too() -> None:
    story = begun().then(e.Cancelled(reason="a false alarm"), after=MINUTE)
    assert note(story, "resolved", "public").fields["normal_since"] == "2026-01-20 12:01 UTC"


def test_the_installation_says_who_it_is() -> None:
    catalogue = replace(CATALOGUE, organisation="Acme's", contact="ops@acme", status_url="https://status")
    fields = note(begun(policy=replace(POLICY, catalogue=catalogue)), "update").fields
    assert (fields["organisation"], fields["contact"], fields["status_url"]) == ("Acme's", "ops@acme", "https://status")


def test_statuses_are_called_what_the_pack_calls_them() -> None:
    pack = replace(PACK, status_names={"investigating": "Looking into it"})
    assert note(begun(policy=replace(POLICY, pack=pack)), "update").fields["status"] == "Looking into it"


def test_a_freeze_and_a_drill_are_said_where_they_are() -> None:
    fields = note(begun(mode="drill").then(e.FreezeChanged(frozen=True), ANA), "update").fields
    assert "practice" in fields["drill"]
    assert fields["freeze"]
    quiet = note(begun(), "update").fields
    assert (quiet["drill"], quiet["freeze"]) == ("", "")


def test_a_plan_under_way_is_what_is_being_done() -> None:
    expires = NOON + timedelta(days=1)
    plan = e.PlanProposed(
        plan="p", hash="h1234", title="Roll back", steps=(), blast_radius="", undo="", risk="low", expires_at=expires
    )
    story = begun().then(plan).then(e.PlanApproved(plan="p", hash="h1234", person="ana"))
    fields = note(story.then(e.TaskGiven(task="t", title="watch the pool", owner="bo")), "update").fields
    assert fields["current_actions"] == "- Roll back\n- watch the pool (Bo)"
    assert fields["mitigation"] == "Roll back"
