"""A ninth round: faults of the estate below the services, in the words that clusters, clouds and brokers use of themselves."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.around import AROUND
from tests.support.frozen.parts import git
from tests.support.frozen.story import Call, Metric, Said, Story

ESTATE: Final[tuple[Story, ...]] = (
    Story(
        name="hpa-external-metric", service="emailservice", metric="queue_oldest_message_age_seconds", summary="order mails are late, oldest message in the queue older than 10m",
        quiet=160, filler=AROUND,
        culprit=git("emailservice", 46, "chore(infra): align chart values", "charts/emailservice/values.yaml",
            " autoscaling:", "   enabled: true", "   minReplicas: 1", "   maxReplicas: 20", "   external:", "-    metricName: sqs_messages_visible", "+    metricName: aws_sqs_visible_messages", "     targetAverageValue: 30"),
        decoys=(
            git("emailservice", 4, "perf(email): reuse the template engine between messages", "services/email/lib/render.rb", "-  ERB.new(File.read(path)).result(binding)", "+  @engine ||= ERB.new(File.read(path))", "+  @engine.result(binding)"),
            git("emailservice", 12, "chore(email): raise long poll wait of the queue reader", "services/email/config/queue.yml", " receive:", "-  wait_time_seconds: 10", "+  wait_time_seconds: 20"),
        ),
        flags=(("email_receipt_v2", "emailservice", 3),),
        said=(
            Said(service="kube-controller-manager", text="FailedGetExternalMetric: horizontalpodautoscaler emailservice: unable to get external metric shop/aws_sqs_visible_messages: no metrics returned from external metrics API", level="WARN", count=16, lead=40, fields={"reason": "FailedGetExternalMetric"}),
            Said(service="emailservice", text="order confirmation sent {n}s after the order", level="WARN", count=20),
            Said(service="checkoutservice", text="confirmation not acknowledged within 300s for order {n}", level="WARN", count=8),
        ),
        metrics=(
            Metric(service="emailservice", name="queue_oldest_message_age_seconds", base=6, peak=1400, shape="ramp", lead=12),
            Metric(service="emailservice", name="queue_messages_visible", base=20, peak=9100, shape="ramp", lead=14),
            Metric(service="emailservice", name="kube_deployment_replicas", base=6, peak=1, lead=38),
            Metric(service="checkoutservice", name="http_server_duration_p99_ms", base=210, peak=214, shape="flat"),
        ),
        remedy="config-revert", blast=("checkoutservice",),
    ),
    Story(
        name="bouncer-pool-mode", service="accountingservice", metric="error_rate_5xx_ratio", summary="accountingservice 5xx ratio above 2%; database errors",
        filler=AROUND,
        culprit=git("pgbouncer", 18, "chore(data): one pgbouncer.ini for all clusters", "deploy/prod/pgbouncer/pgbouncer.ini",
            " [pgbouncer]", " listen_port = 6432", "-pool_mode = session", "+pool_mode = transaction", " max_client_conn = 2000", "-server_idle_timeout = 300", "+server_idle_timeout = 600"),
        decoys=(
            git("accountingservice", 3, "feat(accounting): prepare month-end statement layout", "services/accounting/statement.go", "-\treturn layoutV1(rows)", "+\treturn layout(rows, cols)"),
            git("accountingservice", 7, "chore(accounting): raise db pool max connections", "services/accounting/config/db.yaml", " pool:", "-  max_open: 20", "+  max_open: 25"),
        ),
        said=(
            Said(service="accountingservice", text='pq: prepared statement "stmtcache_{n}" does not exist (SQLSTATE 26000)', count=28, fields={"db.system": "postgresql"}),
            Said(service="quoteservice", text='ERROR: prepared statement "lrupsc_1_{n}" already exists (SQLSTATE 42P05)', count=11),
            Said(service="frontend", text="upstream accountingservice returned 500", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="accountingservice", name="error_rate_5xx_ratio", base=0.002, peak=0.31),
            Metric(service="quoteservice", name="error_rate_5xx_ratio", base=0.002, peak=0.14),
            Metric(service="frontend", name="error_rate_5xx_ratio", base=0.001, peak=0.09),
            Metric(service="pgbouncer", name="server_connections_active", base=140, peak=38),
        ),
        calls=(Call(service="frontend", name="GET /api/statements", ms=60, error="500"), Call(service="accountingservice", name="ListStatements", parent=0, ms=40, error='prepared statement "stmtcache_41" does not exist')),
        remedy="config-revert", blast=("frontend", "quoteservice"),
    ),
    Story(
        name="conntrack-table", service="cartservice", metric="http_server_duration_p99_ms", summary="cartservice p99 above 1s, connects to valkey-cart time out now and then",
        quiet=150, filler=AROUND,
        culprit=git("node-config", 55, "chore(nodes): sysctls from the hardening baseline", "infra/nodes/sysctl.yaml",
            " sysctls:", "   net.core.somaxconn: 4096", "-  net.netfilter.nf_conntrack_max: 1048576", "+  net.netfilter.nf_conntrack_max: 65536", "   vm.swappiness: 10"),
        decoys=(
            git("cartservice", 6, "perf(cart): open a fresh connection when the pooled one is stale", "services/cart/src/store/ValkeyCartStore.cs", "-        var db = _conn.GetDatabase();", "+        var db = Connection().GetDatabase();"),
            git("valkey-cart", 14, "chore(valkey): slowlog keeps more entries", "charts/valkey-cart/values.yaml", " config:", "-  slowlog-max-len: 128", "+  slowlog-max-len: 512"),
        ),
        flags=(("cart_merge_guest", "cartservice", 5),),
        said=(
            Said(service="ip-10-4-17-22", text="kernel: nf_conntrack: nf_conntrack: table full, dropping packet", level="WARN", count=18, fields={"component": "kernel"}),
            Said(service="cartservice", text="connect to valkey-cart:6379 timed out after 1000ms", count=22),
            Said(service="checkoutservice", text="rpc error: code = DeadlineExceeded desc = cart GetCart", count=12),
            Said(service="frontend", text="cart could not be loaded, rendering empty cart", level="WARN", count=10),
        ),
        metrics=(
            Metric(service="ip-10-4-17-22", name="node_nf_conntrack_entries", base=41000, peak=65536, shape="ramp", lead=20),
            Metric(service="cartservice", name="http_server_duration_p99_ms", base=45, peak=2100),
            Metric(service="checkoutservice", name="http_server_duration_p99_ms", base=210, peak=2600),
            Metric(service="frontend", name="error_rate_5xx_ratio", base=0.001, peak=0.06),
            Metric(service="cartservice", name="requests_per_sec", base=420, peak=425, shape="flat"),
        ),
        calls=(
            Call(service="frontend", name="POST /api/checkout", ms=2800, error="deadline exceeded"), Call(service="checkoutservice", name="PlaceOrder", parent=0, ms=2600, error="DeadlineExceeded"),
            Call(service="cartservice", name="GetCart", parent=1, ms=2100, error="connect timeout valkey-cart:6379"),
        ),
        remedy="config-revert", blast=("checkoutservice", "frontend"),
    ),
    Story(
        name="topic-retention", service="frauddetectionservice", metric="records_skipped_per_min", summary="frauddetectionservice skipped orders after its weekly restart",
        quiet=260, filler=AROUND,
        culprit=git("kafka-topics", 170, "terraform: tidy modules", "infra/kafka/topics.tf",
            ' module "topic_orders" {', '   source     = "../modules/topic"', "   partitions = 12", "-  config = {", '-    "retention.ms"   = "604800000"', '-    "cleanup.policy" = "delete"', "-  }", '+  config     = merge(local.topic_defaults, { "retention.ms" = "3600000" })', " }"),
        decoys=(
            git("frauddetectionservice", 9, "refactor(fraud): name the consumer threads", "services/fraud/src/main/kotlin/Consumer.kt", "-    thread { loop() }", '+    thread(name = "orders-consumer") { loop() }'),
            git("frauddetectionservice", 20, "fix(fraud): skip heartbeats when counting orders", "services/fraud/src/main/kotlin/Count.kt", "-    seen.inc()", "+    if (!record.isHeartbeat) seen.inc()"),
        ),
        said=(
            Said(service="frauddetectionservice", text="Fetch position FetchPosition{offset={n}} is out of range for partition orders-7, resetting offset", level="WARN", count=24),
            Said(service="frauddetectionservice", text="Resetting offset for partition orders-7 to position FetchPosition{offset={n}}", level="INFO", count=24),
            Said(service="accountingservice", text="no fraud verdict for order {n}, holding payout", level="WARN", count=13),
        ),
        metrics=(
            Metric(service="frauddetectionservice", name="records_skipped_per_min", base=0, peak=1900),
            Metric(service="kafka", name="log_size_bytes", base=9.1e10, peak=1.3e10, shape="ramp", lead=160),
            Metric(service="accountingservice", name="payouts_on_hold", base=4, peak=380),
        ),
        remedy="config-revert", blast=("accountingservice",),
    ),
    Story(
        name="ejected-at-once", service="frontend-proxy", metric="error_rate_5xx_ratio", summary="frontend-proxy 503 ratio above 5%",
        filler=AROUND,
        culprit=git("istio-config", 21, "chore(mesh): same traffic policy in every namespace", "mesh/shop/productcatalog-dr.yaml",
            " kind: DestinationRule", " spec:", "   host: productcatalogservice", "   trafficPolicy:", "     outlierDetection:", "-      consecutive5xxErrors: 20", "+      consecutive5xxErrors: 1", "       interval: 10s", "-      baseEjectionTime: 15s", "-      maxEjectionPercent: 20", "+      baseEjectionTime: 300s", "+      maxEjectionPercent: 100"),
        decoys=(
            git("productcatalogservice", 3, "feat(catalog): return 404 instead of 500 for unknown products", "services/productcatalog/handler.go", "-\t\thttp.Error(w, err.Error(), 500)", "+\t\thttp.Error(w, err.Error(), 404)"),
            git("frontend-proxy", 6, "chore(proxy): upstream names in the access log", "services/frontend-proxy/envoy.tmpl.yaml", '-                  format: "%REQ(:PATH)% %RESPONSE_CODE%"', '+                  format: "%REQ(:PATH)% %RESPONSE_CODE% %UPSTREAM_CLUSTER%"'),
        ),
        said=(
            Said(service="frontend-proxy", text='"GET /api/products HTTP/1.1" 503 UH no_healthy_upstream outbound|3550||productcatalogservice', count=34),
            Said(service="recommendationservice", text="rpc error: code = Unavailable desc = no healthy upstream", count=14),
        ),
        metrics=(
            Metric(service="frontend-proxy", name="error_rate_5xx_ratio", base=0.001, peak=0.42),
            Metric(service="frontend-proxy", name="envoy_cluster_outlier_detection_ejections_active", base=0, peak=6),
            Metric(service="recommendationservice", name="rpc_client_error_rate", base=0.001, peak=0.37),
            Metric(service="productcatalogservice", name="http_server_duration_p99_ms", base=35, peak=33, shape="flat"),
            Metric(service="productcatalogservice", name="requests_per_sec", base=900, peak=310),
        ),
        calls=(Call(service="frontend-proxy", name="GET /api/products", ms=2, error="503 UH"),),
        remedy="config-revert", blast=("recommendationservice",),
    ),
    Story(
        name="server-hangs-up-first", service="reviewservice", metric="http_5xx_ratio", summary="reviewservice 5xx after quiet minutes",
        filler=AROUND,
        culprit=git("rds-reviews", 30, "#infra MySQL parameters as code", "infra/rds/reviews/parameters.tf",
            ' resource "aws_db_parameter_group" "reviews" {', '   family = "mysql8.0"', "   parameter {", '     name  = "wait_timeout"', '-    value = "28800"', '+    value = "60"', "   }"),
        decoys=(
            git("reviewservice", 2, "#reviews Close the response body of the avatar client", "reviewservice/internal/avatar/client.go", "+\tdefer res.Body.Close()"),
            git("reviewservice", 8, "#reviews Tune connection names in pool metrics", "reviewservice/src/main/resources/hikari.properties", "-poolName=pool", "+poolName=reviews"),
        ),
        flags=(("reviews_sort_helpful", "reviewservice", 1),),
        said=(
            Said(service="reviewservice", text="com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure The last packet successfully received from the server was {n} milliseconds ago", count=24),
            Said(service="reviewservice", text="HikariPool-1 - Failed to validate connection com.mysql.cj.jdbc.ConnectionImpl (No operations allowed after connection closed.). Possibly consider using a shorter maxLifetime value.", level="WARN", count=18),
            Said(service="web", text="reviews hidden: reviewservice answered 500", level="WARN", count=9),
        ),
        metrics=(
            Metric(service="reviewservice", name="http_5xx_ratio", base=0.002, peak=0.12), Metric(service="rds-reviews", name="aborted_clients_per_min", base=0.1, peak=44),
            Metric(service="web", name="http_5xx_ratio", base=0.002, peak=0.002, shape="flat"),
        ),
        remedy="config-revert", blast=("web",),
    ),
    Story(
        name="images-expired", service="shippingservice", metric="kube_deployment_status_replicas_unavailable", summary="shippingservice: pods do not start on new nodes",
        quiet=300, filler=AROUND,
        culprit=git("ecr", 190, "cost: less storage for old builds", "infra/ecr/lifecycle.json",
            '       "selection": {', '         "tagStatus": "any",', '-        "countType": "imageCountMoreThan",', '-        "countNumber": 200', '+        "countType": "sinceImagePushed",', '+        "countUnit": "days",', '+        "countNumber": 3', "       }"),
        decoys=(
            git("shippingservice", 260, "chore(shipping): pull policy Always as everywhere", "charts/shippingservice/values.yaml", " image:", "-  pullPolicy: IfNotPresent", "+  pullPolicy: Always"),
            git("quoteservice", 5, "feat(quote): image of the parcel in the quote", "services/quote/app/quote.php", "+    $quote['image'] = $parcel->image();"),
        ),
        said=(
            Said(service="kubelet", text='Failed to pull image "1234.dkr.ecr.eu-west-1.amazonaws.com/shippingservice:v2031.02.18": rpc error: code = NotFound desc = manifest unknown', level="WARN", count=20, fields={"reason": "Failed"}),
            Said(service="kubelet", text="Back-off pulling image 1234.dkr.ecr.eu-west-1.amazonaws.com/shippingservice:v2031.02.18 ImagePullBackOff", level="WARN", count=20, fields={"reason": "BackOff"}),
            Said(service="checkoutservice", text="shipping quote failed: no endpoints available for service shippingservice", count=15),
        ),
        metrics=(
            Metric(service="shippingservice", name="kube_deployment_status_replicas_unavailable", base=0, peak=4),
            Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.002, peak=0.5),
        ),
        remedy="config-revert", blast=("checkoutservice",),
    ),
    Story(
        name="collector-holds-traces", service="otel-collector", metric="container_restarts_total", summary="otel-collector restarting, spans are missing",
        quiet=130, filler=AROUND,
        culprit=git("otel-collector", 19, "otel: keep slow checkouts in one piece", "deploy/otel/collector-config.yaml",
            " processors:", "   tail_sampling:", "-    decision_wait: 10s", "-    num_traces: 20000", "+    decision_wait: 180s", "+    num_traces: 900000", "     policies:"),
        decoys=(
            git("otel-collector", 4, "otel: drop health check spans", "deploy/otel/filters.yaml", "   filter/health:", "+    spans:", "+      span:", '+        - attributes["http.route"] == "/healthz"'),
            git("frontend", 2, "feat(frontend): trace id on the error page", "services/frontend/pages/_error.tsx", "+  <small>{traceId}</small>"),
        ),
        said=(
            Said(service="kubelet", text="Container otel-collector terminated: OOMKilled exit code 137", level="WARN", count=7, fields={"reason": "OOMKilled"}),
            Said(service="otel-collector", text="Memory usage is above hard limit. Forcing a GC.", level="WARN", count=20),
            Said(service="frontend", text="traces export: rpc error: code = Unavailable desc = connection refused otel-collector:4317", level="WARN", count=12),
            Said(service="checkoutservice", text="traces export: rpc error: code = Unavailable desc = connection refused otel-collector:4317", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="otel-collector", name="container_restarts_total", base=0, peak=7),
            Metric(service="otel-collector", name="container_memory_working_set_bytes", base=4.1e8, peak=2.0e9, shape="ramp", lead=16),
            Metric(service="otel-collector", name="otelcol_receiver_refused_spans", base=0, peak=9200),
            Metric(service="otel-collector", name="otelcol_receiver_accepted_spans", base=8100, peak=8000, shape="flat"),
        ),
        remedy="config-revert", blast=("checkoutservice", "frontend"),
    ),
    Story(
        name="runs-on-top-of-each-other", service="productcatalogservice", metric="db_query_latency_p99_ms", summary="productcatalogservice queries slow, catalog-db CPU at 97%",
        quiet=180, filler=AROUND,
        culprit=git("catalog-jobs", 62, "chore(ops): cron manifests share a base", "k8s/base/jobs/catalog-reprice.yaml",
            " kind: CronJob", " spec:", "   schedule: '*/10 * * * *'", "-  concurrencyPolicy: Forbid", "-  startingDeadlineSeconds: 60", "+  concurrencyPolicy: Allow", "   jobTemplate:"),
        decoys=(
            git("productcatalogservice", 4, "feat(catalog): query products by several ids", "services/productcatalog/store.go", '-\tq := "SELECT id, name, price FROM products WHERE id = $1"', '+\tq := "SELECT id, name, price FROM products WHERE id = ANY($1)"'),
            git("productcatalogservice", 11, "chore(catalog): slow query log threshold 500ms", "services/productcatalog/config/db.yaml", "-slow_query_ms: 1000", "+slow_query_ms: 500"),
        ),
        said=(
            Said(service="catalog-jobs", text="catalog-reprice started, 6 other runs of catalog-reprice are still active", level="WARN", count=6, lead=30),
            Said(service="catalog-db", text="process {n} still waiting for ShareLock on transaction after 1000.201 ms", level="WARN", count=14),
            Said(service="productcatalogservice", text="slow query: ListProducts took {n}ms", level="WARN", count=24),
            Said(service="frontend", text="upstream productcatalogservice timeout after 1500ms", count=10),
        ),
        metrics=(
            Metric(service="productcatalogservice", name="db_query_latency_p99_ms", base=25, peak=1900),
            Metric(service="catalog-db", name="cpu_utilization", base=0.3, peak=0.97, shape="ramp", lead=30),
            Metric(service="catalog-jobs", name="kube_job_status_active", base=1, peak=7, shape="ramp", lead=40),
            Metric(service="frontend", name="http_server_duration_p99_ms", base=240, peak=1700),
            Metric(service="productcatalogservice", name="requests_per_sec", base=900, peak=905, shape="flat"),
        ),
        calls=(Call(service="frontend", name="GET /", ms=1600, error="timeout"), Call(service="productcatalogservice", name="ListProducts", parent=0, ms=1500, error="canceled"), Call(service="catalog-db", name="SELECT products", parent=1, ms=1450)),
        remedy="config-revert", blast=("frontend",),
    ),
)  # fmt: skip
