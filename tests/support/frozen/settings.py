"""Incidents that a change of settings, infrastructure or wiring caused."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled, python_helper
from tests.support.frozen.story import Call, Change, Metric, Said, Story

SETTINGS: Final[tuple[Story, ...]] = (
    Story(
        name="ttl-of-seconds",
        service="storefront",
        metric="http_server_duration_p99_ms",
        summary="storefront p99 above 1 s",
        culprit=Change(
            message="fresher stock figures",
            service="storefront",
            before=13,
            files=("storefront/config/cache.yaml",),
            diff="@@ storefront/config/cache.yaml @@\n stock:\n-  ttl: 15m\n+  ttl: 2s\n   store: redis\n",
        ),
        decoys=(handler_tidied("storefront", "Stock"), page_restyled("mobile")),
        said=(
            Said(
                service="storefront", text="cache miss for stock:{n}, loading from warehouse-db", level="INFO", count=60
            ),
            Said(service="storefront", text="loading stock took {n} ms", level="WARN", count=20),
        ),
        metrics=(
            Metric(service="storefront", name="http_server_duration_p99_ms", base=80, peak=1600),
            Metric(service="storefront", name="cache_hit_ratio", base=0.97, peak=0.11),
            Metric(service="warehouse-db", name="queries_per_sec", base=300, peak=9000),
            Metric(service="mobile", name="http_server_duration_p99_ms", base=120, peak=1700),
        ),
        calls=(
            Call(service="mobile", name="GET /product", ms=1700),
            Call(service="storefront", name="Stock", parent=0, ms=1600),
        ),
        remedy="config-revert",
        blast=("mobile",),
    ),
    Story(
        name="pool-shrunk",
        service="accounts",
        metric="http_5xx_ratio",
        summary="accounts 5xx",
        culprit=Change(
            message="chore: right-size database settings",
            service="accounts",
            before=22,
            files=("deploy/prod/accounts/values.yaml",),
            diff="@@ deploy/prod/accounts/values.yaml @@\n database:\n-  maxOpenConns: 40\n+  maxOpenConns: 4\n   connMaxLifetime: 30m\n",
        ),
        decoys=(handler_tidied("accounts", "Login"), library_patched("gateway")),
        said=(
            Said(
                service="accounts",
                text="login failed: could not get a database connection within 2s",
                count=25,
                fields={"pool.max": 4, "pool.in_use": 4},
            ),
            Said(service="gateway", text="accounts answered 503", level="WARN", count=8),
        ),
        metrics=(
            Metric(service="accounts", name="http_5xx_ratio", base=0.002, peak=0.37),
            Metric(service="accounts", name="db_pool_waiters", base=0, peak=55),
            Metric(service="gateway", name="http_5xx_ratio", base=0.002, peak=0.2),
        ),
        calls=(
            Call(service="gateway", name="POST /login", ms=2100, error="503"),
            Call(service="accounts", name="Login", parent=0, ms=2050, error="no connection"),
        ),
        remedy="config-revert",
        blast=("gateway",),
    ),
    Story(
        name="variable-renamed",
        service="mailer",
        metric="up",
        summary="mailer does not come up",
        culprit=Change(
            message="chore: same names for secrets everywhere",
            service="mailer",
            before=3,
            files=("deploy/prod/mailer/deployment.yaml",),
            diff="@@ deploy/prod/mailer/deployment.yaml @@\n         env:\n-        - name: SMTP_RELAY_TOKEN\n+        - name: MAIL_RELAY_TOKEN\n           valueFrom:\n             secretKeyRef:\n",
        ),
        decoys=(python_helper("mailer", before=1), page_restyled("console")),
        said=(
            Said(service="mailer", text="cannot start: SMTP_RELAY_TOKEN is not set", count=14),
            Said(service="kubelet", text="Back-off restarting failed container mailer", level="WARN", count=6),
            Said(service="orders", text="mailer refused the connection", level="WARN", count=6),
        ),
        metrics=(
            Metric(service="mailer", name="ready_replicas", base=3, peak=0),
            Metric(service="mailer", name="restarts", base=0, peak=12),
            Metric(service="orders", name="mail_errors_ratio", base=0.001, peak=0.9),
        ),
        remedy="config-revert",
        blast=("orders",),
    ),
    Story(
        name="probe-on-wrong-port",
        service="sessions",
        metric="healthy_targets",
        summary="sessions has no ready instance",
        culprit=Change(
            message="chore: move admin endpoints to their own port",
            service="sessions",
            before=4,
            files=("charts/sessions/templates/deployment.yaml",),
            diff="@@ charts/sessions/templates/deployment.yaml @@\n           readinessProbe:\n             httpGet:\n               path: /ready\n-              port: 8080\n+              port: 9090\n",
        ),
        decoys=(handler_tidied("sessions", "Open"), page_restyled("web")),
        said=(
            Said(
                service="kubelet",
                text="Readiness probe failed: Get http://10.4.1.7:9090/ready: dial tcp: connection refused",
                level="WARN",
                count=20,
            ),
            Said(service="web", text="no endpoints available for sessions", count=16),
        ),
        metrics=(
            Metric(service="sessions", name="healthy_targets", base=6, peak=0),
            Metric(service="web", name="http_5xx_ratio", base=0.001, peak=0.95),
        ),
        calls=(Call(service="web", name="GET /", ms=12, error="no endpoints for sessions"),),
        remedy="config-revert",
        blast=("web",),
    ),
    Story(
        name="limit-per-everybody",
        service="edge-api",
        metric="http_429_ratio",
        summary="edge-api refuses customers",
        culprit=Change(
            message="protect the upload endpoint",
            service="edge-api",
            before=5,
            files=("edge-api/limits.json",),
            diff='@@ edge-api/limits.json @@\n   "upload": {\n-    "requests_per_minute": 6000,\n+    "requests_per_minute": 60,\n     "key": "tenant"\n',
        ),
        decoys=(log_line_added("edge-api"), page_restyled("portal")),
        said=(
            Said(
                service="edge-api",
                text="rejected upload: over 60 requests per minute for tenant t-{n}",
                level="WARN",
                count=40,
            ),
            Said(service="portal", text="upload failed with 429", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="edge-api", name="http_429_ratio", base=0.0005, peak=0.62),
            Metric(service="edge-api", name="requests_per_sec", base=210, peak=215, shape="flat"),
            Metric(service="portal", name="upload_errors_ratio", base=0.001, peak=0.5),
        ),
        calls=(
            Call(service="portal", name="POST /upload", ms=20, error="429"),
            Call(service="edge-api", name="Upload", parent=0, ms=2, error="429"),
        ),
        blast=("portal",),
        remedy="config-revert",
    ),
    Story(
        name="consumer-too-slow-for-its-lease",
        service="thumbnails",
        metric="queue_depth",
        summary="thumbnail queue grows",
        culprit=Change(
            message="quicker redelivery of lost jobs",
            service="thumbnails",
            before=18,
            files=("infra/queues/thumbnails.tf",),
            diff='@@ infra/queues/thumbnails.tf @@\n resource "aws_sqs_queue" "thumbnails" {\n-  visibility_timeout_seconds = 300\n+  visibility_timeout_seconds = 20\n   message_retention_seconds  = 345600\n',
        ),
        decoys=(python_helper("thumbnails", before=2), page_restyled("gallery")),
        said=(
            Said(
                service="thumbnails",
                text="job {n} was already done by another worker, receive count 6",
                level="WARN",
                count=30,
            ),
            Said(service="gallery", text="no thumbnail yet after 60s", level="WARN", count=8),
        ),
        metrics=(
            Metric(service="thumbnails", name="queue_depth", base=30, peak=9000, shape="ramp", lead=10),
            Metric(service="thumbnails", name="messages_redelivered_per_min", base=0.2, peak=400, lead=15),
            Metric(service="gallery", name="missing_images_error_ratio", base=0.001, peak=0.3),
        ),
        remedy="config-revert",
        blast=("gallery",),
    ),
    Story(
        name="wrong-host",
        service="checkout-api",
        metric="http_5xx_ratio",
        summary="checkout-api errors",
        culprit=Change(
            message="move tax lookups to the new cluster",
            service="checkout-api",
            before=2,
            files=("config/production/checkout-api.properties",),
            diff="@@ config/production/checkout-api.properties @@\n-tax.url=http://tax.core.svc.cluster.local:8080\n+tax.url=http://tax.core2.svc.cluster.local:8080\n",
        ),
        decoys=(handler_tidied("checkout-api", "Total", before=0.8), library_patched("web", before=0.5)),
        said=(
            Said(
                service="checkout-api",
                text="tax lookup failed: lookup tax.core2.svc.cluster.local: no such host",
                count=30,
            ),
            Said(service="web", text="checkout-api returned 500", level="WARN", count=10),
        ),
        metrics=(
            Metric(service="checkout-api", name="http_5xx_ratio", base=0.001, peak=0.99),
            Metric(service="web", name="http_5xx_ratio", base=0.001, peak=0.3),
        ),
        calls=(
            Call(service="web", name="POST /checkout", ms=30, error="500"),
            Call(service="checkout-api", name="Total", parent=0, ms=12, error="no such host"),
        ),
        remedy="config-revert",
        blast=("web",),
    ),
    Story(
        name="role-narrowed",
        service="exporter",
        metric="export_failures_ratio",
        summary="exports fail",
        culprit=Change(
            message="security: least privilege for the export role",
            service="exporter",
            before=14,
            files=("infra/iam/exporter.tf",),
            diff='@@ infra/iam/exporter.tf @@\n   statement {\n-    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]\n+    actions   = ["s3:GetObject"]\n     resources = ["${aws_s3_bucket.exports.arn}/*"]\n',
        ),
        decoys=(python_helper("exporter", before=1), page_restyled("console")),
        said=(
            Said(
                service="exporter",
                text="upload of export-{n}.csv failed: AccessDenied: not authorized to perform s3:PutObject",
                count=18,
            ),
        ),
        metrics=(Metric(service="exporter", name="export_failures_ratio", base=0.002, peak=1.0),),
        remedy="config-revert",
    ),
    Story(
        name="memory-halved",
        service="ranker",
        metric="container_restarts",
        summary="ranker restarts",
        culprit=Change(
            message="save some money on idle pods",
            service="ranker",
            before=9,
            files=("k8s/prod/ranker.yaml",),
            diff="@@ k8s/prod/ranker.yaml @@\n         resources:\n           limits:\n-            memory: 2Gi\n+            memory: 512Mi\n             cpu: '2'\n",
        ),
        decoys=(handler_tidied("ranker", "Rank"), page_restyled("feed")),
        said=(
            Said(
                service="kubelet",
                text="Memory cgroup out of memory: killed process in container ranker",
                level="WARN",
                count=8,
            ),
            Said(service="feed", text="ranker reset the connection", count=9),
        ),
        metrics=(
            Metric(service="ranker", name="container_restarts", base=0, peak=9),
            Metric(service="ranker", name="http_5xx_ratio", base=0.001, peak=0.4),
            Metric(service="feed", name="http_5xx_ratio", base=0.001, peak=0.3),
        ),
        calls=(
            Call(service="feed", name="GET /feed", ms=40, error="connection reset"),
            Call(service="ranker", name="Rank", parent=0, ms=20, error="connection reset"),
        ),
        remedy="config-revert",
        blast=("feed",),
    ),
    Story(
        name="job-not-scheduled",
        service="settlement",
        metric="unhandled_jobs_total",
        summary="settlement jobs pile up: no worker takes them",
        culprit=Change(
            message="refactor: one module per job",
            service="settlement",
            before=16,
            files=("settlement/worker.py", "settlement/jobs/__init__.py"),
            diff="@@ settlement/worker.py @@\n app = Celery('settlement')\n-app.autodiscover_tasks(['settlement.jobs'])\n+# jobs are found by their module\n app.conf.timezone = 'UTC'\n",
        ),
        decoys=(python_helper("settlement", before=2), page_restyled("console")),
        said=(
            Said(
                service="settlement",
                text="Received unregistered task of type 'settlement.jobs.payout'. The message has been ignored",
                count=22,
            ),
        ),
        metrics=(Metric(service="settlement", name="unhandled_jobs_total", base=0, peak=300),),
        remedy="roll-forward",
    ),
    Story(
        name="major-upgrade",
        service="reports",
        metric="http_5xx_ratio",
        summary="reports answers 500",
        culprit=Change(
            message="chore(deps): monthly upgrades",
            service="reports",
            before=6,
            files=("reports/requirements.txt",),
            diff="@@ reports/requirements.txt @@\n-pydantic==1.10.21\n+pydantic==2.9.2\n-gunicorn==22.0.0\n+gunicorn==22.0.1\n",
        ),
        decoys=(python_helper("reports", before=1), page_restyled("console")),
        said=(
            Said(
                service="reports",
                text="AttributeError: 'Report' object has no attribute 'parse_raw_as'; did the library change?",
                count=20,
                fields={"stack": "reports/models.py:88 in load"},
            ),
        ),
        metrics=(Metric(service="reports", name="http_5xx_ratio", base=0.001, peak=0.6),),
    ),
    Story(
        name="audience-changed",
        service="profile-api",
        metric="http_401_ratio",
        summary="everybody is logged out",
        culprit=Change(
            message="auth: settings per environment",
            service="profile-api",
            before=5,
            files=("profile-api/src/main/resources/application.yml",),
            diff="@@ profile-api/src/main/resources/application.yml @@\n security:\n   jwt:\n-    audience: https://api.shop.test\n+    audience: https://profile.shop.test\n",
        ),
        decoys=(handler_tidied("profile-api", "Profile"), page_restyled("app")),
        said=(
            Said(
                service="profile-api",
                text="rejected token: aud claim https://api.shop.test is not accepted",
                level="WARN",
                count=40,
            ),
            Said(service="app", text="profile-api said 401, user logged out", level="WARN", count=10),
        ),
        metrics=(
            Metric(service="profile-api", name="http_401_ratio", base=0.01, peak=0.97),
            Metric(service="app", name="forced_logout_error_ratio", base=0.001, peak=0.7),
        ),
        calls=(
            Call(service="app", name="GET /me", ms=20, error="401"),
            Call(service="profile-api", name="Profile", parent=0, ms=3, error="401"),
        ),
        remedy="config-revert",
        blast=("app",),
    ),
)
