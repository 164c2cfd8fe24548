"""A last round of incidents, written to be answered once."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled, python_helper
from tests.support.frozen.parts import change, errors, slow
from tests.support.frozen.story import Call, Metric, Said, Story

LATER: Final[tuple[Story, ...]] = (
    Story(
        name="leaves-a-transaction-open", service="warehouse", metric="error_rate_5xx_ratio", summary="warehouse 5xx above 2%",
        culprit=change("warehouse", 26, "fix: nothing to do for empty picks", "warehouse/pick.go",
            " func (s *Service) Pick(ctx context.Context, items []Item) error {", " \ttx, err := s.db.BeginTx(ctx, nil)", " \tif err != nil {", " \t\treturn err", " \t}",
            "+\tif len(items) == 0 {", "+\t\treturn nil", "+\t}", " \tfor _, it := range items {"),
        decoys=(handler_tidied("warehouse", "Pick", before=2), page_restyled("ops-console", before=1)),
        said=(Said(service="warehouse", text="begin: pq: remaining connection slots are reserved for superusers", count=20), Said(service="ops-console", text="warehouse: 500", level="WARN")),
        metrics=(errors("warehouse", name="error_rate_5xx_ratio"), Metric(service="warehouse", name="db_open_connections", base=6, peak=100, shape="ramp", lead=24), Metric(service="warehouse", name="idle_in_transaction", base=0, peak=90, shape="ramp", lead=24)),
        blast=("ops-console",),
    ),
    Story(
        name="user-id-as-label", service="metrics-gateway", metric="memory_working_set_bytes", summary="metrics-gateway memory close to its limit, scrapes rejected",
        culprit=change("api", 37, "feat: see latency by user", "api/metrics.go",
            ' var latency = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "latency_seconds"},', '-\t[]string{"route", "status"})', '+\t[]string{"route", "status", "user_id"})'),
        decoys=(change("metrics-gateway", 5, "chore: rename a folder", "metrics-gateway/paths.go", '-const dir = "/data/wal"', '+const dir = "/data/wal2"'), handler_tidied("api", "List", before=3)),
        said=(Said(service="metrics-gateway", text="sample rejected: per-tenant limit of 1500000 active series reached, last metric latency_seconds", count=25),),
        metrics=(Metric(service="metrics-gateway", name="memory_working_set_bytes", base=2e9, peak=7.9e9, shape="ramp", lead=35), Metric(service="metrics-gateway", name="active_series", base=2e5, peak=1.5e6, shape="ramp", lead=35)),
        first="metrics-gateway",
    ),
    Story(
        name="one-after-the-other", service="email-worker", metric="queue_oldest_message_age_seconds", summary="mails are late",
        culprit=change("email-worker", 19, "fix: keep the order of mails", "email-worker/worker.js",
            "-  await Promise.all(batch.map((m) => deliver(m)));", "+  for (const m of batch) {", "+    await deliver(m);", "+  }"),
        decoys=(log_line_added("email-worker", before=4), change("email-worker", 9, "chore: a kinder footer", "email-worker/templates/footer.html", "-<p>Bye</p>", "+<p>See you soon</p>")),
        said=(Said(service="email-worker", text="mail {n} waited 14 minutes in the queue", level="WARN", count=20),),
        metrics=(Metric(service="email-worker", name="queue_oldest_message_age_seconds", base=3, peak=1400, shape="ramp", lead=12), Metric(service="email-worker", name="mails_sent_per_min", base=900, peak=120, lead=18)),
    ),
    Story(
        name="signing-key-renamed", service="session-api", metric="http_401_ratio", summary="session-api rejects tokens",
        culprit=change("session-api", 6, "chore: clean up key loading", "session-api/keys.py",
            "-    return {k.kid: k for k in load_keys(KEY_DIR)}", "+    newest = max(load_keys(KEY_DIR), key=lambda k: k.created)", "+    return {newest.kid: newest}"),
        decoys=(python_helper("session-api", before=2), page_restyled("app", before=1)),
        said=(Said(service="session-api", text="token refused: no key with kid 2031-02 (have: 2031-03)", level="WARN", count=30), Said(service="app", text="logged out: session-api 401", level="WARN")),
        metrics=(Metric(service="session-api", name="http_401_ratio", base=0.01, peak=0.6), Metric(service="app", name="logout_error_ratio", base=0.01, peak=0.5)),
        calls=(Call(service="app", name="GET /home", ms=30, error="401"), Call(service="session-api", name="Verify", parent=0, ms=2, error="401")),
        blast=("app",),
    ),
    Story(
        name="objects-expire-too-soon", service="invoice-archive", metric="error_rate_5xx_ratio", summary="archived invoices cannot be opened",
        culprit=change("invoice-archive", 61, "cost: shorter storage of previews", "infra/s3/lifecycle.tf",
            "   filter {", '-    prefix = "previews/"', '+    prefix = ""', "   }", "   expiration {", "     days = 7"),
        decoys=(handler_tidied("invoice-archive", "Open", before=3), page_restyled("portal", before=1)),
        said=(Said(service="invoice-archive", text="NoSuchKey: the specified key does not exist: invoices/{n}.pdf", count=20), Said(service="portal", text="invoice-archive answered 500", level="WARN")),
        metrics=(errors("invoice-archive", 0.5, "error_rate_5xx_ratio"), errors("portal", 0.2, "error_rate_5xx_ratio")),
        remedy="config-revert", blast=("portal",),
    ),
    Story(
        name="idle-shorter-than-balancer", service="media-api", metric="error_rate_5xx_ratio", summary="sporadic 502 from media-api",
        culprit=change("media-api", 8, "tidy server options", "media-api/server.js", "-server.keepAliveTimeout = 75000;", "+server.keepAliveTimeout = 5000;", " server.listen(8080);"),
        decoys=(handler_tidied("media-api", "Stream", before=2), library_patched("cdn-edge", before=1)),
        said=(Said(service="cdn-edge", text="upstream prematurely closed connection while reading response header from media-api", count=25),),
        metrics=(errors("media-api", 0.06, "error_rate_5xx_ratio"), errors("cdn-edge", 0.07, "error_rate_5xx_ratio")),
        calls=(Call(service="cdn-edge", name="GET /video", ms=60, error="502"), Call(service="media-api", name="Stream", parent=0, ms=1, error="connection closed")),
        blast=("cdn-edge",),
    ),
    Story(
        name="pages-without-end", service="crm-sync", metric="cpu_utilization", summary="crm-sync busy without progress",
        culprit=change("crm-sync", 13, "fix: do not miss the last page", "crm_sync/pull.py",
            "     while True:", "         page = client.contacts(cursor=cursor)", "         store(page.items)", "-        if not page.next_cursor:", "+        if not page.items:", "             break", "         cursor = page.next_cursor"),
        decoys=(python_helper("crm-sync", before=2), log_line_added("crm-sync", before=4)),
        said=(Said(service="crm-sync", text="page 18{n} of contacts stored", level="INFO", count=60), Said(service="crm-sync", text="run exceeds 1 h, normal is 4 min", level="WARN", count=5)),
        metrics=(Metric(service="crm-sync", name="cpu_utilization", base=0.1, peak=0.98), Metric(service="crm-sync", name="contacts_api_calls_per_min", base=20, peak=2400)),
    ),
    Story(
        name="weights-of-the-canary", service="edge-router", metric="error_rate_5xx_ratio", summary="edge-router 5xx",
        culprit=change("edge-router", 5, "continue with v7", "mesh/virtualservice-shop.yaml",
            "     - destination: {host: shop, subset: v6}", "-      weight: 95", "+      weight: 0", "     - destination: {host: shop, subset: v7}", "-      weight: 5", "+      weight: 100"),
        decoys=(handler_tidied("edge-router", "Route", before=1), page_restyled("shop", before=2)),
        said=(Said(service="shop", text="v7: template cart.html not found in bundle", count=25), Said(service="edge-router", text="shop v7 answered 500", level="WARN", count=20)),
        metrics=(errors("edge-router", 0.5, "error_rate_5xx_ratio"), errors("shop", 0.5, "error_rate_5xx_ratio")),
        calls=(Call(service="edge-router", name="GET /cart", ms=20, error="500"), Call(service="shop", name="Cart", parent=0, ms=9, error="template not found")),
        first="shop", blast=("edge-router",), remedy="feature-flag-disable",
    ),
    Story(
        name="maps-provider-slow", service="routing-api", metric="request_latency_p95_ms", summary="routing-api slow",
        decoys=(handler_tidied("routing-api", "Route", before=8), change("routing-api", 20, "chore: allow more parallel lookups", "routing-api/config.yaml", "-  parallel: 8", "+  parallel: 10")),
        said=(Said(service="routing-api", text="GET https://maps.tilehouse.io/v2/matrix took {n} ms, giving up", count=25), Said(service="courier-app", text="no route yet", level="WARN")),
        metrics=(slow("routing-api", 9000, name="request_latency_p95_ms"), Metric(service="routing-api", name="outbound_tilehouse_latency_ms", base=180, peak=9000), slow("courier-app", 9000, name="request_latency_p95_ms")),
        remedy="escalate-upstream", blast=("courier-app",),
    ),
    Story(
        name="disk-of-the-node", service="search-data", metric="error_rate_5xx_ratio", summary="search-data errors",
        decoys=(handler_tidied("search-data", "Read", before=24), log_line_added("search-data", before=40)),
        said=(Said(service="kernel", text="nvme1n1: I/O error, dev nvme1n1, sector {n}", level="ERROR", count=8), Said(service="search-data", text="cannot read segment: input/output error", count=20, fields={"node": "stor-4"})),
        metrics=(errors("search-data", 0.2, "error_rate_5xx_ratio"), Metric(service="stor-4", name="node_disk_errors", base=0, peak=400)),
        remedy="reschedule",
    ),
    Story(
        name="marketing-mail", service="landing", metric="error_rate_5xx_ratio", summary="landing 503",
        decoys=(change("landing", 28, "feat: show the new offer", "landing/offer.tsx", "+  <Offer id='spring' />"), handler_tidied("landing", "Show", before=55)),
        flags=(("spring_offer", "landing", 9),),
        said=(Said(service="landing", text="503: all workers busy", count=30), Said(service="landing", text="scale-out requested, instances starting", level="INFO", count=4)),
        metrics=(errors("landing", 0.3, "error_rate_5xx_ratio"), Metric(service="landing", name="active_sessions", base=1200, peak=9800, lead=1), Metric(service="landing", name="cpu_utilization", base=0.4, peak=1.0, lead=1), Metric(service="offers", name="requests_per_sec", base=50, peak=420, lead=1)),
        remedy="scale",
    ),
    Story(
        name="root-certificate", service="pos-gateway", metric="connect_error_ratio", summary="terminals cannot connect",
        decoys=(change("pos-gateway", 7, "chore: read certificates from one folder", "pos-gateway/tls.go", "-\tcert, err := tls.LoadX509KeyPair(certFile, keyFile)", "+\tcert, err := loadPair(dir)", "+}", "+", "+func loadPair(dir string) (tls.Certificate, error) {", "+\treturn tls.LoadX509KeyPair(certFile, keyFile)"), log_line_added("pos-gateway", before=3)),
        said=(Said(service="pos-gateway", text="remote error: tls: certificate expired (valid until 2031-03-04T09:39:59Z)", count=30),),
        metrics=(Metric(service="pos-gateway", name="connect_error_ratio", base=0.001, peak=1.0),),
        remedy="rotate-cert",
    ),
)  # fmt: skip
