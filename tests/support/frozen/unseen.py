"""A tenth round, made up after the ninth was mended and answered once before anything was changed for it."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.application import routine
from tests.support.frozen.parts import change, errors, git, slow
from tests.support.frozen.story import Call, Metric, Said, Story

UNSEEN: Final[tuple[Story, ...]] = (
    Story(
        name="deferred-in-a-loop", service="export-svc", metric="export_failure_ratio", summary="export-svc exports fail half way",
        quiet=150,
        culprit=change("export-svc", 13, "#export Tidy part writer", "export-svc/internal/parts/write.go",
            " for _, p := range parts {", " \tf, err := os.Create(p.Path)", " \tif err != nil {", " \t\treturn err", " \t}", "+\tdefer f.Close()", " \tif err := encode(f, p); err != nil {", " \t\treturn err", " \t}", "-\tf.Close()", " }"),
        decoys=(
            change("export-svc", 3, "#export Close progress stream when done", "export-svc/internal/progress/stream.go", "+\tclose(s.updates)"),
            change("export-svc", 6, "#export Smaller parts", "export-svc/internal/parts/plan.go", "-const partRows = 50000", "+const partRows = 40000"),
            change("web", 2, "#web File icons", "web/src/FileIcon.tsx", "-  <Icon name='doc' />", "+  <Icon name='file' />"),
        ),
        filler=routine("export-svc"), flags=(("export_parquet", "export-svc", 20),),
        said=(
            Said(service="export-svc", text="export {n} aborted: open /scratch/part-0997.csv: too many open files", count=18),
            Said(service="web", text="export could not be downloaded", level="WARN", count=9),
        ),
        metrics=(Metric(service="export-svc", name="export_failure_ratio", base=0.004, peak=0.41), Metric(service="export-svc", name="process_open_fds", base=48, peak=1019), errors("web", 0.07)),
        blast=("web",),
    ),
    Story(
        name="key-that-equals-nothing", service="tax-svc", metric="http_server_duration_p99_ms", summary="tax-svc p99 latency above 800ms for 3m",
        quiet=130,
        culprit=git("tax-svc", 9, "Lombok is leaving us", "tax-svc/src/main/java/tax/RateKey.java",
            "-@Value", "-public class RateKey {", "-  String country;", "-  String category;", "+public final class RateKey {", "+  private final String country;", "+  private final String category;", "+  RateKey(String country, String category) {", "+    this.country = country;", "+    this.category = category;", "+  }", " }"),
        decoys=(
            git("tax-svc", 2, "Rates are read in one transaction", "tax-svc/src/main/java/tax/RateRepository.java", "+  @Transactional(readOnly = true)", "   Rate find(String country, String category) {"),
            git("tax-svc", 5, "Country names in capitals", "tax-svc/src/main/java/tax/Labels.java", "-    return name;", "+    return name.toUpperCase(Locale.ROOT);"),
            git("checkoutservice", 3, "feat: show tax per line", "services/checkout/view.go", "+\tv.Tax = line.Tax.String()"),
        ),
        filler=routine("tax-svc"), flags=(("reverse_charge", "tax-svc", 18),),
        said=(
            Said(service="tax-svc", text="slow query: select * from rates where country = ? and category = ? took {n}ms", level="WARN", count=22),
            Said(service="checkoutservice", text="tax-svc did not answer within 2s", count=15),
        ),
        metrics=(slow("tax-svc"), Metric(service="tax-svc", name="rate_cache_hit_ratio", base=0.98, peak=0.0), Metric(service="tax-svc", name="rate_cache_entries", base=900, peak=410000), Metric(service="tax-svc", name="db_queries_per_sec", base=20, peak=1900), errors("checkoutservice", 0.2, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=2100, error="timeout"), Call(service="tax-svc", name="RateRepository.find", parent=0, ms=2050)),
        blast=("checkoutservice",),
    ),
    Story(
        name="acknowledged-late", service="invoice-worker", metric="duplicate_invoices_total", summary="invoice-worker issues invoices twice",
        quiet=240,
        culprit=git("invoice-worker", 34, "survive worker restarts", "invoice_worker/celery.py", " app.conf.update(", "+    task_acks_late=True,", "     broker_transport_options={'visibility_timeout': 600},", " )"),
        decoys=(
            git("invoice-worker", 4, "feat: resend invoice button", "invoice_worker/admin.py", "+@admin.action", "+def resend(modeladmin, request, queryset):", "+    for invoice in queryset: mail.delay(invoice.id)"),
            git("invoice-worker", 9, "fix: unique file names for pdf copies", "invoice_worker/pdf.py", "-    name = f'{invoice.id}.pdf'", "+    name = f'{invoice.id}-{invoice.version}.pdf'"),
            git("ledger", 15, "reject duplicate bookings loudly", "ledger/booking.py", "-    logger.info('duplicate booking')", "+    logger.error('duplicate booking')"),
        ),
        filler=routine("invoice-worker"), flags=(("einvoice", "invoice-worker", 40),),
        said=(
            Said(service="invoice-worker", text="Task issue_batch[{n}] redelivered after 600s while still running", level="WARN", count=10),
            Said(service="ledger", text="duplicate booking for invoice {n}", count=22),
        ),
        metrics=(Metric(service="invoice-worker", name="duplicate_invoices_total", base=0, peak=310), Metric(service="invoice-worker", name="celery_task_redelivered_total", base=0, peak=44), Metric(service="ledger", name="duplicate_bookings_per_min", base=0, peak=25)),
        blast=("ledger",),
    ),
    Story(
        name="environment-asked-at-run-time", service="paymentservice", metric="error_rate_5xx_ratio", summary="paymentservice 5xx error ratio above 2% (observed 99%)",
        culprit=git("paymentservice", 4, "Drop the gateway config file", "app/Payment/GatewayProvider.php", "-        return new Gateway(config('gateway.key'), config('gateway.merchant'));", "+        return new Gateway(env('GATEWAY_KEY'), env('GATEWAY_MERCHANT'));"),
        decoys=(
            git("paymentservice", 1, "Say which gateway refused", "app/Payment/Errors.php", "-            throw new PaymentFailed('refused');", "+            throw new PaymentFailed('refused by ' . $gateway);"),
            git("paymentservice", 2, "Retry authorisations once", "app/Payment/Authorise.php", "-        return $this->gateway->authorise($order);", "+        return retry(2, fn () => $this->gateway->authorise($order), 100);"),
            git("checkoutservice", 3, "refactor: tidy PlaceOrder handler", "services/checkout/handler.go", "-\tif err != nil { http.Error(w, err.Error(), 500); return }", "+\tif err != nil {", "+\t\twriteError(w, http.StatusInternalServerError, err)", "+\t\treturn", "+\t}"),
        ),
        filler=routine("paymentservice"), flags=(("wallets", "paymentservice", 11),),
        said=(
            Said(service="paymentservice", text="production.ERROR: Gateway::__construct(): Argument #1 ($key) must be of type string, null given", count=30),
            Said(service="checkoutservice", text="payment call failed: upstream 500 from paymentservice", level="WARN", count=20),
        ),
        metrics=(errors("paymentservice", 0.99, "error_rate_5xx_ratio"), errors("checkoutservice", 0.5, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=40, error="500"), Call(service="paymentservice", name="POST /charge", parent=0, ms=5, error="500")),
        blast=("checkoutservice",),
    ),
    Story(
        name="one-process-answers-all", service="presence", metric="request_latency_p95_ms", summary="presence answers late; calls exit with timeout",
        quiet=120,
        culprit=git("presence", 11, "presence: one owner for the table", "presence/lib/presence/registry.ex", "   def lookup(id) do", "-    case :ets.lookup(:presence, id) do", "-      [{^id, state}] -> state", "-      [] -> nil", "-    end", "+    GenServer.call(__MODULE__, {:lookup, id})", "   end"),
        decoys=(
            git("presence", 3, "presence: timeouts are logged with the user", "presence/lib/presence/log.ex", '-    Logger.warning("timeout")', '+    Logger.warning("timeout", user: id)'),
            git("presence", 7, "presence: heartbeat every 25 seconds", "presence/lib/presence/socket.ex", "-  @heartbeat 30_000", "+  @heartbeat 25_000"),
            git("chat-web", 2, "Green dot is greener", "chat-web/src/dot.css", "-.dot { background: #3c3; }", "+.dot { background: #2b2; }"),
        ),
        filler=routine("presence"), flags=(("typing_indicator", "presence", 26),),
        said=(
            Said(service="presence", text="** (exit) exited in: GenServer.call(Presence.Registry, {:lookup, {n}}, 5000) ** (EXIT) time out", count=26),
            Said(service="chat-web", text="presence unavailable", level="WARN", count=12),
        ),
        metrics=(Metric(service="presence", name="request_latency_p95_ms", base=4, peak=5000), Metric(service="presence", name="vm_message_queue_len_max", base=2, peak=48000), Metric(service="chat-web", name="error_rate_5xx_ratio", base=0.002, peak=0.18)),
        calls=(Call(service="chat-web", name="GET /presence", ms=5000, error="timeout"), Call(service="presence", name="lookup", parent=0, ms=5000, error="time out")),
        blast=("chat-web",),
    ),
    Story(
        name="effect-without-end", service="profile-api", metric="http_server_duration_p99_ms", summary="profile-api p99 latency above 800ms for 3m",
        culprit=git("web", 6, "#web Settings page uses the profile hook", "web/src/hooks/useProfile.ts", " useEffect(() => {", "   loadProfile(userId).then(setProfile);", "-}, [userId]);", "+});"),
        decoys=(
            git("profile-api", 2, "#profile Include avatar in profile", "profile-api/src/profile.ts", "-  return pick(row, ['id', 'name']);", "+  return pick(row, ['id', 'name', 'avatar']);"),
            git("profile-api", 5, "#profile Tidy request decoding", "profile-api/src/http.ts", "-  const id = req.params.id;", "-  if (!id) return res.status(400).end();", "+  const id = requireParam(req, 'id');"),
            git("profile-db", 25, "Vacuum profile tables at night", "profile-db/cron.yaml", '-  schedule: "0 2 * * *"', '+  schedule: "30 2 * * *"'),
        ),
        filler=routine("profile-api"), flags=(("new_settings_page", "web", 12),),
        said=(
            Said(service="profile-api", text="worker pool saturated, request queued", level="WARN", count=20),
            Said(service="profile-api", text="client 10.2.1.{n} requested /profile 90 times in 10s", level="WARN", count=12),
            Said(service="web", text="profile request timed out", level="WARN", count=10),
        ),
        metrics=(slow("profile-api"), Metric(service="profile-api", name="requests_per_sec", base=80, peak=3400), Metric(service="web", name="page_views_per_sec", base=40, peak=41, shape="flat"), errors("web", 0.1)),
        calls=(Call(service="web", name="GET /settings", ms=3000, error="timeout"), Call(service="profile-api", name="GET /profile", parent=0, ms=2900)),
        blast=("web",),
    ),
    Story(
        name="token-fetched-once", service="crm-connector", metric="upstream_error_ratio", summary="crm-connector calls to the CRM gateway fail",
        quiet=200,
        culprit=git("crm-connector", 61, "perf: fewer round trips to the identity service", "crm-connector/internal/auth/source.go", " func (s *Source) Token(ctx context.Context) (string, error) {", "-\tif time.Until(s.expiry) > time.Minute {", "-\t\treturn s.token, nil", "-\t}", "-\treturn s.renew(ctx)", "+\ts.once.Do(func() { s.token, s.err = s.fetch(ctx) })", "+\treturn s.token, s.err", " }"),
        decoys=(
            git("crm-connector", 2, "fix: send tenant header to gateway", "crm-connector/internal/client/headers.go", '+\treq.Header.Set("X-Tenant", tenant)'),
            git("crm-gateway", 4, "log rejected tokens without their body", "crm-gateway/auth/log.go", '-\tlogger.Warn("rejected", "token", raw)', '+\tlogger.Warn("rejected", "sub", claims.Sub)'),
            git("crm-connector", 9, "perf: batch contact updates", "crm-connector/internal/sync/contacts.go", "-\tconst size = 20", "+\tconst size = 25"),
        ),
        filler=routine("crm-connector"), flags=(("contact_scores", "crm-connector", 7),),
        said=(
            Said(service="crm-gateway", text="401 token expired sub=crm-connector", level="WARN", count=30),
            Said(service="crm-connector", text="sync of contact {n} failed: crm-gateway answered 401", count=26),
        ),
        metrics=(Metric(service="crm-connector", name="upstream_error_ratio", base=0.003, peak=1.0), Metric(service="crm-gateway", name="http_401_ratio", base=0.002, peak=0.34), Metric(service="identity", name="token_requests_per_min", base=12, peak=11, shape="flat")),
        calls=(Call(service="crm-connector", name="syncContact", ms=9, error="401"), Call(service="crm-gateway", name="PUT /contacts", parent=0, ms=1, error="401")),
        first="crm-gateway", blast=("crm-connector",),
    ),
    Story(
        name="partner-answers-otherwise", service="rates-importer", metric="import_error_ratio", summary="rates-importer cannot read the rates of its provider",
        quiet=140,
        decoys=(
            git("rates-importer", 6, "refactor: one parser for all feeds", "rates-importer/src/parse.py", "-    return parse_rates(doc)", "+    return PARSERS['rates'](doc)"),
            git("rates-importer", 31, "chore: name the provider in metrics", "rates-importer/src/metrics.py", "-ERRORS = Counter('errors')", "+ERRORS = Counter('errors', ['provider'])"),
            git("pricing", 3, "feat: show age of rates", "pricing/src/view.py", "+    view['age'] = age(rates)"),
        ),
        filler=routine("rates-importer"), flags=(("crypto_rates", "rates-importer", 9),),
        said=(
            Said(service="rates-importer", text='GET https://api.fxprovider.io/v2/latest -> 503 {"error":"maintenance","message":"We are experiencing an outage"}', count=28),
            Said(service="pricing", text="rates are older than 30 minutes", level="WARN", count=12),
        ),
        metrics=(Metric(service="rates-importer", name="import_error_ratio", base=0.002, peak=1.0), Metric(service="rates-importer", name="provider_requests_failed_per_min", base=0, peak=30), Metric(service="pricing", name="stale_rates_ratio", base=0.0, peak=0.4)),
        calls=(Call(service="rates-importer", name="fetchRates", ms=800, error="503"), Call(service="api.fxprovider.io", name="GET /v2/latest", parent=0, ms=780, error="503")),
        remedy="escalate-upstream", blast=("pricing",),
    ),
)  # fmt: skip
