"""A diff is read for what it takes away, brings and turns."""

from __future__ import annotations

import pytest

from tocsin.domain.diagnosis.correlation.incident import Candidate
from tocsin.domain.diagnosis.correlation.nature import nature_of
from tocsin.domain.diagnosis.correlation.patch import read_patch
from tocsin.domain.diagnosis.correlation.quantities import field_quantity, quantities
from tocsin.domain.diagnosis.correlation.structure import call_gone, flipped, loop_call, moved, unguarded, version_bump


@pytest.mark.parametrize(
    ("text", "value", "measure"),
    [
        ("context.WithTimeout(ctx, 5*time.Second)", 5.0, "s"),
        ("time.Millisecond * 300", 0.3, "s"),
        ("Duration.ofMinutes(2)", 120.0, "s"),
        ("timedelta(seconds=30)", 30.0, "s"),
        ("ttl: 10m", 600.0, "s"),
        ("cpu: 500m", 500.0, ""),
        ("memory: 512Mi", 512 * 2**20, "B"),
        ("rate: 0.1", 0.1, ""),
        ("took 1500ms", 1.5, "s"),
        ("max_rows = 100_000", 100000.0, ""),
    ],
)
def test_amounts_are_read_with_their_units(text: str, value: float, measure: str) -> None:
    (found,) = quantities(text)

    assert (found.value, found.measure) == (pytest.approx(value), measure)


def test_a_field_has_the_unit_that_its_name_ends_with() -> None:
    found = field_quantity("deadline_ms", "300")

    assert found is not None
    assert found.value == pytest.approx(0.3)
    assert field_quantity("route", "/a/b") is None


def test_lines_are_paired_by_what_they_share_and_comments_are_left_out() -> None:
    patch = read_patch(
        "@@ a/conf.yaml @@\n # why\n-# old\n-level: info\n-rate: 0.1\n+# new\n+rate: 1.0\n+level: debug\n"
    )

    assert [(one.before.strip(), one.after.strip()) for one in patch.turned] == [
        ("level: info", "level: debug"),
        ("rate: 0.1", "rate: 1.0"),
    ]
    assert patch.turned[1].amounts[0][1].value == 1.0


def test_what_a_line_ends_with_alike_is_not_what_changed() -> None:
    (turned,) = read_patch("-SELECT * FROM a WHERE id = $1\n+SELECT id FROM a WHERE id = $1\n").turned

    assert turned.changed == ("SELECT *", "SELECT id")


def test_both_notations_of_a_diff_name_their_file() -> None:
    git = read_patch("--- a/x/y.go\n+++ b/x/y.go\n@@ -1,2 +1,2 @@ func f() {\n-a := 1\n+a := 2\n")
    short = read_patch("@@ x/y.go @@\n-a := 1\n+a := 2\n")

    assert git.removed == short.removed == (("x/y.go", "a := 1"),)


def test_a_call_put_into_a_loop_is_seen_a_pure_one_is_not() -> None:
    assert loop_call(read_patch("+for _, i := range items {\n+\titem := a.repo.Find(ctx, i)\n+}\n"))
    assert not loop_call(read_patch("+for _, i := range items {\n+\tout = append(out, i)\n+}\n"))
    assert not loop_call(read_patch("-for x in xs:\n-    db.query(x)\n+for x in xs:\n+    db.query(x)\n"))


def test_a_check_taken_away_counts_while_its_value_is_used() -> None:
    assert unguarded(read_patch("-if a.b == nil {\n-\treturn\n-}\n return a.b.c\n")) == "a.b"
    assert not unguarded(read_patch("-if a.b == nil {\n-\treturn\n-}\n-return a.b.c\n+return d\n"))
    assert not unguarded(read_patch("-if a.b == nil {\n+if a.b == nil || x {\n return a.b.c\n"))


