"""A draft has every section, says what is unknown and asks, over generated values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.incident.logs import log
from tests.domain.learning.test_postmortem import LOG, MARKDOWN, READER, drafted, front_of, headings_of

from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Status
from tocsin.domain.learning.postmortem import (
    SECTIONS,
    Kin,
    Surroundings,
    front_matter,
    merge,
)

NASTY = (
    "<!-- tocsin:end summary -->",
    "<!-- tocsin:begin timeline -->\nmine\n<!-- tocsin:end timeline -->",
    "--> <script>alert(1)</script>",
    "| a | b |\n|---|---|",
    "# not a heading",
    "```\nopen code",
    "~~~\nopen code",
    "<!-- open comment",
    "<script>",
    "---\nid: forged\n---",
    "[x](javascript:alert(1)) ![y](http://x/y.png)",
    "*a* _b_ `c` **d** ~~e~~ &lt; &amp;",
    "1. one\n2. two",
    "> quoted",
    "Title\n=====",
    "\x00\x07bell",
    "\\",
    "[ref]: http://evil",
)


@given(st.text(max_size=60))
def test_a_title_of_any_characters_reads_as_written(title: str) -> None:
    known = log(("14:00", e.Declared(title=title, severity="SEV1", ref="INC-1")))
    markdown = drafted(known).to_markdown()
    cell = next(line for line in markdown.splitlines() if line.startswith("| Incident | "))
    shown = MARKDOWN.parse(f"| a | b |\n|---|---|\n{cell}\n")
    cells = [t for t in shown if t.type == "inline"]
    words = "".join(child.content for child in cells[3].children or [] if child.type in {"text", "text_special"})
    visible = "".join(" " if c.isspace() or c < " " or c == "\x7f" else c for c in title)
    assert words.split() == f"INC-1: {visible}".split()


PROSE = st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=("Cs",)), max_size=80).filter(
    lambda t: "tocsin:" not in t
)


EARLY, WHOLE = drafted(LOG[:5]).to_markdown(), drafted()


@given(st.lists(PROSE, min_size=1, max_size=5))
def test_any_prose_between_the_sections_survives(words: list[str]) -> None:
    prose = [words[n % len(words)] for n in range(len(SECTIONS))]
    text, after = EARLY, WHOLE
    for (source, _, _), said in zip(SECTIONS, prose, strict=True):
        mark = f"<!-- tocsin:end {source} -->\n"
        text = text.replace(mark, f"{mark}{said}\n")
    merged = merge(text, after)

    rest = merged
    for (source, _, _), said in zip(SECTIONS, prose, strict=True):
        mark = f"<!-- tocsin:end {source} -->\n"
        assert f"{mark}{said}\n" in rest
        rest = rest.split(mark, 1)[1]
    assert merge(merged, after) == merged


@given(st.text(max_size=40))
def test_front_matter_is_yaml_whatever_the_title(title: str) -> None:
    text = front_matter.emit({"id": "INC-1", "title": title, "authors": [title], "drill": False})
    lines = text.split("\n")
    front = "\n".join(lines[1 : lines.index("---", 1)])
    assert READER.load(front) == {"id": "INC-1", "title": title, "authors": [title], "drill": False}


@pytest.mark.parametrize("text", NASTY)
def test_words_of_people_cannot_break_the_document(text: str) -> None:
    nasty = log(
        (
            "14:00",
            e.Declared(title=text, severity="SEV1", ref="INC-1", summary=text, initial_error=text, symptoms=(text,)),
        ),
        ("14:01", e.Noted(text=text)),
        ("14:02", e.AlertFired(fingerprint="a", name=text, summary=text)),
        ("14:03", e.CauseNamed(text=text, factors=(text,), evidence=(text,), trigger=text)),
        ("14:04", e.QuestionAnswered(question=text, answer=text)),
        ("14:05", e.FollowUpAdded(followup="f", title=text, owner=text)),
        ("14:06", e.PostmortemWritten(section="lessons", text=text)),
        ("14:07", e.StatusChanged(status=Status.FIXING, note=text)),
    )
    document = drafted(nasty, around=Surroundings(charts=((text, text),), kin=(Kin(ref=text, title=text, url=text),)))
    markdown = document.to_markdown()

    read = MARKDOWN.parse(markdown.split("\n---\n", 1)[1])
    assert [h for h in headings_of(read) if h in {t for _, t, _ in SECTIONS}] == [title for _, title, _ in SECTIONS]
    for marker in ("<!-- tocsin:begin ", "<!-- tocsin:end "):
        assert sum(line.lstrip().startswith(marker) for line in markdown.splitlines()) == len(SECTIONS)
    assert merge(markdown, document) == markdown
    assert front_of(markdown)["id"] == "INC-1"
    html = MARKDOWN.renderer.render(read, MARKDOWN.options, {})
    outside_lessons = html.split(">Lessons<")[0] + html.split(">Prevention<")[1]
    assert "<script" not in outside_lessons
    assert "<img" not in outside_lessons
    assert "javascript:" not in "".join(part.split('"')[0] for part in html.split('href="')[1:])
