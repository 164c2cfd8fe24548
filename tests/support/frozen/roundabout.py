"""The ninth round's third batch, again written before it was asked: what platforms do in roundabout ways."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.around import AROUND
from tests.support.frozen.parts import git
from tests.support.frozen.story import Call, Metric, Said, Story

ROUNDABOUT: Final[tuple[Story, ...]] = (
    Story(
        name="digests-of-another-openssl", service="frontend-admin", metric="http_5xx_ratio", summary="frontend-admin 500 on sign-in",
        filler=AROUND,
        culprit=git("frontend-admin", 9, "build: node image from the golden set", "services/frontend-admin/Dockerfile",
            "-FROM node:16.20-alpine3.17 AS run", "+FROM registry.acme.example/golden/node:20-alpine AS run", " WORKDIR /app", " COPY --from=build /app ."),
        decoys=(
            git("frontend-admin", 2, "refactor(admin): hash helper", "services/frontend-admin/lib/hash.js", "-  return crypto.createHash('sha256').update(v).digest('hex')", "+  return sha256(v)"),
            git("frontend-admin", 5, "feat(admin): sign-in page shows the last login", "services/frontend-admin/pages/login.tsx", "+  <LastLogin at={user.lastLogin} />"),
        ),
        said=(
            Said(service="frontend-admin", text="Error: error:0308010C:digital envelope routines::unsupported", count=24, fields={"code": "ERR_OSSL_EVP_UNSUPPORTED"}),
            Said(service="edge", text="frontend-admin answered 500", level="WARN", count=10),
        ),
        metrics=(Metric(service="frontend-admin", name="http_5xx_ratio", base=0.002, peak=0.6), Metric(service="edge", name="http_5xx_ratio", base=0.001, peak=0.04)),
        blast=("edge",),
    ),
    Story(
        name="quiet-subscribers", service="presence", metric="presence_updates_missing_ratio", summary="presence shows people as away though they are not",
        filler=AROUND,
        culprit=git("valkey-presence", 22, "chore(valkey): config from the shared chart", "charts/valkey-presence/values.yaml",
            " valkeyConfig:", "   maxmemory: 2gb", "-  timeout: 0", "+  timeout: 30", "-  tcp-keepalive: 60", "+  tcp-keepalive: 300"),
        decoys=(
            git("presence", 4, "feat(presence): away after five minutes", "services/presence/state.go", "-const awayAfter = 10 * time.Minute", "+const awayAfter = 5 * time.Minute"),
            git("presence", 1, "chore(presence): log subscriptions", "services/presence/sub.go", '+\tlog.Info("subscribed", "channel", ch)'),
        ),
        said=(
            Said(service="presence", text="pubsub: connection to valkey-presence:6379 lost: EOF, resubscribing", level="WARN", count=30),
            Said(service="chat", text="presence of {n} members unknown", level="WARN", count=12),
        ),
        metrics=(Metric(service="presence", name="presence_updates_missing_ratio", base=0.001, peak=0.3), Metric(service="presence", name="redis_reconnects_per_min", base=0, peak=44), Metric(service="chat", name="stale_presence_ratio", base=0.01, peak=0.3)),
        remedy="config-revert", blast=("chat",),
    ),
    Story(
        name="every-row-gets-a-token", service="orderservice", metric="http_server_duration_p99_ms", summary="orderservice: all writes hang",
        filler=AROUND,
        culprit=git("orderservice", 3, "feat(order): public token for tracking links", "services/order/migrations/0091_tracking_token.sql",
            "+ALTER TABLE orders ADD COLUMN tracking_token uuid NOT NULL DEFAULT gen_random_uuid();"),
        decoys=(
            git("orderservice", 1, "feat(order): tracking page behind a flag", "services/order/web/tracking.go", "+\tif !flags.Tracking { return notFound(w) }"),
            git("orderservice", 14, "perf(order): fewer round trips on insert", "services/order/store.go", "-\ttx.Exec(insertOrder, o.ID)\n-\ttx.Exec(insertLines, o.Lines)", "+\ttx.Exec(insertOrderWithLines, o.ID, o.Lines)"),
        ),
        said=(
            Said(service="orders-db", text="process {n} still waiting for RowExclusiveLock on relation 16421 of database 16384 after 1000.119 ms", level="WARN", count=20),
            Said(service="orderservice", text="insert order: context deadline exceeded", count=24),
            Said(service="checkoutservice", text="orderservice did not answer within 3s", count=16),
        ),
        metrics=(
            Metric(service="orderservice", name="http_server_duration_p99_ms", base=55, peak=30000), Metric(service="orders-db", name="write_iops", base=900, peak=11000), Metric(service="orders-db", name="pg_locks_waiting", base=0, peak=140),
            Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.001, peak=0.9),
        ),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=3000, error="timeout"), Call(service="orderservice", name="CreateOrder", parent=0, ms=30000, error="deadline exceeded"), Call(service="orders-db", name="INSERT orders", parent=1, ms=29900)),
        remedy="rollback", blast=("checkoutservice", "orders-db"),
    ),
    Story(
        name="resolver-without-memory", service="coredns", metric="coredns_dns_request_duration_p99_ms", summary="DNS lookups slow in the whole cluster",
        filler=AROUND,
        culprit=git("coredns", 17, "chore(dns): Corefile as the vendor ships it", "clusters/prod/dns/Corefile.yaml",
            "     .:53 {", "         errors", "         kubernetes cluster.local in-addr.arpa ip6.arpa", "         forward . /etc/resolv.conf", "-        cache 60", "         loop"),
        decoys=(
            git("frontend", 3, "perf(frontend): prefetch DNS of the image host", "services/frontend/pages/_document.tsx", "+  <link rel='dns-prefetch' href='//img.acme.example' />"),
            git("checkoutservice", 6, "chore(checkout): resolver timeout as a setting", "services/checkout/dial.go", "-\tr.Timeout = 2 * time.Second", '+\tr.Timeout = cfg.Duration("RESOLVER_TIMEOUT", 2*time.Second)'),
        ),
        said=(
            Said(service="coredns", text="[ERROR] plugin/errors: 2 api.payment-partner.example. A: read udp 10.0.3.9:41002->169.254.169.253:53: i/o timeout", count=26),
            Said(service="checkoutservice", text="lookup paymentservice.shop.svc.cluster.local: i/o timeout", count=14),
            Said(service="frontend", text="upstream request took {n}ms", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="coredns", name="coredns_dns_request_duration_p99_ms", base=3, peak=1900), Metric(service="coredns", name="coredns_forward_requests_per_sec", base=120, peak=8800), Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.001, peak=0.12),
            Metric(service="frontend", name="http_server_duration_p99_ms", base=200, peak=2300),
        ),
        remedy="config-revert", blast=("checkoutservice", "frontend"),
    ),
    Story(
        name="a-stream-per-trace", service="loki-distributor", metric="loki_discarded_lines_per_sec", summary="logs are missing: loki-distributor refuses lines",
        filler=AROUND,
        culprit=git("fluent-bit", 26, "chore(logging): find lines by trace", "deploy/logging/fluent-bit.yaml",
            "     [OUTPUT]", "         Name        loki", "         Labels      job=fluentbit, namespace=$kubernetes['namespace_name']", "-        Label_Keys  $kubernetes['container_name']", "+        Label_Keys  $kubernetes['container_name'],$trace_id"),
        decoys=(
            git("loki-distributor", 5, "chore(loki): replication of the ring 3", "deploy/logging/loki.yaml", "     ring:", "-      kvstore: {store: consul}", "+      kvstore: {store: memberlist}"),
            git("grafana", 2, "feat(grafana): panel with discarded lines", "deploy/grafana/logging.json", '+  "title": "discarded lines"'),
        ),
        said=(
            Said(service="loki-distributor", text='level=warn msg="write operation failed" details="Maximum active stream limit exceeded, reduce the number of active streams (reduce labels or reduce label values), or contact your Loki administrator" status=429', level="WARN", count=30),
            Said(service="fluent-bit", text="[output:loki:loki.0] loki-distributor:3100, HTTP status=429 Not retrying", count=18),
        ),
        metrics=(Metric(service="loki-distributor", name="loki_discarded_lines_per_sec", base=0, peak=5200), Metric(service="loki-distributor", name="loki_ingester_memory_streams", base=4100, peak=100000, shape="ramp", lead=18), Metric(service="fluent-bit", name="output_errors_per_sec", base=0, peak=90)),
        remedy="config-revert", blast=("fluent-bit",),
    ),
    Story(
        name="all-to-one-pod", service="productcatalogservice", metric="rpc_server_duration_p99_ms", summary="productcatalogservice p99 above 1s, one pod busy",
        filler=AROUND,
        culprit=git("productcatalogservice", 19, "chore(charts): services without special cases", "charts/productcatalogservice/templates/service.yaml",
            " kind: Service", " spec:", "-  clusterIP: None", "+  type: ClusterIP", "   ports:", "     - name: grpc", "       port: 3550"),
        decoys=(
            git("productcatalogservice", 3, "feat(catalog): sort by rating", "services/productcatalog/list.go", "-\tsort.Slice(ps, byName)", "+\tsort.Slice(ps, byRating)"),
            git("frontend", 7, "chore(frontend): keepalive of gRPC channels 30s", "services/frontend/config.yaml", " grpc:", "-  keepalive: 20s", "+  keepalive: 30s"),
        ),
        said=(
            Said(service="productcatalogservice", text="request queued for {n}ms on productcatalogservice-6d8-4kx2p", level="WARN", count=24),
            Said(service="frontend", text="ListProducts took {n}ms", level="WARN", count=16),
        ),
        metrics=(
            Metric(service="productcatalogservice", name="rpc_server_duration_p99_ms", base=30, peak=1700), Metric(service="productcatalogservice", name="max_pod_share_of_requests", base=0.22, peak=0.97),
            Metric(service="frontend", name="http_server_duration_p99_ms", base=180, peak=1900), Metric(service="productcatalogservice", name="requests_per_sec", base=900, peak=905, shape="flat"),
        ),
        calls=(Call(service="frontend", name="GET /", ms=1900), Call(service="productcatalogservice", name="ListProducts", parent=0, ms=1700)),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="streams-of-a-connection", service="frontend-proxy", metric="error_rate_5xx_ratio", summary="frontend-proxy 503 under load",
        quiet=140, filler=AROUND,
        culprit=git("frontend-proxy", 38, "chore(proxy): http2 options as recommended", "deploy/frontend-proxy/envoy.yaml",
            "     typed_extension_protocol_options:", "       http2_protocol_options:", "-        max_concurrent_streams: 1000", "+        max_concurrent_streams: 10", "         initial_stream_window_size: 65536"),
        decoys=(
            git("frontend", 3, "feat(frontend): recommendations load in parallel", "services/frontend/gateway/reco.ts", "-  const a = await reco(); const b = await ads();", "+  const [a, b] = await Promise.all([reco(), ads()]);"),
            git("frontend-proxy", 9, "chore(proxy): admin port off", "deploy/frontend-proxy/admin.yaml", "-admin: {address: 0.0.0.0:10000}", "+admin: {}"),
        ),
        said=(
            Said(service="frontend-proxy", text='"GET /api/data HTTP/2" 503 UO upstream_reset_before_response_started{overflow}', level="WARN", count=30),
            Said(service="loadbalancer", text="frontend-proxy returned 503", level="WARN", count=12),
        ),
        metrics=(Metric(service="frontend-proxy", name="error_rate_5xx_ratio", base=0.001, peak=0.22), Metric(service="frontend-proxy", name="upstream_rq_pending_overflow", base=0, peak=900), Metric(service="frontend", name="http_server_duration_p99_ms", base=180, peak=185, shape="flat")),
        remedy="config-revert", blast=("loadbalancer",),
    ),
    Story(
        name="only-through-the-endpoint", service="report-builder", metric="job_failures_per_min", summary="report-builder jobs fail on upload",
        filler=AROUND,
        culprit=git("s3-policies", 13, "security: bucket policies from the baseline", "infra/s3/reports_policy.tf",
            ' data "aws_iam_policy_document" "reports" {', "   statement {", '     actions = ["s3:*"]', "+    condition {", '+      test     = "StringNotEquals"', '+      variable = "aws:SourceVpce"', "+      values   = [var.vpce_id]", "+    }", "   }"),
        decoys=(
            git("report-builder", 3, "feat(report): upload in parts", "report_builder/upload.py", "-    s3.put_object(Bucket=b, Key=k, Body=data)", "+    s3.upload_fileobj(data, b, k)"),
            git("report-builder", 8, "chore(report): boto3 retries 4", "report_builder/settings.py", "-RETRIES = 3", "+RETRIES = 4"),
        ),
        said=(
            Said(service="report-builder", text="botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::1234:assumed-role/report-builder is not authorized to perform: s3:PutObject with an explicit deny in a resource-based policy", count=20),
            Said(service="backoffice", text="report not ready", level="WARN", count=8),
        ),
        metrics=(Metric(service="report-builder", name="job_failures_per_min", base=0, peak=9), Metric(service="backoffice", name="reports_missing_ratio", base=0.01, peak=0.9)),
        remedy="config-revert", blast=("backoffice",),
    ),
    Story(
        name="the-address-of-yesterday", service="subscription-api", metric="http_5xx_ratio", summary="subscription-api cannot write since the database was failed over",
        quiet=320, filler=AROUND,
        culprit=git("subscription-api", 210, "chore(jvm): options in one place", "services/subscription/jvm.conf",
            " -Xmx1500m", "--Dnetworkaddress.cache.ttl=5", "+-Dnetworkaddress.cache.ttl=-1", " -XX:+UseG1GC"),
        decoys=(
            git("subscription-api", 8, "feat(subscription): write renewals in one transaction", "services/subscription/src/main/java/Renew.java", "-    repo.save(a); repo.save(b);", "+    tx(() -> { repo.save(a); repo.save(b); });"),
            git("subscription-api", 25, "chore(subscription): pool name", "services/subscription/src/main/resources/application.yaml", "-    pool-name: p", "+    pool-name: subscription"),
        ),
        said=(
            Said(service="rds", text="Multi-AZ failover of subscription-db completed, endpoint now resolves to 10.3.9.41", level="INFO", count=1),
            Said(service="subscription-api", text="java.net.SocketTimeoutException: connect to subscription-db/10.3.7.12:5432 timed out", count=30),
            Said(service="billing", text="subscription-api returned 500", level="WARN", count=12),
        ),
        metrics=(Metric(service="subscription-api", name="http_5xx_ratio", base=0.002, peak=0.7), Metric(service="billing", name="renewals_failed_per_min", base=0, peak=30)),
        calls=(Call(service="billing", name="renew", ms=3000, error="500"), Call(service="subscription-api", name="Renew", parent=0, ms=3000, error="connect timed out")),
        remedy="config-revert", blast=("billing",),
    ),
    Story(
        name="everything-replaced-at-once", service="quoteservice", metric="error_rate_5xx_ratio", summary="quoteservice answers 503 for two minutes at each rollout",
        quiet=200, filler=AROUND,
        culprit=git("quoteservice", 96, "chore(charts): same rollout settings everywhere", "charts/quoteservice/values.yaml",
            " strategy:", "   rollingUpdate:", "-    maxUnavailable: 0", "-    maxSurge: 25%", "+    maxUnavailable: 100%", "+    maxSurge: 0"),
        decoys=(
            git("quoteservice", 2, "docs(quote): describe the formula in the page", "services/quote/app/templates/about.html", "+<p>Weight times distance.</p>"),
            git("quoteservice", 1, "feat(quote): round to cents", "services/quote/app/quote.php", "-    return $total;", "+    return round($total, 2);"),
        ),
        said=(
            Said(service="deployment-controller", text="Scaled down replica set quoteservice-5b9 from 6 to 0", level="INFO", count=2),
            Said(service="shippingservice", text="quoteservice: connect: connection refused", count=24),
            Said(service="frontend-proxy", text="no endpoints available for service quoteservice", level="WARN", count=10),
        ),
        metrics=(Metric(service="quoteservice", name="error_rate_5xx_ratio", base=0.001, peak=0.9), Metric(service="quoteservice", name="kube_deployment_available_replicas", base=6, peak=0), Metric(service="shippingservice", name="error_rate_5xx_ratio", base=0.001, peak=0.8)),
        remedy="config-revert", blast=("frontend-proxy", "shippingservice"),
    ),
    Story(
        name="root-of-the-mesh-ran-out", service="adservice", metric="grpc_client_unavailable_ratio", summary="adservice cannot reach its store",
        filler=AROUND,
        decoys=(
            git("adservice", 8, "chore(certs): issuer moved to the platform namespace", "charts/adservice/templates/certificate.yaml", "   issuerRef:", "-    name: shop-issuer", "+    name: platform-issuer"),
            git("adservice", 2, "refactor(ads): dial options in one place", "services/ad/dial.go", "-\tgrpc.Dial(addr, grpc.WithTransportCredentials(creds))", "+\tdial(addr, creds)"),
        ),
        said=(
            Said(service="adservice", text="transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2031-03-04T09:41:00Z is after 2031-03-04T09:40:00Z", count=28),
            Said(service="frontend", text="ads not available", level="WARN", count=9),
        ),
        metrics=(Metric(service="adservice", name="grpc_client_unavailable_ratio", base=0.001, peak=1.0), Metric(service="frontend", name="ad_failures_ratio", base=0.002, peak=0.9)),
        remedy="rotate-cert", blast=("frontend",),
    ),
)  # fmt: skip
