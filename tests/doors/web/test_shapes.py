"""The small pure parts: pictures, sentences, buttons, Markdown, forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import FormData

from tocsin.domain.errors import InvalidError
from tocsin.domain.impact import Impact
from tocsin.domain.incident.missing import COMMANDS, Missing
from tocsin.doors.http import bodies as b
from tocsin.doors.web.forms import read_form, read_plan
from tocsin.doors.web.impact_words import impact_line
from tocsin.doors.web.markdown import parts, to_html
from tocsin.doors.web.mends import mend
from tocsin.doors.web.sparkline import HEIGHT, MOST_POINTS, WIDTH, spark
from tocsin.doors.web.tokens import proof, proven
from tocsin.doors.web.verbs import VERBS

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def series(*values: float) -> list[tuple[datetime, float]]:
    return [(NOON + timedelta(minutes=n), value) for n, value in enumerate(values)]


def test_a_sparkline_goes_from_edge_to_edge_with_the_highest_on_top() -> None:
    found = spark("error rate", series(0, 5, 10), marked=NOON + timedelta(minutes=1))
    assert found is not None
    assert found.path == f"M0 {HEIGHT - 3}L{WIDTH // 2} {HEIGHT / 2:g}L{WIDTH} 3"
    assert found.mark == WIDTH / 2
    assert found.label == "error rate: first 0, lowest 0, highest 10, now 10"


def test_one_point_is_no_picture_and_a_flat_line_is_one() -> None:
    assert spark("x", series(1)) is None
    assert spark("x", series(0, 0)) is not None


def test_a_long_series_keeps_its_spike() -> None:
    values = [1.0] * 1000
    values[617] = 99.0
    found = spark("x", series(*values))
    assert found is not None
    assert found.path.count("L") < MOST_POINTS
    assert " 3L" in found.path


def test_the_impact_is_one_line_and_what_is_unknown_is_not_in_it() -> None:
    impact = Impact(users_percent=30, users_affected=1500, error_percent=15.2, still_works="login.", trend="worse")
    assert impact_line(impact) == (
        "30 % of users affected (1,500). 15.2 % of requests fail. Still works: login. Getting worse."
    )
    assert impact_line(Impact()) == ""
    assert impact_line(Impact(failed_requests=12, total_requests=4000, data_loss=False)) == (
        "12 of 4,000 requests failed. No data lost."
    )


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_everything_that_can_be_missing_has_a_button_that_leads_somewhere(verb: str) -> None:
    key = {"role": "commander", "task": "task/t1"}.get(verb, verb)
    found = mend(Missing(key=key, text="x", verb=verb, command="c", urgency=1), "INC-1")
    if found.kind == "post":
        assert found.verb.partition("/")[0] in VERBS
    else:
        assert found.href != "/incidents/INC-1"
    assert found.label


def test_lateness_is_said_both_ways() -> None:
    def said(**when: timedelta) -> tuple[str, bool]:
        found = mend(Missing(key="update", text="x", verb="update", command="c", urgency=1, **when), "INC-1")
        return found.late, found.overdue

    assert said(late=timedelta(minutes=2)) == ("2 min late", True)
    assert said(due_in=timedelta(minutes=4)) == ("due in 4 min", False)
    assert said() == ("", False)


def test_markdown_runs_nothing_and_stays_below_the_pages_headings() -> None:
    html = to_html("# Big\n\n<script>x</script>\n\n[a](javascript:x) [b](https://b) ![c](//d)\n\n| a |\n| - |\n| b |")
    assert "<h3>Big</h3>" in html
    assert "<script" not in html
    assert "javascript:x" in html
    assert 'href="https://b"' in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    assert "<th>a</th>" in html


def test_headings_leave_no_level_out_and_tables_have_no_empty_head() -> None:
    html = to_html("### Deep\n\n#### Deeper\n\n# Top\n\n|  |  |\n| - | - |\n| a | b |")
    assert "<h3>Deep</h3>" in html
    assert "<h4>Deeper</h4>" in html
    assert "<h3>Top</h3>" in html
    assert "<th>" not in html
    assert "<td>a</td>" in html


def test_a_post_mortem_falls_into_its_sections() -> None:
    document = (
        "---\na: b\n---\n\n# T\n\n## Summary\n\n<!-- tocsin:begin summary -->\n\nIt broke.\n\n## not a section\n\n"
        "**Still open**\n\n- Why?\n\n<!-- tocsin:end summary -->\n"
    )
    [found] = parts(document)
    assert (found.key, found.title, found.text) == ("summary", "Summary", "It broke.\n\n## not a section")
    assert found.open_questions
    assert "Why?" in found.html


def test_fields_of_a_form_are_what_the_api_takes() -> None:
    form = FormData(
        [("title", " it burns "), ("services", "a"), ("services", "b"), ("symptoms", "x\r\n\r\ny"), ("severity", ""),
         ("started_at", "2026-01-05T12:00"), ("impact.users_percent", "30"), ("impact.workaround", "false"), ("private", "true")]
    )  # fmt: skip
    body = read_form(b.DeclareBody, form)
    assert (body.title, body.services, body.symptoms, body.private) == ("it burns", ["a", "b"], ["x", "y"], True)
    assert body.started_at == NOON
    assert (body.impact.users_percent, body.impact.workaround) == (30, False)


def test_a_wrong_field_is_named_with_its_mend() -> None:
    with pytest.raises(InvalidError, match="users percent: input should be less than or equal to 100") as caught:
        read_form(b.ImpactBody, FormData({"users_percent": "300"}))
    assert caught.value.field == "users_percent"
    with pytest.raises(InvalidError, match="at:") as caught:
        read_form(b.NoteBody, FormData({"text": "x", "at": "soon"}))
    assert "2026-01-31T14:23:00" in caught.value.mend


def test_a_plan_has_its_parameters() -> None:
    body = read_plan(FormData({"action": "db/terminate", "params": "older_than_s = 300\nmode=x=y", "fix_lines": "12"}))
    assert body.actions[0].params == {"older_than_s": "300", "mode": "x=y"}
    assert body.fix_lines == 12


def test_a_proof_is_new_every_time_and_of_one_secret() -> None:
    assert proof("s") != proof("s")
    assert proven(proof("s"), "s")
    assert not proven(proof("s"), "t")
    assert not proven(proof(""), "")
    assert not proven("é.é", "s")
