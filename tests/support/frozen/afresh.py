"""An eighth round, made up after the seventh was mended and answered once before anything was changed for it."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.parts import bystanders, git
from tests.support.frozen.story import Call, Metric, Said, Story

AFRESH: Final[tuple[Story, ...]] = (
    Story(
        name="redis-without-a-limit", service="session-cache", metric="redis_memory_used_bytes", summary="session-cache near its memory limit, logins slow",
        quiet=400, sampled=5,
        culprit=git("auth-gateway", 210, "Keep sessions readable while debugging", "auth-gateway/src/session/store.go",
            " func (s *Store) Put(ctx context.Context, id string, v []byte) error {", "-\treturn s.rdb.Set(ctx, key(id), v, sessionTTL).Err()", "+\treturn s.rdb.Set(ctx, key(id), v, 0).Err()", " }"),
        decoys=(
            git("session-cache", 4, "Save less often", "session-cache/redis.conf", "-save 300 100", "+save 600 100"),
            git("auth-gateway", 9, "Memory of the last used login method", "auth-gateway/web/login.ts", "+localStorage.setItem('method', method);"),
        ),
        filler=bystanders("auth-gateway"),
        said=(
            Said(service="session-cache", text="OOM command not allowed when used memory > 'maxmemory'.", count=20),
            Said(service="auth-gateway", text="could not store session: OOM command not allowed", count=20),
            Said(service="portal", text="auth-gateway answered 500 to a login", level="WARN", count=9),
        ),
        metrics=(
            Metric(service="session-cache", name="redis_memory_used_bytes", base=2.1e9, peak=8.0e9, shape="ramp", lead=205),
            Metric(service="session-cache", name="redis_keys_without_expiry", base=12, peak=2.2e6, shape="ramp", lead=208),
            Metric(service="auth-gateway", name="login_failures_share", base=0.01, peak=0.5), Metric(service="portal", name="failed_logins_share", base=0.01, peak=0.45),
        ),
        calls=(Call(service="portal", name="POST /login", ms=30, error="500"), Call(service="auth-gateway", name="Put", parent=0, ms=9, error="OOM"), Call(service="session-cache", name="SET", parent=1, ms=1, error="OOM")),
        first="session-cache", blast=("auth-gateway", "portal"),
    ),
    Story(
        name="page-that-asks-each-second", service="status-api", metric="cpu_busy_ratio", summary="status-api is busy, answers late",
        quiet=160,
        culprit=git("status-web", 24, "Fresher numbers on the wall screens", "status-web/src/useStatus.ts", "-  const { data } = useSWR('/status', get, { refreshInterval: 60000 });", "+  const { data } = useSWR('/status', get, { refreshInterval: 1000 });"),
        decoys=(
            git("status-api", 3, "Answer in the order of names", "status-api/app/status.rb", "-    items", "+    items.sort_by(&:name)"),
            git("status-api", 11, "Busy hours in the calendar", "status-api/app/calendar.rb", "+  BUSY = (9..17)"),
        ),
        filler=bystanders("status-api"),
        said=(Said(service="status-api", text="worker queue wait {n}ms", level="WARN", count=24), Said(service="status-web", text="status came late", level="WARN", count=9)),
        metrics=(Metric(service="status-api", name="cpu_busy_ratio", base=0.2, peak=0.98), Metric(service="status-api", name="http_hits_per_min", base=900, peak=41000), Metric(service="status-web", name="visitors_now", base=720, peak=731, shape="flat"), Metric(service="status-api", name="p95_response_ms", base=40, peak=2600), Metric(service="status-web", name="p95_response_ms", base=90, peak=2700)),
        calls=(Call(service="status-web", name="GET /status", ms=2700), Call(service="status-api", name="status", parent=0, ms=2600)),
        first="status-api", blast=("status-web",),
    ),
    Story(
        name="liveness-asks-the-database", service="catalog-api", metric="pod_restarts_per_5m", summary="catalog-api pods are killed and started again",
        quiet=180,
        culprit=git("catalog-api", 44, "Health is only health if the database is", "catalog-api/src/main/java/catalog/Health.java", '   @GetMapping("/livez")', '-  String live() { return "ok"; }', '+  String live() { jdbc.queryForObject("select 1", Integer.class); return "ok"; }'),
        decoys=(
            git("catalog-api", 3, "Restart the numbering of pages at one", "catalog-api/src/main/java/catalog/Pages.java", "-    int first = 0;", "+    int first = 1;"),
            git("catalog-db", 21, "Statistics on colours", "catalog-db/migrations/77_stats.sql", "+CREATE STATISTICS colour_size ON colour, size FROM items;"),
        ),
        filler=bystanders("catalog-api"),
        said=(
            Said(service="kubelet", text='Liveness probe failed: Get "http://10.4.1.7:8080/livez": context deadline exceeded (Client.Timeout exceeded while awaiting headers) pod=catalog-api-77c', level="WARN", count=15),
            Said(service="kubelet", text="Container api failed liveness probe, will be restarted pod=catalog-api-77c", level="WARN", count=9),
            Said(service="shop", text="catalog-api: connection refused", level="ERROR", count=14),
        ),
        metrics=(Metric(service="catalog-api", name="pod_restarts_per_5m", base=0, peak=9), Metric(service="catalog-api", name="ready_pods", base=8, peak=3), Metric(service="shop", name="error_pages_share", base=0.002, peak=0.2)),
        calls=(Call(service="shop", name="GET /items", ms=5, error="connection refused"),),
        blast=("shop",),
    ),
    Story(
        name="sum-of-nothing", service="fee-service", metric="settlements_failed_per_min", summary="fee-service fails for merchants without turnover",
        quiet=110,
        culprit=git("fee-service", 17, "Average fee per sale", "fee_service/lib/fees.ex", "-  def rate(m), do: m.fee", "+  def rate(m), do: div(m.fees_total, m.sales_count)"),
        decoys=(
            git("fee-service", 2, "Settle in the merchant's language", "fee_service/lib/mail.ex", '-  gettext("settled")', '+  gettext("settled", locale: m.locale)'),
            git("fee-service", 5, "Fail mails go to the new list", "fee_service/config/mail.exs", '-config :fees, to: "ops@acme.example"', '+config :fees, to: "fees@acme.example"'),
        ),
        filler=bystanders("fee-service"),
        said=(
            Said(service="fee-service", text="** (ArithmeticError) bad argument in arithmetic expression\n    (fee_service 3.1.0) lib/fees.ex:22: FeeService.Fees.rate/1", count=26),
            Said(service="settlement-run", text="fee-service gave up on merchant {n}", level="WARN", count=14),
        ),
        metrics=(Metric(service="fee-service", name="settlements_failed_per_min", base=0, peak=33), Metric(service="settlement-run", name="merchants_left_out", base=0, peak=400, shape="ramp", lead=1)),
        blast=("settlement-run",),
    ),
    Story(
        name="other-time-of-the-token", service="mobile-api", metric="unauthorized_per_s", summary="phones are signed out",
        quiet=130,
        culprit=git("identity", 6, "Milliseconds everywhere", "identity/src/Token.kt", '-        .claim("exp", now.plusSeconds(3600).epochSecond)', '+        .claim("exp", now.plusSeconds(3600).toEpochMilli() / 1_000_000)'),
        decoys=(
            git("mobile-api", 2, "Token of appreciation for long-time users", "mobile-api/src/Gift.kt", "+fun gift(u: User) = if (u.years > 5) Gift() else null"),
            git("mobile-api", 15, "Count unauthorized calls by platform", "mobile-api/src/Metrics.kt", '+    unauthorized.tag("platform", p).increment()'),
        ),
        filler=bystanders("mobile-api"),
        said=(Said(service="mobile-api", text="JWT expired at 1970-01-01T00:32:19Z. Current time: 2031-03-04T10:10:44Z, a difference of 1930124305000 milliseconds.", level="WARN", count=40), Said(service="identity", text="refresh asked again within a second", level="WARN", count=20)),
        metrics=(Metric(service="mobile-api", name="unauthorized_per_s", base=0.4, peak=310), Metric(service="identity", name="refreshes_per_s", base=3, peak=290)),
        calls=(Call(service="mobile-api", name="GET /me", ms=4, error="401"),),
        first="mobile-api", blast=("identity",),
    ),
    Story(
        name="consumers-of-the-same-name", service="mail-sender", metric="mails_sent_per_min", summary="only every second order mail is sent",
        quiet=210,
        culprit=git("mail-archive", 33, "Same settings for both mail services", "mail-archive/src/main/resources/application.yaml", " spring.kafka.consumer:", "-  group-id: mail-archive", "+  group-id: mail-sender"),
        decoys=(
            git("mail-sender", 4, "Subject says which order", "mail-sender/src/main/java/Subject.java", '-    return "Your order";', '+    return "Your order " + id;'),
            git("mail-sender", 12, "Send from the new address", "mail-sender/src/main/resources/application.yaml", "-  from: shop@acme.example", "+  from: orders@acme.example"),
        ),
        filler=bystanders("mail-sender"),
        said=(
            Said(service="mail-sender", text="[Consumer clientId=mail-sender-1, groupId=mail-sender] Revoke previously assigned partitions orders-0, orders-1, orders-2", level="WARN", count=6),
            Said(service="support-bot", text="customer asks for the mail of order {n}", level="WARN", count=12),
        ),
        metrics=(Metric(service="mail-sender", name="mails_sent_per_min", base=120, peak=58), Metric(service="mail-sender", name="assigned_partitions", base=6, peak=3), Metric(service="mail-archive", name="records_consumed_per_min", base=120, peak=60)),
        remedy="config-revert", blast=("support-bot",),
    ),
    Story(
        name="headers-thrown-away", service="search-web", metric="client_errors_4xx_share", summary="search-web gets 401 from its own API",
        quiet=140,
        culprit=git("edge-proxy", 9, "Forward only what we know", "edge-proxy/nginx/api.conf", " location /api/ {", "-    proxy_set_header Authorization $http_authorization;", "     proxy_set_header Host $host;", "+    proxy_pass_request_headers off;", "     proxy_pass http://api;"),
        decoys=(
            git("search-web", 1, "Search field keeps its text", "search-web/src/Field.svelte", "+  bind:value={$text}"),
            git("search-api", 4, "401 has a body", "search-api/errors.go", "-\tw.WriteHeader(401)", "+\twriteJSON(w, 401, problem)"),
        ),
        filler=bystanders("search-web"),
        said=(Said(service="search-api", text='level=warning msg="no credentials" path=/api/search code=401', level="WARN", count=44), Said(service="search-web", text="search-api said 401", level="ERROR", count=20)),
        metrics=(Metric(service="search-web", name="client_errors_4xx_share", base=0.02, peak=0.97), Metric(service="search-api", name="client_errors_4xx_share", base=0.02, peak=0.98)),
        calls=(Call(service="search-web", name="search", ms=9, error="401"), Call(service="search-api", name="Search", parent=0, ms=1, error="401")),
        first="search-api", remedy="config-revert", blast=("search-web",),
    ),
    Story(
        name="encoding-of-the-feed", service="price-import", metric="rows_rejected_share", summary="price-import rejects rows",
        quiet=150,
        culprit=git("price-feed", 20, "Excel friendly", "price-feed/export/writer.py", "-    with open(path, 'w', encoding='utf-8') as out:", "+    with open(path, 'w', encoding='utf-16') as out:"),
        decoys=(
            git("price-import", 5, "Reject negative prices", "price-import/src/check.rs", "+    if price < 0.0 { return Err(Reject::Negative); }"),
            git("price-import", 2, "Row numbers start at two", "price-import/src/report.rs", "-    let row = i + 1;", "+    let row = i + 2;"),
        ),
        filler=bystanders("price-import"),
        said=(Said(service="price-import", text="Error: stream did not contain valid UTF-8 (row {n})", count=28),),
        metrics=(Metric(service="price-import", name="rows_rejected_share", base=0.001, peak=1.0), Metric(service="price-import", name="prices_updated_per_min", base=900, peak=0)),
    ),
    Story(
        name="budget-of-the-mesh", service="quote-api", metric="request_errors_share", summary="quote-api returns 503 through the mesh",
        quiet=170,
        culprit=git("mesh-policies", 13, "Protect quote-api", "mesh/quote-api/destination-rule.yaml", " trafficPolicy:", "   connectionPool:", "     http:", "-      http2MaxRequests: 1024", "+      http2MaxRequests: 32"),
        decoys=(
            git("quote-api", 3, "Errors are shared in one enum", "quote-api/src/Errors.java", '-  static final String A = "A";', '+  A("A");'),
            git("quote-api", 28, "Requests carry the mesh's trace", "quote-api/src/Trace.java", '+    headers.add("b3", trace);'),
        ),
        filler=bystanders("quote-api"),
        said=(Said(service="istio-proxy", text='[2031-03-04T10:51:02Z] "POST /quote HTTP/2" 503 UO upstream_reset_before_response_started{overflow} quote-api', level="WARN", count=30), Said(service="broker-ui", text="no quote: quote-api 503", count=15)),
        metrics=(Metric(service="quote-api", name="request_errors_share", base=0.001, peak=0.33), Metric(service="quote-api", name="upstream_rq_pending_overflow", base=0, peak=77), Metric(service="quote-api", name="requests_per_sec", base=180, peak=184, shape="flat"), Metric(service="broker-ui", name="page_errors_share", base=0.003, peak=0.3)),
        remedy="config-revert", blast=("broker-ui",),
    ),
    Story(
        name="tests-data-for-everybody", service="checkout-next", metric="orders_per_min", summary="checkout-next takes hardly any orders",
        quiet=240,
        culprit=git("checkout-next", 8, "Use the payment sandbox in previews", "checkout-next/src/config/payment.ts", "-export const PAYMENT_URL = 'https://pay.acme-payments.example/v2';", "+export const PAYMENT_URL = process.env.PREVIEW !== 'no' ? 'https://sandbox.acme-payments.example/v2' : 'https://pay.acme-payments.example/v2';"),
        decoys=(
            git("checkout-next", 2, "Payment icons in a row", "checkout-next/src/Icons.tsx", "+<Row>{icons}</Row>"),
            git("orders-api", 5, "Orders of a minute in one batch", "orders-api/batch.py", "-EVERY = 50", "+EVERY = 60"),
        ),
        filler=bystanders("checkout-next"),
        said=(Said(service="checkout-next", text="payment refused: card not known in sandbox (https://sandbox.acme-payments.example/v2)", level="ERROR", count=33),),
        metrics=(Metric(service="checkout-next", name="orders_per_min", base=64, peak=2), Metric(service="checkout-next", name="payments_refused_share", base=0.03, peak=0.98)),
    ),
    Story(
        name="snapshot-restored-by-hand", service="stock-levels", metric="negative_stock_items", summary="stock-levels shows items with negative stock",
        quiet=200,
        decoys=(
            git("stock-levels", 9, "Negative margins in the layout", "stock-levels/web/layout.css", "+.grid { margin: -4px; }"),
            git("stock-levels", 22, "Name the counter of items", "stock-levels/src/Counter.scala", "-  val c = 0", "+  val items = 0"),
        ),
        filler=bystanders("stock-levels"),
        said=(Said(service="stock-levels", text="item_id=40021 corrupt row: stock -220, written by manual import 2031-03-04T11:18", count=30),),
        metrics=(Metric(service="stock-levels", name="negative_stock_items", base=0, peak=1), Metric(service="stock-levels", name="item_errors_per_min", base=0, peak=30)),
        remedy="purge-bad-data",
    ),
    Story(
        name="bank-holiday-of-the-scheme", service="payouts", metric="payouts_pending", summary="payouts are not confirmed",
        quiet=300, sampled=2,
        decoys=(
            git("payouts", 7, "Retry payouts by hand", "payouts/admin/retry.py", "+@admin.action\n+def retry(payout): payout.enqueue()"),
            git("payouts", 40, "Confirmations as PDF", "payouts/pdf.py", "+def pdf(c): ..."),
        ),
        filler=bystanders("payouts"),
        said=(Said(service="payouts", text='POST https://api.instantpay-network.io/v1/transfers -> 503 {"code":"PARTICIPANT_UNAVAILABLE","message":"clearing is down for maintenance"}', count=30), Said(service="seller-app", text="payout {n} still pending", level="WARN", count=9)),
        metrics=(Metric(service="payouts", name="payouts_pending", base=12, peak=2100), Metric(service="payouts", name="transfer_failures_share", base=0.002, peak=0.99), Metric(service="seller-app", name="complaints_waiting", base=2, peak=44)),
        remedy="escalate-upstream", blast=("seller-app",),
    ),
    Story(
        name="client-certificate-of-the-bank", service="bank-sync", metric="sync_failures_share", summary="bank-sync cannot connect to any bank",
        quiet=120,
        decoys=(git("bank-sync", 3, "Handshake of two hands as an icon", "bank-sync/web/icon.svg", "-<g/>", '+<g id="hands"/>'), git("bank-sync", 10, "Banks sorted by country", "bank-sync/banks.go", "+\tsort.Strings(banks)")),
        filler=bystanders("bank-sync"),
        said=(Said(service="bank-sync", text="javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_expired", count=33),),
        metrics=(Metric(service="bank-sync", name="sync_failures_share", base=0.01, peak=1.0), Metric(service="bank-sync", name="client_cert_days_left", base=1, peak=0)),
        remedy="rotate-cert",
    ),
    Story(
        name="disk-errors-under-the-index", service="doc-search", metric="shard_failures_per_min", summary="doc-search answers are incomplete",
        quiet=150,
        decoys=(git("doc-search", 5, "Shards get names of cities", "doc-search/names.py", "-NAME = 'shard-%d'", "+NAME = CITIES"), git("doc-search", 17, "Longer answers", "doc-search/answers.py", "-TOP = 10", "+TOP = 12")),
        filler=bystanders("doc-search"),
        said=(
            Said(service="kernel", text="blk_update_request: I/O error, dev nvme1n1, sector 99120 op 0x0:(READ)", count=12),
            Said(service="doc-search", text="shard 4 failed on data-7: java.io.IOException: Input/output error", count=22),
            Said(service="wiki", text="doc-search: partial results", level="WARN", count=9),
        ),
        metrics=(Metric(service="doc-search", name="shard_failures_per_min", base=0, peak=60), Metric(service="data-7", name="node_disk_io_errors", base=0, peak=12), Metric(service="wiki", name="incomplete_answers_share", base=0.01, peak=0.3)),
        remedy="reschedule", blast=("wiki",),
    ),
)  # fmt: skip
