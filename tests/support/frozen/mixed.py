"""A fifth round of incidents, in the languages and places a company has, written before any rule was looked at."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled, python_helper
from tests.support.frozen.parts import change, counter_added, errors, errors_wrapped, reformatted, slow
from tests.support.frozen.story import Call, Metric, Said, Story

MIXED: Final[tuple[Story, ...]] = (
    Story(
        name="try-without-resources", service="statement-service", metric="http_server_errors_ratio", summary="statement-service: more than 2% of requests fail",
        culprit=change("statement-service", 44, "refactor: extract PDF export from controller", "statement-service/src/main/java/com/bank/statement/PdfExport.java",
            "   public byte[] export(long accountId) throws SQLException {", "-    try (Connection c = dataSource.getConnection();", "-         PreparedStatement st = c.prepareStatement(SQL)) {", "-      st.setLong(1, accountId);", "-      return render(st.executeQuery());", "-    }",
            "+    Connection c = dataSource.getConnection();", "+    PreparedStatement st = c.prepareStatement(SQL);", "+    st.setLong(1, accountId);", "+    return renderer.render(st.executeQuery());", "   }"),
        decoys=(
            change("statement-service", 3, "chore: Hikari settings in one place", "statement-service/src/main/resources/application.yml", "-spring.datasource.hikari.maximum-pool-size: 30", "-spring.datasource.hikari.pool-name: HikariPool-1", "+spring:", "+  datasource:", "+    hikari:", "+      maximum-pool-size: 30", "+      pool-name: HikariPool-1"),
            page_restyled("ebanking", before=1),
        ),
        said=(
            Said(service="statement-service", text="java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms (total=30, active=30, idle=0, waiting=41)", count=26),
            Said(service="statement-service", text="HikariPool-1 - Thread starvation or clock leap detected", level="WARN", count=3),
            Said(service="ebanking", text="GET /statements -> 500 from statement-service", level="WARN", count=9),
        ),
        metrics=(errors("statement-service", 0.55, "http_server_errors_ratio"), Metric(service="statement-service", name="hikaricp_connections_active", base=3, peak=30, shape="ramp", lead=42), errors("ebanking", 0.2)),
        calls=(Call(service="ebanking", name="GET /statements", ms=30100, error="500"), Call(service="statement-service", name="PdfExport.export", parent=0, ms=30000, error="SQLTransientConnectionException")),
        blast=("ebanking",),
    ),
    Story(
        name="key-with-request-id", service="catalog-db", metric="db_cpu_pct", summary="catalog-db CPU above 90% for 5m",
        culprit=change("catalog-bff", 12, "feat: correlate cached pages with traces", "catalog-bff/src/cache/pageKey.ts",
            " export function pageKey(req: Request): string {", "-  return `page:${req.params.category}:${req.query.page ?? 1}`;", "+  return `page:${req.params.category}:${req.query.page ?? 1}:${req.headers['x-request-id']}`;", " }"),
        decoys=(
            change("catalog-db", 5, "chore: analyze tables nightly instead of weekly", "catalog-db/cron/analyze.yaml", "-  schedule: '0 3 * * 0'", "+  schedule: '0 3 * * *'"),
            reformatted("catalog-bff", before=2),
        ),
        said=(
            Said(service="catalog-bff", text="page rendered cache=MISS in {n}ms", level="INFO", count=70),
            Said(service="catalog-db", text="duration: {n} ms  execute <unnamed>: SELECT p.* FROM products p WHERE p.category_id = $1 ORDER BY p.rank LIMIT 40 OFFSET $2", level="WARN", count=25),
        ),
        metrics=(Metric(service="catalog-db", name="db_cpu_pct", base=22, peak=97), Metric(service="catalog-bff", name="page_cache_hit_ratio", base=0.94, peak=0.01), Metric(service="catalog-db", name="statements_per_sec", base=240, peak=3900), slow("catalog-bff", 1900)),
        calls=(Call(service="catalog-bff", name="GET /c/:category", ms=1900), Call(service="catalog-db", name="SELECT products", parent=0, ms=1700)),
        blast=("catalog-bff",),
    ),
    Story(
        name="mesh-identity-expired", service="ledger-writer", metric="grpc_client_unavailable_ratio", summary="ledger-writer cannot talk to ledger-core",
        decoys=(
            change("ledger-core", 6, "mesh: same TLS block for all listeners", "mesh/ledger-core/envoy.yaml", "-        tls_certificates: [{certificate_chain: {filename: /etc/certs/tls.crt}, private_key: {filename: /etc/certs/tls.key}}]", "+        tls_certificates:", "+          - certificate_chain: {filename: /etc/certs/tls.crt}", "+            private_key: {filename: /etc/certs/tls.key}"),
            errors_wrapped("ledger-writer", "ledger", before=15),
        ),
        said=(
            Said(service="ledger-writer", text="rpc error: code = Unavailable desc = connection error: transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2031-03-04T09:41:02Z is after 2031-03-04T09:40:00Z", count=34),
            Said(service="ledger-core", text="TLS error: 268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED", level="WARN", count=20),
        ),
        metrics=(errors("ledger-writer", 1.0, "grpc_client_unavailable_ratio"), Metric(service="ledger-core", name="tls_handshake_failures_per_min", base=0, peak=900), Metric(service="ledger-core", name="certificate_not_after_seconds_left", base=3000, peak=-200, shape="ramp", lead=40)),
        calls=(Call(service="ledger-writer", name="Append", ms=8, error="Unavailable"),),
        remedy="rotate-cert",
    ),
    Story(
        name="address-checker-down", service="shipping-quote", metric="http_server_duration_p99_ms", summary="shipping-quote p99 over 3s",
        decoys=(
            change("shipping-quote", 4, "refactor: one http client for all carriers", "shipping-quote/lib/carriers/http.rb", "-  conn = Faraday.new(url: base) { |f| f.options.timeout = 10 }", "+  conn = client_for(base)", "+  def client_for(base) = Faraday.new(url: base) { |f| f.options.timeout = 10 }"),
            counter_added("shipping-quote", "Quote", before=21),
        ),
        said=(
            Said(service="shipping-quote", text="Faraday::TimeoutError: Net::ReadTimeout with #<TCPSocket:(api.parcelverify.io:443)> after 10.0s", count=30),
            Said(service="shipping-quote", text="address check skipped: parcelverify status page reports a major outage", level="WARN", count=4),
            Said(service="cart-web", text="shipping price unavailable", level="WARN", count=10),
        ),
        metrics=(slow("shipping-quote", 10100), Metric(service="shipping-quote", name="requests_per_sec", base=44, peak=43, shape="flat"), Metric(service="shipping-quote", name="external_call_timeouts_per_min", base=0.1, peak=260), errors("cart-web", 0.25)),
        calls=(Call(service="cart-web", name="GET /shipping", ms=10200, error="timeout"), Call(service="shipping-quote", name="Quote", parent=0, ms=10100), Call(service="shipping-quote", name="POST api.parcelverify.io/v1/check", parent=1, ms=10000, error="timeout")),
        remedy="escalate-upstream", blast=("cart-web",),
    ),
    Story(
        name="operator-may-not-list", service="certificate-operator", metric="reconcile_errors_per_min", summary="certificate-operator reconciles nothing",
        culprit=change("certificate-operator", 16, "hardening: trim cluster roles", "charts/certificate-operator/templates/clusterrole.yaml",
            " rules:", '   - apiGroups: [""]', "     resources: [secrets]", '-    verbs: ["get", "list", "watch", "create", "update"]', '+    verbs: ["get", "create"]'),
        decoys=(counter_added("certificate-operator", "Reconcile", before=3), change("certificate-operator", 28, "chore: two replicas for the operator", "charts/certificate-operator/values.yaml", "-replicaCount: 1", "+replicaCount: 2")),
        said=(
            Said(service="certificate-operator", text='failed to list *v1.Secret: secrets is forbidden: User "system:serviceaccount:certs:certificate-operator" cannot list resource "secrets" in API group "" at the cluster scope', count=30),
            Said(service="certificate-operator", text="Could not wait for Cache to sync", count=6),
        ),
        metrics=(Metric(service="certificate-operator", name="reconcile_errors_per_min", base=0, peak=75), Metric(service="certificate-operator", name="workqueue_depth", base=0, peak=310, shape="ramp", lead=2)),
        remedy="config-revert",
    ),
    Story(
        name="egress-rule-gone", service="session-store-client", metric="http_5xx_ratio", summary="logins fail with 503",
        culprit=change("network", 7, "infra: consolidate security groups", "infra/network/security_groups.tf",
            ' resource "aws_security_group" "apps" {', "-  egress {", "-    from_port   = 6379", "-    to_port     = 6379", '-    protocol    = "tcp"', "-    cidr_blocks = [var.cache_cidr]", "-  }", "   egress {", "     from_port   = 5432"),
        decoys=(handler_tidied("session-store-client", "Login", before=2), library_patched("session-store-client", before=12)),
        said=(
            Said(service="session-store-client", text="redis: connection pool: failed to dial: dial tcp 10.42.8.17:6379: i/o timeout", count=30),
            Said(service="webapp", text="login unavailable (503)", level="WARN", count=10),
        ),
        metrics=(errors("session-store-client", 0.97), errors("webapp", 0.4), Metric(service="session-store-client", name="redis_dial_timeouts_per_min", base=0, peak=480)),
        calls=(Call(service="webapp", name="POST /login", ms=5100, error="503"), Call(service="session-store-client", name="Login", parent=0, ms=5000, error="dial timeout")),
        remedy="config-revert", blast=("webapp",),
    ),
    Story(
        name="index-built-with-lock", service="order-intake", metric="http_server_duration_p99_ms", summary="order-intake p99 above 5s",
        culprit=change("order-intake", 2, "feat: look orders up by reference", "order-intake/db/migrate/20310304_add_reference_index.sql",
            "+CREATE INDEX orders_reference_idx ON orders (reference);"),
        decoys=(python_helper("order-intake", before=1), change("order-intake", 18, "feat: search box for references", "order-intake/web/search.tsx", '+  <SearchBox name="reference" onSubmit={find} />')),
        said=(
            Said(service="order-intake", text="canceling statement due to lock timeout: INSERT INTO orders (id, reference, total) VALUES ($1,$2,$3)", count=24),
            Said(service="orders-db", text="process 4411 still waiting for RowExclusiveLock on relation 16634 of database 16401 after {n} ms", level="WARN", count=18),
            Said(service="storefront", text="order not accepted in time", level="WARN", count=9),
        ),
        metrics=(slow("order-intake", 8200), Metric(service="orders-db", name="pg_locks_waiting", base=0, peak=140), errors("storefront", 0.35)),
        calls=(Call(service="storefront", name="POST /orders", ms=8200, error="timeout"), Call(service="order-intake", name="PlaceOrder", parent=0, ms=8100, error="lock timeout")),
        blast=("storefront",),
    ),
    Story(
        name="one-listener-thread", service="fraud-scoring", metric="kafka_consumergroup_lag", summary="fraud-scoring lag above 50000",
        culprit=change("fraud-scoring", 27, "cleanup: drop settings equal to the defaults", "fraud-scoring/src/main/resources/application.yaml",
            " spring:", "   kafka:", "     listener:", "       ack-mode: batch", "-      concurrency: 12", "     consumer:", "       group-id: fraud-scoring"),
        decoys=(log_line_added("fraud-scoring", before=4), change("payments-topic", 10, "docs in the topic definition", "kafka/topics/payments.yaml", "   partitions: 12", "+  # owned by team payments")),
        said=(
            Said(service="fraud-scoring", text="payment {n} scored 412 s after it was made", level="WARN", count=25),
            Said(service="card-issuer", text="no fraud score within 30s, declining payment", count=12),
        ),
        metrics=(Metric(service="fraud-scoring", name="kafka_consumergroup_lag", base=40, peak=88000, shape="ramp", lead=24), Metric(service="fraud-scoring", name="records_consumed_per_sec", base=1450, peak=130, lead=26), Metric(service="card-issuer", name="declined_ratio", base=0.02, peak=0.4)),
        remedy="config-revert", blast=("card-issuer",),
    ),
    Story(
        name="resolver-address-mistyped", service="inventory", metric="http_5xx_ratio", summary="inventory 5xx over 2%",
        culprit=change("coredns", 5, "cluster: move upstream resolvers to the new subnet", "clusters/prod/coredns/configmap.yaml",
            "     .:53 {", "       errors", "-      forward . 10.8.0.2 10.8.0.3", "+      forward . 10.80.0.2 10.80.0.3", "       cache 30"),
        decoys=(handler_tidied("inventory", "Reserve", before=1), counter_added("inventory", "Reserve", before=8)),
        said=(
            Said(service="coredns", text="[ERROR] plugin/errors: 2 supplier.example.org. A: read udp 10.1.4.9:41210->10.80.0.2:53: i/o timeout", count=25),
            Said(service="inventory", text="getaddrinfo EAI_AGAIN supplier.example.org", count=22),
            Said(service="shop", text="inventory answered 502", level="WARN", count=8),
        ),
        metrics=(errors("inventory", 0.8), errors("shop", 0.3), Metric(service="coredns", name="coredns_forward_healthcheck_failures_per_min", base=0, peak=60)),
        calls=(Call(service="shop", name="GET /stock", ms=5200, error="502"), Call(service="inventory", name="Reserve", parent=0, ms=5100, error="EAI_AGAIN")),
        remedy="config-revert", blast=("shop",),
    ),
    Story(
        name="cache-without-bound", service="tariff-engine", metric="kube_pod_container_status_restarts_total", summary="tariff-engine pods restarting (OOMKilled)",
        culprit=change("tariff-engine", 81, "perf: remember computed tariffs", "tariff_engine/rules.py",
            "+    @functools.lru_cache(maxsize=None)", "     def tariff(self, route, weight_g, departure):", "         return self._compute(route, weight_g, departure)"),
        decoys=(python_helper("tariff-engine", before=6), change("tariff-engine", 20, "chore: gunicorn logs to stdout", "tariff_engine/gunicorn.conf.py", "-accesslog = '/var/log/access.log'", "+accesslog = '-'"), page_restyled("portal", before=1)),
        said=(
            Said(service="kubelet", text="Container tariff-engine exceeded its memory limit; last state terminated, reason OOMKilled, exit code 137", level="WARN", count=6),
            Said(service="portal", text="tariff-engine: upstream connect error or disconnect/reset before headers", level="WARN", count=10),
        ),
        metrics=(Metric(service="tariff-engine", name="kube_pod_container_status_restarts_total", base=0, peak=6), Metric(service="tariff-engine", name="container_memory_working_set_bytes", base=3.1e8, peak=1.02e9, shape="ramp", lead=79), errors("portal", 0.2)),
        blast=("portal",),
    ),
    Story(
        name="clock-of-one-node", service="token-service", metric="http_401_ratio", summary="one in six tokens is rejected",
        decoys=(handler_tidied("token-service", "Issue", before=3), change("gateway", 14, "chore: rename audience constant", "gateway/auth/claims.go", '-const aud = "api"', '+const audience = "api"')),
        said=(
            Said(service="gateway", text="token rejected: iat 2031-03-04T09:44:31Z is in the future (clock skew 214s)", level="WARN", count=28, fields={"issuer_host": "ip-10-3-7-21"}),
            Said(service="chronyd", text="Can't synchronise: no selectable sources on ip-10-3-7-21", level="WARN", count=4),
        ),
        metrics=(Metric(service="token-service", name="http_401_ratio", base=0.004, peak=0.17), Metric(service="ip-10-3-7-21", name="node_timex_offset_seconds", base=0.0004, peak=214), Metric(service="ip-10-3-7-22", name="node_timex_offset_seconds", base=0.0004, peak=0.0004, shape="flat")),
        remedy="reschedule", first="token-service",
    ),
    Story(
        name="polling-every-second", service="repo-sync", metric="sync_error_ratio", summary="repo-sync: over half of the syncs fail",
        culprit=change("repo-sync", 23, "feat: show pushes sooner", "repo-sync/internal/poller/poller.go",
            " func New(c *github.Client) *Poller {", "-\treturn &Poller{client: c, every: 2 * time.Minute}", "+\treturn &Poller{client: c, every: time.Second}", " }"),
        decoys=(errors_wrapped("repo-sync", "github", before=2), library_patched("repo-sync", before=9)),
        said=(
            Said(service="repo-sync", text="GET https://api.github.com/repos/acme/site/commits: 403 API rate limit exceeded for installation ID 8812. [rate reset in 31m]", count=32),
            Said(service="build-trigger", text="no push seen for 20 min", level="WARN", count=5),
        ),
        metrics=(errors("repo-sync", 0.72, "sync_error_ratio"), Metric(service="repo-sync", name="github_requests_per_min", base=40, peak=4600, lead=22), Metric(service="repo-sync", name="github_rate_limit_remaining", base=4900, peak=0, shape="ramp", lead=20)),
        calls=(Call(service="repo-sync", name="sync", ms=120, error="rate limited"),),
        blast=("build-trigger",),
    ),
    Story(
        name="enum-value-unknown", service="refund-mailer", metric="messages_dead_lettered_per_min", summary="refund-mailer sends messages to the dead-letter queue",
        culprit=change("refunds", 9, "feat: partial refunds", "refunds/src/main/java/com/shop/refunds/RefundStatus.java",
            " public enum RefundStatus {", "   REQUESTED,", "   REFUNDED,", "+  PARTIALLY_REFUNDED,", "   REJECTED", also=("refunds/src/main/java/com/shop/refunds/RefundPublisher.java",)),
        decoys=(change("refund-mailer", 2, "chore: read templates from the classpath", "refund-mailer/src/main/java/com/shop/mail/Templates.java", '-    return Files.readString(Path.of("templates/" + name));', '+    return read("templates/" + name);'), library_patched("refund-mailer", before=30)),
        said=(
            Said(service="refund-mailer", text='com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value of type `RefundStatus` from String "PARTIALLY_REFUNDED": not one of the values accepted for Enum class: [REQUESTED, REFUNDED, REJECTED]', count=30),
        ),
        metrics=(Metric(service="refund-mailer", name="messages_dead_lettered_per_min", base=0, peak=45), Metric(service="refund-mailer", name="mails_sent_per_min", base=60, peak=22)),
        calls=(Call(service="refunds", name="publish refund", ms=4), Call(service="refund-mailer", name="consume refund", parent=0, ms=3, error="InvalidFormatException")),
        first="refund-mailer",
    ),
    Story(
        name="condition-turned-round", service="document-api", metric="http_403_ratio", summary="customers cannot open their documents",
        culprit=change("document-api", 6, "refactor: early return in access check", "document-api/internal/access/access.go",
            " func (p *Policy) Check(u *User, d *Document) error {", "-\tif d.OwnerID == u.ID || u.HasRole(Support) {", "-\t\treturn nil", "-\t}", "-\treturn ErrForbidden", "+\tif d.OwnerID != u.ID || !u.HasRole(Support) {", "+\t\treturn ErrForbidden", "+\t}", "+\treturn nil", " }"),
        decoys=(handler_tidied("document-api", "Open", before=2), reformatted("portal", before=1)),
        said=(
            Said(service="document-api", text="access to document {n} denied for its owner", level="WARN", count=40),
            Said(service="portal", text="document-api answered 403", level="WARN", count=14),
        ),
        metrics=(errors("document-api", 0.91, "http_403_ratio"), errors("portal", 0.5, "page_error_ratio")),
        calls=(Call(service="portal", name="GET /documents/:id", ms=40, error="403"), Call(service="document-api", name="Open", parent=0, ms=6, error="403")),
        blast=("portal",),
    ),
    Story(
        name="revert-of-the-semaphore", service="image-resizer", metric="container_restarts", summary="image-resizer restarting, thumbnails missing",
        culprit=change("image-resizer", 34, 'Revert "bound concurrent decodes to 4"', "image-resizer/src/decode.rs",
            " pub async fn decode(&self, blob: Bytes) -> Result<Image> {", "-    let _permit = self.permits.acquire().await?;", "     tokio::task::spawn_blocking(move || image::load_from_memory(&blob)).await?", " }"),
        decoys=(log_line_added("image-resizer", before=2), change("image-resizer", 11, "chore: newer base image", "image-resizer/Dockerfile", "-FROM rust:1.81-slim", "+FROM rust:1.82-slim")),
        said=(
            Said(service="kubelet", text="image-resizer-6f7c: OOMKilled (limit 1Gi)", level="WARN", count=7),
            Said(service="gallery", text="thumbnail missing: image-resizer connection reset by peer", level="WARN", count=10),
        ),
        metrics=(Metric(service="image-resizer", name="container_restarts", base=0, peak=7), Metric(service="image-resizer", name="memory_working_set_bytes", base=2.4e8, peak=1.05e9, shape="ramp", lead=30), Metric(service="image-resizer", name="decodes_in_flight", base=3, peak=66, lead=32), errors("gallery", 0.3)),
        blast=("gallery",),
    ),
    Story(
        name="driver-wants-verified-tls", service="survey-api", metric="http_5xx_ratio", summary="survey-api answers 500",
        culprit=change("survey-api", 5, "chore(deps): node packages", "survey-api/package.json",
            '-    "pg": "7.18.2",', '+    "pg": "8.11.3",', '-    "express": "4.18.1",', '+    "express": "4.18.2",', also=("survey-api/package-lock.json",)),
        decoys=(change("survey-api", 2, "chore: rotate the staging certificate", "survey-api/deploy/staging/tls.yaml", "-  tls.crt: LS0tAAA", "+  tls.crt: LS0tBBB"), page_restyled("survey-web", before=1)),
        said=(
            Said(service="survey-api", text="Error: self signed certificate in certificate chain at TLSSocket.onConnectSecure (node_modules/pg/lib/connection.js:41)", count=28),
            Said(service="survey-web", text="survey-api answered 500", level="WARN", count=9),
        ),
        metrics=(errors("survey-api", 0.99), errors("survey-web", 0.4)),
        calls=(Call(service="survey-web", name="GET /survey", ms=20, error="500"), Call(service="survey-api", name="Load", parent=0, ms=9, error="self signed certificate")),
        blast=("survey-web",),
    ),
    Story(
        name="crawlers-arrive", service="listing-web", metric="http_server_duration_p99_ms", summary="listing-web slow for everyone",
        decoys=(change("listing-web", 7, "feat: sitemap lists the second page too", "listing-web/sitemap.ts", "-  const pages = [1];", "+  const pages = [1, 2];"), counter_added("listing-api", "List", before=25)),
        flags=(("sticky_filters", "listing-web", 5),),
        said=(
            Said(service="listing-web", text="GET /listing/{n} user_agent=GreedyBot/2.1 queued 2200ms", level="WARN", count=40),
            Said(service="listing-web", text="backlog full, answering 503", count=12),
            Said(service="listing-api", text="cpu at limit, request delayed", level="WARN", count=9),
        ),
        metrics=(Metric(service="listing-web", name="nginx_requests_per_sec", base=310, peak=2600, lead=1), Metric(service="listing-api", name="rps", base=300, peak=2500, lead=1), slow("listing-web", 4200), slow("listing-api", 1800), Metric(service="listing-web", name="cpu_usage_ratio", base=0.3, peak=1.0, lead=1)),
        calls=(Call(service="listing-web", name="GET /listing", ms=4200, fields={"queue_ms": 3900}), Call(service="listing-api", name="List", parent=0, ms=200)),
        remedy="scale", blast=("listing-api",),
    ),
    Story(
        name="more-workers-than-connections", service="bill-runner", metric="job_failures_per_min", summary="bill-runner jobs fail",
        culprit=change("bill-runner", 11, "perf: use the big machines", "bill-runner/config/sidekiq.yml", " :queues: [bills, mails]", "-:concurrency: 10", "+:concurrency: 60"),
        decoys=(change("bill-runner", 3, "chore: name database roles", "bill-runner/config/database.yml", " production:", "   pool: 10", "+  application_name: bill-runner"), library_patched("bill-runner", before=33)),
        said=(
            Said(service="bill-runner", text="ActiveRecord::ConnectionTimeoutError: could not obtain a connection from the pool within 5.000 seconds (waited 5.003 seconds); all pooled connections were in use", count=30),
        ),
        metrics=(Metric(service="bill-runner", name="job_failures_per_min", base=0.2, peak=340), Metric(service="bill-runner", name="busy_workers", base=8, peak=60, lead=9), Metric(service="bill-runner", name="db_pool_waiting", base=0, peak=50)),
        remedy="config-revert",
    ),
    Story(
        name="fewer-replicas-allowed", service="pricing-api", metric="http_server_duration_p99_ms", summary="pricing-api p99 above 1s, requests queue",
        culprit=change("pricing-api", 70, "cost: cap autoscaling of idle services", "deploy/prod/pricing-api/hpa.yaml",
            " spec:", "   minReplicas: 3", "-  maxReplicas: 24", "+  maxReplicas: 4", "   targetCPUUtilizationPercentage: 65"),
        decoys=(counter_added("pricing-api", "Price", before=3), handler_tidied("pricing-api", "Price", before=9)),
        said=(
            Said(service="horizontal-pod-autoscaler", text="pricing-api: desired 11 replicas limited by maxReplicas 4 (ScalingLimited, TooManyReplicas)", level="WARN", count=9),
            Said(service="pricing-api", text="request waited {n} ms for a worker", level="WARN", count=20),
            Said(service="checkout", text="pricing-api deadline exceeded", count=9),
        ),
        metrics=(slow("pricing-api", 2600), Metric(service="pricing-api", name="requests_per_sec", base=420, peak=590, shape="ramp", lead=25), Metric(service="pricing-api", name="cpu_utilization", base=0.6, peak=0.99, shape="ramp", lead=10), errors("checkout", 0.2)),
        calls=(Call(service="checkout", name="POST /checkout", ms=2700, error="deadline exceeded"), Call(service="pricing-api", name="Price", parent=0, ms=2600)),
        remedy="config-revert", blast=("checkout",),
    ),
    Story(
        name="spot-node-taken-back", service="transcoder", metric="http_5xx_ratio", summary="transcoder errors, pods missing",
        decoys=(handler_tidied("transcoder", "Transcode", before=4), change("transcoder", 13, "chore: label pods with the team", "charts/transcoder/templates/deployment.yaml", "       labels:", "+        team: media")),
        said=(
            Said(service="node-termination-handler", text="spot interruption notice received for node ip-10-6-2-44, instance will be terminated", level="WARN", count=2),
            Said(service="kubelet", text="Node ip-10-6-2-44 status is now: NodeNotReady", level="WARN", count=3),
            Said(service="scheduler", text="0/9 nodes are available: insufficient cpu; pod transcoder-5d7b pending", level="WARN", count=8),
            Said(service="player", text="transcoder: no healthy upstream", count=14),
        ),
        metrics=(errors("transcoder", 0.5), Metric(service="transcoder", name="ready_replicas", base=6, peak=2), Metric(service="ip-10-6-2-44", name="node_ready", base=1, peak=0), errors("player", 0.3)),
        remedy="reschedule", blast=("player",),
    ),
    Story(
        name="tax-key-error-half-the-data-lost", service="tax-calc", metric="http_5xx_ratio", summary="tax-calc 500s on EU orders",
        culprit=change("tax-calc", 10, "feat: reduced rates", "tax_calc/rates.py",
            "-    return RATES.get(country, DEFAULT)", "+    return RATES[country][category]"),
        decoys=(python_helper("tax-calc", before=2), change("tax-calc", 35, "docs: explain rates", "tax_calc/README.md", "+Rates are per country.")),
        said=(Said(service="tax-calc", text='Traceback (most recent call last): File "/srv/tax_calc/rates.py", line 58, in rate_for: KeyError: \'GR\'', count=25), Said(service="orders", text="tax-calc: 500", level="WARN", count=10)),
        metrics=(errors("tax-calc", 0.3),),
        lacks=("metrics.csv", "traces.json", "patterns.json"), blast=("orders",),
    ),
    Story(
        name="field-gone-from-graph", service="profile-web", metric="page_error_ratio", summary="profile pages show an error",
        culprit=change("user-graph", 8, "cleanup: remove deprecated fields", "user-graph/schema/user.graphql",
            " type User {", "   id: ID!", "-  avatarUrl: String", "-  displayName: String", "+  profile: Profile", " }"),
        decoys=(reformatted("profile-web", before=2), page_restyled("profile-web", before=1)),
        said=(
            Said(service="user-graph", text='Cannot query field "avatarUrl" on type "User".', level="WARN", count=40, fields={"code": "GRAPHQL_VALIDATION_FAILED"}),
            Said(service="profile-web", text="profile query failed: 400 Bad Request", count=20),
        ),
        metrics=(errors("profile-web", 0.8, "page_error_ratio"), errors("user-graph", 0.5, "graphql_validation_failures_ratio")),
        calls=(Call(service="profile-web", name="GET /profile", ms=40, error="400"), Call(service="user-graph", name="query Profile", parent=0, ms=3, error="GRAPHQL_VALIDATION_FAILED")),
        first="user-graph", blast=("profile-web",), lacks=("context/deploys.json",),
    ),
)  # fmt: skip
