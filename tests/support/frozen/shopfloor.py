"""The ninth round's last batch, written before it was asked: the shop's commonest faults, told once more in other words."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.around import AROUND
from tests.support.frozen.decoys import handler_tidied, library_patched, page_restyled
from tests.support.frozen.parts import errors, git, slow
from tests.support.frozen.story import Call, Metric, Said, Story

SHOPFLOOR: Final[tuple[Story, ...]] = (
    Story(
        name="wildcard-ran-out", service="frontend-proxy", metric="tls_handshake_failure_ratio", summary="frontend-proxy: clients cannot connect over TLS",
        filler=AROUND,
        decoys=(
            git("frontend-proxy", 5, "chore(proxy): TLS minimum version 1.2", "deploy/frontend-proxy/tls.yaml", "-    tls_minimum_protocol_version: TLSv1_1", "+    tls_minimum_protocol_version: TLSv1_2"),
            handler_tidied("frontend", "Home", before=2),
        ),
        said=(
            Said(service="frontend-proxy", text="TLS error: 268436501: SSL routines:OPENSSL_internal:SSLV3_ALERT_CERTIFICATE_EXPIRED", level="WARN", count=30),
            Said(service="synthetic-checks", text="GET https://shop.acme.example: certificate expired on 2031-03-04 (CN=*.acme.example)", count=10),
        ),
        metrics=(Metric(service="frontend-proxy", name="tls_handshake_failure_ratio", base=0.001, peak=0.98), Metric(service="frontend-proxy", name="requests_per_sec", base=900, peak=30)),
        remedy="rotate-cert", blast=("synthetic-checks",),
    ),
    Story(
        name="primary-in-the-dark", service="orderservice", metric="error_rate_5xx_ratio", summary="orderservice cannot write orders",
        filler=AROUND,
        decoys=(
            git("orderservice", 6, "chore(order): pool max open 40 -> 48", "services/order/config/db.yaml", "-  max_open_conns: 40", "+  max_open_conns: 48"),
            git("orderservice", 2, "refactor(order): name the write transaction", "services/order/store.go", "-\treturn s.db.InTx(ctx, func(tx *sql.Tx) error {", '+\treturn s.db.InNamedTx(ctx, "write", func(tx *sql.Tx) error {'),
        ),
        said=(
            Said(service="orders-db", text="primary orders-db-0 not responding to heartbeats for 30s, 2 of 3 replicas see no leader", level="WARN", count=8),
            Said(service="orderservice", text="write order: no writable primary available", count=26),
            Said(service="checkoutservice", text="orderservice returned 503", level="WARN", count=14),
        ),
        metrics=(errors("orderservice", 0.8, "error_rate_5xx_ratio"), errors("checkoutservice", 0.6, "error_rate_5xx_ratio"), Metric(service="orders-db", name="replica_leader_seen", base=3, peak=1)),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=900, error="503"), Call(service="orderservice", name="CreateOrder", parent=0, ms=850, error="no primary")),
        remedy="failover", blast=("checkoutservice", "orders-db"),
    ),
    Story(
        name="one-letter-missing", service="recommendationservice", metric="rpc_client_error_rate", summary="recommendationservice client errors above 5%",
        filler=AROUND,
        culprit=git("recommendationservice", 13, "chore(config): addresses of peers in one file", "services/recommendation/config/peers.env",
            "-PRODUCT_CATALOG_ADDR=productcatalogservice:3550", "+PRODUCT_CATALOG_ADDR=productcatalogservce:3550", " AD_ADDR=adservice:9555"),
        decoys=(
            git("recommendationservice", 3, "refactor(recommendation): dial helper", "services/recommendation/dial.py", "-    channel = grpc.insecure_channel(addr)", "+    channel = dial(addr)"),
            git("productcatalogservice", 6, "perf(catalog): warm the product list at start", "services/productcatalog/main.go", "+\tgo store.Warm(ctx)"),
        ),
        said=(
            Said(service="recommendationservice", text="failed to list products: StatusCode.UNAVAILABLE DNS resolution failed for productcatalogservce:3550: C-ares status is not ARES_SUCCESS", count=30),
            Said(service="frontend", text="no recommendations", level="WARN", count=12),
        ),
        metrics=(Metric(service="recommendationservice", name="rpc_client_error_rate", base=0.001, peak=1.0), errors("frontend", 0.05, "error_rate_5xx_ratio")),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="eight-times-each", service="inventoryservice", metric="http_server_duration_p99_ms", summary="inventoryservice overloaded",
        quiet=120, filler=AROUND,
        culprit=git("cartservice", 17, "chore(cart): resilience settings from the template", "services/cart/config/resilience.yaml",
            " inventory:", "   retry:", "-    max_attempts: 2", "-    backoff: 500ms", "+    max_attempts: 8", "+    backoff: 5ms", "   timeout: 2s"),
        decoys=(
            git("inventoryservice", 3, "refactor(inventory): reserve in a transaction helper", "services/inventory/reserve.go", "-\ttx, err := s.db.Begin()", "+\ttx, err := s.begin(ctx)"),
            page_restyled("frontend", before=1),
        ),
        said=(
            Said(service="cartservice", text="inventory Reserve attempt 8 of 8 failed: 503", level="WARN", count=24),
            Said(service="inventoryservice", text="request rejected: queue full", level="WARN", count=30),
            Said(service="frontend", text="cartservice timeout", level="WARN", count=10),
        ),
        metrics=(
            slow("inventoryservice", 4800), Metric(service="inventoryservice", name="requests_per_sec", base=300, peak=2100), Metric(service="cartservice", name="requests_per_sec", base=280, peak=284, shape="flat"),
            Metric(service="cartservice", name="outbound_retries_per_sec", base=2, peak=1800), slow("cartservice", 5200), errors("frontend", 0.1, "error_rate_5xx_ratio"),
        ),
        calls=(Call(service="frontend", name="POST /cart", ms=5200, error="timeout"), Call(service="cartservice", name="AddItem", parent=0, ms=5100, error="503"), Call(service="inventoryservice", name="Reserve", parent=1, ms=4800, error="503")),
        remedy="config-revert", blast=("cartservice", "frontend"),
    ),
    Story(
        name="everybody-asks-the-database", service="catalog-db", metric="cpu_utilization", summary="catalog-db CPU above 90% for 5m",
        filler=AROUND,
        culprit=git("productcatalogservice", 14, "chore(catalog): fresher prices", "services/productcatalog/config/cache.yaml", " products:", "-  ttl: 10m", "-  jitter: 60s", "+  ttl: 5s", "+  jitter: 0s"),
        decoys=(
            git("productcatalogservice", 4, "feat(catalog): search by brand", "services/productcatalog/search.go", '-\tq := base + " WHERE name ILIKE $1"', '+\tq := base + " WHERE name ILIKE $1 OR brand ILIKE $1"'),
            library_patched("productcatalogservice", before=25),
        ),
        said=(
            Said(service="productcatalogservice", text="cache miss for product {n}, loading from catalog-db", level="WARN", count=30),
            Said(service="frontend", text="product list slow: {n}ms", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="catalog-db", name="cpu_utilization", base=0.25, peak=0.96), Metric(service="productcatalogservice", name="cache_hit_ratio", base=0.97, peak=0.21), Metric(service="catalog-db", name="queries_per_sec", base=210, peak=6400),
            slow("productcatalogservice", 1300), slow("frontend", 1700, 200),
        ),
        calls=(Call(service="frontend", name="GET /", ms=1700), Call(service="productcatalogservice", name="ListProducts", parent=0, ms=1300), Call(service="catalog-db", name="SELECT products", parent=1, ms=900)),
        remedy="config-revert", blast=("frontend", "productcatalogservice"),
    ),
    Story(
        name="half-the-memory", service="adservice", metric="container_restarts_total", summary="adservice restarting",
        quiet=200, filler=AROUND,
        culprit=git("adservice", 75, "chore(helm): right-size requests and limits", "charts/adservice/values.yaml", " resources:", "   requests:", "-    memory: 512Mi", "+    memory: 200Mi", "   limits:", "-    memory: 768Mi", "+    memory: 300Mi"),
        decoys=(
            git("adservice", 6, "perf(ads): keep parsed campaigns", "services/ad/src/main/java/ads/Campaigns.java", "-    return parse(raw);", "+    return parsed.computeIfAbsent(raw.id(), id -> parse(raw));"),
            handler_tidied("adservice", "GetAds", before=2),
        ),
        said=(
            Said(service="kubelet", text="Memory cgroup out of memory: Killed process 41 (java) total-vm:3120044kB", level="WARN", count=8, fields={"reason": "OOMKilling"}),
            Said(service="frontend", text="ads unavailable: connection refused", level="WARN", count=14),
        ),
        metrics=(Metric(service="adservice", name="container_restarts_total", base=0, peak=8), Metric(service="adservice", name="container_memory_limit_mb", base=768, peak=300, lead=74), errors("frontend", 0.06, "error_rate_5xx_ratio")),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="forty-and-then-four", service="paymentservice", metric="http_server_duration_p99_ms", summary="paymentservice p99 above 3s at the evening peak",
        quiet=260, filler=AROUND,
        culprit=git("paymentservice", 150, "chore(payment): datasource settings per environment", "services/payment/config/prod.yaml", " datasource:", "-  pool_size: 40", "-  acquire_timeout: 10s", "+  pool_size: 4", "+  acquire_timeout: 3s"),
        decoys=(
            git("paymentservice", 8, "feat(payment): store the receipt url", "services/payment/store.js", "-  await db.query('INSERT INTO payments VALUES ($1, $2)', [id, total])", "+  await db.query('INSERT INTO payments VALUES ($1, $2, $3)', [id, total, url])"),
            git("paymentservice", 3, "refactor(payment): close statements in a finally block", "services/payment/db.js", "-  stmt.close()", "+  try { run() } finally { stmt.close() }"),
        ),
        said=(
            Said(service="paymentservice", text="TimeoutError: ResourceRequest timed out waiting for a free client (4 in use, 88 waiting)", count=26),
            Said(service="checkoutservice", text="payment took too long: {n}ms", level="WARN", count=14),
        ),
        metrics=(slow("paymentservice", 3300), Metric(service="paymentservice", name="db_pool_waiting", base=0, peak=88, shape="ramp", lead=15), Metric(service="paymentservice", name="requests_per_sec", base=60, peak=85, shape="ramp", lead=30), slow("checkoutservice", 3900)),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=3900, error="timeout"), Call(service="paymentservice", name="Charge", parent=0, ms=3300, error="TimeoutError")),
        remedy="config-revert", blast=("checkoutservice",),
    ),
    Story(
        name="delivered-before-done", service="video-encoder", metric="duplicate_encodes_per_min", summary="video-encoder encodes the same file several times",
        filler=AROUND,
        culprit=git("video-encoder", 20, "#infra queue defaults", "infra/sqs/encode.tf", ' resource "aws_sqs_queue" "encode" {', "-  visibility_timeout_seconds = 1800", "+  visibility_timeout_seconds = 30", "   message_retention_seconds  = 345600"),
        decoys=(
            git("video-encoder", 4, "#video Key of the output holds the profile", "video-encoder/key.go", '-\treturn id + ".mp4"', '+\treturn id + "-" + profile + ".mp4"'),
            handler_tidied("video-api", "Upload", before=2),
        ),
        said=(
            Said(service="video-encoder", text="encode of {n} finished, but receipt handle has expired", level="WARN", count=22),
            Said(service="video-encoder", text="received message again, ApproximateReceiveCount=4", level="WARN", count=24),
            Said(service="video-api", text="upload {n} still not ready", level="WARN", count=9),
        ),
        metrics=(Metric(service="video-encoder", name="duplicate_encodes_per_min", base=0, peak=60), Metric(service="video-encoder", name="cpu_utilization", base=0.5, peak=0.99), Metric(service="video-api", name="upload_ready_seconds_p99_ms", base=90000, peak=1900000)),
        remedy="config-revert", blast=("video-api",),
    ),
    Story(
        name="acquirer-says-503", service="paymentservice", metric="payment_failure_ratio", summary="paymentservice: charges fail",
        filler=AROUND,
        decoys=(
            git("paymentservice", 3, "feat(payment): send the order id to Stripe as metadata", "services/payment/charge.js", "-  stripe.charges.create({amount})", "+  stripe.charges.create({amount, metadata: {order}})"),
            git("paymentservice", 12, "chore(payment): stripe client timeout 20s", "services/payment/config.yaml", "-  timeout: 18s", "+  timeout: 20s"),
        ),
        flags=(("payment_3ds_v2", "paymentservice", 2),),
        said=(
            Said(service="paymentservice", text="StripeAPIError: api.stripe.com responded 503 (request req_{n})", count=26, fields={"peer.service": "api.stripe.com"}),
            Said(service="checkoutservice", text="charge failed, order kept as pending", level="WARN", count=14),
        ),
        metrics=(Metric(service="paymentservice", name="payment_failure_ratio", base=0.01, peak=0.9), Metric(service="checkoutservice", name="orders_pending", base=3, peak=410), Metric(service="paymentservice", name="requests_per_sec", base=60, peak=59, shape="flat")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=700, error="payment failed"), Call(service="paymentservice", name="Charge", parent=0, ms=650, error="503", fields={"peer.service": "api.stripe.com"})),
        remedy="escalate-upstream", blast=("checkoutservice",),
    ),
    Story(
        name="every-span-kept", service="otel-collector", metric="otelcol_exporter_queue_size", summary="otel-collector export queue full, spans dropped",
        filler=AROUND,
        culprit=git("checkoutservice", 24, "chore(checkout): otel env from the shared block", "charts/checkoutservice/values.yaml", " env:", "-  OTEL_TRACES_SAMPLER: parentbased_traceidratio", '-  OTEL_TRACES_SAMPLER_ARG: "0.05"', "+  OTEL_TRACES_SAMPLER: always_on", "   OTEL_SERVICE_NAME: checkoutservice"),
        decoys=(
            git("otel-collector", 3, "otel: rename the pipeline", "deploy/otel/collector-config.yaml", "-    traces/default:", "+    traces/main:"),
            git("checkoutservice", 6, "feat(checkout): span for the coupon step", "services/checkout/coupon.go", '+\tctx, span := tracer.Start(ctx, "coupon")\n+\tdefer span.End()'),
        ),
        said=(
            Said(service="otel-collector", text="Exporting failed. Dropping data. sending queue is full", count=28, fields={"otelcol.component.id": "otlp"}),
            Said(service="jaeger", text="received {n} spans from checkoutservice in 10s, write queue behind", level="WARN", count=12),
        ),
        metrics=(Metric(service="otel-collector", name="otelcol_exporter_queue_size", base=12, peak=5000, shape="ramp", lead=10), Metric(service="otel-collector", name="otelcol_receiver_accepted_spans", base=900, peak=17000), Metric(service="checkoutservice", name="requests_per_sec", base=110, peak=111, shape="flat"), Metric(service="jaeger", name="write_latency_p99_ms", base=10, peak=900)),
        remedy="config-revert", blast=("jaeger",),
    ),
)  # fmt: skip
