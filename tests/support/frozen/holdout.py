"""The ninth round's second batch, written after the rules stood: faults of the estate once more."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.around import AROUND
from tests.support.frozen.parts import git
from tests.support.frozen.story import Call, Metric, Said, Story

HOLDOUT: Final[tuple[Story, ...]] = (
    Story(
        name="half-a-path", service="frontend", metric="error_rate_4xx_ratio", summary="frontend: product images and reviews do not load",
        filler=AROUND,
        culprit=git("ingress", 12, "chore(ingress): group hosts of the shop", "k8s/ingress/shop.yaml",
            " metadata:", "   annotations:", "-    nginx.ingress.kubernetes.io/rewrite-target: /$2", "+    nginx.ingress.kubernetes.io/rewrite-target: /$1", " spec:", "   rules:", "     - host: shop.acme.example", "       http:", "         paths:", "           - path: /media(/|$)(.*)"),
        decoys=(
            git("imageprovider", 4, "feat(images): serve webp to browsers that ask for it", "services/imageprovider/nginx.conf", "     location /images/ {", "+        add_header Vary Accept;"),
            git("frontend", 1, "refactor(frontend): one helper builds image paths", "services/frontend/utils/image.ts", "-  return `/media/${p.picture}`;", "+  return mediaPath(p.picture);"),
        ),
        flags=(("image_zoom", "frontend", 6),),
        said=(
            Said(service="imageprovider", text='"GET / HTTP/1.1" 404 153 "-" "Mozilla/5.0"', level="WARN", count=36),
            Said(service="frontend", text="image {n} could not be loaded: 404", level="WARN", count=22),
        ),
        metrics=(
            Metric(service="frontend", name="error_rate_4xx_ratio", base=0.004, peak=0.36), Metric(service="imageprovider", name="http_404_per_min", base=2, peak=900),
            Metric(service="imageprovider", name="requests_per_sec", base=60, peak=61, shape="flat"),
        ),
        remedy="config-revert", blast=("imageprovider",),
    ),
    Story(
        name="nobody-tolerates", service="recommendationservice", metric="kube_pod_status_pending", summary="recommendationservice pods pending for 10m",
        quiet=240, filler=AROUND,
        culprit=git("gke-nodes", 130, "terraform: node pools as a map", "infra/gke/pools.tf",
            ' resource "google_container_node_pool" "pool" {', "   for_each = local.pools", "   node_config {", "     machine_type = each.value.machine", "+    taint {", '+      key    = "workload"', "+      value  = each.key", '+      effect = "NO_SCHEDULE"', "+    }", "   }"),
        decoys=(
            git("recommendationservice", 6, "chore(recommendation): ask for a little more memory", "charts/recommendationservice/values.yaml", " resources:", "   requests:", "-    memory: 450Mi", "+    memory: 500Mi"),
            git("recommendationservice", 3, "perf(recommendation): rank with numpy", "services/recommendation/rank.py", "-    scores = [w * c for w, c in zip(ws, cs)]", "+    scores = np.multiply(ws, cs)"),
        ),
        said=(
            Said(service="default-scheduler", text="0/14 nodes are available: 14 node(s) had untolerated taint {workload: general}. preemption: 0/14 nodes are available", level="WARN", count=18, fields={"reason": "FailedScheduling"}),
            Said(service="frontend", text="recommendations unavailable: no endpoints for recommendationservice", level="WARN", count=14),
        ),
        metrics=(
            Metric(service="recommendationservice", name="kube_pod_status_pending", base=0, peak=5), Metric(service="recommendationservice", name="kube_deployment_available_replicas", base=5, peak=0),
            Metric(service="frontend", name="recommendation_failures_ratio", base=0.001, peak=0.98),
        ),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="one-try-each", service="invoice-worker", metric="invoices_missing_per_min", summary="invoices missing; invoice-dlq fills",
        filler=AROUND,
        culprit=git("sqs", 35, "#infra queues share a module", "infra/sqs/invoice.tf",
            ' resource "aws_sqs_queue" "invoice" {', "   redrive_policy = jsonencode({", "     deadLetterTargetArn = aws_sqs_queue.invoice_dlq.arn", "-    maxReceiveCount     = 8", "+    maxReceiveCount     = 1", "   })"),
        decoys=(
            git("invoice-worker", 5, "#invoice Retry the PDF renderer with jitter", "invoice-worker/render.go", "-\ttime.Sleep(backoff(n))", "+\ttime.Sleep(backoff(n) + jitter())"),
            git("pdf-renderer", 9, "#pdf Fonts are embedded once", "pdf-renderer/fonts.go", "-\tembed(doc, f)", "+\tonce.Do(func() { embed(doc, f) })"),
        ),
        said=(
            Said(service="invoice-worker", text="render of invoice {n} failed, will be retried: pdf-renderer timeout", level="WARN", count=12),
            Said(service="sqs", text="ApproximateNumberOfMessagesVisible on invoice-dlq above 100 (messages moved after ApproximateReceiveCount=1)", level="WARN", count=5),
            Said(service="accounting-export", text="invoice {n} not found for closed order", count=16),
        ),
        metrics=(
            Metric(service="invoice-worker", name="invoices_missing_per_min", base=0, peak=14), Metric(service="invoice-worker", name="dlq_messages_visible", base=0, peak=900, shape="ramp", lead=30),
            Metric(service="pdf-renderer", name="render_timeout_ratio", base=0.02, peak=0.02, shape="flat"), Metric(service="accounting-export", name="export_failures_per_min", base=0, peak=12),
        ),
        remedy="config-revert", blast=("accounting-export",),
    ),
    Story(
        name="smaller-disks", service="ledger-db", metric="db_commit_latency_p99_ms", summary="ledger-db commits above 500ms",
        quiet=200, filler=AROUND,
        culprit=git("rds-ledger", 74, "cost: storage settings follow the sizing sheet", "infra/rds/ledger/main.tf",
            ' resource "aws_db_instance" "ledger" {', '   storage_type       = "gp3"', "   allocated_storage  = 800", "-  iops               = 16000", "-  storage_throughput = 750", "+  iops               = 3000", "+  storage_throughput = 125"),
        decoys=(
            git("ledger-api", 3, "feat(ledger): write audit row with each booking", "ledger-api/src/main/java/ledger/Booking.java", "     repo.save(booking);", "+    audit.save(Audit.of(booking));"),
            git("ledger-api", 16, "chore(ledger): hikari pool 20 -> 24", "ledger-api/src/main/resources/application.yaml", "   hikari:", "-    maximum-pool-size: 20", "+    maximum-pool-size: 24"),
        ),
        said=(
            Said(service="ledger-db", text="checkpoint complete: wrote {n} buffers; write=271.112 s, sync=38.404 s, total=310.209 s", level="WARN", count=6),
            Said(service="ledger-db", text="duration: {n}.221 ms  statement: COMMIT", level="WARN", count=22),
            Said(service="ledger-api", text="slow transaction book() took {n}ms", level="WARN", count=16),
        ),
        metrics=(
            Metric(service="ledger-db", name="db_commit_latency_p99_ms", base=6, peak=820, shape="ramp", lead=8), Metric(service="ledger-db", name="disk_queue_depth", base=1.1, peak=61),
            Metric(service="ledger-db", name="write_iops", base=5200, peak=3000), Metric(service="ledger-api", name="http_server_duration_p99_ms", base=60, peak=1900), Metric(service="ledger-api", name="requests_per_sec", base=510, peak=515, shape="flat"),
        ),
        calls=(Call(service="ledger-api", name="POST /bookings", ms=1900, error="timeout"), Call(service="ledger-db", name="COMMIT", parent=0, ms=1800)),
        remedy="config-revert", blast=("ledger-api",),
    ),
    Story(
        name="export-on-the-shared-cache", service="cartservice", metric="http_server_duration_p99_ms", summary="cartservice p99 above 1s",
        quiet=150, filler=AROUND,
        decoys=(
            git("cartservice", 26, "chore(cart): redis client timeout 1s -> 1200ms", "services/cart/config/redis.yaml", " redis:", "-  timeout_ms: 1000", "+  timeout_ms: 1200"),
            git("cartservice", 14, "refactor(cart): split AddItem", "services/cart/store.go", "-\treturn s.add(ctx, userID, item)", "+\treturn s.addOne(ctx, userID, item)"),
        ),
        flags=(("cart_upsell", "cartservice", 2),),
        said=(
            Said(service="kube-scheduler", text="Successfully assigned data-science/feature-export-x2k9 to node aks-pool2-000007", level="INFO", count=1, lead=1),
            Said(service="kubelet", text="node aks-pool2-000007 CPU usage 98%: top pod data-science/feature-export-x2k9 14.6 cores", level="WARN", count=8),
            Said(service="cartservice", text="slow call to valkey on aks-pool2-000007: {n}ms", level="WARN", count=20),
            Said(service="checkoutservice", text="upstream cartservice timeout after 1500ms", count=12),
        ),
        metrics=(
            Metric(service="aks-pool2-000007", name="node_cpu_utilization_ratio", base=0.35, peak=0.98), Metric(service="feature-export", name="container_cpu_usage_cores", base=0, peak=14.6),
            Metric(service="cartservice", name="http_server_duration_p99_ms", base=40, peak=1700), Metric(service="cartservice", name="requests_per_sec", base=300, peak=301, shape="flat"), Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.001, peak=0.2),
        ),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=1600, error="timeout"), Call(service="cartservice", name="GetCart", parent=0, ms=1500, error="deadline exceeded")),
        remedy="reschedule", blast=("checkoutservice",),
    ),
    Story(
        name="carrier-answers-late", service="shippingservice", metric="http_client_duration_p99_ms", summary="shippingservice: quotes take over 5s",
        filler=AROUND,
        decoys=(
            git("shippingservice", 5, "chore(shipping): carrier client timeout 5s -> 6s", "services/shipping/config/carrier.yaml", " carrier:", "-  timeout: 5s", "+  timeout: 6s"),
            git("shippingservice", 2, "feat(shipping): cache quotes by postal code", "services/shipping/src/quote.rs", "+    if let Some(q) = cache.get(&zip) { return Ok(q); }"),
        ),
        said=(
            Said(service="shippingservice", text="POST https://api.parcel-carrier.com/v3/rates: timeout awaiting response headers", count=24, fields={"server.address": "api.parcel-carrier.com"}),
            Said(service="checkoutservice", text="shipping quote failed: timeout", count=14),
        ),
        metrics=(
            Metric(service="shippingservice", name="http_client_duration_p99_ms", base=320, peak=6000), Metric(service="shippingservice", name="requests_per_sec", base=80, peak=79, shape="flat"),
            Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.002, peak=0.3),
        ),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=6100, error="timeout"), Call(service="shippingservice", name="GetQuote", parent=0, ms=6000, error="timeout", fields={"server.address": "api.parcel-carrier.com"})),
        remedy="escalate-upstream", blast=("checkoutservice",),
    ),
    Story(
        name="accounts-by-another-name", service="paymentservice", metric="rpc_server_error_rate", summary="checkout cannot charge: paymentservice refuses calls",
        filler=AROUND,
        culprit=git("mesh-authz", 10, "chore(mesh): principals follow the naming scheme", "mesh/shop/payment-authz.yaml",
            " kind: AuthorizationPolicy", " spec:", "   rules:", "     - from:", "         - source:", "-            principals: [cluster.local/ns/shop/sa/checkoutservice]", "+            principals: [cluster.local/ns/shop/sa/checkout]"),
        decoys=(
            git("paymentservice", 3, "feat(payment): deny cards from the test range", "services/payment/charge.js", "+  if (isTestCard(card)) throw new Error('test card');"),
            git("checkoutservice", 6, "refactor(checkout): payment client in its own file", "services/checkout/payment.go", "-\tclient := pb.NewPaymentServiceClient(conn)", "+\tclient := newPaymentClient(conn)"),
        ),
        said=(
            Said(service="paymentservice", text='istio-proxy: "POST /hipstershop.PaymentService/Charge HTTP/2" 403 - rbac_access_denied_matched_policy[none]', level="WARN", count=26),
            Said(service="checkoutservice", text="failed to charge card: rpc error: code = PermissionDenied desc = RBAC: access denied", count=26),
            Said(service="frontend", text="POST /api/checkout failed: 500", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="paymentservice", name="rpc_server_error_rate", base=0.001, peak=1.0), Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.002, peak=0.96), Metric(service="frontend", name="error_rate_5xx_ratio", base=0.001, peak=0.2),
        ),
        calls=(Call(service="frontend", name="POST /api/checkout", ms=80, error="500"), Call(service="checkoutservice", name="PlaceOrder", parent=0, ms=70, error="PermissionDenied"), Call(service="paymentservice", name="Charge", parent=1, ms=2, error="RBAC: access denied")),
        remedy="config-revert", blast=("checkoutservice", "frontend"),
    ),
    Story(
        name="asked-too-impatiently", service="adservice", metric="container_restarts_total", summary="adservice pods restart in turns",
        quiet=220, filler=AROUND,
        culprit=git("adservice", 105, "chore(charts): probes from the library chart", "charts/adservice/values.yaml",
            " livenessProbe:", "   httpGet: {path: /healthz, port: 9555}", "-  timeoutSeconds: 10", "-  failureThreshold: 6", "+  timeoutSeconds: 1", "+  failureThreshold: 1"),
        decoys=(
            git("adservice", 5, "feat(ads): context keys from the session", "services/ad/src/main/java/ads/AdService.java", "-    List<String> keys = req.getContextKeysList();", "+    List<String> keys = contextKeys(req);"),
            git("adservice", 12, "chore(ads): JVM flight recorder off", "services/ad/Dockerfile", "-ENV JFR=on", "+ENV JFR=off"),
        ),
        said=(
            Said(service="kubelet", text='Liveness probe failed: Get "http://10.8.2.14:9555/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', level="WARN", count=20, fields={"reason": "Unhealthy"}),
            Said(service="kubelet", text="Container adservice failed liveness probe, will be restarted", level="WARN", count=9, fields={"reason": "Killing"}),
            Said(service="frontend", text="ads not available: connection refused", level="WARN", count=11),
        ),
        metrics=(
            Metric(service="adservice", name="container_restarts_total", base=0, peak=11), Metric(service="adservice", name="cpu_utilization", base=0.4, peak=0.62), Metric(service="frontend", name="ad_failures_ratio", base=0.002, peak=0.3),
        ),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="comma-too-much", service="pricing-rules", metric="http_5xx_ratio", summary="pricing-rules 500 on every quote",
        filler=AROUND,
        culprit=git("pricing-rules", 3, "#pricing Sort discount tiers", "config/pricing/tiers.json",
            " {", '   "tiers": [', '-    {"from": 0, "discount": 0},', '-    {"from": 100, "discount": 5}', '+    {"from": 100, "discount": 5},', '+    {"from": 0, "discount": 0},', "   ]", " }"),
        decoys=(
            git("pricing-rules", 8, "#pricing Load tiers on start instead of on first use", "pricing-rules/src/tiers.ts", "-  tiers ??= load()", "+const tiers = load()"),
            git("web", 1, "#web JSON-LD for product pages", "web/src/pages/Product.tsx", "+  <script type='application/ld+json'>{ld}</script>"),
        ),
        said=(
            Said(service="pricing-rules", text="SyntaxError: Unexpected token ] in JSON at position 88", count=24, fields={"stack": "JSON.parse tiers.json"}),
            Said(service="web", text="price unavailable: pricing-rules 500", level="WARN", count=14),
        ),
        metrics=(Metric(service="pricing-rules", name="http_5xx_ratio", base=0.001, peak=1.0), Metric(service="web", name="http_5xx_ratio", base=0.001, peak=0.3)),
        calls=(Call(service="web", name="GET /p", ms=20, error="500"), Call(service="pricing-rules", name="Quote", parent=0, ms=3, error="SyntaxError")),
        remedy="config-revert", blast=("web",),
    ),
    Story(
        name="session-of-the-consumer", service="stock-projector", metric="kafka_consumer_lag_max", summary="stock-projector lag above 20000",
        filler=AROUND,
        culprit=git("stock-projector", 28, "chore(kafka): client defaults from the platform library", "stock-projector/src/main/resources/consumer.properties",
            " group.id=stock-projector", "-session.timeout.ms=45000", "-heartbeat.interval.ms=15000", "+session.timeout.ms=3000", "+heartbeat.interval.ms=2900", " auto.offset.reset=earliest"),
        decoys=(
            git("stock-projector", 3, "perf(stock): project per warehouse", "stock-projector/src/main/kotlin/Project.kt", "-    events.forEach(::apply)", "+    events.groupBy { it.warehouse }.forEach(::applyAll)"),
            git("orders", 6, "chore(orders): producer linger 5ms", "orders/src/main/resources/producer.properties", "-linger.ms=4", "+linger.ms=5"),
        ),
        said=(
            Said(service="stock-projector", text="[Consumer clientId=c-4, groupId=stock-projector] Member c-4 sending LeaveGroup request to coordinator due to consumer poll timeout has expired / Attempt to heartbeat failed since group is rebalancing", level="WARN", count=22),
            Said(service="kafka", text="[GroupCoordinator 2]: Preparing to rebalance group stock-projector in state PreparingRebalance (reason: removing member on heartbeat expiration)", level="INFO", count=22),
            Said(service="storefront", text="stock figure older than 10m for sku {n}", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="stock-projector", name="kafka_consumer_lag_max", base=40, peak=48000, shape="ramp", lead=20), Metric(service="stock-projector", name="consumer_rebalance_total", base=0, peak=33),
            Metric(service="storefront", name="stale_stock_ratio", base=0.001, peak=0.4), Metric(service="orders", name="requests_per_sec", base=90, peak=91, shape="flat"),
        ),
        remedy="config-revert", blast=("storefront",),
    ),
    Story(
        name="ports-of-the-nat", service="webhook-dispatcher", metric="outbound_connect_failures_per_min", summary="webhook-dispatcher cannot reach customers' endpoints now and then",
        quiet=170, filler=AROUND,
        culprit=git("gcp-network", 58, "#infra NAT per region in one module", "infra/network/nat.tf",
            ' resource "google_compute_router_nat" "nat" {', '   nat_ip_allocate_option = "AUTO_ONLY"', "-  min_ports_per_vm       = 4096", "-  enable_dynamic_port_allocation = true", "+  min_ports_per_vm       = 64", "   log_config {"),
        decoys=(
            git("webhook-dispatcher", 4, "#webhooks Follow at most three redirects", "webhook-dispatcher/client.go", "-\t\tif len(via) > 5 {", "+\t\tif len(via) > 3 {"),
            git("webhook-dispatcher", 20, "#webhooks Connect timeout 3s", "webhook-dispatcher/config.yaml", "-connect_timeout: 4s", "+connect_timeout: 3s"),
        ),
        said=(
            Said(service="webhook-dispatcher", text="delivery {n}: dial tcp: connect: connection timed out", count=30),
            Said(service="cloud-nat", text="allocation_status=DROPPED vpc=prod gateway=nat-europe-west1 endpoint=webhook-dispatcher-7f", level="WARN", count=24),
            Said(service="sso-sync", text="dial tcp: connect: connection timed out", level="WARN", count=7),
        ),
        metrics=(
            Metric(service="webhook-dispatcher", name="outbound_connect_failures_per_min", base=1, peak=260), Metric(service="cloud-nat", name="nat_port_usage_max", base=900, peak=64), Metric(service="webhook-dispatcher", name="deliveries_pending", base=20, peak=7000),
            Metric(service="sso-sync", name="sync_failures_per_min", base=0, peak=6),
        ),
        remedy="config-revert", blast=("sso-sync",),
    ),
)  # fmt: skip
