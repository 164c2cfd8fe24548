"""A seventh round, continued: faults of platforms and settings, and causes outside every change."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.parts import bystanders, git
from tests.support.frozen.story import Call, Metric, Said, Story

PLATFORM: Final[tuple[Story, ...]] = (
    Story(
        name="another-processor", service="label-printer", metric="kube_pod_ready", summary="label-printer: no pod becomes ready",
        culprit=git("infra-live", 4, "Move small things to cheaper machines", "infra-live/prod/label-printer/values.yaml", " nodeSelector:", "-  kubernetes.io/arch: amd64", "+  kubernetes.io/arch: arm64"),
        decoys=(
            git("label-printer", 2, "Print the arch of triumph stamp", "label-printer/internal/stamps/paris.go", '+\tstamps["paris"] = arch'),
            git("label-printer", 30, "Executable bit on scripts", "label-printer/scripts/print.sh", "-exec ./print", '+exec ./print "$@"'),
        ),
        filler=bystanders("label-printer"),
        said=(
            Said(service="label-printer", text="exec /app/label-printer: exec format error", count=14),
            Said(service="kubelet", text='E0304 09:41:07.120933    2210 pod_workers.go:1298] "Error syncing pod, skipping" err="failed to StartContainer for label-printer with CrashLoopBackOff"', level="WARN", count=6),
            Said(service="depot-ui", text="labels cannot be printed: label-printer has no endpoints", level="ERROR", count=9),
        ),
        metrics=(Metric(service="label-printer", name="kube_pod_ready", base=3, peak=0), Metric(service="depot-ui", name="print_failures_per_min", base=0, peak=31)),
        remedy="config-revert", blast=("depot-ui",),
    ),
    Story(
        name="a-fifth-of-the-connections", service="ledger-api", metric="request_failures_share", summary="ledger-api and others cannot connect to Postgres",
        quiet=140,
        culprit=git("terraform-data", 16, "Parameter group: defaults of the smaller class", "terraform/data/ledger.tf",
            ' resource "aws_db_parameter_group" "ledger" {', "   parameter {", '     name  = "max_connections"', '-    value = "500"', '+    value = "100"', "   }"),
        decoys=(
            git("ledger-api", 5, "A few more connections for month end", "ledger-api/config/application-prod.yml", " spring.datasource.hikari:", "-  maximum-pool-size: 20", "+  maximum-pool-size: 24"),
            git("ledger-api", 2, "Log which connection was borrowed", "ledger-api/src/main/java/Borrow.java", '+        log.debug("borrowed {}", connection);'),
        ),
        filler=bystanders("ledger-api"),
        said=(
            Said(service="ledger-api", text="org.postgresql.util.PSQLException: FATAL: sorry, too many clients already", count=30),
            Said(service="statements", text="org.postgresql.util.PSQLException: FATAL: remaining connection slots are reserved for non-replication superuser connections", count=12),
            Said(service="bank-web", text="ledger-api: 500", level="WARN", count=8),
        ),
        metrics=(
            Metric(service="ledger-api", name="request_failures_share", base=0.001, peak=0.6),
            Metric(service="statements", name="request_failures_share", base=0.001, peak=0.3),
            Metric(service="bank-web", name="page_failures_share", base=0.002, peak=0.4),
        ),
        calls=(Call(service="bank-web", name="GET /balance", ms=40, error="500"), Call(service="ledger-api", name="Balance", parent=0, ms=30, error="too many clients")),
        remedy="config-revert", blast=("bank-web", "statements"),
    ),
    Story(
        name="leases-of-a-second", service="fleet-controller", metric="reconcile_age_seconds", summary="fleet-controller restarts, machines are not reconciled",
        quiet=130,
        culprit=git("fleet-controller", 31, "Fail over faster", "deploy/base/fleet-controller.yaml", "         args:", "-        - --leader-elect-renew-deadline=10s", "+        - --leader-elect-renew-deadline=1s", "         - --metrics-bind-address=:8080"),
        decoys=(
            git("fleet-controller", 5, "Leader of the fleet gets a crown in the dashboard", "dashboards/fleet.json", '+  "title": "Leader"'),
            git("fleet-controller", 12, "Reconcile machines in order of age", "internal/controller/queue.go", "-\tsort.Slice(ms, byName)", "+\tsort.Slice(ms, byAge)"),
        ),
        filler=bystanders("fleet-controller"),
        said=(
            Said(service="fleet-controller", text='E0304 09:40:31.331042       1 leaderelection.go:369] Failed to update lock: Put "https://10.0.0.1:443/apis/coordination.k8s.io/v1/namespaces/fleet/leases/fleet": context deadline exceeded', count=18),
            Said(service="fleet-controller", text="E0304 09:40:31.331542       1 main.go:91] leader election lost", count=9),
        ),
        metrics=(Metric(service="fleet-controller", name="reconcile_age_seconds", base=4, peak=700), Metric(service="fleet-controller", name="container_restarts_total_rate", base=0, peak=1.2), Metric(service="apiserver", name="put_latency_p99_ms", base=700, peak=760, shape="flat")),
        remedy="config-revert",
    ),
    Story(
        name="bodies-of-a-megabyte", service="upload-api", metric="uploads_refused_per_min", summary="larger uploads are refused",
        quiet=200,
        culprit=git("ingress-config", 11, "Annotations in alphabetical order", "clusters/prod/upload/ingress.yaml", " annotations:", '-    nginx.ingress.kubernetes.io/proxy-read-timeout: "120"', "-    nginx.ingress.kubernetes.io/proxy-body-size: 64m", "+    nginx.ingress.kubernetes.io/proxy-body-size: 1m", '+    nginx.ingress.kubernetes.io/proxy-read-timeout: "120"'),
        decoys=(
            git("upload-api", 3, "Body of the mail about uploads", "upload-api/templates/mail.txt", "-Your upload is complete.", "+Your upload has been received."),
            git("upload-api", 6, "Refuse files without a name", "upload-api/src/check.php", "+    if ($file->name === '') { return refuse(); }"),
        ),
        filler=bystanders("upload-api"),
        said=(
            Said(service="ingress-nginx", text='2031/03/04 09:41:22 [error] 812#812: *99120 client intended to send too large body: 20971520 bytes, client: 10.2.0.9, server: up.acme.example, request: "POST /files HTTP/1.1"', count=22),
            Said(service="photo-app", text="upload failed with 413", level="WARN", count=15),
        ),
        metrics=(Metric(service="upload-api", name="uploads_refused_per_min", base=0.3, peak=95), Metric(service="upload-api", name="bytes_received_per_s", base=4.1e7, peak=3.0e6), Metric(service="photo-app", name="upload_failures_share", base=0.004, peak=0.44)),
        remedy="config-revert", blast=("photo-app",),
    ),
    Story(
        name="a-name-that-nobody-reads", service="storefront", metric="browser_fetch_failures_share", summary="storefront pages show no basket",
        culprit=git("storefront", 8, "Names of settings say whose they are", "storefront/.env.production", "-NEXT_PUBLIC_API_ORIGIN=https://api.acme-shop.example", "+STOREFRONT_API_ORIGIN=https://api.acme-shop.example", " NEXT_PUBLIC_LOCALE=de"),
        decoys=(
            git("storefront", 1, "Basket icon is filled when the basket is", "storefront/src/components/Basket.tsx", '-  <Icon name="basket" />', "+  <Icon name={n ? 'basket-full' : 'basket'} />"),
            git("basket-api", 5, "Undefined quantities are one", "basket-api/src/basket.ts", "-  const n = q;", "+  const n = q ?? 1;"),
        ),
        filler=bystanders("storefront"),
        said=(Said(service="storefront", text="beacon: GET https://www.acme-shop.example/undefined/basket 404", level="WARN", count=60),),
        metrics=(Metric(service="storefront", name="browser_fetch_failures_share", base=0.01, peak=0.93), Metric(service="basket-api", name="rps", base=210, peak=6)),
        remedy="config-revert",
    ),
    Story(
        name="four-partitions", service="revenue-batch", metric="executor_losses_per_run", summary="revenue-batch loses its executors, tonight's figures will be late",
        quiet=600, sampled=5,
        culprit=git("revenue-batch", 395, "Fewer small files", "revenue-batch/conf/spark-defaults.conf", "-spark.sql.shuffle.partitions 400", "+spark.sql.shuffle.partitions 4", " spark.executor.memory 8g"),
        decoys=(
            git("revenue-batch", 6, "Partition key in the report's title", "revenue-batch/src/main/scala/Title.scala", '-  s"Revenue $day"', '+  s"Revenue $day ($key)"'),
            git("orders-stream", 25, "Memory of the last offset survives restarts", "orders-stream/src/main/scala/Offsets.scala", "+  store.persist(offset)"),
        ),
        filler=bystanders("revenue-batch"),
        said=(
            Said(service="revenue-batch", text="ExecutorLostFailure (executor 7 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding memory limits. 9.1 GB of 9 GB physical memory used.", count=14),
            Said(service="revenue-batch", text="Spilling data because number of spilledRecords crossed the threshold", level="WARN", count=20),
        ),
        metrics=(Metric(service="revenue-batch", name="executor_losses_per_run", base=0, peak=14), Metric(service="revenue-batch", name="task_peak_memory_mb", base=350, peak=9100)),
        remedy="config-revert",
    ),
    Story(
        name="cookie-for-one-host", service="account-web", metric="login_redirects_per_min", summary="people are sent back to the login page again and again",
        quiet=150,
        culprit=git("account-web", 13, "Tighten cookies", "account-web/php.ini", " session.cookie_secure = On", "-session.cookie_domain = .acme-shop.example", "+session.cookie_domain = www.acme-shop.example"),
        decoys=(
            git("account-web", 3, "Login page greets by daytime", "account-web/src/Login.php", "-echo t('hello');", "+echo t(daytime());"),
            git("sso", 9, "Redirect from the old help page", "sso/routes.php", "+$r->redirect('/help', '/support');"),
        ),
        filler=bystanders("account-web"),
        said=(
            Said(service="account-web", text="no session for request to account.acme-shop.example, sending to login", level="WARN", count=44),
            Said(service="sso", text="login finished for somebody who finished 2 seconds ago", level="WARN", count=18),
        ),
        metrics=(Metric(service="account-web", name="login_redirects_per_min", base=40, peak=2100), Metric(service="account-web", name="signed_in_requests_share", base=0.8, peak=0.05)),
        remedy="config-revert",
    ),
    Story(
        name="identity-provider-metadata", service="partner-portal", metric="sso_failures_share", summary="nobody can sign in to partner-portal by SSO",
        quiet=150,
        decoys=(
            git("partner-portal", 5, "Log the issuer of a SAML response", "partner-portal/src/main/java/Saml.java", '+        log.info("issuer {}", response.issuer());'),
            git("partner-portal", 18, "Sign-in button says where it leads", "partner-portal/web/signin.html", "-<b>Sign in</b>", "+<b>Sign in with your company</b>"),
        ),
        filler=bystanders("partner-portal"),
        said=(
            Said(service="partner-portal", text="org.opensaml.xmlsec.signature.support.SignatureException: signing certificate CN=idp-signing is no longer valid: NotAfter: Tue Mar 04 10:30:00 UTC 2031", count=27),
            Said(service="partner-portal", text="sign-in refused", level="WARN", count=27),
        ),
        metrics=(Metric(service="partner-portal", name="sso_failures_share", base=0.01, peak=1.0),),
        remedy="rotate-cert",
    ),
    Story(
        name="buckets-of-a-region", service="media-ingest", metric="put_failures_share", summary="media-ingest cannot store files",
        quiet=130,
        decoys=(
            git("media-ingest", 3, "Put files under the name of the day", "media-ingest/src/main/java/Keys.java", '-        return id + ".mp4";', '+        return day + "/" + id + ".mp4";'),
            git("media-ingest", 8, "One more attempt for storing", "media-ingest/src/main/resources/storage.properties", "-storage.attempts=3", "+storage.attempts=4"),
        ),
        filler=bystanders("media-ingest"),
        said=(
            Said(service="media-ingest", text="software.amazon.awssdk.services.s3.model.S3Exception: We encountered an internal error. Please try again. (Service: S3, Status Code: 500, Request ID: 8ZK1) from s3.eu-central-1.amazonaws.com", count=30),
            Said(service="thumbs", text="S3Exception: Service Unavailable (Service: S3, Status Code: 503) from s3.eu-central-1.amazonaws.com", count=12),
            Said(service="editor-ui", text="media-ingest: upload not stored", level="WARN", count=9),
        ),
        metrics=(Metric(service="media-ingest", name="put_failures_share", base=0.0005, peak=0.7), Metric(service="thumbs", name="render_failures_share", base=0.001, peak=0.4), Metric(service="editor-ui", name="save_failures_share", base=0.002, peak=0.5)),
        calls=(Call(service="editor-ui", name="save", ms=900, error="not stored"), Call(service="media-ingest", name="store", parent=0, ms=880, error="500")),
        remedy="escalate-upstream", blast=("editor-ui", "thumbs"),
    ),
    Story(
        name="volume-filled-by-years", service="archive-db", metric="volume_bytes_free", summary="archive-db: no space left for its log",
        quiet=900, sampled=10,
        decoys=(
            git("archive-api", 130, "Volume discount for archives", "archive-api/src/Discount.java", "-        return price;", "+        return price * discount(volume);"),
            git("archive-db", -2, "Stop vacuum for now", "archive-db/postgresql.conf", "-autovacuum = on", "+autovacuum = off"),
        ),
        filler=bystanders("archive-api"),
        said=(
            Said(service="archive-db", text='PANIC:  could not write to file "pg_wal/xlogtemp.4410": No space left on device', count=9),
            Said(service="archive-api", text="archive-db refused the connection: the database system is in recovery mode", count=12),
        ),
        metrics=(Metric(service="archive-db", name="volume_bytes_free", base=2.2e10, peak=0, shape="ramp", lead=860), Metric(service="archive-db", name="rows_stored_per_s", base=400, peak=410, shape="flat"), Metric(service="archive-api", name="request_failures_share", base=0.001, peak=0.98)),
        remedy="scale", blast=("archive-api",),
    ),
    Story(
        name="tariff-without-a-rate", service="toll-calculator", metric="calculations_refused_per_min", summary="tolls of some lorries are not calculated",
        quiet=170,
        decoys=(
            git("toll-calculator", 4, "Extract the search for a tariff", "toll-calculator/tariffs.go", "-\tt := table[class]", "-\tif t.Rate == nil {", "-\t\treturn errNoRate", "-\t}", "+\tt, err := tariffFor(table, class)", "+\tif err != nil {", "+\t\treturn err", "+\t}"),
            git("toll-admin", 60, "Date picker for tariffs", "toll-admin/src/Picker.tsx", "+<DatePicker />"),
        ),
        filler=bystanders("toll-calculator"),
        said=(
            Said(service="toll-calculator", text='level=error msg="calculation refused: malformed tariff" tariff_id=77120 class=N3 err="rate: NULL, entered by hand at 09:38 by ops"', count=40),
            Said(service="gantry-feed", text="toll-calculator refused passage {n}", level="WARN", count=14),
        ),
        metrics=(Metric(service="toll-calculator", name="calculations_refused_per_min", base=0, peak=80), Metric(service="gantry-feed", name="passages_waiting", base=3, peak=420)),
        remedy="purge-bad-data", blast=("gantry-feed",),
    ),
    Story(
        name="card-off-the-bus", service="speech-inference", metric="inference_failures_share", summary="speech-inference fails on one of its machines",
        quiet=160,
        decoys=(
            git("speech-inference", 21, "Model warm-up with a longer sentence", "speech_inference/warm.py", "-SENTENCE = 'hello'", "+SENTENCE = 'hello, how are you'"),
            git("speech-inference", 3, "GPU metrics under their own prefix", "speech_inference/metrics.py", "-PREFIX = 'gpu'", "+PREFIX = 'speech_gpu'"),
        ),
        filler=bystanders("speech-inference"),
        said=(
            Said(service="gpu-node-14", text="kernel: NVRM: Xid (PCI:0000:3b:00): 79, pid=8801, GPU has fallen off the bus.", count=3),
            Said(service="speech-inference", text="RuntimeError: CUDA error: unknown error on gpu-node-14", count=24),
            Said(service="call-center", text="no transcript: speech-inference failed", level="WARN", count=9),
        ),
        metrics=(Metric(service="speech-inference", name="inference_failures_share", base=0.001, peak=0.26), Metric(service="gpu-node-14", name="node_gpu_xid_errors", base=0, peak=3), Metric(service="call-center", name="transcripts_missing_share", base=0.01, peak=0.24)),
        remedy="reschedule", blast=("call-center",),
    ),
    Story(
        name="tickets-on-sale", service="edge", metric="rq_time_p99_ms", summary="edge: slow answers on all routes",
        quiet=240,
        decoys=(
            git("seat-map", 14, "Sale of seats by block", "seat-map/lib/seat_map/blocks.ex", "-  def blocks(hall), do: hall.blocks", "+  def blocks(hall), do: Enum.sort(hall.blocks)"),
            git("edge", 35, "Edge: gzip for maps", "edge/envoy.yaml", "+              - application/json"),
        ),
        flags=(("sale_countdown", "edge", 2),),
        filler=bystanders("edge"),
        said=(
            Said(service="edge", text="[2031-03-04 12:00:21.004][31][warning] upstream overflow, max_pending_requests reached for cluster seat-map", level="WARN", count=30),
            Said(service="seat-map", text="mailbox of SeatServer holds {n} messages", level="WARN", count=20),
        ),
        metrics=(
            Metric(service="edge", name="downstream_rq_per_s", base=500, peak=6100, lead=1), Metric(service="edge", name="rq_time_p99_ms", base=90, peak=7000),
            Metric(service="seat-map", name="rq_per_s", base=210, peak=2600, lead=1), Metric(service="seat-map", name="rq_time_p99_ms", base=60, peak=6500), Metric(service="seat-map", name="scheduler_utilization", base=0.2, peak=0.99, lead=1),
            Metric(service="user-db", name="rq_per_s", base=320, peak=2900, lead=1),
        ),
        calls=(Call(service="edge", name="GET /seats", ms=7000), Call(service="seat-map", name="seats", parent=0, ms=900)),
        remedy="scale", blast=("seat-map",),
    ),
    Story(
        name="reads-of-the-project", service="report-sync", metric="sync_failures_per_min", summary="report-sync cannot read from Google Cloud Storage",
        quiet=150,
        decoys=(
            git("report-sync", 6, "Quota of shown errors is ten", "report_sync/ui.py", "-SHOWN = 20", "+SHOWN = 10"),
            git("report-sync", 27, "Sync reports by name", "report_sync/order.py", "-    reports.sort(key=by_date)", "+    reports.sort(key=by_name)"),
        ),
        filler=bystanders("report-sync"),
        said=(Said(service="report-sync", text="google.api_core.exceptions.TooManyRequests: 429 Quota exceeded for quota metric 'Read requests' and limit 'Read requests per day' of service 'storage.googleapis.com' for consumer 'project_number:4410'", count=33),),
        metrics=(Metric(service="report-sync", name="sync_failures_per_min", base=0.1, peak=50), Metric(service="report-sync", name="reads_per_min", base=60, peak=62, shape="flat")),
        remedy="escalate-upstream",
    ),
)  # fmt: skip
