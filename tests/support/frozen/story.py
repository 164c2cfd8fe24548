"""A made-up incident as a short story; `files` writes it out as a responder would have frozen it."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

START = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)
Shape = Literal["step", "ramp", "flat", "early"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A commit; `service` is where it was deployed, `before` how many minutes before the trouble, negative for after."""

    message: str
    diff: str = ""
    files: tuple[str, ...] = ()
    service: str = ""
    before: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Said:
    """A log line said `count` times once the trouble has begun, `lead` minutes earlier; `{n}` becomes a number."""

    service: str
    text: str
    level: str = "ERROR"
    count: int = 12
    lead: float = 0.0
    fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that goes from `base` to `peak`: at once, slowly since `lead` minutes before, or not at all."""

    service: str
    name: str
    base: float
    peak: float
    shape: Shape = "step"
    lead: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One span below `parent`, in a trace of the trouble and, without its error, in one of before."""

    service: str
    name: str
    parent: int = -1
    ms: float = 100.0
    error: str = ""
    fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Story:
    """Who fails, what is seen, what was changed, and the truth; without a culprit the cause is outside.

    `lacks` names the files nobody froze. `quiet` is how many minutes are kept of before, `sampled` how many lie between two points.
    """

    name: str
    service: str
    metric: str
    summary: str
    said: tuple[Said, ...]
    metrics: tuple[Metric, ...]
    calls: tuple[Call, ...] = ()
    culprit: Change | None = None
    decoys: tuple[Change, ...] = ()
    flags: tuple[tuple[str, str, float], ...] = ()
    usual: tuple[tuple[str, str], ...] = ()
    remedy: str = "rollback"
    first: str = ""
    blast: tuple[str, ...] = ()
    alert_after: float = 4.0
    lacks: tuple[str, ...] = ()
    quiet: float = 100.0
    sampled: float = 1.0
    filler: tuple[Change, ...] = ()


FILLER = (
    Change(message="docs: explain the on-call rota", files=("docs/oncall.md",), diff="@@ docs/oncall.md @@\n+The rota turns on Mondays."),
    Change(message="test: cover empty basket", files=("pkg/basket/basket_test.go",), diff="@@ pkg/basket/basket_test.go @@\n+func TestEmpty(t *testing.T) {}"),
    Change(message="ci: keep the module cache between runs", files=(".github/workflows/go.yml",), diff="@@ .github/workflows/go.yml @@\n+          path: ~/go/pkg/mod"),
    Change(message="style: order imports", files=("pkg/format/format.go",), diff='@@ pkg/format/format.go @@\n-import "os"\n-import "fmt"\n+import "fmt"\n+import "os"'),
    Change(message="chore: new colour for the banner", files=("web/src/theme.css",), diff="@@ web/src/theme.css @@\n-  color: #111;\n+  color: #222;"),
    Change(message="refactor: pull the date picker out", files=("web/src/pages/DatePicker.tsx",), diff="@@ web/src/pages/DatePicker.tsx @@\n-  <input type='date' />\n+  <DatePicker />"),
    Change(message="feat: count how long rendering takes", files=("pkg/metrics/render.go",), diff='@@ pkg/metrics/render.go @@\n+var renderSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "render_seconds"})'),
    Change(message="fix: spelling of a message", files=("pkg/errors/texts.go",), diff='@@ pkg/errors/texts.go @@\n-const notFound = "not fuond"\n+const notFound = "not found"'),
    Change(message="chore: renew the certificate of staging", files=("deploy/staging/certs.yaml",), diff="@@ deploy/staging/certs.yaml @@\n-  tls.crt: AAAA\n+  tls.crt: BBBB"),
    Change(message="chore(deps): raise yaml parser to 3.0.2", files=("go.mod", "go.sum"), diff="@@ go.mod @@\n-\tgopkg.in/yaml.v3 v3.0.1\n+\tgopkg.in/yaml.v3 v3.0.2"),
    Change(message="refactor: one function for both sums", files=("pkg/sum/sum.go",), diff="@@ pkg/sum/sum.go @@\n-\ttotal := a + b\n-\treturn total\n+\treturn add(a, b)"),
    Change(message="feat: print the version on start", files=("cmd/server/main.go",), diff='@@ cmd/server/main.go @@\n+\tlog.Printf("version %s", version)'),
)  # fmt: skip


def sha(story: str, what: str) -> str:
    """Return a commit id."""
    return hashlib.sha1(f"{story}/{what}".encode()).hexdigest()  # noqa: S324 (an id, no secret)


def files(story: Story, *, seed: int = 1) -> dict[str, str]:
    """Return the files of an incident by name."""
    chance = random.Random(f"{story.name}/{seed}")  # noqa: S311 (made-up noise)
    onset = START + timedelta(minutes=story.quiet)
    end = onset + timedelta(minutes=story.alert_after + 6)
    commits, deploys = _changes(story, onset, chance)
    lines = _lines(story, onset, end, chance)
    return {
        "alert.json": json.dumps(_alert(story, onset)),
        "logs.ndjson": "\n".join(json.dumps(line) for line in lines) + "\n",
        "metrics.csv": _metrics(story, onset, end, chance),
        "traces.json": json.dumps(_spans(story, onset)),
        "patterns.json": json.dumps(_patterns(story)),
        "context/commits.json": json.dumps(commits),
        "context/deploys.json": json.dumps(deploys),
        "context/flags.json": json.dumps(_flags(story, onset)),
    }


