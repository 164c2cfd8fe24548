"""A thirteenth round: six more, answered once before anything was changed for them."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.application import routine
from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled
from tests.support.frozen.parts import change, errors, git, slow
from tests.support.frozen.story import Call, Metric, Said, Story

THIRTEENTH: Final[tuple[Story, ...]] = (
    Story(
        name="guests-have-no-address", service="shippingservice", metric="error_rate_5xx_ratio", summary="shippingservice 5xx error ratio above 2% (observed 33%)",
        culprit=change("shippingservice", 4, "refactor(shipping): borrow the address", "src/shipping/src/quote.rs", " fn zone(order: &Order) -> Zone {", "-    let Some(addr) = order.address.as_ref() else { return Zone::Default };", '+    let addr = order.address.as_ref().expect("address");', "     Zone::of(&addr.zip)", " }"),
        decoys=(handler_tidied("shippingservice", "GetQuote", before=1), change("shippingservice", 2, "fix(shipping): zone of islands", "src/shipping/src/zones.rs", '+    "27498" => Zone::Island,'), page_restyled("frontend", before=3)),
        filler=routine("shippingservice"), flags=(("guest_checkout", "frontend", 20),),
        said=(
            Said(service="shippingservice", text="thread 'tokio-runtime-worker' panicked at src/quote.rs:31:46: address", count=24),
            Said(service="checkoutservice", text="shipping quote failure: rpc error: code = Unknown", level="WARN", count=15),
        ),
        metrics=(errors("shippingservice", 0.33, "error_rate_5xx_ratio"), errors("checkoutservice", 0.3, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=40, error="Unknown"), Call(service="shippingservice", name="GetQuote", parent=0, ms=2, error="panicked")),
        blast=("checkoutservice",),
    ),
    Story(
        name="consumer-of-one-partition", service="frauddetectionservice", metric="kafka_consumer_lag", summary="frauddetectionservice consumer lag above 10000",
        quiet=220,
        culprit=change("frauddetectionservice", 28, "refactor(fraud): explicit subscription", "fraud/src/main/kotlin/Main.kt", "-    consumer.subscribe(listOf(topic))", "+    consumer.assign(listOf(TopicPartition(topic, 0)))"),
        decoys=(change("frauddetectionservice", 3, "perf(fraud): reuse score buffers", "fraud/src/main/kotlin/Score.kt", "-    val buf = DoubleArray(FEATURES)", "+    val buf = buffers.get()"), library_patched("frauddetectionservice", before=6), change("checkoutservice", 9, "feat: order events carry device id", "services/checkout/event.go", "+\tev.DeviceID = req.DeviceID")),
        filler=routine("frauddetectionservice"), flags=(("fraud_model_v4", "frauddetectionservice", 12),),
        said=(
            Said(service="frauddetectionservice", text="partitions orders-1, orders-2, orders-3 have no consumer, lag {n}0", level="WARN", count=18),
            Said(service="riskdesk", text="orders wait for their score", level="WARN", count=9),
        ),
        metrics=(Metric(service="frauddetectionservice", name="kafka_consumer_lag", base=40, peak=61000, shape="ramp", lead=26), Metric(service="frauddetectionservice", name="records_consumed_per_min", base=800, peak=205)),
        blast=("riskdesk",),
    ),
    Story(
        name="locale-of-the-server", service="invoice-api", metric="invoice_error_ratio", summary="invoice-api cannot create invoices",
        culprit=git("invoice-api", 7, "chore: slimmer container", "invoice-api/src/Program.cs", "-CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;", " var app = builder.Build();"),
        decoys=(git("invoice-api", 2, "invoice numbers have a prefix", "invoice-api/src/Number.cs", '-        return $"{year}-{seq}";', '+        return $"R{year}-{seq}";'), log_line_added("invoice-api", before=1), git("web", 3, "invoices as a list", "web/src/Invoices.tsx", "+  <List items={invoices} />")),
        filler=routine("invoice-api"), flags=(("xrechnung", "invoice-api", 21),),
        said=(
            Said(service="invoice-api", text="System.FormatException: The input string '1,234.50' was not in a correct format.", count=28),
            Said(service="web", text="invoice-api answered 500", level="WARN", count=10),
        ),
        metrics=(Metric(service="invoice-api", name="invoice_error_ratio", base=0.002, peak=0.9), errors("web", 0.1)),
        calls=(Call(service="web", name="POST /invoice", ms=30, error="500"), Call(service="invoice-api", name="Create", parent=0, ms=5, error="FormatException")),
        blast=("web",),
    ),
    Story(
        name="health-of-a-dead-worker", service="thumbnailer", metric="queue_depth", summary="thumbnailer queue grows, no worker takes jobs",
        quiet=180,
        culprit=git("thumbnailer", 33, "one place for errors", "thumbnailer/worker/loop.py", " def run():", "     while True:", "-        try:", "-            handle(queue.get())", "-        except Exception:", "-            log.exception('job failed')", "+        handle(queue.get())"),
        decoys=(git("thumbnailer", 4, "bigger thumbnails for tablets", "thumbnailer/sizes.py", "-SIZES = (128, 256)", "+SIZES = (128, 256, 320)"), git("thumbnailer", 8, "queue name in metrics", "thumbnailer/metrics.py", "-DEPTH = Gauge('queue_depth')", "+DEPTH = Gauge('queue_depth', ['queue'])"), page_restyled("gallery", before=1)),
        filler=routine("thumbnailer"), flags=(("avif", "gallery", 14),),
        said=(
            Said(service="thumbnailer", text="Exception in thread worker-{n}: PIL.UnidentifiedImageError: cannot identify image file", count=8),
            Said(service="gallery", text="thumbnail not ready after 60s", level="WARN", count=20),
        ),
        metrics=(Metric(service="thumbnailer", name="queue_depth", base=12, peak=9100, shape="ramp", lead=30), Metric(service="thumbnailer", name="workers_alive", base=8, peak=0)),
        blast=("gallery",),
    ),
    Story(
        name="every-mail-a-connection", service="emailservice", metric="email_send_duration_p95_ms", summary="emailservice sends slowly; relay refuses connections",
        quiet=140,
        culprit=git("emailservice", 11, "refactor: plain function instead of class", "src/email/email_server.rb", "-  @smtp ||= Net::SMTP.start(RELAY, 587)", "-  @smtp.send_message(body, FROM, to)", "+  Net::SMTP.start(RELAY, 587) { |smtp| smtp.send_message(body, FROM, to) }"),
        decoys=(git("emailservice", 2, "fix: subject in utf-8", "src/email/subject.rb", "-  subject", "+  subject.encode('UTF-8')"), git("checkoutservice", 4, "chore: log confirmation mail errors", "services/checkout/mail.go", '+\tlogger.Error("confirmation not sent", "err", err)'), handler_tidied("checkoutservice", "PlaceOrder", before=1)),
        filler=routine("emailservice"), flags=(("html_mail", "emailservice", 17),),
        said=(
            Said(service="emailservice", text="421 4.7.0 too many connections from 10.4.0.7, try again later", count=22),
            Said(service="checkoutservice", text="failed to send order confirmation: emailservice 500", level="WARN", count=14),
        ),
        metrics=(slow("emailservice", 4200, 60, "email_send_duration_p95_ms"), Metric(service="emailservice", name="smtp_connections_opened_per_min", base=2, peak=610), errors("checkoutservice", 0.04, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=900), Call(service="emailservice", name="SendOrderConfirmation", parent=0, ms=800, error="421")),
        blast=("checkoutservice",),
    ),
    Story(
        name="holiday-visitors", service="booking-web", metric="http_server_duration_p99_ms", summary="booking-web p99 latency above 800ms for 3m",
        quiet=150,
        decoys=(handler_tidied("booking-web", "Search", before=6), change("booking-web", 12, "perf: cache search filters", "booking-web/filters.go", "+\tcache.Set(key, filters)"), page_restyled("booking-web", before=2)),
        filler=routine("booking-web"), flags=(("holiday_banner", "booking-web", 25),),
        said=(
            Said(service="booking-web", text="worker pool saturated, request queued", level="WARN", count=24),
            Said(service="search-api", text="elevated request volume, response time degraded", level="WARN", count=12),
        ),
        metrics=(slow("booking-web"), Metric(service="booking-web", name="requests_per_sec", base=300, peak=1900), Metric(service="booking-web", name="cpu_utilization", base=0.3, peak=0.99), Metric(service="search-api", name="requests_per_sec", base=200, peak=1250), slow("search-api", 1500)),
        calls=(Call(service="booking-web", name="GET /search", ms=3000), Call(service="search-api", name="Search", parent=0, ms=1500)),
        remedy="scale", blast=("search-api",),
    ),
)  # fmt: skip
