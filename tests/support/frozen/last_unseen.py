"""A twelfth round: six made up after the eleventh was mended, and answered once before anything was changed for them."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.application import routine
from tests.support.frozen.decoys import handler_tidied, log_line_added, page_restyled
from tests.support.frozen.parts import change, errors, git, slow
from tests.support.frozen.story import Call, Metric, Said, Story

LAST_UNSEEN: Final[tuple[Story, ...]] = (
    Story(
        name="sorted-as-text", service="pluginservice", metric="plugin_load_error_ratio", summary="pluginservice loads outdated plugins; requests fail",
        quiet=150,
        culprit=git("pluginservice", 9, "chore: drop semver helper", "plugin/src/resolve.ts", " export function newest(versions: string[]): string {", "-  return versions.sort(semver.compare).pop()!;", "+  return versions.sort().pop()!;", " }"),
        decoys=(
            git("pluginservice", 2, "fix: report plugin load errors once", "plugin/src/report.ts", "-  report(e);", "+  if (!reported.has(e.name)) report(e);"),
            git("pluginservice", 4, "feat: plugins may name their author", "plugin/src/manifest.ts", "+  author?: string;"),
            git("gateway", 1, "chore: plugin names in access log", "gateway/log.go", '+\tlogger.Info("request", "plugin", name)'),
        ),
        filler=routine("pluginservice"), flags=(("plugin_sandbox", "pluginservice", 16),),
        said=(
            Said(service="pluginservice", text="plugin auth-bridge@9.4.1 is incompatible with host api 12: missing export 'handleRequest'", count=26),
            Said(service="gateway", text="pluginservice answered 500", level="WARN", count=12),
        ),
        metrics=(Metric(service="pluginservice", name="plugin_load_error_ratio", base=0.0, peak=0.31), errors("gateway", 0.12)),
        calls=(Call(service="gateway", name="GET /", ms=9, error="500"), Call(service="pluginservice", name="load", parent=0, ms=4, error="incompatible")),
        blast=("gateway",),
    ),
    Story(
        name="cancelled-with-the-first", service="quote-aggregator", metric="quotes_missing_ratio", summary="quote-aggregator returns quotes of one insurer only",
        quiet=140,
        culprit=git("quote-aggregator", 10, "stop work nobody waits for", "quote-aggregator/collect.go", " for _, ins := range insurers {", " \tg.Go(func() error {", "+\t\tdefer cancel()", " \t\treturn fetch(ctx, ins, out)", " \t})", " }"),
        decoys=(handler_tidied("quote-aggregator", "Collect", before=2), log_line_added("quote-aggregator", before=1), change("web", 3, "feat: logos of insurers", "web/src/Logo.tsx", "+  <img alt={name} src={logo(name)} />")),
        filler=routine("quote-aggregator"), flags=(("insurer_x", "quote-aggregator", 22),),
        said=(
            Said(service="quote-aggregator", text="fetch quote of insurer {n}: context canceled", level="WARN", count=40),
            Said(service="web", text="only one quote to compare", level="WARN", count=12),
        ),
        metrics=(Metric(service="quote-aggregator", name="quotes_missing_ratio", base=0.02, peak=0.83), Metric(service="web", name="quote_pages_abandoned_ratio", base=0.1, peak=0.4)),
        calls=(Call(service="web", name="GET /quotes", ms=90), Call(service="quote-aggregator", name="fetch", parent=0, ms=80, error="context canceled")),
        blast=("web",),
    ),
    Story(
        name="sampled-by-everyone", service="orders-api", metric="db_cpu_pct", summary="orders-api database CPU above 90%",
        quiet=210,
        culprit=git("orders-api", 17, "feat: admins see totals live", "orders-api/src/main/java/orders/OrderRepository.java", '-  @Query("select t.total from DailyTotal t where t.day = :day")', "+  @Query(\"select sum(o.amount) from Order o where function('date', o.createdAt) = :day\")", "   BigDecimal totalOf(LocalDate day);"),
        decoys=(
            git("orders-api", 3, "chore: pool metrics for the database", "orders-api/src/main/java/orders/PoolMetrics.java", '+    registry.gauge("db.pool.active", ds, HikariDataSource::getActive);'),
            git("orders-api", 6, "fix: index of the first page is 1", "orders-api/src/main/java/orders/Paging.java", "-    int page = 0;", "+    int page = 1;"),
            page_restyled("admin", before=1),
        ),
        filler=routine("orders-api"), flags=(("live_totals", "admin", 15),),
        said=(
            Said(service="orders-api", text="slow query ({n} ms): select sum(o.amount) from orders o where date(o.created_at)=?", level="WARN", count=22),
            Said(service="admin", text="dashboard did not load in 5s", level="WARN", count=10),
        ),
        metrics=(Metric(service="orders-api", name="db_cpu_pct", base=22, peak=97), slow("orders-api", 5100), slow("admin", 5600)),
        calls=(Call(service="admin", name="GET /totals", ms=5500), Call(service="orders-api", name="totalOf", parent=0, ms=5100)),
        blast=("admin",),
    ),
    Story(
        name="no-end-of-the-session", service="gateway", metric="memory_working_set_bytes", summary="gateway close to its memory limit",
        quiet=360, sampled=2,
        culprit=git("gateway", 200, "feat: keep websocket state over reconnects", "gateway/ws/registry.ts", " socket.on('close', () => {", "-  registry.delete(socket.id);", "+  registry.get(socket.id)!.offline = true;", " });"),
        decoys=(
            git("gateway", 3, "perf: bigger read buffer for uploads", "gateway/http/upload.ts", "-const BUF = 64 * 1024;", "+const BUF = 80 * 1024;"),
            git("gateway", 8, "fix: close idle sockets with a reason", "gateway/ws/idle.ts", "-  socket.close();", "+  socket.close(1001, 'idle');"),
            git("chat", 2, "chore: memory of drafts on the device", "chat/src/drafts.ts", "+localStorage.setItem('draft', text);"),
        ),
        filler=routine("gateway"), flags=(("ws_compression", "gateway", 9),),
        said=(
            Said(service="gateway", text="heap out of memory soon: 1.9 of 2.0 GB in use, {n}21 sockets registered", level="WARN", count=14),
            Said(service="chat", text="gateway closed the connection", level="WARN", count=10),
        ),
        metrics=(Metric(service="gateway", name="memory_working_set_bytes", base=4e8, peak=2e9, shape="ramp", lead=196), Metric(service="gateway", name="ws_registry_size", base=8000, peak=410000, shape="ramp", lead=198), errors("chat", 0.05)),
        blast=("chat",),
    ),
    Story(
        name="amount-in-another-currency", service="refund-svc", metric="refund_rejected_ratio", summary="refund-svc refunds are rejected by ledger",
        quiet=160,
        culprit=git("refund-svc", 6, "refactor: Money everywhere", "refund_svc/refunds.py", "-    return Refund(amount=order.paid_amount, currency=order.paid_currency)", "+    return Refund(amount=order.total.amount, currency=order.total.currency)"),
        decoys=(
            git("ledger", 2, "say by how much a booking is off", "ledger/check.py", "-        raise Mismatch('amount mismatch')", "+        raise Mismatch(f'amount mismatch: {a} {b}')"),
            git("refund-svc", 3, "mail refunds to the customer", "refund_svc/mail.py", "+    mail.send(order.email, 'refund', refund=refund)"),
            git("shop-web", 1, "refund form keeps its text", "shop-web/src/Refund.vue", '+  <textarea v-model="reason" />'),
        ),
        filler=routine("refund-svc"), flags=(("partial_refunds", "refund-svc", 18),),
        said=(
            Said(service="ledger", text="refund {n} rejected: currency EUR does not equal paid currency SEK", level="WARN", count=28),
            Said(service="refund-svc", text="ledger refused refund {n}: 422", count=26),
        ),
        metrics=(Metric(service="refund-svc", name="refund_rejected_ratio", base=0.01, peak=0.35), Metric(service="ledger", name="http_422_ratio", base=0.005, peak=0.21)),
        calls=(Call(service="refund-svc", name="refund", ms=20, error="422"), Call(service="ledger", name="POST /refunds", parent=0, ms=3, error="422")),
        first="ledger", blast=("refund-svc",),
    ),
    Story(
        name="row-of-the-supplier", service="stock-import", metric="import_batch_error_ratio", summary="stock-import cannot finish the supplier file; backlog grows",
        quiet=150,
        decoys=(
            git("stock-import", 4, "tidy: parse quantities in one place", "stock-import/internal/parse/qty.go", "-\tq, err := strconv.Atoi(f[3])", "-\tif err != nil {", "-\t\treturn row{}, err", "-\t}", "+\tq, err := quantity(f[3])", "+\tif err != nil {", "+\t\treturn row{}, err", "+\t}"),
            git("stock-import", 25, "stock: import every ten minutes", "stock-import/deploy/cron.yaml", '-  schedule: "*/12 * * * *"', '+  schedule: "*/10 * * * *"'),
            git("warehouse", 7, "feat: quantities with unit", "warehouse/view.go", '+\tv.Qty = fmt.Sprintf("%d %s", q, unit)'),
        ),
        filler=routine("stock-import"), flags=(("supplier_images", "stock-import", 11),),
        said=(
            Said(service="stock-import", text="cannot process row: quantity '1.2.3' is not a number record_id=sup-44711 file=suppliers/alpenholz-0304.csv offset=20115", count=26),
            Said(service="sqs-stock", text="message redelivered, receive count rising, same offset=20115", level="WARN", count=9),
        ),
        metrics=(Metric(service="stock-import", name="import_batch_error_ratio", base=0.001, peak=0.96), Metric(service="stock-import", name="rows_imported_per_min", base=500, peak=0), Metric(service="sqs-stock", name="queue_oldest_message_age_seconds", base=20, peak=900)),
        calls=(Call(service="stock-import", name="importFile", ms=12, error="not a number"),),
        remedy="purge-bad-data", blast=("sqs-stock",),
    ),
)  # fmt: skip
