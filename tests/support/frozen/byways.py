"""The ninth round's fourth batch: settings that few people think of first."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.around import AROUND
from tests.support.frozen.parts import git
from tests.support.frozen.story import Call, Metric, Said, Story

BYWAYS: Final[tuple[Story, ...]] = (
    Story(
        name="batch-before-everybody", service="checkoutservice", metric="error_rate_5xx_ratio", summary="checkoutservice 5xx, pods missing",
        filler=AROUND,
        culprit=git("batch-platform", 16, "chore(batch): priority for month end", "k8s/batch/priority.yaml",
            " kind: PriorityClass", " metadata:", "   name: batch-monthly", "-value: 100", "+value: 1000000", "-preemptionPolicy: Never", "+preemptionPolicy: PreemptLowerPriority"),
        decoys=(
            git("checkoutservice", 3, "feat(checkout): order of totals in the summary", "services/checkout/summary.go", "-\treturn append(out, tax, net)", "+\treturn append(out, net, tax)"),
            git("checkoutservice", 7, "chore(checkout): one worker more", "charts/checkoutservice/values.yaml", "-workers: 8", "+workers: 9"),
        ),
        said=(
            Said(service="default-scheduler", text="Preempted by pod batch/month-end-9x2 on node gke-pool-1-77aa", level="WARN", count=6, fields={"reason": "Preempted"}),
            Said(service="frontend", text="checkoutservice: connection refused", level="WARN", count=18),
        ),
        metrics=(Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.002, peak=0.4), Metric(service="checkoutservice", name="kube_deployment_available_replicas", base=8, peak=2), Metric(service="frontend", name="error_rate_5xx_ratio", base=0.001, peak=0.2)),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="packets-too-long", service="imageservice", metric="http_server_duration_p99_ms", summary="imageservice: larger images hang",
        quiet=140, filler=AROUND,
        culprit=git("calico", 24, "chore(net): calico installation as the docs have it", "clusters/prod/calico/installation.yaml",
            " spec:", "   calicoNetwork:", "-    mtu: 1410", "+    mtu: 1500", "     bgp: Disabled"),
        decoys=(
            git("imageservice", 2, "perf(image): write in larger chunks", "services/image/serve.go", "-\tio.CopyBuffer(w, f, make([]byte, 16<<10))", "+\tio.CopyBuffer(w, f, make([]byte, 32<<10))"),
            git("frontend", 5, "feat(frontend): larger hero image", "services/frontend/pages/index.tsx", "-  <Hero size='m' />", "+  <Hero size='l' />"),
        ),
        said=(
            Said(service="imageservice", text="write tcp 10.2.1.7:8080->10.2.9.3:41220: i/o timeout after {n} bytes", level="WARN", count=22),
            Said(service="frontend", text="image load stalled", level="WARN", count=14),
        ),
        metrics=(Metric(service="imageservice", name="http_server_duration_p99_ms", base=80, peak=30000), Metric(service="imageservice", name="node_netstat_tcp_retrans_segs", base=4, peak=900), Metric(service="frontend", name="http_server_duration_p99_ms", base=220, peak=9000)),
        calls=(Call(service="frontend", name="GET /media", ms=30000, error="timeout"), Call(service="imageservice", name="GetImage", parent=0, ms=30000, error="i/o timeout")),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="every-statement-written-down", service="orders-db", metric="disk_used_pct", summary="orders-db disk 95% full",
        quiet=300, filler=AROUND,
        culprit=git("orders-db", 210, "chore(audit): database settings for the audit", "infra/postgres/orders/postgresql.conf",
            " shared_buffers = 4GB", "-log_statement = 'none'", "+log_statement = 'all'", "-log_rotation_size = 100MB", "+log_rotation_size = 0", " max_connections = 300"),
        decoys=(
            git("orderservice", 12, "feat(order): keep cancelled orders for a year", "services/order/retention.go", "-const keep = 180 * day", "+const keep = 365 * day"),
            git("orders-db", 30, "chore(db): work_mem 20MB", "infra/postgres/orders/session.conf", "-work_mem = 16MB", "+work_mem = 20MB"),
        ),
        said=(
            Said(service="orders-db", text="could not write to log file: No space left on device", count=14),
            Said(service="orderservice", text='pq: could not extend file "base/16384/2619": No space left on device (SQLSTATE 53100)', count=18),
        ),
        metrics=(Metric(service="orders-db", name="disk_used_pct", base=0.41, peak=1.0, shape="ramp", lead=205), Metric(service="orderservice", name="error_rate_5xx_ratio", base=0.001, peak=0.9), Metric(service="orders-db", name="transactions_per_sec", base=800, peak=810, shape="flat")),
        remedy="config-revert", blast=("orderservice",),
    ),
    Story(
        name="pruned-with-the-rest", service="featuregate", metric="kube_pod_status_ready", summary="featuregate: new pods do not start",
        quiet=150, filler=AROUND,
        culprit=git("gitops", 40, "chore(argocd): apps of team blue in one folder", "argocd/apps/featuregate.yaml",
            " spec:", "   source:", "-    path: apps/featuregate", "+    path: teams/blue/featuregate", "   syncPolicy:", "     automated:", "-      prune: false", "+      prune: true"),
        decoys=(
            git("featuregate", 5, "feat(featuregate): reload config on SIGHUP", "services/featuregate/main.go", "+\tsignal.Notify(reload, syscall.SIGHUP)"),
            git("featuregate", 2, "chore(featuregate): config struct in its own file", "services/featuregate/config.go", "-type config struct { Path string }", "+type Config struct { Path string }"),
        ),
        said=(
            Said(service="kubelet", text='MountVolume.SetUp failed for volume "gates" : configmap "featuregate-gates" not found', level="WARN", count=20, fields={"reason": "FailedMount"}),
            Said(service="web", text="feature gates unavailable, using defaults", level="WARN", count=9),
        ),
        metrics=(Metric(service="featuregate", name="kube_pod_status_ready", base=4, peak=0), Metric(service="web", name="gate_lookup_failures_per_min", base=0, peak=300)),
        remedy="config-revert", blast=("web",),
    ),
    Story(
        name="frozen-documents", service="document-service", metric="http_5xx_ratio", summary="documents older than a month cannot be opened",
        quiet=240, filler=AROUND,
        culprit=git("s3-documents", 140, "cost: cheaper storage for documents", "infra/s3/documents.tf",
            "   transition {", "-    days          = 365", '-    storage_class = "STANDARD_IA"', "+    days          = 30", '+    storage_class = "GLACIER"', "   }"),
        decoys=(
            git("document-service", 4, "feat(document): open in the browser", "services/document/open.go", '-\tw.Header().Set("Content-Disposition", "attachment")', '+\tw.Header().Set("Content-Disposition", "inline")'),
            git("document-service", 9, "chore(document): aws sdk patch", "go.mod", "-\tgithub.com/aws/aws-sdk-go-v2 v1.30.1", "+\tgithub.com/aws/aws-sdk-go-v2 v1.30.2"),
        ),
        said=(
            Said(service="document-service", text="operation error S3: GetObject, StatusCode: 403, InvalidObjectState: The operation is not valid for the object's storage class", count=26),
            Said(service="portal", text="document-service answered 500", level="WARN", count=11),
        ),
        metrics=(Metric(service="document-service", name="http_5xx_ratio", base=0.002, peak=0.35), Metric(service="portal", name="http_5xx_ratio", base=0.001, peak=0.1)),
        remedy="config-revert", blast=("portal",),
    ),
    Story(
        name="lease-ends-first", service="reservation-api", metric="error_rate_5xx_ratio", summary="reservation-api loses its database login",
        quiet=200, filler=AROUND,
        culprit=git("vault", 62, "security: shorter leases", "infra/vault/database_roles.tf",
            ' resource "vault_database_secret_backend_role" "reservation" {', "-  default_ttl = 86400", "-  max_ttl     = 604800", "+  default_ttl = 3600", "+  max_ttl     = 3600"),
        decoys=(
            git("reservation-api", 3, "refactor(reservation): user name helper", "services/reservation/user.go", "-\treturn strings.ToLower(u.Name)", "+\treturn canonical(u.Name)"),
            git("reservation-api", 11, "chore(reservation): db pool 20 -> 22", "services/reservation/config.yaml", "-  pool: 20", "+  pool: 22"),
        ),
        said=(
            Said(service="reservation-api", text='FATAL: password authentication failed for user "v-kubernetes-reservation-x1" (SQLSTATE 28P01)', count=28),
            Said(service="booking-web", text="reservation-api returned 500", level="WARN", count=12),
        ),
        metrics=(Metric(service="reservation-api", name="error_rate_5xx_ratio", base=0.001, peak=1.0), Metric(service="booking-web", name="error_rate_5xx_ratio", base=0.001, peak=0.6)),
        remedy="config-revert", blast=("booking-web",),
    ),
    Story(
        name="compressed-for-others", service="loyalty-consumer", metric="records_failed_per_min", summary="loyalty-consumer cannot read orders",
        filler=AROUND,
        culprit=git("kafka-topics", 12, "chore(kafka): topic defaults 2031", "infra/kafka/orders.yaml",
            " spec:", "   config:", "-    compression.type: producer", "+    compression.type: zstd", "     min.insync.replicas: 2"),
        decoys=(
            git("loyalty-consumer", 4, "feat(loyalty): points for returns", "loyalty/points.py", "-    return order.total // 10", "+    return (order.total - order.returned) // 10"),
            git("order-producer", 2, "chore(orders): log record keys", "orders/producer.py", "+    log.debug('key %s', key)"),
        ),
        said=(
            Said(service="loyalty-consumer", text="kafka.errors.UnsupportedCodecError: Libraries for zstd compression codec not found", count=30),
            Said(service="account-web", text="points not updated since 09:40", level="WARN", count=7),
        ),
        metrics=(Metric(service="loyalty-consumer", name="records_failed_per_min", base=0, peak=400), Metric(service="loyalty-consumer", name="consumer_lag", base=10, peak=22000), Metric(service="account-web", name="stale_points_ratio", base=0.001, peak=0.5)),
        remedy="config-revert", blast=("account-web",),
    ),
    Story(
        name="other-drawer", service="session-service", metric="session_lookup_miss_ratio", summary="users are signed out",
        filler=AROUND,
        culprit=git("session-service", 6, "chore(charts): redis urls from the helper", "charts/session-service/values.yaml", " env:", "-  REDIS_URL: redis://valkey-main:6379/2", "+  REDIS_URL: redis://valkey-main:6379/0"),
        decoys=(
            git("session-service", 2, "feat(session): remember the device", "services/session/device.go", "+\ts.Device = deviceOf(r)"),
            git("frontend", 1, "feat(frontend): sign-in button in the header", "services/frontend/components/Header.tsx", "+  <SignIn />"),
        ),
        said=(
            Said(service="session-service", text="session {n} unknown, sending to sign-in", level="WARN", count=30),
            Said(service="frontend", text="signed out unexpectedly", level="WARN", count=15),
        ),
        metrics=(Metric(service="session-service", name="session_lookup_miss_ratio", base=0.02, peak=0.97), Metric(service="frontend", name="signin_redirects_per_min", base=40, peak=2100)),
        remedy="config-revert", blast=("frontend",),
    ),
    Story(
        name="not-in-the-scope", service="ads-api", metric="error_rate_5xx_ratio", summary="ads-api 502 on partner calls",
        filler=AROUND,
        culprit=git("istio-config", 9, "perf(mesh): smaller sidecar configs", "mesh/ads/sidecar.yaml",
            " kind: Sidecar", " spec:", "   egress:", "     - hosts:", '-        - "./*"', '-        - "istio-system/*"', '-        - "shared/*"', '+        - "./*"', "   outboundTrafficPolicy:", "-    mode: ALLOW_ANY", "+    mode: REGISTRY_ONLY"),
        decoys=(
            git("ads-api", 3, "feat(ads): partner id in the request", "services/ads/partner.go", '+\treq.Header.Set("X-Partner", id)'),
            git("ads-api", 6, "refactor(ads): hosts of partners in a table", "services/ads/hosts.go", '-\thost := "bids.shared.svc"', '+\thost := hosts["bids"]'),
        ),
        said=(
            Said(service="ads-api", text="POST http://bids.shared.svc/v1/bid: 502 Bad Gateway (BlackHoleCluster)", count=26),
            Said(service="storefront", text="no ads: ads-api answered 502", level="WARN", count=12),
        ),
        metrics=(Metric(service="ads-api", name="error_rate_5xx_ratio", base=0.001, peak=0.8), Metric(service="storefront", name="ad_slots_empty_ratio", base=0.02, peak=0.9)),
        remedy="config-revert", blast=("storefront",),
    ),
    Story(
        name="queue-by-another-name", service="thumbnailer", metric="uploads_without_thumbnail", summary="no thumbnails since the morning",
        quiet=160, filler=AROUND,
        culprit=git("terraform-media", 5, "terraform: names with the environment in front", "infra/media/queues.tf", ' resource "aws_sqs_queue" "thumbs" {', '-  name = "media-thumbs"', '+  name = "prod-media-thumbs"', "   visibility_timeout_seconds = 300"),
        decoys=(
            git("thumbnailer", 2, "perf(thumbs): decode once for all sizes", "thumbnailer/main.go", "-\tfor _, s := range sizes { decode(b, s) }", "+\timg := decode(b)\n+\tfor _, s := range sizes { resize(img, s) }"),
            git("media-api", 4, "feat(media): accept heic", "media-api/types.go", '+\t"image/heic": true,'),
        ),
        said=(
            Said(service="thumbnailer", text="AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist for this wsdl version: media-thumbs", count=24),
            Said(service="media-api", text="sqs send failed: NonExistentQueue", count=18),
        ),
        metrics=(Metric(service="thumbnailer", name="uploads_without_thumbnail", base=2, peak=800), Metric(service="media-api", name="enqueue_failures_per_min", base=0, peak=90)),
        remedy="config-revert", blast=("media-api",),
    ),
    Story(
        name="card-that-flaps", service="pricing-api", metric="http_server_duration_p99_ms", summary="pricing-api slow on one of its machines",
        quiet=140, filler=AROUND,
        decoys=(
            git("pricing-api", 9, "perf(pricing): batch lookups by ten", "services/pricing/lookup.go", "-const batch = 8", "+const batch = 10"),
            git("pricing-api", 35, "chore(pricing): http client keeps 20 idle connections", "services/pricing/config.yaml", "-  max_idle: 16", "+  max_idle: 20"),
        ),
        said=(
            Said(service="ip-10-3-8-19", text="kernel: ena 0000:00:05.0 eth0: NIC Link is Down; TX hang detected, resetting device", level="WARN", count=9),
            Said(service="pricing-api", text="redis GET took {n}ms (node ip-10-3-8-19)", level="WARN", count=20),
            Said(service="checkoutservice", text="pricing-api timeout", level="WARN", count=10),
        ),
        metrics=(Metric(service="ip-10-3-8-19", name="node_network_transmit_errs", base=0, peak=4100), Metric(service="pricing-api", name="http_server_duration_p99_ms", base=40, peak=2400), Metric(service="pricing-api", name="requests_per_sec", base=210, peak=212, shape="flat"), Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.001, peak=0.1)),
        remedy="reschedule", blast=("checkoutservice",),
    ),
)  # fmt: skip