def test_other_shapes() -> None:
    assert moved(read_patch("-lock(a)\n lock(b)\n+lock(a)\n"))
    assert flipped(read_patch("-if a < b {\n+if a <= b {\n"))
    assert call_gone(read_patch("-registry.add(plugin)\n")) == "registry.add(plugin)"
    assert not call_gone(read_patch("-registry.add(plugin)\n+registry.put(plugin)\n"))
    assert version_bump(read_patch("-lib==1.9.2\n+lib==2.0.0\n"))[0] == 1.0
    assert version_bump(read_patch("-lib==1.9.2\n+lib==1.9.3\n"))[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("files", "diff", "harmless"),
    [
        (("docs/a.md",), "+word\n", True),
        (("a_test.go",), "+x := f()\n", True),
        (("web/theme.css",), "-color: #111\n+color: #222\n", True),
        (("deploy/staging/a.yaml",), "-replicas: 9\n+replicas: 1\n", True),
        (("go.mod",), "-\tx v1.2.3\n+\tx v1.2.4\n", True),
        (("go.mod",), "-\tx v1.2.3\n+\tx v2.0.0\n", False),
        (("a.go",), "-\treturn x*2\n+\treturn twice(x, 2)\n", True),
        (("a.go",), '-\tlog.Info("a")\n+\tlog.Info("a", "b", c)\n', True),
        (("a.ts",), "-  text: 'Declined.'\n+  text: 'Your card was declined.'\n", True),
        (("a.yaml",), "-size: 20\n+size: 24\n", True),
        (("a.yaml",), "-size: 20\n+size: 2\n", False),
        (("a.py",), "-LIMIT = 5\n+LIMIT = int(os.environ.get('LIMIT', '5'))\n", True),
        (("a.py",), "-LIMIT = 5\n+LIMIT = int(os.environ.get('LIMIT', '1'))\n", False),
        (("a.py",), "-LIMIT = 5\n+LIMIT = LIMITS.pop('LIMIT', 5)\n", False),
        (("net.yaml",), "+kind: NetworkPolicy\n+policyTypes: [Egress]\n", False),
        (("a.go",), "-\tdefer rows.Close()\n", False),
        (("a.py",), "-now(timezone.utc)\n+now()\n", False),
    ],
)
def test_some_changes_can_hardly_break_anything(files: tuple[str, ...], diff: str, harmless: bool) -> None:  # noqa: FBT001 (a case)
    change = Candidate(key="1", at=None, files=files, diff=diff)

    found = nature_of(change, read_patch(diff))

    assert (found.matters < 0.5) == harmless
    assert bool(found.why) == harmless


def test_a_bare_value_is_told_by_the_name_beside_it() -> None:
    (turned,) = read_patch(
        '@@ db.tf @@\n   parameter {\n     name  = "wait_timeout"\n-    value = "28800"\n+    value = "60"\n   }\n'
    ).turned

    assert turned.before.startswith("wait_timeout value")
    assert [new.value for _, new in turned.amounts] == [60.0]


def test_a_setting_that_moved_into_another_line_is_found_by_its_name() -> None:
    patch = read_patch(
        '@@ t.tf @@\n-  config = {\n-    "retention.ms" = "604800000"\n-  }\n+  config = merge(d, { "retention.ms" = "3600000" })\n'
    )

    assert [(one.before, one.after) for one in patch.restated] == [
        ("retention.ms = 604800000", "retention.ms = 3600000")
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("slow_query_ms: 1000", "slow_query_ms: 500"), True),
        (("poolName=pool", "poolName=reviews"), True),
        (("level: info", "level: debug"), False),
        (("client_id: web", "client_id: shop"), False),
    ],
)
def test_settings_that_only_name_or_tell_something_hardly_matter(line: tuple[str, str], *, told: bool) -> None:
    patch = read_patch(f"@@ a/config.yaml @@\n-{line[0]}\n+{line[1]}\n")

    found = nature_of(Candidate(key="1", at=None, files=("a/config.yaml",)), patch)

    assert found.talk is told
