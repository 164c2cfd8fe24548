"""Diffs that hardly break anything."""

from __future__ import annotations

import pytest

from tocsin.domain.diagnosis.correlation.harmless import harmless
from tocsin.domain.diagnosis.correlation.patch import read_patch


@pytest.mark.parametrize(
    "lines",
    [
        ("-    context.Response.StatusCode = 401;", "+    await Problems.Unauthorized(context);"),
        ("-\treturn nil, err", '+\treturn nil, fmt.Errorf("load: %w", err)'),
        ("-  throw new PaymentFailed('refused');", "+  throw new PaymentFailed('refused by ' . $gateway);"),
        ("-  return `tool failed: ${e.message}`;", "+  return `tool ${name} failed: ${e.message}`;"),
        ("-  <button>", '+  <button class="wide">'),
        ("-const partRows = 50000", "+const partRows = 40000"),
        ("-@heartbeat 30_000", "+@heartbeat 25_000"),
    ],
    ids=["status", "wrapped", "told", "reworded", "named", "amount", "heartbeat"],
)
def test_what_only_tells_names_or_nudges_matters_less(lines: tuple[str, ...]) -> None:
    share, why = harmless(read_patch("\n".join(("@@ a/b.go @@", *lines))))

    assert share < 1
    assert why


@pytest.mark.parametrize(
    "lines",
    [
        ("-\tdefer resp.Body.Close()", "-\treturn err", "+\treturn check(resp.StatusCode)"),
        ("-\treturn s.rdb.Set(ctx, key(id), v, ttl).Err()", "+\treturn s.rdb.Set(ctx, key(id), v, 0).Err()"),
        ("+  if price < 0.0 { return Err(Reject::Negative); }",),
        ("-  int64 amount = 3;", "+  int64 amount = 4;"),
        ("+@Transactional", "-  @Transactional"),
        ("-const partRows = 50000", "+const partRows = 5000"),
    ],
    ids=["closing", "expiry", "refusal", "number of a field", "annotation", "tenth"],
)
def test_what_does_something_else_is_not_harmless(lines: tuple[str, ...]) -> None:
    assert harmless(read_patch("\n".join(("@@ a/b.go @@", *lines)))) == (1.0, "")
