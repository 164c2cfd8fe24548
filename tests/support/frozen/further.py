"""More incidents, written after the rules stood."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled, python_helper
from tests.support.frozen.parts import change, errors, slow
from tests.support.frozen.story import Call, Metric, Said, Story

FURTHER: Final[tuple[Story, ...]] = (
    Story(
        name="everything-to-one-shard", service="activity-store", metric="write_latency_p99_ms", summary="activity-store writes slow, shard 4 saturated",
        culprit=change("activity-writer", 33, "feat: keep a customer's events in order", "activity-writer/producer.go",
            "-\tmsg.Key = sarama.StringEncoder(ev.ID)", "+\tmsg.Key = sarama.StringEncoder(ev.Region)"),
        decoys=(change("activity-store", 6, "chore: rename a counter", "activity-store/stats.go", '-var appended = counter("appended")', '+var appended = counter("entries_appended")'), log_line_added("activity-writer", before=2)),
        said=(
            Said(service="activity-store", text="partition 4 receives 91% of all writes, others idle", level="WARN", count=14),
            Said(service="activity-writer", text="produce to partition 4 timed out, queue growing", count=10),
        ),
        metrics=(Metric(service="activity-store", name="write_latency_p99_ms", base=8, peak=1900), Metric(service="activity-writer", name="producer_queue_depth", base=3, peak=8000)),
        blast=("activity-writer",),
    ),
    Story(
        name="waits-for-itself", service="render-farm", metric="jobs_stuck", summary="render-farm makes no progress",
        culprit=change("render-farm", 14, "refactor: one executor is enough", "render-farm/src/main/java/render/Pools.java",
            "-  final ExecutorService frames = Executors.newFixedThreadPool(16);", "-  final ExecutorService tiles = Executors.newFixedThreadPool(32);",
            "+  final ExecutorService shared = Executors.newFixedThreadPool(16);"),
        decoys=(handler_tidied("render-farm", "Submit", before=2), page_restyled("studio", before=1)),
        said=(
            Said(service="render-farm", text="frame {n} waiting for its tiles since 120 s, all 16 threads wait", level="WARN", count=16),
            Said(service="studio", text="no preview: render-farm gave no answer", level="WARN"),
        ),
        metrics=(Metric(service="render-farm", name="jobs_stuck", base=0, peak=160), Metric(service="render-farm", name="executor_active_threads", base=5, peak=16), errors("studio", 0.2, "error_rate_5xx_ratio")),
        calls=(Call(service="studio", name="GET /preview", ms=30000, error="no answer"), Call(service="render-farm", name="Frame", parent=0, ms=30000, error="timeout")),
        blast=("studio",),
    ),
    Story(
        name="plain-number-for-money", service="checkout", metric="payment_declined_ratio", summary="amounts are refused by the acquirer",
        culprit=change("checkout", 20, "amounts as the new API wants them", "checkout/money.ts",
            "-  return { amount: Math.round(total * 100), currency };", "+  return { amount: total, currency };"),
        decoys=(handler_tidied("checkout", "Pay", before=1), change("checkout", 4, "chore: friendlier wording", "checkout/texts.ts", "-  declined: 'Declined.'", "+  declined: 'Your card was declined.'")),
        said=(Said(service="checkout", text="acquirer declined {n}: amount must be an integer in minor units, got 19.99", count=25),),
        metrics=(Metric(service="checkout", name="payment_declined_ratio", base=0.03, peak=0.98),),
    ),
    Story(
        name="waits-no-more-for-shutdown", service="sockets", metric="error_rate_5xx_ratio", summary="sockets errors at every rollout",
        culprit=change("sockets", 4, "chore: faster rollouts", "charts/sockets/values.yaml", "-terminationGracePeriodSeconds: 90", "+terminationGracePeriodSeconds: 2"),
        decoys=(handler_tidied("sockets", "Join", before=2), page_restyled("chat", before=1)),
        said=(Said(service="sockets", text="killed with 412 open connections", level="WARN", count=6), Said(service="chat", text="connection to sockets lost: unexpected EOF", count=20)),
        metrics=(errors("sockets", 0.2, "error_rate_5xx_ratio"), errors("chat", 0.15, "error_rate_5xx_ratio")),
        remedy="config-revert", blast=("chat",),
    ),
    Story(
        name="index-of-everything", service="cql-api", metric="error_rate_5xx_ratio", summary="cql-api fails on queries with quotes",
        culprit=change("cql-api", 12, "perf: leaner tokenizer", "pkg/cql/lexer.go",
            " func (l *lexer) quoted() token {", "-\tfor l.pos < len(l.in) && l.in[l.pos] != '\"' {", "+\tfor l.in[l.pos] != '\"' {", " \t\tl.pos++"),
        decoys=(handler_tidied("cql-api", "Query", before=2), library_patched("web", before=1)),
        said=(Said(service="cql-api", text="panic: runtime error: index out of range [41] with length 41", count=18, fields={"stack": "pkg/cql/lexer.go:93 lexer.quoted"}), Said(service="web", text="query failed: cql-api 500", level="WARN")),
        metrics=(errors("cql-api", name="error_rate_5xx_ratio"), errors("web", 0.1, "error_rate_5xx_ratio")),
        calls=(Call(service="web", name="GET /logs", ms=20, error="500"), Call(service="cql-api", name="Query", parent=0, ms=4, error="panic")),
        blast=("web",),
    ),
    Story(
        name="cleanup-job-removed", service="uploads", metric="disk_used_ratio", summary="uploads volume nearly full",
        culprit=change("uploads", 95, "chore: remove a cron job that only made noise", "k8s/prod/uploads/cron.yaml",
            "-apiVersion: batch/v1", "-kind: CronJob", "-metadata:", "-  name: uploads-tmp-sweeper", "-spec:", "-  schedule: '*/10 * * * *'"),
        decoys=(handler_tidied("uploads", "Put", before=3), page_restyled("drive", before=1)),
        said=(Said(service="uploads", text="cannot write /data/tmp/{n}: no space left on device", count=20), Said(service="drive", text="upload failed", level="WARN")),
        metrics=(Metric(service="uploads", name="disk_used_ratio", base=0.4, peak=1.0, shape="ramp", lead=94), errors("uploads", 0.6, "error_rate_5xx_ratio"), errors("drive", 0.3, "error_rate_5xx_ratio")),
        blast=("drive",), remedy="config-revert",
    ),
    Story(
        name="token-shorter-than-job", service="nightly-sync", metric="sync_failures_ratio", summary="nightly-sync fails halfway",
        culprit=change("idp", 50, "security: shorter sessions", "idp/realm.json", '-  "accessTokenLifespan": 3600,', '+  "accessTokenLifespan": 120,'),
        decoys=(python_helper("nightly-sync", before=4), log_line_added("idp", before=8)),
        said=(Said(service="nightly-sync", text="page {n} refused: 401 token is expired", count=25),),
        metrics=(Metric(service="nightly-sync", name="sync_failures_ratio", base=0.001, peak=0.8), Metric(service="nightly-sync", name="http_401_count", base=0, peak=60)),
        calls=(Call(service="nightly-sync", name="page", ms=20, error="401"), Call(service="idp", name="introspect", parent=0, ms=3)),
        remedy="config-revert",
    ),
    Story(
        name="writes-wait-for-disk", service="journal", metric="append_latency_p99_ms", summary="journal appends slow",
        culprit=change("journal", 9, "never lose an entry", "journal/append.go", " \tif _, err := f.Write(rec); err != nil {", " \t\treturn err", " \t}", "-\treturn nil", "+\treturn f.Sync()"),
        decoys=(handler_tidied("journal", "Append", before=1), change("journal", 3, "chore: bigger segments", "journal/config.toml", "-segment_mb = 64", "+segment_mb = 80")),
        said=(Said(service="journal", text="append took {n} ms", level="WARN", count=25), Said(service="ledger", text="journal slow, entry delayed", level="WARN")),
        metrics=(Metric(service="journal", name="append_latency_p99_ms", base=2, peak=410), Metric(service="journal", name="fsyncs_per_sec", base=1, peak=900), slow("ledger", 500, 30, "request_latency_p95_ms")),
        blast=("ledger",),
    ),
    Story(
        name="smart-home-firmware", service="ingress", metric="request_latency_p95_ms", summary="ingress saturated",
        decoys=(handler_tidied("ingress", "Accept", before=31), change("ingress", 45, "chore: more worker processes", "ingress/nginx.conf", "-worker_processes 4;", "+worker_processes 5;")),
        said=(Said(service="ingress", text="worker_connections are not enough", count=20), Said(service="devices", text="backlog of hello messages", level="WARN")),
        metrics=(
            Metric(service="ingress", name="incoming_requests_per_sec", base=900, peak=7200, lead=1), slow("ingress", name="request_latency_p95_ms"),
            Metric(service="devices", name="incoming_requests_per_sec", base=850, peak=6900, lead=1), slow("devices", name="request_latency_p95_ms"),
        ),
        calls=(Call(service="ingress", name="POST /hello", ms=3000), Call(service="devices", name="Hello", parent=0, ms=900)),
        remedy="scale", blast=("devices",),
    ),
    Story(
        name="sms-carrier", service="otp", metric="otp_delivery_failure_ratio", summary="one-time codes are not delivered",
        decoys=(handler_tidied("otp", "Send", before=7), log_line_added("otp", before=15)),
        said=(Said(service="otp", text="sending failed: carrier gateway responded 502 (upstream provider degraded)", count=22), Said(service="login", text="code not delivered", level="WARN")),
        metrics=(Metric(service="otp", name="otp_delivery_failure_ratio", base=0.02, peak=0.9), Metric(service="login", name="login_failure_ratio", base=0.02, peak=0.5)),
        remedy="escalate-upstream", blast=("login",),
    ),
    Story(
        name="tls-of-the-broker", service="bridge", metric="publish_error_ratio", summary="bridge cannot publish",
        decoys=(python_helper("bridge", before=11), library_patched("bridge", before=3)),
        said=(Said(service="bridge", text="SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: certificate has expired (_ssl.c:1007)", count=22),),
        metrics=(Metric(service="bridge", name="publish_error_ratio", base=0.0, peak=1.0),),
        remedy="rotate-cert",
    ),
    Story(
        name="poisoned-csv", service="importer", metric="import_failures_per_min", summary="importer fails on every attempt",
        decoys=(python_helper("importer", before=5), change("importer", 30, "chore: name columns", "importer/columns.py", "-COLS = ['a', 'b']", "+COLS = ['article', 'b']")),
        said=(Said(service="importer", text="cannot load file_id=9917 row 20311: invalid UTF-8, job will be started again", count=30),),
        metrics=(Metric(service="importer", name="import_failures_per_min", base=0, peak=6), Metric(service="importer", name="queue_oldest_message_age_seconds", base=10, peak=900)),
        remedy="purge-bad-data",
    ),
    Story(
        name="neighbour-on-the-disk", service="timeline", metric="request_latency_p95_ms", summary="timeline slow on some instances",
        decoys=(handler_tidied("timeline", "Read", before=22), change("timeline", 40, "chore: larger pages", "timeline/config.yaml", "-  page_size: 50", "+  page_size: 55")),
        said=(
            Said(service="kubelet", text="node worker-11: disk throughput saturated by pod reports/warehouse-dump-x7k2", level="WARN", count=5),
            Said(service="timeline", text="read took {n} ms (io wait) on worker-11", level="WARN", count=20),
        ),
        metrics=(Metric(service="worker-11", name="node_disk_io_time_ratio", base=0.1, peak=0.99), slow("timeline", name="request_latency_p95_ms"), Metric(service="timeline", name="requests_per_sec", base=100, peak=101, shape="flat")),
        remedy="reschedule",
    ),
    Story(
        name="region-goes-dark", service="catalog-read", metric="error_rate_5xx_ratio", summary="catalog-read cannot reach its store",
        decoys=(handler_tidied("catalog-read", "Get", before=16), page_restyled("shop", before=2)),
        said=(
            Said(service="catalog-read", text="dial store.eu-central-1a: i/o timeout", count=20),
            Said(service="stock-read", text="dial store.eu-central-1a: i/o timeout", count=15),
            Said(service="shop", text="catalog-read answered 503", level="WARN"),
        ),
        metrics=(errors("catalog-read", 0.5, "error_rate_5xx_ratio"), errors("stock-read", 0.5, "error_rate_5xx_ratio"), errors("shop", 0.3, "error_rate_5xx_ratio")),
        remedy="failover", blast=("shop", "stock-read"),
    ),
)  # fmt: skip
