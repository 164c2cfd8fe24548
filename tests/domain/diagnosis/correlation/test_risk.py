"""Shapes of a diff that break things, whatever they are about."""

from __future__ import annotations

import pytest

from tocsin.domain.diagnosis.correlation.patch import read_patch
from tocsin.domain.diagnosis.correlation.risk import risky


def _risk(*lines: str) -> float:
    return risky(read_patch("\n".join(("@@ a/b.go @@", *lines))))


@pytest.mark.parametrize(
    "lines",
    [
        ("-  Keep = TimeSpan.FromHours(24);", "+  Keep = TimeSpan.FromSeconds(options.KeepHours);"),
        ("-  amount.nanos = Math.round(amount.nanos + x);", "+  amount.nanos = amount.nanos + x;"),
        ("-  for (const s of steps) out.push(await rt.run(s));", "+  return Promise.all(steps.map((s) => rt.run(s)));"),
        ("-  registerPredefinedAgents(registry);",),
        ("-  if resp.ThreeDS == nil {", '-    return ""', "-  }", "   return resp.ThreeDS.Status"),
        ("-  SELECT id FROM events WHERE tenant = $1", "+  SELECT id FROM events"),
        ("+@Transactional", " class Invoices {", "-  @Cacheable", "+  int n;"),
    ],
    ids=["unit", "unwrapped", "side by side", "only gone", "unguarded", "query", "annotation"],
)
def test_risky_shapes_are_seen_without_words_of_the_trouble(lines: tuple[str, ...]) -> None:
    assert _risk(*lines) >= 0.6


@pytest.mark.parametrize(
    "lines",
    [
        ("-  const pages = [1];", "+  const pages = [1, 2];"),
        ('+\tcounter.WithLabelValues("x").Inc()',),
        ("-  name: a-long-name", "+  name: a-name"),
    ],
    ids=["list", "counter", "name"],
)
def test_everyday_changes_have_no_such_shape(lines: tuple[str, ...]) -> None:
    assert _risk(*lines) == 0