def truth(story: Story) -> dict[str, object]:
    """Return what is true of it."""
    return {
        "scenario": story.name,
        "root_cause_commit": sha(story.name, story.culprit.message) if story.culprit else "none",
        "first_failing_service": story.first or story.service,
        "blast_radius": list(story.blast),
        "remediation": story.remedy,
        "decoy_deploy_commits": [sha(story.name, one.message) for one in story.decoys],
    }


def write(story: Story, folder: Path, *, seed: int = 1) -> Path:
    """Write an incident below `folder` in the benchmark's layout and return the folder that holds its alert."""
    data = folder / story.name / "data"
    for name, text in files(story, seed=seed).items():
        if name in story.lacks:
            continue
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / story.name / "ground_truth.json").write_text(json.dumps(truth(story)))
    return data


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _alert(story: Story, onset: datetime) -> dict[str, object]:
    fired = _when(onset + timedelta(minutes=story.alert_after))
    return {
        "service": story.service,
        "metric": story.metric,
        "fired_at": fired,
        "severity": "critical",
        "summary": story.summary,
    }


def _changes(story: Story, onset: datetime, chance: random.Random) -> tuple[list[Any], list[Any]]:
    commits, deploys = [], []
    for one in story.filler or FILLER:
        at = START + timedelta(minutes=chance.uniform(5, story.quiet + 15))
        commits.append(_commit(story, one, at))
    for one in (*((story.culprit,) if story.culprit else ()), *story.decoys):
        at = onset - timedelta(minutes=one.before)
        commits.append(_commit(story, one, at - timedelta(minutes=2)))
        if one.service:
            version = at.strftime("v%Y.%m.%d-%H%M")
            deploys.append(
                {
                    "timestamp": _when(at),
                    "service": one.service,
                    "commit_sha": sha(story.name, one.message),
                    "version": version,
                }
            )
    return sorted(commits, key=lambda one: one["timestamp"]), sorted(deploys, key=lambda one: one["timestamp"])


def _commit(story: Story, one: Change, at: datetime) -> dict[str, object]:
    return {
        "sha": sha(story.name, one.message),
        "author": "someone",
        "timestamp": _when(at),
        "message": one.message,
        "files_changed": list(one.files),
        "diff": one.diff or None,
    }


def _lines(story: Story, onset: datetime, end: datetime, chance: random.Random) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    usual = story.usual or tuple(
        (service, "request served") for service in sorted({one.service for one in story.metrics})
    )
    for service, text in usual:
        quiet = Said(service=service, text=text, level="INFO")
        times = (
            START + timedelta(minutes=minute, seconds=chance.randrange(60)) for minute in range(0, int(story.quiet), 6)
        )
        found += [_line(at, quiet, chance) for at in times]
    for one in story.said:
        begin = onset + timedelta(seconds=20) - timedelta(minutes=one.lead)
        step = (end - begin) / one.count
        found += [_line(begin + n * step, one, chance) for n in range(one.count)]
    return sorted(found, key=lambda line: line["timestamp"])


def _line(at: datetime, one: Said, chance: random.Random) -> dict[str, Any]:
    return {
        "timestamp": _when(at),
        "service": one.service,
        "severity_text": one.level,
        "msg": one.text.replace("{n}", str(chance.randrange(1000, 9999))),
        "trace_id": f"{chance.randrange(1 << 60):016x}",
        **(one.fields or {}),
    }


def _metrics(story: Story, onset: datetime, end: datetime, chance: random.Random) -> str:
    rows = ["timestamp,service,metric,value"]
    for one in story.metrics:
        at = START
        while at <= end:
            value = _value(one, (at - onset) / timedelta(minutes=1)) * chance.uniform(0.95, 1.05)
            rows.append(f"{_when(at)},{one.service},{one.name},{value:.5g}")
            at += timedelta(minutes=story.sampled)
    return "\n".join(rows) + "\n"


def _value(one: Metric, minutes: float) -> float:
    since = minutes + one.lead
    if one.shape == "flat" or since < 0:
        return one.base
    if one.shape == "ramp" and one.lead:
        return one.base + (one.peak - one.base) * min(1.0, since / one.lead)
    return one.peak


def _spans(story: Story, onset: datetime) -> list[dict[str, Any]]:
    found = []
    for trace, at, bad in (
        ("bad0", onset + timedelta(minutes=2), True),
        ("good", START + timedelta(minutes=20), False),
    ):
        for n, one in enumerate(story.calls):
            failed = bad and one.error
            found.append({
                "trace_id": trace,
                "span_id": f"{trace}-{n}",
                "parent_id": f"{trace}-{one.parent}" if one.parent >= 0 else None,
                "service": one.service,
                "name": one.name,
                "start": _when(at),
                "duration_ms": one.ms if bad else min(one.ms, 90.0),
                "status": "ERROR" if failed else "OK",
                **({"error": one.error} if failed else {}),
                **((one.fields or {}) if bad else {}),
            })  # fmt: skip
    return found


def _patterns(story: Story) -> list[dict[str, Any]]:
    made = [
        {
            "signature": one.text.replace("{n}", "<N>"),
            "service": one.service,
            "count": one.count * 17,
            "delta_vs_baseline": f"+{one.count * 17}",
            "sentiment": "neutral" if one.level in {"INFO", "DEBUG"} else "negative",
        }
        for one in story.said
    ]
    return [
        *made,
        {
            "signature": "request served",
            "service": story.service,
            "count": 900,
            "delta_vs_baseline": "-40",
            "sentiment": "neutral",
        },
    ]


def _flags(story: Story, onset: datetime) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": _when(onset - timedelta(minutes=before)),
            "flag": name,
            "service": service,
            "change": "off->on",
            "actor": "someone",
        }
        for name, service, before in story.flags
    ]
