"""Incidents with innocent changes that speak of the very thing that fails."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, log_line_added, page_restyled
from tests.support.frozen.story import Call, Change, Metric, Said, Story


def _change(service: str, before: float, message: str, file: str, *lines: str) -> Change:
    return Change(
        message=message, service=service, before=before, files=(file,), diff="\n".join((f"@@ {file} @@", *lines))
    )


def _errors(service: str, peak: float = 0.4) -> Metric:
    return Metric(service=service, name="http_5xx_ratio", base=0.002, peak=peak)


def _slow(service: str, peak: float = 2500, base: float = 90) -> Metric:
    return Metric(service=service, name="http_server_duration_p99_ms", base=base, peak=peak)


HARD: Final[tuple[Story, ...]] = (
    Story(
        name="not-given-back-on-error", service="vault", metric="http_5xx_ratio", summary="vault 5xx above 2%",
        culprit=_change("vault", 41, "refactor: clearer error handling in read path", "vault/store/read.go",
            " \tconn, err := s.pool.Acquire(ctx)", " \tif err != nil {", " \t\treturn nil, err", " \t}",
            "-\tdefer conn.Release()", "-\treturn s.scan(ctx, conn, key)",
            "+\tv, err := s.scan(ctx, conn, key)", "+\tif err != nil {", '+\t\treturn nil, fmt.Errorf("read %s: %w", key, err)', "+\t}",
            "+\tconn.Release()", "+\treturn v, nil"),
        decoys=(
            _change("vault", 3, "chore: more room in the database pool", "vault/config/db.yaml", " pool:", "-  max_size: 20", "+  max_size: 25"),
            handler_tidied("vault", "Read", before=1),
        ),
        said=(Said(service="vault", text="read failed: acquire: context deadline exceeded, 25 of 25 connections busy"), Said(service="portal", text="vault answered 500", level="WARN", count=6)),
        metrics=(_errors("vault"), Metric(service="vault", name="pool_acquired_connections", base=3, peak=25, shape="ramp", lead=40), _errors("portal", 0.2)),
        blast=("portal",),
    ),
    Story(
        name="everyone-at-once", service="menu", metric="http_server_duration_p99_ms", summary="menu p99 above 1s",
        culprit=_change("menu", 11, "refactor: drop a dependency we hardly use", "menu/cache.go",
            " func (c *Cache) Menu(ctx context.Context, id string) (*Menu, error) {", " \tif m, ok := c.local.Get(id); ok {", " \t\treturn m, nil", " \t}",
            "-\tv, err, _ := c.group.Do(id, func() (any, error) { return c.load(ctx, id) })", "-\treturn v.(*Menu), err", "+\treturn c.load(ctx, id)"),
        decoys=(
            _change("menu", 4, "chore: keep translations a little longer", "menu/config/i18n.yaml", " translations:", "-  ttl: 60m", "+  ttl: 75m"),
            page_restyled("kiosk", before=1),
        ),
        said=(Said(service="menu", text="318 loads of menu {n} at the same time after its entry expired", level="WARN"), Said(service="kiosk", text="menu slow", level="WARN", count=7)),
        metrics=(_slow("menu"), Metric(service="menu", name="db_reads_per_sec", base=40, peak=4200), _slow("kiosk")),
        blast=("kiosk",),
    ),
    Story(
        name="history-never-trimmed", service="dispatch", metric="container_restarts", summary="dispatch restarting",
        culprit=_change("dispatch", 88, "feat: keep decisions for debugging", "dispatch/decide.go",
            "+var decisions []Decision", " func (d *Dispatcher) Decide(o Order) Driver {", " \tbest := d.rank(o)",
            "+\tdecisions = append(decisions, Decision{Order: o, Ranked: d.last})", " \treturn best.Driver"),
        decoys=(
            _change("dispatch", 2, "chore: some more memory for dispatch", "k8s/prod/dispatch.yaml", "           limits:", "-            memory: 1Gi", "+            memory: 1280Mi"),
            log_line_added("dispatch", before=6),
        ),
        said=(Said(service="dispatch", text="fatal: runtime: out of memory: cannot allocate 67108864-byte block", count=5), Said(service="rider-app", text="dispatch closed the connection", level="WARN")),
        metrics=(Metric(service="dispatch", name="container_restarts", base=0, peak=5), Metric(service="dispatch", name="go_memstats_heap_inuse_bytes", base=2e8, peak=1.2e9, shape="ramp", lead=86), _errors("rider-app")),
        blast=("rider-app",),
    ),
    Story(
        name="related-rows-one-by-one", service="school", metric="http_server_duration_p99_ms", summary="school pages slow",
        culprit=_change("school", 7, "cleanup of the class list view", "school/views.py",
            " def class_list(request):", "-    pupils = Pupil.objects.select_related('guardian', 'class_room').filter(active=True)",
            "+    pupils = Pupil.objects.filter(active=True)", "     return render(request, 'list.html', {'pupils': pupils})"),
        decoys=(
            _change("school", 2, "feat: bigger pages in the class list", "school/paging.py", "-PAGE_SIZE = 50", "+PAGE_SIZE = 60"),
            page_restyled("school", before=1),
        ),
        said=(Said(service="school", text="GET /classes made 403 database queries, 401 of them alike: SELECT ... FROM guardian WHERE id = %s", level="WARN"),),
        metrics=(_slow("school", 5200, 180), Metric(service="school", name="sql_statements_per_request", base=4, peak=403)),
    ),
    Story(
        name="polls-too-much", service="ingestor", metric="consumer_lag", summary="ingestor lags",
        culprit=_change("ingestor", 16, "perf: fewer round trips to the broker", "ingestor/src/main/resources/kafka.properties",
            "-max.poll.records=200", "+max.poll.records=5000", " max.poll.interval.ms=60000"),
        decoys=(log_line_added("ingestor", before=3), _change("ingestor", 5, "chore: name the client", "ingestor/src/main/resources/kafka.properties", "-client.id=ing", "+client.id=ingestor")),
        said=(
            Said(service="ingestor", text="Member ingestor-{n} sending LeaveGroup request: consumer poll timeout has expired", level="WARN"),
            Said(service="ingestor", text="Offset commit failed: the group has already rebalanced"),
        ),
        metrics=(Metric(service="ingestor", name="consumer_lag", base=40, peak=90000, shape="ramp", lead=3), Metric(service="ingestor", name="rebalances_total_per_min", base=0, peak=4)),
        remedy="config-revert",
    ),
    Story(
        name="camel-becomes-snake", service="mobile-bff", metric="http_5xx_ratio", summary="mobile-bff errors on profile",
        culprit=_change("people", 5, "one naming strategy for all our JSON", "people/src/main/java/people/Json.java",
            " static ObjectMapper mapper() {", "-  return new ObjectMapper().setPropertyNamingStrategy(LOWER_CAMEL_CASE);", "+  return new ObjectMapper().setPropertyNamingStrategy(SNAKE_CASE);"),
        decoys=(handler_tidied("mobile-bff", "Profile", before=1), page_restyled("mobile-bff", before=2)),
        said=(Said(service="mobile-bff", text="profile of {n}: cannot read displayName: key not found in answer of people"),),
        metrics=(_errors("mobile-bff", 0.8), Metric(service="people", name="http_5xx_ratio", base=0.001, peak=0.001, shape="flat")),
        calls=(Call(service="mobile-bff", name="GET /profile", ms=20, error="key not found"), Call(service="people", name="Person", parent=0, ms=8)),
    ),
    Story(
        name="limited-by-proxy", service="auth-edge", metric="http_429_ratio", summary="logins refused",
        culprit=_change("auth-edge", 6, "count attempts per address", "auth-edge/limiter.go",
            '-\tkey := "login:" + r.FormValue("user")', '+\tkey := "login:" + r.RemoteAddr', " \tif !l.allow(key, 20, time.Minute) {"),
        decoys=(handler_tidied("auth-edge", "Login", before=1), _change("auth-edge", 3, "chore: allow a few more attempts", "auth-edge/config.yaml", "-  login_burst: 20", "+  login_burst: 24")),
        said=(Said(service="auth-edge", text="too many attempts from 10.2.0.4:443, refused", level="WARN", count=40),),
        metrics=(Metric(service="auth-edge", name="http_429_ratio", base=0.001, peak=0.8),),
    ),
    Story(
        name="breaker-opens-at-once", service="basket", metric="http_5xx_ratio", summary="basket 503",
        culprit=_change("basket", 10, "fail faster when stock is ill", "basket/application.yaml",
            "     stock:", "-      failureRateThreshold: 50", "+      failureRateThreshold: 1", "-      minimumNumberOfCalls: 100", "+      minimumNumberOfCalls: 1"),
        decoys=(handler_tidied("basket", "Add", before=1), handler_tidied("stock", "Level", before=2)),
        said=(Said(service="basket", text="CallNotPermitted: circuit breaker 'stock' is OPEN", count=30), Said(service="web", text="basket answered 503", level="WARN")),
        metrics=(_errors("basket", 0.7), Metric(service="stock", name="http_5xx_ratio", base=0.004, peak=0.004, shape="flat"), Metric(service="stock", name="requests_per_sec", base=200, peak=15), _errors("web", 0.3)),
        calls=(Call(service="web", name="POST /add", ms=10, error="503"), Call(service="basket", name="Add", parent=0, ms=4, error="breaker open")),
        remedy="config-revert", blast=("web",),
    ),
    Story(
        name="tiny-inserts", service="telemetry-writer", metric="insert_error_ratio", summary="telemetry-writer inserts rejected",
        culprit=_change("telemetry-writer", 24, "lower latency until rows can be seen", "telemetry-writer/config/prod.toml",
            " [buffer]", '-flush_interval = "10s"', '+flush_interval = "50ms"', "-max_rows = 100000", "+max_rows = 500"),
        decoys=(log_line_added("telemetry-writer", before=4), _change("telemetry-writer", 8, "chore: compress a bit less", "telemetry-writer/config/columns.toml", "-level = 6", "+level = 5")),
        said=(Said(service="telemetry-writer", text="insert failed: DB::Exception: Too many parts (3001). Merges are processing significantly slower than inserts"),),
        metrics=(Metric(service="telemetry-writer", name="insert_error_ratio", base=0.001, peak=0.6), Metric(service="columns-db", name="active_parts", base=200, peak=3100, shape="ramp", lead=22)),
        remedy="config-revert",
    ),
    Story(
        name="column-not-there-yet", service="loyalty", metric="http_5xx_ratio", summary="loyalty 500s",
        culprit=_change("loyalty", 4, "show the tier of a member", "loyalty/repo.go",
            "-\tconst q = `SELECT id, points FROM member WHERE id = $1`", "+\tconst q = `SELECT id, points, tier FROM member WHERE id = $1`"),
        decoys=(_change("loyalty", 2, "chore(db): comment on the voucher table", "loyalty/migrations/0017_voucher.sql", "+COMMENT ON TABLE voucher IS 'one row each';"), handler_tidied("loyalty", "Member", before=1)),
        said=(Said(service="loyalty", text='ERROR: column "tier" does not exist (SQLSTATE 42703)'),),
        metrics=(_errors("loyalty", 0.9),),
        remedy="roll-forward",
    ),
    Story(
        name="ids-outgrow-their-type", service="receipts", metric="http_5xx_ratio", summary="receipts 500s",
        culprit=_change("receipts", 13, "tidy types of the receipt model", "receipts/model.go",
            " type Receipt struct {", "-\tID     int64", "+\tID     int32", " \tTotal  int64"),
        decoys=(handler_tidied("receipts", "Get", before=1), log_line_added("receipts", before=3)),
        said=(Said(service="receipts", text='scan receipt: converting driver.Value type int64 ("2147483911") to a int32: value out of range'),),
        metrics=(_errors("receipts", 0.5),),
    ),
    Story(
        name="new-engine-for-all", service="finder", metric="http_server_duration_p99_ms", summary="finder slow",
        culprit=_change("finder", 9, "finish the experiment", "finder/flags.go",
            " var defaults = map[string]bool{", '-\t"use_vector_engine": false,', '+\t"use_vector_engine": true,', " }"),
        decoys=(handler_tidied("finder", "Find", before=2), page_restyled("web", before=1)),
        said=(Said(service="finder", text="vector engine took {n} ms for one query", level="WARN", count=20),),
        metrics=(_slow("finder", 3300), Metric(service="finder", name="vector_engine_requests_per_sec", base=0, peak=180)),
        remedy="feature-flag-disable",
    ),
    Story(
        name="half-the-processors", service="encoder", metric="http_server_duration_p99_ms", summary="encoder slow",
        culprit=_change("encoder", 8, "fit encoder on the small machines", "k8s/prod/encoder.yaml", "           limits:", "-            cpu: 4000m", "+            cpu: 500m"),
        decoys=(handler_tidied("encoder", "Encode", before=2), log_line_added("encoder", before=1)),
        said=(Said(service="encoder", text="encoding took {n} ms", level="WARN", count=20),),
        metrics=(_slow("encoder", 8000, 700), Metric(service="encoder", name="container_cpu_cfs_throttled_seconds", base=0.01, peak=9), Metric(service="encoder", name="requests_per_sec", base=20, peak=20, shape="flat")),
        remedy="config-revert",
    ),
    Story(
        name="old-clients-shut-out", service="device-hub", metric="connect_error_ratio", summary="devices cannot connect",
        culprit=_change("device-hub", 12, "security: follow the current recommendation", "device-hub/server.go",
            " \tcfg := &tls.Config{", "-\t\tMinVersion: tls.VersionTLS12,", "+\t\tMinVersion: tls.VersionTLS13,"),
        decoys=(handler_tidied("device-hub", "Connect", before=1), log_line_added("device-hub", before=4)),
        said=(Said(service="device-hub", text="TLS handshake error from 100.64.3.9:{n}: client offered only unsupported versions: [303]", level="WARN", count=40),),
        metrics=(Metric(service="device-hub", name="connect_error_ratio", base=0.01, peak=0.7),),
    ),
    Story(
        name="expired-though-code-was-touched", service="relay", metric="delivery_error_ratio", summary="relay cannot deliver",
        decoys=(
            _change("relay", 4, "refactor: make the TLS client in one place", "relay/client.go",
                "-\ttr := &http.Transport{TLSClientConfig: cfg}", "-\treturn &http.Client{Transport: tr}", "+\treturn newClient(cfg)", "+}", "+",
                "+func newClient(cfg *tls.Config) *http.Client {", "+\ttr := &http.Transport{TLSClientConfig: cfg}", "+\treturn &http.Client{Transport: tr}"),
            log_line_added("relay", before=9),
        ),
        said=(Said(service="relay", text="delivery failed: remote error: tls: expired certificate (notAfter 2031-03-04 09:40:00 UTC)", count=30),),
        metrics=(Metric(service="relay", name="delivery_error_ratio", base=0.002, peak=1.0), Metric(service="relay", name="tls_cert_days_remaining", base=1, peak=0)),
        remedy="rotate-cert",
    ),
    Story(
        name="bank-down-though-client-was-touched", service="payouts", metric="payout_failure_ratio", summary="payouts fail",
        decoys=(
            _change("payouts", 6, "chore: send our version to the bank", "payouts/bank.py", "     headers = {'Accept': 'application/json'}", "+    headers['User-Agent'] = f'payouts/{VERSION}'"),
            handler_tidied("payouts", "Pay", before=30),
        ),
        said=(Said(service="payouts", text="bank api.northbank.eu answered 503: we are experiencing a service disruption", count=25), Said(service="back-office", text="payouts delayed", level="WARN")),
        metrics=(Metric(service="payouts", name="payout_failure_ratio", base=0.01, peak=0.97), Metric(service="back-office", name="payout_queue_age_seconds", base=4, peak=900)),
        remedy="escalate-upstream", blast=("back-office",),
    ),
    Story(
        name="demand-though-limits-were-touched", service="tickets", metric="http_5xx_ratio", summary="tickets 503",
        decoys=(
            _change("tickets", 15, "chore: allow two more replicas", "k8s/prod/tickets-hpa.yaml", "-  maxReplicas: 10", "+  maxReplicas: 12"),
            handler_tidied("tickets", "Buy", before=25),
        ),
        flags=(("presale_banner", "tickets", 6),),
        said=(Said(service="tickets", text="shedding load, queue full", count=30), Said(service="tickets", text="autoscaler at its maximum of 12", level="WARN", count=3), Said(service="seats", text="slow under load", level="WARN")),
        metrics=(
            _errors("tickets", 0.4), Metric(service="tickets", name="requests_per_second", base=300, peak=4100, lead=1), Metric(service="tickets", name="cpu_utilization", base=0.3, peak=1.0, lead=1),
            Metric(service="seats", name="requests_per_second", base=280, peak=3600, lead=1), _slow("seats"),
        ),
        calls=(Call(service="tickets", name="POST /buy", ms=4000, error="503"), Call(service="seats", name="Hold", parent=0, ms=700)),
        remedy="scale", blast=("seats",),
    ),
    Story(
        name="primary-lost-though-migrated", service="claims", metric="http_5xx_ratio", summary="claims cannot write",
        decoys=(
            _change("claims", 14, "feat(db): place for a remark", "claims/migrations/0031_remark.sql", "+ALTER TABLE claim ADD COLUMN remark text;"),
            handler_tidied("claims", "File", before=28),
        ),
        said=(
            Said(service="claims", text="write failed: cannot execute INSERT in a read-only transaction", count=20),
            Said(service="claims-db", text="primary claims-db-0 is not responding, waiting for leader election", level="WARN", count=6),
            Said(service="agents", text="claims answered 500", level="WARN"),
        ),
        metrics=(_errors("claims", 0.8), Metric(service="claims-db", name="primary_up", base=1, peak=0), _errors("agents", 0.3)),
        remedy="failover", blast=("agents", "claims-db"),
    ),
)  # fmt: skip
