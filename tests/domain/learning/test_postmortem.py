"""A draft has every section, says what is unknown and asks; people's words stay where they are, whatever they contain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from markdown_it import MarkdownIt
from markdown_it.token import Token
from ruamel.yaml import YAML
from tests.domain.incident.logs import DAY, PACK, clock, correct, fold, log

from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.incident.events import Event
from tocsin.domain.learning.postmortem import (
    SECTIONS,
    Kin,
    Postmortem,
    Section,
    Surroundings,
    draft,
    merge,
)
from tocsin.domain.policy.pack import Pack, Question
from tocsin.domain.policy.pack import Section as SectionRule

READER = YAML(typ="safe")  # built here, for it looks for plug-ins on disk
MARKDOWN = MarkdownIt("commonmark").enable("table")
LOG = log(
    (
        "14:02",
        e.Declared(
            title="Orders API errors",
            severity="SEV1",
            ref="INC-7",
            services=("orders-api",),
            matched=("error rate 15 % > 5 %",),
            initial_error="cannot acquire connection",
            impact=Impact(error_percent=15, error_percent_normal=0.05),
            links={"dashboard": "https://grafana/d/1"},
        ),
    ),
    ("14:00", e.AlertFired(fingerprint="a", name="HighErrorRate", summary="5xx above 5 %", source="prometheus")),
    ("13:58", e.MilestoneReached(name="impact_started")),
    ("14:02", e.Delivered(key="i1/page/1/ana/mail", kind="page", to="ana", via="email")),
    ("14:03", e.Acknowledged(person="ana")),
    ("14:04", e.RoleTaken(role="commander", person="ana")),
    ("14:05", e.TaskGiven(task="t1", title="check PostgreSQL", owner="bo")),
    ("14:07", e.TaskDone(task="t1", result="48 of 50 idle in transaction")),
    (
        "14:08",
        e.Diagnosed(
            bundle="b1",
            causes=(
                e.CauseSeen(
                    key="leak",
                    title="session leak in 2.4.1",
                    state="confirmed",
                    score=0.96,
                    supports=("46 of 50 sessions idle in transaction",),
                ),
                e.CauseSeen(key="t", title="traffic", state="refuted", score=0.1, refutes=("within 4 %",)),
            ),
            checks=31,
            blind_spots=("kubernetes",),
            took_s=2.1,
        ),
    ),
    ("14:09", e.CauseNamed(text="the export leaks sessions", confirmed=True, trigger="deploy 2.4.1", factors=("no alert",))),
    ("14:10", e.MitigationJudged(text="restart", outcome="no_effect", spent_s=300)),
    ("14:17", e.TimerElapsed(name="update_due", generation=1)),
    ("14:18", e.UpdatePosted(text="Rolling back")),
    ("14:20", e.MitigationJudged(text="roll back to 2.4.0", outcome="worked", backup_plan="scale the database")),
    ("14:22", e.GatesChecked(gates=(e.GateSeen(gate="errors", verdict="pass", observed="0.1 %", expected="< 1 %"),))),
    ("14:37", e.WatchEnded(result="passed")),
    ("14:38", e.Resolved(resolution="rolled back to 2.4.0", next_steps=("post-mortem on Friday",))),
    ("14:40", e.FollowUpAdded(followup="f1", title="Alert on idle sessions", owner="bo", due=DAY + timedelta(days=5), kind="detect")),
    ("14:40", e.FollowUpAdded(followup="f2", title="Improve things", horizon="long")),
)  # fmt: skip


def drafted(events: list[Event] = LOG, pack: Pack = PACK, around: Surroundings | None = None) -> Postmortem:
    return draft(fold(events), events, pack, now=DAY + timedelta(days=1), around=around)


def section(document: Postmortem, key: str) -> Section:
    return next(s for s in document.sections if s.key == key)


def front_of(text: str) -> dict[str, object]:
    return dict(READER.load(text.split("---\n")[1]))


def headings(text: str) -> list[str]:
    return headings_of(MARKDOWN.parse(text.split("\n---\n", 1)[1]))


def headings_of(tokens: list[Token]) -> list[str]:
    return [tokens[n + 1].content for n, t in enumerate(tokens) if t.type == "heading_open" and t.tag == "h2"]


def test_the_sections_are_those_that_the_requirement_lists() -> None:
    """R-PM-2, and what users saw by R-PM-7."""
    assert {source for source, _, _ in SECTIONS} == {
        "metadata", "summary", "impact", "timeline", "user_timeline", "detection", "response", "five_whys", "causes",
        "factors", "missed_in_testing", "went_well", "went_poorly", "actions", "lessons", "prevention", "related",
        "questions", "appendix",
    }  # fmt: skip


def test_every_section_is_there_even_when_nothing_is_known() -> None:
    bare = log(("14:00", e.Declared(title="x", severity="SEV1", ref="INC-1")))
    document = drafted(bare)

    assert [s.key for s in document.sections] == [source for source, _, _ in SECTIONS]
    assert headings(document.to_markdown()) == [title for _, title, _ in SECTIONS]
    for key in ("causes", "missed_in_testing", "lessons", "actions", "impact", "five_whys"):
        assert section(document, key).asks, key
        assert not section(document, key).known, key
    assert "When did users begin to be affected?" in section(document, "metadata").asks


def test_what_the_log_knows_is_written() -> None:
    document = drafted()
    text = document.to_markdown()

    assert "From 2026-01-20 13:58 UTC until 14:38 UTC: Orders API errors." in text
    assert "| Time to mitigate | 24 min | impact started 13:58:00 UTC | mitigated 14:22:00 UTC |" in text
    assert "**Error rate**: 15 % (normally 0.05 %)" in text
    assert "| 14:07:00 | Done: check PostgreSQL (48 of 50 idle in transaction) | ana |" in text
    assert "- **Trigger**: deploy 2.4.1" in text
    assert "- **Immediate cause**: session leak in 2.4.1 (confirmed by the diagnosis)" in text
    assert "- traffic: within 4 %" in text
    assert "1. Why “cannot acquire connection; HighErrorRate: 5xx above 5 %”? Because: session leak in 2.4.1" in text
    assert "| Alert on idle sessions | bo | 2026-01-25 | P1 | TODO |" in text
    assert "[dashboard](https://grafana/d/1)" in text
    assert "- post-mortem on Friday" in text


def test_well_and_poorly_are_derived_with_their_figures() -> None:
    document = drafted()
    well, poorly = section(document, "went_well").markdown, section(document, "went_poorly").markdown
    assert "Acknowledged within 5 min: 1 min (notified 14:02:00 UTC to acknowledged 14:03:00 UTC)" in well
    assert "Commander named within 5 min: 2 min" in well
    assert "Resolved within 1 h: 40 min" in well
    assert "The fix was verified" in well
    assert "1 update was late" in poorly
    assert "Tried without success: restart (no effect, 5 min spent)" in poorly
    assert "The diagnosis could not see: kubernetes" in poorly


def test_action_items_are_checked_to_be_specific_assigned_and_dated() -> None:
    assert section(drafted(), "actions").asks == (
        "“Improve things”: what exactly, and how will it be seen to be done?",
        "“Improve things”: who owns it?",
        "“Improve things”: due when?",
    )


def test_the_front_matter_has_the_agreed_keys() -> None:
    found = front_of(drafted().to_markdown())
    assert list(found) == [
        "id", "title", "severity", "status", "started_at", "detected_at", "acknowledged_at", "mitigated_at",
        "resolved_at", "services", "impact", "contributing_factors", "authors", "reviewers", "action_items", "slo",
        "drill", "tags",
    ]  # fmt: skip
    assert found["acknowledged_at"] == clock("14:03")
    assert found["services"] == ["orders-api"]
    assert found["action_items"][0] == {  # type: ignore[index] # YAML is untyped
        "id": "f1", "title": "Alert on idle sessions", "type": "detect", "owner": "bo", "due": "2026-01-25", "url": None,
        "state": "todo",
    }  # fmt: skip


def test_the_pack_sets_order_titles_and_questions() -> None:
    pack = replace(
        PACK,
        sections=(
            SectionRule(key="why", title="Why it could happen", source="factors", ask="What let it through?"),
            SectionRule(key="end", title="Appendix", source="appendix"),
            SectionRule(key="mood", title="Mood", source="weather", ask="How was it?"),
        ),
        questions=(Question(key="when", text="When did it start?"),),
    )
    bare = log(("14:00", e.Declared(title="x", severity="SEV1", ref="INC-1")))
    document = drafted(bare, pack)

    keys = [s.key for s in document.sections]
    assert keys[:2] == ["why", "mood"]
    assert keys[-1] == "end"
    assert len(keys) == len(SECTIONS) + 1
    assert section(document, "why").asks[0] == "What let it through?"
    assert section(document, "mood").asks == ("How was it?",)
    assert section(document, "questions").asks == ("When did it start?",)
    answered = [
        *bare,
        *log(("14:00", e.Accepted()), ("14:01", e.QuestionAnswered(question="when", answer="at noon")))[1:],
    ]
    assert section(drafted(answered, pack), "questions").markdown == "**Q: When did it start?**\n\nA: at noon"


def test_what_people_wrote_counts_before_what_is_generated() -> None:
    written = [
        *LOG,
        *log(
            *[("14:00", e.Accepted())] * len(LOG), ("15:00", e.PostmortemWritten(section="summary", text="It *broke*."))
        )[-1:],
    ]
    document = drafted(written)
    assert section(document, "summary") == Section(key="summary", title="Summary", markdown="It *broke*.", known=True)
    assert document.front_matter["authors"] == ["ana"]


def test_corrections_are_visible_in_the_timeline() -> None:
    known = correct(LOG, 5, e.Acknowledged(person="ana"), at="14:02:30", recorded="15:00")
    document = draft(fold(LOG), known, PACK, now=DAY + timedelta(days=1))
    row = next(line for line in section(document, "timeline").markdown.splitlines() if "Acknowledged" in line)
    assert row == "| 14:02:30 | Acknowledged by ana (first entered as 14:03:00) | ana |"


def test_contradictory_stamps_are_pointed_out() -> None:
    odd = [
        *LOG[:2],
        *log(("14:00", e.Accepted()), ("14:00", e.Accepted()), ("14:30", e.MilestoneReached(name="impact_started")))[
            2:
        ],
    ]
    assert "Check the stamps: detected (14:00:00 UTC) is before the start of the impact" in (
        section(drafted(odd), "response").markdown
    )


def test_kin_patterns_and_prevention_come_from_outside_the_log() -> None:
    around = Surroundings(
        names={"ana": "Ana Ruiz"},
        kin=(Kin(ref="INC-3", title="Redis pool", why="same pattern", url="https://tocsin/incidents/INC-3"),),
        patterns=("pools run dry",),
        prevention=("watch pool saturation",),
        charts=(("Errors", "https://grafana/d/2"),),
        slo=(("availability", 12.5),),
        public_url="https://tocsin",
    )
    document = drafted(around=around)
    text = document.to_markdown()
    assert "[INC-3](https://tocsin/incidents/INC-3): Redis pool (same pattern)" in text
    assert "**Pattern**: pools run dry" in text
    assert "- watch pool saturation" in text
    assert "[Diagnosis b1](https://tocsin/incidents/INC-7/bundles/b1)" in text
    assert "Incident commander: Ana Ruiz" in text
    assert front_of(text)["slo"] == [{"name": "availability", "budget_spent_percent": 12.5}]


def test_merging_keeps_what_people_wrote_and_renews_the_rest() -> None:
    document = drafted(LOG[:5])
    edited = document.to_markdown().replace("## Summary\n", "Our own words.\n\n## Summary, in short\n\nMore of them.\n")
    edited = edited.replace("tags: []", 'tags: ["database"]  # ours').replace(
        "drill: false", "drill: false\ncost_centre: 42"
    )
    edited += "\n## Thanks\n\nTo everyone.\n"

    merged = merge(edited, drafted())

    for words in ("Our own words.", "## Summary, in short", "More of them.", "## Thanks\n\nTo everyone.\n"):
        assert words in merged
    assert "rolled back to 2.4.0" in merged
    found = front_of(merged)
    assert (found["tags"], found["cost_centre"], found["resolved_at"] is not None) == (["database"], 42, True)
    assert merge(merged, drafted()) == merged


def test_a_document_without_a_section_gets_it_where_it_belongs() -> None:
    whole = drafted()
    for lacking in ("timeline", "lessons", "appendix"):
        short = replace(whole, sections=tuple(s for s in whole.sections if s.key != lacking))
        assert merge(short.to_markdown(), whole) == whole.to_markdown()
    two = replace(whole, sections=tuple(s for s in whole.sections if s.key not in {"impact", "user_timeline"}))
    assert merge(two.to_markdown(), whole) == whole.to_markdown()


def test_a_section_the_pack_no_longer_has_is_kept() -> None:
    whole = drafted()
    short = replace(whole, sections=whole.sections[:3])
    merged = merge(whole.to_markdown(), short)
    assert merged == whole.to_markdown()


def test_a_document_written_by_hand_gets_every_section_behind_it() -> None:
    merged = merge("# Our incident\n\nIt was bad.", drafted())
    assert merged.split("---\n", 2)[2].lstrip().startswith("# Our incident\n\nIt was bad.\n\n## Incident")
    assert headings(merged) == [title for _, title, _ in SECTIONS]
    assert merge("", drafted()) == drafted().to_markdown()


def test_a_fence_that_is_never_closed_is_people_s_text() -> None:
    text = "<!-- tocsin:begin summary -->\nmine, and unfinished\n"
    assert text in merge(text, drafted())


def test_front_matter_people_made_stays_line_by_line() -> None:
    old = '---\n# ours\nid: "INC-7"\ncategories:\n  - config\n  - leak\n\n# later\nreviewers: [ana]\n---\n\n# T\n'
    merged = merge(old, drafted())
    assert merged.startswith(
        '---\n# ours\nid: "INC-7"\ncategories:\n  - config\n  - leak\n\n# later\nreviewers: [ana]\n'
    )
    assert front_of(merged)["categories"] == ["config", "leak"]
