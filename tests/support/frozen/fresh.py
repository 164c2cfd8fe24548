"""A sixth round of incidents, of other kinds than those before, answered once before anything was mended for it."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled, python_helper
from tests.support.frozen.parts import change, counter_added, errors, errors_wrapped, reformatted, slow
from tests.support.frozen.story import Call, Metric, Said, Story

FRESH: Final[tuple[Story, ...]] = (
    Story(
        name="session-outside-with", service="enrolment", metric="http_5xx_ratio", summary="enrolment 5xx ratio above 2% for 3m",
        culprit=change("enrolment", 52, "refactor: repository layer for courses", "enrolment/repo/courses.py",
            " class CourseRepo:", "-    def by_term(self, term):", "-        with Session(self.engine) as session:", "-            return session.scalars(select(Course).where(Course.term == term)).all()",
            "+    def by_term(self, term):", "+        session = Session(self.engine)", "+        return session.scalars(select(Course).where(Course.term == term)).all()"),
        decoys=(
            change("enrolment", 4, "chore: a few more connections for the exam weeks", "enrolment/settings/prod.toml", " [database]", "-pool_size = 20", "+pool_size = 25"),
            python_helper("enrolment", before=1),
        ),
        said=(
            Said(service="enrolment", text="sqlalchemy.exc.TimeoutError: QueuePool limit of size 25 overflow 10 reached, connection timed out, timeout 30.00", count=24),
            Said(service="campus-portal", text="GET /courses failed: enrolment responded 500", level="WARN", count=9),
        ),
        metrics=(errors("enrolment", 0.63), Metric(service="enrolment", name="sqlalchemy_pool_checked_out", base=2, peak=35, shape="ramp", lead=50), errors("campus-portal", 0.3)),
        calls=(Call(service="campus-portal", name="GET /courses", ms=30100, error="500"), Call(service="enrolment", name="by_term", parent=0, ms=30000, error="TimeoutError")),
        blast=("campus-portal",),
    ),
    Story(
        name="origin-not-on-the-list", service="admin-console", metric="js_fetch_error_ratio", summary="admin-console: most API calls of the browser fail",
        culprit=change("edge-gateway", 9, "security: only the origins we know", "edge-gateway/config/cors.ts",
            " export const cors: CorsOptions = {", "-  origin: [/\\.acme\\.dev$/],", "+  origin: ['https://app.acme.dev', 'https://www.acme.dev'],", "   credentials: true,"),
        decoys=(reformatted("admin-console", before=3), page_restyled("admin-console", before=1), counter_added("edge-gateway", "Proxy", before=6)),
        said=(
            Said(service="admin-console", text="Access to fetch at 'https://api.acme.dev/v2/tenants' from origin 'https://admin.acme.dev' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource", count=30),
            Said(service="edge-gateway", text="OPTIONS /v2/tenants 204 origin=https://admin.acme.dev", level="INFO", count=15),
        ),
        metrics=(errors("admin-console", 0.94, "js_fetch_error_ratio"),),
        first="admin-console", remedy="rollback",
    ),
    Story(
        name="primary-crashed", service="subscription-api", metric="http_5xx_ratio", summary="subscription-api cannot write",
        decoys=(
            change("subscription-api", 12, "feat: remember the cancel reason", "subscription-api/migrations/0088_reason.sql", "+ALTER TABLE cancellations ADD COLUMN reason text;"),
            errors_wrapped("subscription-api", "store", before=3),
        ),
        said=(
            Said(service="subscription-api", text="FATAL: the database system is in recovery mode (SQLSTATE 57P03)", count=20),
            Said(service="subscription-api", text="dial tcp 10.9.1.14:5432: connect: connection refused", count=14),
            Said(service="patroni", text="failed to acquire leader lock; no healthy primary for cluster subs", level="WARN", count=8),
            Said(service="billing-web", text="subscription-api: 500", level="WARN", count=9),
        ),
        metrics=(errors("subscription-api", 0.9), Metric(service="patroni", name="patroni_primary", base=1, peak=0), errors("billing-web", 0.4)),
        calls=(Call(service="billing-web", name="POST /cancel", ms=40, error="500"), Call(service="subscription-api", name="Cancel", parent=0, ms=12, error="recovery mode")),
        remedy="failover", blast=("billing-web",),
    ),
    Story(
        name="flushed-at-start", service="price-cache-reader", metric="http_server_duration_p99_ms", summary="price-cache-reader p99 above 2s",
        culprit=change("price-cache-reader", 3, "fix: never serve prices of the last release", "price-cache-reader/docker-entrypoint.sh",
            " #!/bin/sh", " set -e", '+redis-cli -u "$REDIS_URL" FLUSHDB', " exec /usr/local/bin/price-cache-reader"),
        decoys=(handler_tidied("price-cache-reader", "Price", before=1), library_patched("price-cache-reader", before=20)),
        said=(
            Said(service="price-cache-reader", text="price {n} not in cache, computing", level="INFO", count=80),
            Said(service="price-engine", text="compute queue 900 deep", level="WARN", count=14),
            Said(service="shop-web", text="price-cache-reader slow, showing old price", level="WARN", count=8),
        ),
        metrics=(slow("price-cache-reader", 3900), Metric(service="price-cache-reader", name="cache_hits_ratio", base=0.98, peak=0.07), Metric(service="price-engine", name="computations_per_sec", base=30, peak=1900), slow("shop-web", 3000)),
        calls=(Call(service="shop-web", name="GET /product", ms=4000), Call(service="price-cache-reader", name="Price", parent=0, ms=3900), Call(service="price-engine", name="Compute", parent=1, ms=3800)),
        first="price-cache-reader", blast=("price-engine", "shop-web"),
    ),
    Story(
        name="avro-field-without-default", service="warehouse-loader", metric="rows_rejected_per_min", summary="warehouse-loader loads nothing",
        culprit=change("clickstream", 14, "feat: tell sessions apart", "schemas/click_event.avsc",
            '   {"name": "url", "type": "string"},', '+  {"name": "session_key", "type": "string"},', '   {"name": "ts", "type": "long"}', also=("clickstream/src/main/kotlin/Emit.kt",)),
        decoys=(change("warehouse-loader", 3, "chore: name the staging table after the day", "warehouse-loader/load.sql", "-CREATE TEMP TABLE staging AS", "+CREATE TEMP TABLE staging_today AS"), library_patched("warehouse-loader", before=25)),
        said=(
            Said(service="warehouse-loader", text="org.apache.avro.AvroTypeException: Found com.acme.ClickEvent, expecting com.acme.ClickEvent, missing required field session_key", count=28),
        ),
        metrics=(Metric(service="warehouse-loader", name="rows_rejected_per_min", base=0, peak=8200), Metric(service="warehouse-loader", name="rows_loaded_per_min", base=8100, peak=0)),
        first="warehouse-loader",
    ),
    Story(
        name="default-deny", service="recommender", metric="http_5xx_ratio", summary="recommender returns 500",
        culprit=change("platform", 6, "netpol: default deny in namespace ml", "clusters/prod/ml/netpol.yaml",
            "+kind: NetworkPolicy", "+metadata: {name: default-deny, namespace: ml}", "+spec:", "+  podSelector: {}", "+  policyTypes: [Ingress, Egress]", "+  egress:", "+    - to: [{namespaceSelector: {matchLabels: {name: ml}}}]"),
        decoys=(python_helper("recommender", before=2), change("recommender", 18, "chore: shorter DNS names", "recommender/config.yaml", "-features_host: features.ml.svc.cluster.local", "+features_host: features.ml")),
        said=(
            Said(service="recommender", text="socket.gaierror: [Errno -3] Temporary failure in name resolution", count=26),
            Said(service="home-feed", text="recommender 500, showing bestsellers", level="WARN", count=9),
        ),
        metrics=(errors("recommender", 0.99), errors("home-feed", 0.2)),
        calls=(Call(service="home-feed", name="GET /feed", ms=5100, error="500"), Call(service="recommender", name="Rank", parent=0, ms=5000, error="gaierror")),
        remedy="config-revert", blast=("home-feed",),
    ),
    Story(
        name="joined-piece-by-piece", service="export-csv", metric="http_server_duration_p99_ms", summary="export-csv p99 above 20s, CPU pegged",
        culprit=change("export-csv", 13, "refactor: no builder needed for lines", "export-csv/src/main/java/export/Lines.java",
            "-    StringBuilder out = new StringBuilder();", "-    for (Row row : rows) { out.append(row.csv()).append('\\n'); }", "-    return out.toString();",
            '+    String out = "";', "+    for (Row row : rows) { out = out + row.csv() + '\\n'; }", "+    return out;"),
        decoys=(counter_added("export-csv", "Export", before=2), change("export-csv", 7, "chore: jvm flags in one place", "export-csv/Dockerfile", '-ENV JAVA_OPTS="-Xmx2g -XX:+UseG1GC"', '+ENV JAVA_TOOL_OPTIONS="-Xmx2g -XX:+UseG1GC"')),
        said=(
            Said(service="export-csv", text="export of {n} rows took 31s", level="WARN", count=20),
            Said(service="back-office", text="export did not finish in 20s", count=9),
        ),
        metrics=(slow("export-csv", 31000, 800), Metric(service="export-csv", name="process_cpu_usage", base=0.2, peak=0.99), Metric(service="export-csv", name="jvm_gc_allocation_bytes_per_sec", base=2e7, peak=3e9), Metric(service="export-csv", name="requests_per_sec", base=2, peak=2, shape="flat"), errors("back-office", 0.3)),
        calls=(Call(service="back-office", name="GET /export", ms=20000, error="timeout"), Call(service="export-csv", name="Lines.of", parent=0, ms=31000)),
        blast=("back-office",),
    ),
    Story(
        name="model-takes-more-features", service="churn-model", metric="prediction_error_ratio", summary="churn-model: predictions fail",
        culprit=change("churn-model", 5, "ml: promote the March model", "churn-model/serving/model.yaml", " serving:", "-  model_uri: s3://models/churn/2031-02-11", "+  model_uri: s3://models/churn/2031-03-03", "   replicas: 4"),
        decoys=(python_helper("churn-model", before=1), change("feature-store", 16, "docs: describe the churn features", "feature-store/README.md", "+There are 128 features.")),
        said=(
            Said(service="churn-model", text="ValueError: X has 128 features, but GradientBoostingClassifier is expecting 132 features as input", count=28),
            Said(service="crm", text="no churn score: churn-model 500", level="WARN", count=9),
        ),
        metrics=(errors("churn-model", 1.0, "prediction_error_ratio"), errors("crm", 0.2)),
        calls=(Call(service="crm", name="GET /customer", ms=40, error="no score"), Call(service="churn-model", name="predict", parent=0, ms=8, error="ValueError")),
        remedy="config-revert", blast=("crm",),
    ),
    Story(
        name="report-at-noon", service="billing-api", metric="db_cpu_pct", summary="billing-api: database CPU above 90%",
        culprit=change("reporting-jobs", 88, "reports: ready when finance comes back from lunch", "reporting-jobs/cron/revenue.yaml", " kind: CronJob", " spec:", '-  schedule: "0 2 * * *"', '+  schedule: "40 9 * * *"'),
        decoys=(handler_tidied("billing-api", "Invoice", before=3), change("billing-api", 10, "feat: look invoices up by number", "billing-api/store/find.go", '-\trow := db.QueryRow("SELECT * FROM invoices WHERE id = $1", id)', '+\trow := db.QueryRow("SELECT id, total FROM invoices WHERE id = $1", id)')),
        said=(
            Said(service="reporting-jobs", text="revenue report started, scanning 41000000 ledger rows", level="INFO", count=1),
            Said(service="billing-api", text="slow query: SELECT id, total FROM invoices WHERE id = $1 took {n}ms", level="WARN", count=24),
            Said(service="portal", text="billing-api timeout", count=9),
        ),
        metrics=(Metric(service="billing-api", name="db_cpu_pct", base=30, peak=99), slow("billing-api", 4200), Metric(service="reporting-jobs", name="rows_read_per_sec", base=0, peak=2.2e5), errors("portal", 0.2)),
        remedy="config-revert", blast=("portal",),
    ),
    Story(
        name="bucket-per-route", service="public-api", metric="http_429_ratio", summary="public-api: a third of requests get 429",
        culprit=change("public-api", 7, "fix: limits for endpoints, as documented", "public_api/limits.py", " def bucket(request):", '-    return f"rl:{request.api_key}:{request.endpoint}"', '+    return f"rl:{request.endpoint}"'),
        decoys=(python_helper("public-api", before=2), change("public-api", 30, "chore: limits may burst a little more", "public_api/limits.yaml", "-burst: 40", "+burst: 50")),
        said=(Said(service="public-api", text="throttled GET /v1/search tokens=0", level="WARN", count=40), Said(service="partner-sdk", text="HTTP 429 from public-api, Retry-After: 1", level="WARN", count=12)),
        metrics=(errors("public-api", 0.35, "http_429_ratio"), Metric(service="public-api", name="requests_per_sec", base=510, peak=520, shape="flat"), errors("partner-sdk", 0.3, "call_error_ratio")),
        calls=(Call(service="partner-sdk", name="search", ms=9, error="429"), Call(service="public-api", name="Search", parent=0, ms=1, error="429")),
        blast=("partner-sdk",),
    ),
    Story(
        name="quarter-of-the-memory", service="route-planner", metric="pod_restarts", summary="route-planner pods restart again and again",
        culprit=change("route-planner", 17, "jvm: sizes relative to the container", "charts/route-planner/values.yaml", " env:", "-  JAVA_OPTS: -Xms3g -Xmx3g", "+  JAVA_OPTS: -XX:MaxRAMPercentage=25"),
        decoys=(counter_added("route-planner", "Plan", before=2), change("route-planner", 6, "chore: readiness path without a slash", "charts/route-planner/templates/deploy.yaml", "-            path: /ready/", "+            path: /ready")),
        said=(
            Said(service="route-planner", text="java.lang.OutOfMemoryError: Java heap space", count=9),
            Said(service="driver-app", text="no route: route-planner connection reset", level="WARN", count=9),
        ),
        metrics=(Metric(service="route-planner", name="pod_restarts", base=0, peak=8), Metric(service="route-planner", name="jvm_memory_used_ratio", base=0.5, peak=0.99, lead=15), errors("driver-app", 0.3)),
        remedy="config-revert", blast=("driver-app",),
    ),
    Story(
        name="push-to-everyone", service="notification-landing", metric="http_server_duration_p99_ms", summary="notification-landing p99 above 1.5s",
        decoys=(change("notification-landing", 6, "chore: two more workers", "notification-landing/gunicorn.conf.py", "-workers = 8", "+workers = 10"), handler_tidied("content-api", "Item", before=16)),
        flags=(("rich_push", "notification-landing", 3),),
        said=(
            Said(service="notification-landing", text="listen queue of worker socket at 1024", level="WARN", count=22),
            Said(service="content-api", text="replicas 6 -> 18 requested", level="INFO", count=3),
            Said(service="notification-landing", text="campaign=breaking-news opened", level="INFO", count=60),
        ),
        metrics=(Metric(service="notification-landing", name="requests_per_second", base=120, peak=1500, lead=1), Metric(service="content-api", name="requests_per_second", base=240, peak=2900, lead=1), slow("notification-landing", 5200), slow("content-api", 900), Metric(service="notification-landing", name="cpu_percent", base=25, peak=100, lead=1)),
        calls=(Call(service="notification-landing", name="GET /n", ms=5200), Call(service="content-api", name="Item", parent=0, ms=600)),
        remedy="scale", blast=("content-api",),
    ),
    Story(
        name="mesh-goes-strict", service="legacy-soap", metric="client_error_ratio", summary="legacy-soap cannot reach the member service",
        culprit=change("members", 4, "mesh: strict in namespace members", "mesh/members/peer-authentication.yaml", " kind: PeerAuthentication", " spec:", "   mtls:", "-    mode: PERMISSIVE", "+    mode: STRICT"),
        decoys=(change("legacy-soap", 2, "chore: end of line characters", "legacy-soap/src/main/java/soap/Client.java", "-    return call(endpoint, envelope);\t", "+    return call(endpoint, envelope);"), errors_wrapped("members", "directory", before=9)),
        said=(
            Said(service="legacy-soap", text="POST http://members.members.svc:8080/ws: read: connection reset by peer", count=26),
            Said(service="members", text="upstream connect: downstream connection is not TLS, closed by filter chain", level="WARN", count=18),
        ),
        metrics=(errors("legacy-soap", 1.0, "client_error_ratio"), Metric(service="members", name="requests_per_sec", base=90, peak=55)),
        calls=(Call(service="legacy-soap", name="lookup", ms=5, error="connection reset"),),
        remedy="config-revert",
    ),
    Story(
        name="requests-in-a-coroutine", service="chat-gateway", metric="http_server_duration_p99_ms", summary="chat-gateway p99 above 3s for every route",
        culprit=change("chat-gateway", 10, "fix: proxies respected for avatar lookups", "chat_gateway/avatars.py", " async def avatar(user_id):", "-    async with httpx.AsyncClient() as client:", "-        reply = await client.get(f'{BASE}/{user_id}')", "+    reply = requests.get(f'{BASE}/{user_id}', proxies=PROXIES)", "     return reply.content"),
        decoys=(log_line_added("chat-gateway", before=1), change("chat-gateway", 5, "chore: timeouts as settings", "chat_gateway/settings.py", "-TIMEOUT = 5", "+TIMEOUT = float(os.environ.get('TIMEOUT', '5'))")),
        said=(
            Said(service="chat-gateway", text="Executing <Task pending name='Task-{n}'> took 2.410 seconds", level="WARN", count=24),
            Said(service="chat-web", text="websocket ping timeout", level="WARN", count=10),
        ),
        metrics=(slow("chat-gateway", 4100), Metric(service="chat-gateway", name="asyncio_loop_lag_seconds", base=0.002, peak=2.4), errors("chat-web", 0.2, "disconnect_error_ratio")),
        calls=(Call(service="chat-web", name="GET /room", ms=4100), Call(service="chat-gateway", name="avatar", parent=0, ms=2400)),
        blast=("chat-web",),
    ),
    Story(
        name="duration-lost-its-unit", service="webhook-sender", metric="up", summary="webhook-sender down",
        culprit=change("webhook-sender", 2, "chore: quote numbers the same way everywhere", "charts/webhook-sender/values.yaml", " env:", '-  DELIVERY_TIMEOUT: "30s"', '+  DELIVERY_TIMEOUT: "30"', '-  MAX_BODY: "1048576"', "+  MAX_BODY: '1048576'"),
        decoys=(handler_tidied("webhook-sender", "Deliver", before=1), library_patched("webhook-sender", before=8)),
        said=(
            Said(service="webhook-sender", text='panic: DELIVERY_TIMEOUT: time: missing unit in duration "30"', count=9),
            Said(service="kubelet", text="Back-off restarting failed container webhook-sender in pod webhook-sender-77d", level="WARN", count=6),
        ),
        metrics=(Metric(service="webhook-sender", name="up", base=1, peak=0), Metric(service="webhook-sender", name="container_restarts", base=0, peak=7)),
        remedy="config-revert",
    ),
    Story(
        name="nothing-kept-at-the-edge", service="media-origin", metric="cpu_utilization", summary="media-origin CPU above 95%, images slow",
        culprit=change("cdn-config", 15, "privacy: headers as legal wants them", "cdn/headers.tf", ' resource "cdn_response_header" "images" {', '   name  = "Cache-Control"', '-  value = "public, max-age=86400"', '+  value = "private, no-store"', " }"),
        decoys=(handler_tidied("media-origin", "Image", before=2), change("media-origin", 8, "chore: webp quality", "media-origin/config.yaml", "-quality: 80", "+quality: 82")),
        said=(
            Said(service="media-origin", text="resize {n} took 2100 ms, 64 in progress", level="WARN", count=30),
            Said(service="web-shop", text="image timed out", level="WARN", count=9),
        ),
        metrics=(Metric(service="media-origin", name="cpu_utilization", base=0.25, peak=0.99), Metric(service="media-origin", name="requests_per_sec", base=60, peak=1400), slow("media-origin", 2600), Metric(service="cdn-config", name="edge_hit_ratio", base=0.96, peak=0.02), slow("web-shop", 2800)),
        calls=(Call(service="web-shop", name="GET /p", ms=2800), Call(service="media-origin", name="Image", parent=0, ms=2500)),
        remedy="config-revert", blast=("web-shop",),
    ),
)  # fmt: skip
