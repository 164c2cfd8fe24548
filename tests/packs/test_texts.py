"""What the presets say: every template can be filled, says what its source's says, and is in our own words."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from tests.packs.presets import PRESETS, preset

from tocsin.config.differences import flatten
from tocsin.domain.comms.fields import MessageFields
from tocsin.domain.policy.choose import choose_template
from tocsin.domain.policy.vocabulary import SECTION_SOURCES

_WORDS_IN_A_ROW = 8

# R-COM-6: what each source's message shows, as fields of ours.
SHOWN = [
    ("platform", "declared", "responders", "severity service impact_text commander channel dashboard next_update_at"),
    (
        "platform",
        "initial",
        "stakeholders",
        "severity service title impact_text started_at status commander findings next_steps cadence channel",
    ),
    ("platform", "initial", "public", "public_impact public_symptoms next_update_at"),
    ("platform", "findings", "public", "public_cause eta"),
    ("platform", "resolved", "public", "public_summary normal_since duration"),
    ("startup", "initial", "responders", "service status eta"),
    ("startup", "resolved", "responders", "resolved_at root_cause"),
    ("startup", "initial", "customers", "service started_at"),
    ("startup", "resolved", "customers", "service duration"),
    ("ops", "declared", "responders", "severity declared_at title impact_text error_percent commander"),
    ("ops", "initial", "stakeholders", "symptoms cadence status_url"),
    ("ops", "update", "stakeholders", "root_cause mitigation working_percent next_update_in"),
    ("ops", "resolved", "responders", "resolved_at duration root_cause resolution next_steps"),
    ("ops", "resolved", "public", "publish_by"),
    ("responder", "initial", "responders", "severity title status impact_text users_percent on_call cadence"),
    (
        "responder",
        "declared",
        "responders",
        "ref detected_at error_percent error_percent_normal on_call support communications channel next_update_at",
    ),
    ("responder", "update", "responders", "elapsed root_cause mitigation eta workaround"),
    (
        "responder",
        "resolved",
        "responders",
        "duration resolution failed_requests total_requests failed_percent next_steps",
    ),
    (
        "responder",
        "initial",
        "stakeholders",
        "severity title impact_text still_works data_loss root_cause mitigation eta next_steps contact",
    ),
    ("responder", "initial", "public", "public_title now"),
    ("responder", "resolved", "public", "public_title now duration_range"),
    ("sre", "acknowledged", "responders", "title status severity owner acknowledged_at"),
    (
        "sre",
        "declared",
        "responders",
        "ref status severity severity_name impact_text started_at owner channel current_actions next_update_at how_to_help",
    ),
    ("sre", "update", "responders", "now status progress current_focus next_update_at"),
    ("sre", "findings", "responders", "findings root_cause mitigation"),
    ("sre", "resolved", "responders", "resolution duration duration_range impact_text root_cause next_steps thanks"),
    ("sre", "initial", "public", "public_title now status"),
    ("sre", "invite", "responders", "ref title review_at review_who"),
]


@pytest.mark.parametrize(("pack", "moment", "audience", "fields"), SHOWN)
def test_a_message_shows_the_fields_of_its_source(pack: str, moment: str, audience: str, fields: str) -> None:
    template = choose_template(preset(pack), moment, audience)
    assert template is not None
    values = {name: f"<{name}>" for name in MessageFields().as_mapping()} | {"status": "Acknowledged"}

    text = _filled(template.subject, values) + "\n" + _filled(template.body, values)

    missing = [name for name in fields.split() if values[name] not in text]
    assert missing == []


@pytest.mark.parametrize("pack", PRESETS)
def test_every_template_can_be_filled_when_nothing_is_known(pack: str) -> None:
    for template in preset(pack).templates:
        text = _filled(template.body, MessageFields().as_mapping())

        assert text.strip(), template.key
        assert "None" not in text, template.key


@pytest.mark.parametrize("pack", PRESETS)
def test_a_page_is_short_and_says_how_to_take_it(pack: str) -> None:
    template = choose_template(preset(pack), "page", "responders")
    assert template is not None
    fields = MessageFields(
        ref="INC-7",
        title="Orders API answers 500",
        severity="SEV1",
        service="orders",
        impact_text="30 % of requests fail",
        started_at="14:23 UTC",
        ack_how="reply ACK",
        incident_url="https://t.example.com/i/INC-7",
    )

    text = _filled(template.body, fields.as_mapping())

    for part in (
        "SEV1",
        "Orders API answers 500",
        "30 % of requests fail",
        "14:23 UTC",
        "reply ACK",
        "https://t.example.com",
    ):
        assert part in text
    assert len(text) < 320


@pytest.mark.parametrize("pack", PRESETS)
def test_every_pack_has_every_section_of_a_post_mortem(pack: str) -> None:
    sources = [section.source for section in preset(pack).sections]

    assert len(sources) == len(set(sources))
    assert set(sources) == SECTION_SOURCES


@pytest.mark.parametrize(
    ("pack", "order"),
    [
        ("platform", "metadata summary timeline five_whys causes factors went_well went_poorly actions"),
        ("startup", "timeline causes factors missed_in_testing prevention actions"),
        ("ops", "metadata summary impact timeline causes went_well went_poorly actions lessons prevention"),
        (
            "responder",
            "metadata summary impact user_timeline timeline causes factors missed_in_testing went_well went_poorly lessons",
        ),
        ("sre", "summary impact timeline causes detection response went_well went_poorly actions lessons"),
    ],
)
def test_sections_stand_in_the_order_of_the_source(pack: str, order: str) -> None:
    sources = [section.source for section in preset(pack).sections]

    assert [source for source in sources if source in order.split()] == order.split()


@pytest.mark.parametrize(
    ("pack", "items"),
    [
        ("ops", {"during": 10, "after": 5}),
        ("responder", {"detection": 5, "investigation": 4, "remediation": 4, "communication": 4, "after": 4}),
        ("sre", {"communication": 5}),
        ("platform", {"first_five_minutes": 6}),
        ("startup", {"triage": 4, "contain": 5, "recover": 3}),
    ],
)
def test_checklists_have_the_items_of_the_source(pack: str, items: dict[str, int]) -> None:
    assert {checklist.key: len(checklist.items) for checklist in preset(pack).checklists} == items


@pytest.mark.shared
@pytest.mark.parametrize("pack", PRESETS)
def test_the_packs_speak_in_their_own_words(shared_dir: Path, pack: str) -> None:
    seeds = " ".join(
        path.read_text(encoding="utf-8", errors="replace") for path in (shared_dir / "seeds").glob("*.txt")
    )
    theirs = _runs(seeds)

    copied = {run: field for field, text in flatten(preset(pack)).items() for run in _runs(text) if run in theirs}

    assert copied == {}


def _runs(text: str) -> set[str]:
    plain = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    return {" ".join(plain[i : i + _WORDS_IN_A_ROW]) for i in range(len(plain) - _WORDS_IN_A_ROW + 1)}


def _filled(source: str, values: dict[str, str]) -> str:
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=False)
    return environment.from_string(source).render(values)
