"""A seventh round: faults of programs in other languages, of shared libraries and of reverts, answered once before any rule was mended."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.parts import bystanders, git
from tests.support.frozen.story import Call, Metric, Said, Story

LANGUAGES: Final[tuple[Story, ...]] = (
    Story(
        name="a-connection-manager-per-call", service="order-router", metric="http_client_requests_errors_ratio",
        summary="order-router: outgoing calls fail on two of three pods",
        quiet=240, sampled=2,
        culprit=git("order-router", 71, "platform-http: let callers tune TLS", "platform-http/src/main/java/com/acme/http/Clients.java",
            " public final class Clients {", "-    private static final CloseableHttpClient SHARED = HttpClients.custom().setConnectionManager(MANAGER).build();", "-",
            "-    public static CloseableHttpClient get() {", "-        return SHARED;", "-    }",
            "+    public static CloseableHttpClient get(TlsOptions options) {", "+        var manager = PoolingHttpClientConnectionManagerBuilder.create().setTlsSocketStrategy(options.strategy()).build();", "+        return HttpClients.custom().setConnectionManager(manager).build();", "+    }"),
        decoys=(
            git("order-router", 3, "Route returns to the warehouse they came from", "order-router/src/main/java/com/acme/orders/Returns.java", "-        return depots.nearest(order.address());", "+        return depots.byId(order.origin()).orElseGet(() -> depots.nearest(order.address()));"),
            git("storefront-bff", 9, "Count how often connection errors are shown", "storefront-bff/src/metrics.ts", "+export const connectionErrors = meter.createCounter('connection_errors_shown');"),
            git("order-router", 17, "Order router: name threads", "order-router/src/main/java/com/acme/orders/Pools.java", "-    Executors.newFixedThreadPool(32);", '+    Executors.newFixedThreadPool(32, named("orders"));'),
        ),
        filler=bystanders("order-router"),
        said=(
            Said(service="order-router", text="java.net.NoRouteToHostException: Cannot assign requested address\n\tat java.base/sun.nio.ch.Net.connect0(Native Method)\n\tat org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator.connect(DefaultHttpClientConnectionOperator.java:162)\n\tat com.acme.orders.DepotClient.find(DepotClient.java:51)", count=26),
            Said(service="storefront-bff", text="order-router: 502 for POST /orders", level="WARN", count=11),
        ),
        metrics=(
            Metric(service="order-router", name="http_client_requests_errors_ratio", base=0.002, peak=0.58),
            Metric(service="order-router", name="netstat_tcp_tw", base=140, peak=28100, shape="ramp", lead=70),
            Metric(service="order-router", name="http_server_rps", base=88, peak=91, shape="flat"),
            Metric(service="storefront-bff", name="responses_5xx_share", base=0.001, peak=0.31),
        ),
        calls=(Call(service="storefront-bff", name="POST /orders", ms=64, error="502"), Call(service="order-router", name="route", parent=0, ms=58, error="NoRouteToHostException")),
        blast=("storefront-bff",),
    ),
    Story(
        name="unwrap-of-what-people-type", service="geo-index", metric="process_exits_per_min", summary="geo-index processes exit and come back",
        quiet=180,
        culprit=git("geo-index", 12, "Clippy: fewer defaults", "geo-index/src/parse.rs",
            " fn radius(q: &Query) -> u32 {", '-    q.get("radius").and_then(|r| r.parse().ok()).unwrap_or(DEFAULT_RADIUS)', '+    q.get("radius").map(|r| r.parse().unwrap()).unwrap_or(DEFAULT_RADIUS)', " }"),
        decoys=(
            git("geo-index", 2, "Tell which shard answered", "geo-index/src/reply.rs", '+    tracing::debug!(shard = shard.id, "answered");'),
            git("geo-index", 6, "Raise DEFAULT_RADIUS a little", "geo-index/src/limits.rs", "-pub const DEFAULT_RADIUS: u32 = 2_000;", "+pub const DEFAULT_RADIUS: u32 = 2_500;"),
        ),
        filler=bystanders("geo-index"),
        said=(
            Said(service="geo-index", text="thread 'tokio-runtime-worker' panicked at src/parse.rs:41:52:\ncalled `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }", count=19),
            Said(service="nearby-web", text='level=warn msg="geo-index gone" err="connection closed before message completed" route=/nearby', level="WARN", count=14),
        ),
        metrics=(Metric(service="geo-index", name="process_exits_per_min", base=0, peak=6), Metric(service="nearby-web", name="failed_page_views_share", base=0.004, peak=0.22)),
        calls=(Call(service="nearby-web", name="GET /nearby", ms=12, error="connection closed"), Call(service="geo-index", name="Search", parent=0, ms=3, error="panic")),
        blast=("nearby-web",),
    ),
    Story(
        name="all-at-once", service="cart-aggregator", metric="upstream_latency_p95_seconds", summary="Carts load slowly or not at all",
        quiet=150,
        culprit=git("cart-aggregator", 26, "perf: no more waiting for one after the other", "packages/cart-aggregator/src/enrich.ts",
            " export async function enrich(lines: Line[]): Promise<Enriched[]> {", "-  const out: Enriched[] = [];", "-  for (const group of chunk(lines, 5)) {", "-    out.push(...(await Promise.all(group.map((l) => stock.availability(l.sku)))));", "-  }", "-  return out;",
            "+  return Promise.all(lines.map((l) => stock.availability(l.sku)));", " }"),
        decoys=(
            git("cart-aggregator", 4, "fix: one retry less for prices", "packages/cart-aggregator/src/prices.ts", "-const tries = 3;", "+const tries = 2;"),
            git("stock-core", 8, "Explain why availability may be slow", "stock-core/README.md", "+Availability asks every depot and may take 200 ms."),
            git("cart-aggregator", 1, "chore: sort members of Line", "packages/cart-aggregator/src/types.ts", "-  sku: string;\n-  amount: number;", "+  amount: number;\n+  sku: string;"),
        ),
        filler=bystanders("cart-aggregator"),
        said=(
            Said(service="cart-aggregator", text='{"lvl":40,"msg":"availability did not come in time","open":1180}', level="WARN", count=24),
            Said(service="stock-core", text="too many concurrent streams, refusing", level="WARN", count=20),
            Said(service="shop-app", text="cart not shown: cart-aggregator took longer than 4s", level="ERROR", count=9),
        ),
        metrics=(
            Metric(service="cart-aggregator", name="upstream_latency_p95_seconds", base=0.18, peak=4.4),
            Metric(service="cart-aggregator", name="outgoing_calls_open", base=22, peak=1240),
            Metric(service="stock-core", name="streams_refused_per_min", base=0, peak=810),
            Metric(service="shop-app", name="cart_failures_share", base=0.002, peak=0.19),
        ),
        calls=(Call(service="shop-app", name="open cart", ms=4100, error="timeout"), Call(service="cart-aggregator", name="enrich", parent=0, ms=4400), Call(service="stock-core", name="availability", parent=1, ms=3900, error="refused")),
        blast=("shop-app", "stock-core"),
    ),
    Story(
        name="musl-instead-of-glibc", service="event-packer", metric="kube_deployment_status_replicas_unavailable", summary="event-packer has no available replica",
        culprit=git("event-packer", 5, "Smaller image, newer runtime", "event-packer/Dockerfile", "-FROM eclipse-temurin:17-jre", "+FROM eclipse-temurin:21-jre-alpine", " WORKDIR /srv"),
        decoys=(git("event-packer", 2, "Pack by hour instead of by day in the file name", "event-packer/src/main/kotlin/Names.kt", '-    val name = "events-$day"', '+    val name = "events-$day-$hour"'),),
        filler=bystanders("event-packer"),
        said=(
            Said(service="event-packer", text='Exception in thread "main" java.lang.UnsatisfiedLinkError: /tmp/snappy-1.1.8-libsnappyjava.so: Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /tmp/snappy-1.1.8-libsnappyjava.so)', count=12),
            Said(service="kubelet", text="Back-off restarting failed container packer in pod event-packer-6c9", level="WARN", count=7),
        ),
        metrics=(Metric(service="event-packer", name="kube_deployment_status_replicas_unavailable", base=0, peak=4), Metric(service="event-packer", name="packed_events_per_second", base=900, peak=0)),
    ),
    Story(
        name="unlimited-deliveries", service="invoice-renderer", metric="resident_megabytes", summary="invoice-renderer close to its memory limit, pods killed",
        quiet=420, sampled=5,
        culprit=git("invoice-renderer", 186, "Drop the magic number", "invoice_renderer/consume.py",
            " channel = connection.channel()", "-channel.basic_qos(prefetch_count=PREFETCH)", ' channel.basic_consume(queue="invoices", on_message_callback=render)'),
        decoys=(
            git("invoice-renderer", 3, "Bigger logo in memory of our founder", "invoice_renderer/assets/logo.svg", '-<svg width="80">', '+<svg width="120">'),
            git("invoice-renderer", 12, "Cache fonts", "invoice_renderer/fonts.py", "-    return load(name)", "+    return FONTS.get(name) or FONTS.setdefault(name, load(name))"),
            git("invoice-api", 41, "Accept purchase order numbers", "invoice_api/forms.py", "+    purchase_order = CharField(required=False)"),
        ),
        filler=bystanders("invoice-renderer"),
        said=(
            Said(service="kubelet", text="Memory cgroup out of memory: Killed process 4127 (python3) total-vm:9120044kB", level="WARN", count=5),
            Said(service="invoice-renderer", text="worker started after unexpected end", level="WARN", count=5),
            Said(service="invoice-api", text="PDF for invoice {n} is not there yet", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="invoice-renderer", name="resident_megabytes", base=310, peak=4050, shape="ramp", lead=180),
            Metric(service="invoice-renderer", name="rabbitmq_messages_unacknowledged", base=48, peak=39000, shape="ramp", lead=184),
            Metric(service="invoice-api", name="pdf_missing_share", base=0.001, peak=0.2),
        ),
        blast=("invoice-api",),
    ),
    Story(
        name="revert-of-reading-the-primary", service="booking-api", metric="read_after_write_404_ratio", summary="bookings cannot be found right after they were made",
        quiet=200,
        culprit=git("booking-api", 19, 'Revert "read bookings from the primary"\n\nThis reverts commit 7be1: the primary is busy enough.', "booking-api/internal/store/bookings.go",
            " func (s *Store) Find(ctx context.Context, id string) (*Booking, error) {", "-\trow := s.primary.QueryRowContext(ctx, findBooking, id)", "+\trow := s.replica.QueryRowContext(ctx, findBooking, id)"),
        decoys=(
            git("booking-api", 4, 'Say "not found" in the language of the guest', "booking-api/internal/http/errors.go", '-\twriteError(w, 404, "not found")', '+\twriteError(w, 404, tr(r, "not found"))'),
            git("guest-web", 2, "Retry button on the booking page", "guest-web/src/pages/Booking.vue", '+    <button @click="reload">Retry</button>'),
        ),
        filler=bystanders("booking-api"),
        said=(
            Said(service="booking-api", text='level=warn msg="booking not found right after insert" id=b-{n} age_ms=84 source=replica', level="WARN", count=33),
            Said(service="guest-web", text="booking-api returned 404 for a booking it had just confirmed", level="ERROR", count=12),
        ),
        metrics=(
            Metric(service="booking-api", name="read_after_write_404_ratio", base=0.0004, peak=0.17),
            Metric(service="booking-api", name="primary_reads_per_s", base=350, peak=4),
            Metric(service="guest-web", name="confirmation_failures_ratio", base=0.001, peak=0.15),
        ),
        calls=(Call(service="guest-web", name="GET /booking", ms=9, error="404"), Call(service="booking-api", name="Find", parent=0, ms=3, error="not found")),
        blast=("guest-web",),
    ),
    Story(
        name="pings-too-often", service="dispatch", metric="grpc_client_unavailable_per_min", summary="dispatch loses its streams to driver-hub",
        quiet=160,
        culprit=git("dispatch", 14, "grpcx: notice dead peers sooner", "libs/go/grpcx/dial.go",
            " \tgrpc.WithKeepaliveParams(keepalive.ClientParameters{", "-\t\tTime:                5 * time.Minute,", "+\t\tTime:                10 * time.Second,", " \t\tPermitWithoutStream: true,", " \t}),"),
        decoys=(
            git("dispatch", 2, "dispatch: unavailable drivers are skipped", "dispatch/internal/assign/assign.go", " \tfor _, d := range drivers {", "+\t\tif d.Status == Unavailable {", "+\t\t\tcontinue", "+\t\t}"),
            git("driver-hub", 7, "hub: stream positions every second try", "driver-hub/cmd/hub/main.go", '+\tflag.BoolVar(&everySecond, "every-second", false, "")'),
        ),
        filler=bystanders("dispatch"),
        said=(
            Said(service="dispatch", text='rpc error: code = Unavailable desc = closing transport due to: connection error: desc = "error reading from server: EOF", received prior goaway: code: ENHANCE_YOUR_CALM, debug data: "too_many_pings"', count=30),
            Said(service="rider-app", text="no driver could be assigned: dispatch unavailable", level="WARN", count=9),
        ),
        metrics=(Metric(service="dispatch", name="grpc_client_unavailable_per_min", base=0.2, peak=240), Metric(service="dispatch", name="streams_reopened_per_min", base=1, peak=240), Metric(service="rider-app", name="assign_failures_share", base=0.01, peak=0.2)),
        calls=(Call(service="rider-app", name="request ride", ms=200, error="unavailable"), Call(service="dispatch", name="Assign", parent=0, ms=190, error="Unavailable")),
        blast=("rider-app",),
    ),
    Story(
        name="result-instead-of-await", service="claims-portal", metric="aspnet_request_duration_p99_s", summary="claims-portal requests wait, CPU is idle",
        quiet=300, sampled=2,
        culprit=git("claims-portal", 95, "Make the attribute usable from constructors", "src/Claims.Portal/Security/PolicyAttribute.cs",
            " public class PolicyAttribute : ActionFilterAttribute {", "-    public override async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next) {", "-        var allowed = await _policies.AllowsAsync(context.HttpContext.User);",
            "+    public override void OnActionExecuting(ActionExecutingContext context) {", "+        var allowed = _policies.AllowsAsync(context.HttpContext.User).Result;"),
        decoys=(
            git("claims-portal", 3, "Async suffix where it belongs", "src/Claims.Portal/Claims/ClaimService.cs", "-    public Task<Claim> Load(Guid id) => _store.Load(id);", "+    public Task<Claim> LoadAsync(Guid id) => _store.Load(id);"),
            git("claims-portal", 22, "Ask for consent again", "src/Claims.Portal/Pages/Consent.cshtml", "+<p>Please read this again.</p>"),
        ),
        filler=bystanders("claims-portal"),
        said=(
            Said(service="claims-portal", text='warn: Microsoft.AspNetCore.Server.Kestrel[22] As of "03/04/2031 13:00:11", the heartbeat has been running for "00:00:03.4417712" which is longer than "00:00:01". This could be caused by thread pool starvation.', level="WARN", count=16),
            Said(service="agent-desk", text="claims-portal did not answer within 20 s", count=9),
        ),
        metrics=(
            Metric(service="claims-portal", name="aspnet_request_duration_p99_s", base=0.3, peak=19),
            Metric(service="claims-portal", name="dotnet_threadpool_queue_length", base=0, peak=640),
            Metric(service="claims-portal", name="dotnet_threadpool_threads_count", base=18, peak=210, shape="ramp", lead=30),
            Metric(service="claims-portal", name="process_cpu_share", base=0.2, peak=0.12, shape="flat"),
            Metric(service="agent-desk", name="failed_loads_ratio", base=0.002, peak=0.3),
        ),
        calls=(Call(service="agent-desk", name="GET /claim", ms=20000, error="timeout"), Call(service="claims-portal", name="Claim.Get", parent=0, ms=19000)),
        blast=("agent-desk",),
    ),
    Story(
        name="numbers-where-text-was", service="parcel-tracker", metric="sql_errors_per_min", summary="parcel-tracker cannot look parcels up",
        quiet=120,
        culprit=git("parcel-db", 7, "Tracking numbers are numbers", "parcel-db/migrations/V41__tracking_no.sql", "+ALTER TABLE parcels", "+    ALTER COLUMN tracking_no TYPE bigint USING tracking_no::bigint;"),
        decoys=(
            git("parcel-tracker", 3, "Trim what people paste", "parcel-tracker/src/lookup.ts", "-  return find(input);", "+  return find(input.trim());"),
            git("parcel-tracker", 40, "Index for the report", "parcel-db/migrations/V40__report.sql", "+CREATE INDEX CONCURRENTLY parcels_created ON parcels (created_at);"),
        ),
        filler=bystanders("parcel-tracker"),
        said=(
            Said(service="parcel-tracker", text="error: operator does not exist: bigint = text (SQLSTATE 42883) at /srv/node_modules/pg-pool/index.js:45:11", count=31),
            Said(service="help-center", text="parcel-tracker: HTTP 500", level="WARN", count=8),
        ),
        metrics=(Metric(service="parcel-tracker", name="sql_errors_per_min", base=0.1, peak=700), Metric(service="help-center", name="widget_failures_share", base=0.01, peak=0.5)),
        calls=(Call(service="help-center", name="GET /parcel", ms=20, error="500"), Call(service="parcel-tracker", name="lookup", parent=0, ms=7, error="operator does not exist")),
        blast=("help-center",),
    ),
    Story(
        name="rounding-for-everybody", service="pricing-engine", metric="quotes_refused_share", summary="pricing-engine refuses quotes",
        culprit=git("pricing-engine", 6, "Roll the new rounding out", "flags/production.json", " {", '-  "pricing.new_rounding": { "rollout": 5 },', '+  "pricing.new_rounding": { "rollout": 100 },'),
        decoys=(
            git("pricing-engine", 2, "Round down in the example", "pricing-engine/docs/rounding.md", "-3.145 becomes 3.15", "+3.145 becomes 3.14"),
            git("quote-web", 10, "Show refused quotes in red", "quote-web/src/quote.scss", "+.refused { color: #b00; }"),
        ),
        filler=bystanders("pricing-engine"),
        said=(
            Said(service="pricing-engine", text="quote {n} refused: sum of lines differs from total (rounding=new)", level="ERROR", count=29),
            Said(service="quote-web", text="pricing-engine answered 422", level="WARN", count=12),
        ),
        metrics=(Metric(service="pricing-engine", name="quotes_refused_share", base=0.02, peak=0.41), Metric(service="quote-web", name="quote_errors_share", base=0.02, peak=0.4)),
        calls=(Call(service="quote-web", name="POST /quote", ms=30, error="422"), Call(service="pricing-engine", name="Quote", parent=0, ms=12, error="sum differs")),
        remedy="feature-flag-disable", blast=("quote-web",),
    ),
)  # fmt: skip
