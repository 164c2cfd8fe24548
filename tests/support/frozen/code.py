"""Incidents that a change of code caused."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled, python_helper
from tests.support.frozen.story import Call, Change, Metric, Said, Story

CODE: Final[tuple[Story, ...]] = (
    Story(
        name="rows-left-open",
        service="ledger",
        metric="http_5xx_ratio",
        summary="ledger answers 500 to statements",
        culprit=Change(
            message="perf: stream statement rows",
            service="ledger",
            before=31,
            files=("services/ledger/statements.go",),
            diff=(
                "@@ services/ledger/statements.go @@ func (s *Store) Statement(ctx context.Context, account string) ([]Entry, error) {\n"
                " \trows, err := s.db.QueryContext(ctx, statementSQL, account)\n"
                " \tif err != nil {\n \t\treturn nil, err\n \t}\n"
                "-\tdefer rows.Close()\n"
                "-\treturn collect(rows)\n"
                "+\treturn s.stream(ctx, rows)\n"
            ),
        ),
        decoys=(handler_tidied("ledger", "Statement"), page_restyled("frontdoor")),
        said=(
            Said(
                service="ledger",
                text="statement failed: timed out waiting for a connection from the pool (20/20 in use)",
                count=25,
            ),
            Said(service="frontdoor", text="ledger answered 500", level="WARN", count=9),
        ),
        metrics=(
            Metric(service="ledger", name="http_5xx_ratio", base=0.003, peak=0.4),
            Metric(service="ledger", name="db_connections_in_use", base=4, peak=20, shape="ramp", lead=30),
            Metric(service="frontdoor", name="http_5xx_ratio", base=0.002, peak=0.2),
        ),
        calls=(
            Call(service="frontdoor", name="GET /statement", ms=5010, error="upstream 500"),
            Call(service="ledger", name="Statement", parent=0, ms=5000, error="timed out waiting for a connection"),
        ),
        blast=("frontdoor",),
    ),
    Story(
        name="listeners-kept",
        service="notifier",
        metric="container_restarts",
        summary="notifier restarted 4 times in 10 minutes",
        culprit=Change(
            message="feat: per-tenant template overrides",
            service="notifier",
            before=74,
            files=("notifier/src/templates.ts",),
            diff=(
                "@@ notifier/src/templates.ts @@\n"
                "-const compiled = new LRUCache<string, Template>({ max: 500 });\n"
                "+const compiled = new Map<string, Template>();\n"
                " export function render(tenant: string, name: string, data: object) {\n"
                "-  const key = name;\n"
                "+  const key = `${tenant}:${name}:${hash(data)}`;\n"
                "   if (!compiled.has(key)) compiled.set(key, compile(load(tenant, name)));\n"
                "   return compiled.get(key)!(data);\n"
                " }\n"
            ),
        ),
        decoys=(log_line_added("notifier", before=3), page_restyled("console", before=1)),
        said=(
            Said(service="notifier", text="container notifier was OOMKilled (limit 768Mi), restarting", count=4),
            Said(service="orders", text="could not queue mail: notifier refused the connection", level="WARN", count=8),
        ),
        metrics=(
            Metric(service="notifier", name="container_restarts", base=0, peak=4),
            Metric(service="notifier", name="process_resident_memory_mb", base=210, peak=765, shape="ramp", lead=72),
            Metric(service="orders", name="mail_enqueue_failures_total", base=0, peak=30),
        ),
        calls=(
            Call(service="orders", name="POST /orders", ms=140, error="mail not queued"),
            Call(service="notifier", name="Enqueue", parent=0, ms=3, error="connection refused"),
        ),
        blast=("orders",),
    ),
    Story(
        name="retry-without-pause",
        service="rates",
        metric="http_server_duration_p99_ms",
        summary="rates p99 above 2 s",
        culprit=Change(
            message="fix: do not give up on quotes so early",
            service="booking",
            before=9,
            files=("booking/clients/rates.py",),
            diff=(
                "@@ booking/clients/rates.py @@\n"
                "-@retry(stop=stop_after_attempt(2), wait=wait_exponential(min=0.2, max=5))\n"
                "+@retry(stop=stop_after_attempt(10))\n"
                " def quote(self, sku):\n"
                "     return self.http.get(f'/quotes/{sku}').json()\n"
            ),
        ),
        decoys=(python_helper("rates", before=2), page_restyled("portal")),
        said=(
            Said(service="booking", text="quote {n} failed, retrying (attempt 7)", level="WARN", count=40),
            Said(service="rates", text="request took {n} ms, worker queue long", level="WARN", count=20),
            Said(service="portal", text="booking timed out", count=8),
        ),
        metrics=(
            Metric(service="rates", name="http_server_duration_p99_ms", base=90, peak=2600),
            Metric(service="rates", name="requests_per_sec", base=200, peak=1700),
            Metric(service="booking", name="outgoing_retries_per_sec", base=0.5, peak=1400),
            Metric(service="booking", name="requests_per_sec", base=80, peak=80, shape="flat"),
            Metric(service="portal", name="http_5xx_ratio", base=0.001, peak=0.15),
        ),
        calls=(
            Call(service="portal", name="POST /book", ms=9000, error="timeout"),
            Call(service="booking", name="Book", parent=0, ms=8800, error="timeout"),
            Call(service="rates", name="Quote", parent=1, ms=2500),
        ),
        first="rates",
        blast=("booking", "portal"),
    ),
    Story(
        name="index-dropped",
        service="catalogue",
        metric="db_query_duration_p99_ms",
        summary="catalogue queries slow",
        culprit=Change(
            message="chore(db): remove what nobody uses any more",
            service="catalogue",
            before=6,
            files=("catalogue/migrations/0042_cleanup.sql",),
            diff="@@ catalogue/migrations/0042_cleanup.sql @@\n+DROP INDEX IF EXISTS products_supplier_idx;\n+DROP TABLE IF EXISTS products_old_2029;",
        ),
        decoys=(handler_tidied("catalogue", "ListBySupplier"), library_patched("web")),
        said=(
            Said(
                service="catalogue",
                text="statement took {n} ms: SELECT * FROM products WHERE supplier_id = $1",
                level="WARN",
                count=22,
                fields={"plan": "Seq Scan on products"},
            ),
            Said(service="web", text="catalogue did not answer in time", count=10),
        ),
        metrics=(
            Metric(service="catalogue", name="db_query_duration_p99_ms", base=12, peak=2900),
            Metric(service="catalogue", name="pg_rows_scanned_per_sec", base=900, peak=4.1e6),
            Metric(service="web", name="http_5xx_ratio", base=0.001, peak=0.2),
        ),
        calls=(
            Call(service="web", name="GET /suppliers", ms=3000, error="timeout"),
            Call(service="catalogue", name="ListBySupplier", parent=0, ms=2980),
        ),
        blast=("web",),
    ),
    Story(
        name="proto-field-number",
        service="tracking",
        metric="consumer_errors_per_min",
        summary="tracking drops parcel events",
        culprit=Change(
            message="feat: weight in grams",
            service="scanner",
            before=4,
            files=("proto/parcel/v1/event.proto", "scanner/publish.go"),
            diff=(
                "@@ proto/parcel/v1/event.proto @@\n"
                " message ParcelEvent {\n   string id = 1;\n"
                "-  string depot = 2;\n-  double weight_kg = 3;\n"
                "+  int64 weight_g = 2;\n+  string depot = 3;\n }\n"
            ),
        ),
        decoys=(python_helper("tracking"), page_restyled("portal", before=2)),
        said=(
            Said(
                service="tracking",
                text="cannot parse ParcelEvent: proto: illegal wireType 2 for field weight_g",
                count=30,
            ),
        ),
        metrics=(
            Metric(service="tracking", name="consumer_errors_per_min", base=0.1, peak=640),
            Metric(service="tracking", name="events_stored_per_min", base=700, peak=15),
        ),
        calls=(
            Call(service="scanner", name="publish ParcelEvent", ms=4),
            Call(service="tracking", name="consume ParcelEvent", parent=0, ms=2, error="illegal wireType"),
        ),
        blast=(),
        first="tracking",
    ),
    Story(
        name="local-midnight",
        service="invoicing",
        metric="invoice_failures_ratio",
        summary="invoices are rejected",
        culprit=Change(
            message="fix: show dates as customers know them",
            service="invoicing",
            before=15,
            files=("invoicing/period.py",),
            diff=(
                "@@ invoicing/period.py @@\n"
                " def period_end(now=None):\n"
                "-    now = now or datetime.now(timezone.utc)\n"
                "+    now = now or datetime.now()\n"
                "     return now.replace(hour=0, minute=0, second=0)\n"
            ),
        ),
        decoys=(python_helper("invoicing"), library_patched("portal")),
        said=(
            Said(
                service="invoicing",
                text="invoice {n} refused: period ends in the future (timestamp 2031-03-04T11:40:00 is ahead of UTC now)",
                count=20,
            ),
        ),
        metrics=(Metric(service="invoicing", name="invoice_failures_ratio", base=0.002, peak=0.55),),
    ),
    Story(
        name="double-charge",
        service="payments",
        metric="duplicate_charges_per_min",
        summary="customers are charged twice",
        culprit=Change(
            message="simplify charge call",
            service="payments",
            before=8,
            files=("payments/charge.rb",),
            diff=(
                "@@ payments/charge.rb @@\n"
                "   def charge(order)\n"
                '-    gateway.charge(order.total, idempotency_key: "order-#{order.id}")\n'
                "+    gateway.charge(order.total)\n"
                "   end\n"
            ),
        ),
        decoys=(handler_tidied("payments", "Charge"), page_restyled("shopfront")),
        said=(
            Said(service="payments", text="reconciliation: order {n} has two captured charges", count=15),
            Said(service="payments", text="gateway call retried after 5s without answer", level="WARN", count=5),
        ),
        metrics=(Metric(service="payments", name="duplicate_charges_per_min", base=0, peak=14),),
    ),
    Story(
        name="strict-currency",
        service="quotes",
        metric="http_4xx_ratio",
        summary="quotes answers 422",
        culprit=Change(
            message="harden input of quotes",
            service="quotes",
            before=7,
            files=("quotes/schema.py",),
            diff=(
                "@@ quotes/schema.py @@\n class QuoteRequest(BaseModel):\n"
                "-    currency: str = 'EUR'\n"
                "+    currency: Literal['EUR', 'USD', 'GBP']\n"
            ),
        ),
        decoys=(python_helper("quotes", before=1), page_restyled("partner-web")),
        said=(
            Said(service="quotes", text="validation failed: currency: field required", level="WARN", count=30),
            Said(service="partner-web", text="quotes answered 422", level="WARN", count=11),
        ),
        metrics=(
            Metric(service="quotes", name="http_4xx_ratio", base=0.01, peak=0.48),
            Metric(service="partner-web", name="http_5xx_ratio", base=0.001, peak=0.12),
        ),
        calls=(
            Call(service="partner-web", name="POST /quote", ms=50, error="422"),
            Call(service="quotes", name="Quote", parent=0, ms=8, error="422"),
        ),
        blast=("partner-web",),
    ),
)
