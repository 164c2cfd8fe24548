"""Incidents that a change of code caused which runs side by side, or holds up what does."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, log_line_added, page_restyled
from tests.support.frozen.story import Call, Change, Metric, Said, Story

CONCURRENCY: Final[tuple[Story, ...]] = (
    Story(
        name="locks-in-another-order",
        service="wallet",
        metric="http_5xx_ratio",
        summary="wallet transfers fail",
        culprit=Change(
            message="refactor: transfer reads like the spec",
            service="wallet",
            before=12,
            files=("wallet/src/main/java/wallet/Transfer.java",),
            diff=(
                "@@ wallet/src/main/java/wallet/Transfer.java @@\n"
                "-    List<Long> ids = Stream.of(from, to).sorted().toList();\n"
                "-    ids.forEach(id -> accounts.lockById(id));\n"
                "+    accounts.lockById(from);\n"
                "+    accounts.lockById(to);\n"
                "     accounts.debit(from, amount);\n     accounts.credit(to, amount);\n"
            ),
        ),
        decoys=(handler_tidied("wallet", "Transfer", before=1), page_restyled("app")),
        said=(
            Said(service="wallet", text="transfer {n} failed: ERROR: deadlock detected (SQLSTATE 40P01)", count=18),
            Said(service="app", text="wallet returned 500", level="WARN", count=7),
        ),
        metrics=(
            Metric(service="wallet", name="http_5xx_ratio", base=0.002, peak=0.31),
            Metric(service="wallet", name="pg_deadlocks_total_per_min", base=0, peak=22),
            Metric(service="app", name="http_5xx_ratio", base=0.002, peak=0.1),
        ),
        calls=(
            Call(service="app", name="POST /transfer", ms=1100, error="500"),
            Call(service="wallet", name="Transfer", parent=0, ms=1080, error="deadlock detected"),
        ),
        blast=("app",),
    ),
    Story(
        name="regex-explodes",
        service="intake",
        metric="http_server_duration_p99_ms",
        summary="intake slow, processors pegged",
        culprit=Change(
            message="feat: accept plus addresses",
            service="intake",
            before=11,
            files=("intake/src/validate.js",),
            diff=(
                "@@ intake/src/validate.js @@\n"
                "-const MAIL = /^[^@\\s]+@[^@\\s]+$/;\n"
                "+const MAIL = /^([a-zA-Z0-9]+[._+-]?)+@([a-zA-Z0-9]+[.-]?)+$/;\n"
            ),
        ),
        decoys=(log_line_added("intake"), page_restyled("site")),
        said=(
            Said(service="intake", text="event loop blocked for {n} ms in validate.js:14", level="WARN", count=18),
            Said(service="site", text="intake did not answer within 3s", count=9),
        ),
        metrics=(
            Metric(service="intake", name="http_server_duration_p99_ms", base=40, peak=6100),
            Metric(service="intake", name="cpu_utilization", base=0.2, peak=1.0),
            Metric(service="intake", name="requests_per_sec", base=120, peak=115, shape="flat"),
            Metric(service="site", name="http_5xx_ratio", base=0.001, peak=0.2),
        ),
        calls=(
            Call(service="site", name="POST /signup", ms=3000, error="timeout"),
            Call(service="intake", name="Validate", parent=0, ms=6000),
        ),
        blast=("site",),
    ),
    Story(
        name="goroutine-per-watch",
        service="presence",
        metric="http_server_duration_p99_ms",
        summary="presence slow",
        culprit=Change(
            message="feat: tell watchers at once",
            service="presence",
            before=66,
            files=("presence/hub.go",),
            diff=(
                "@@ presence/hub.go @@ func (h *Hub) Watch(ctx context.Context, id string) <-chan Event {\n"
                " \tch := make(chan Event)\n"
                " \tgo func() {\n"
                "-\t\tselect {\n-\t\tcase ch <- <-h.events(id):\n-\t\tcase <-ctx.Done():\n-\t\t}\n"
                "+\t\tfor e := range h.events(id) {\n+\t\t\tch <- e\n+\t\t}\n"
                " \t}()\n \treturn ch\n"
            ),
        ),
        decoys=(handler_tidied("presence", "Watch", before=2), page_restyled("chat", before=1)),
        said=(
            Said(service="presence", text="goroutine count 214{n}, scheduler latency high", level="WARN", count=12),
            Said(service="chat", text="presence slow, status unknown", level="WARN", count=6),
        ),
        metrics=(
            Metric(service="presence", name="http_server_duration_p99_ms", base=30, peak=1900),
            Metric(service="presence", name="go_goroutines", base=400, peak=214000, shape="ramp", lead=64),
            Metric(service="chat", name="http_server_duration_p99_ms", base=60, peak=1500),
        ),
        calls=(
            Call(service="chat", name="GET /room", ms=1500),
            Call(service="presence", name="Watch", parent=0, ms=1450),
        ),
        blast=("chat",),
    ),
    Story(
        name="map-shared",
        service="pricing",
        metric="http_5xx_ratio",
        summary="pricing crashes",
        culprit=Change(
            message="perf: look prices up side by side",
            service="pricing",
            before=10,
            files=("pricing/lookup.go",),
            diff=(
                "@@ pricing/lookup.go @@\n"
                "-\tt.mu.Lock()\n-\tdefer t.mu.Unlock()\n-\tfor _, sku := range skus {\n-\t\tout[sku] = t.price(sku)\n-\t}\n"
                "+\tvar wg sync.WaitGroup\n+\tfor _, sku := range skus {\n+\t\twg.Add(1)\n+\t\tgo func(sku string) { defer wg.Done(); out[sku] = t.price(sku) }(sku)\n+\t}\n+\twg.Wait()\n"
            ),
        ),
        decoys=(handler_tidied("pricing", "Lookup"), page_restyled("shop")),
        said=(
            Said(
                service="pricing",
                text="fatal error: concurrent map writes",
                count=9,
                fields={"stack": "pricing/lookup.go:41 Table.Lookup.func1"},
            ),
            Said(service="shop", text="no price: pricing closed the connection", level="WARN", count=9),
        ),
        metrics=(
            Metric(service="pricing", name="http_5xx_ratio", base=0.001, peak=0.25),
            Metric(service="pricing", name="process_restarts", base=0, peak=6),
            Metric(service="shop", name="http_5xx_ratio", base=0.001, peak=0.2),
        ),
        calls=(
            Call(service="shop", name="GET /basket", ms=30, error="no price"),
            Call(service="pricing", name="Lookup", parent=0, ms=5, error="connection closed"),
        ),
        blast=("shop",),
    ),
)
