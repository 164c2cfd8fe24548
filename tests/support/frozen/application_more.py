"""The other half of the ninth round; two of its incidents come from outside of any change."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.application import routine
from tests.support.frozen.parts import errors, git, slow
from tests.support.frozen.story import Call, Metric, Said, Story

APPLICATION_MORE: Final[tuple[Story, ...]] = (
    Story(
        name="no-second-of-tolerance", service="cartservice", metric="http_401_ratio", summary="cartservice rejects a share of valid sessions",
        quiet=150,
        culprit=git("cartservice", 12, "harden bearer options", "src/cart/Auth/BearerSetup.cs",
            " options.TokenValidationParameters = new TokenValidationParameters {", "     ValidateLifetime = true,", "-    ClockSkew = TimeSpan.FromMinutes(2),", "+    ClockSkew = TimeSpan.Zero,", " };"),
        decoys=(
            git("cartservice", 3, "tidy: one place for 401 responses", "src/cart/Http/Problems.cs", "-            context.Response.StatusCode = 401;", "+            await Problems.Unauthorized(context);"),
            git("authservice", 7, "log token issuance at debug", "services/auth/issue.go", '+\tlogger.Debug("token issued", "sub", sub)'),
            git("frontend", 1, "keep login form state", "services/frontend/src/Login.tsx", "+  const [form, setForm] = usePersisted('login');"),
        ),
        filler=routine("cartservice"), flags=(("sso_for_partners", "authservice", 25),),
        said=(
            Said(service="cartservice", text="Microsoft.IdentityModel.Tokens.SecurityTokenNotYetValidException: IDX10222: Lifetime validation failed. The token is not yet valid. ValidFrom (UTC): '03/04/2031 10:30:02', Current time (UTC): '03/04/2031 10:30:01'.", level="WARN", count=28),
            Said(service="frontend", text="cart call returned 401 right after login", level="WARN", count=14),
        ),
        metrics=(Metric(service="cartservice", name="http_401_ratio", base=0.004, peak=0.17), Metric(service="frontend", name="forced_logouts_per_min", base=1, peak=74)),
        calls=(Call(service="frontend", name="GET /cart", ms=7, error="401"), Call(service="cartservice", name="GetCart", parent=0, ms=1, error="401")),
        blast=("frontend",),
    ),
    Story(
        name="types-taken-seriously", service="quoteservice", metric="error_rate_5xx_ratio", summary="quoteservice 5xx error ratio above 2% (observed 98%)",
        culprit=git("quoteservice", 3, "style: php-cs-fixer risky rules", "src/quote/app/routes.php", " <?php", "+declare(strict_types=1);", " ", " use Slim\\App;", "-function calculateQuote($jsonObject): float {", "+function calculateQuote(array $jsonObject): float {"),
        decoys=(
            git("quoteservice", 1, "fix(quote): never quote below zero", "src/quote/app/price.php", "-    return round($q, 2);", "+    return max(0.0, round($q, 2));"),
            git("shippingservice", 2, "feat(shipping): log quote latency", "src/shipping/src/quote.rs", '+    info!(elapsed = ?started.elapsed(), "quote received");'),
        ),
        filler=routine("quoteservice"), flags=(("express_shipping", "shippingservice", 14),),
        said=(
            Said(service="quoteservice", text="PHP Fatal error:  Uncaught TypeError: round(): Argument #1 ($num) must be of type int|float, string given in /var/www/app/routes.php:31", count=30),
            Said(service="shippingservice", text="Failed to get quote: received status 500", count=22),
            Said(service="checkoutservice", text="shipping quote failure: failed to get shipping quote", level="WARN", count=15),
        ),
        metrics=(errors("quoteservice", 0.98, "error_rate_5xx_ratio"), errors("shippingservice", 0.97, "error_rate_5xx_ratio"), errors("checkoutservice", 0.6, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=40, error="500"), Call(service="shippingservice", name="GetQuote", parent=0, ms=20, error="500"), Call(service="quoteservice", name="calculate-quote", parent=1, ms=4, error="TypeError")),
        blast=("shippingservice", "checkoutservice"),
    ),
    Story(
        name="annotation-on-the-class", service="accountingservice", metric="http_server_duration_p99_ms", summary="accountingservice p99 latency above 800ms for 3m",
        quiet=170,
        culprit=git("accountingservice", 21, "Annotations where they belong", "accounting/src/main/java/oteldemo/InvoiceService.java",
            " @Service", "+@Transactional", " public class InvoiceService {", "-  @Transactional", "   void save(Invoice i) { repo.save(i); }", "   public Receipt settle(Invoice i) {", "     var rate = ratesClient.fetch(i.currency());"),
        decoys=(
            git("accountingservice", 4, "Fetch rates with the shared client", "accounting/src/main/java/oteldemo/Rates.java", "-    return new RatesClient(url);", "+    return sharedRatesClient;"),
            git("accountingservice", 8, "Pool name in thread dumps", "accounting/src/main/resources/application.yaml", "   hikari:", "+    pool-name: accounting"),
            git("currencyservice", 2, "chore: round to four digits", "currency/src/money.cpp", "-  return round(v, 6);", "+  return round(v, 4);"),
        ),
        filler=routine("accountingservice"), flags=(("invoice_pdf_v2", "accountingservice", 30),),
        said=(
            Said(service="accountingservice", text="HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=61)", count=24),
            Said(service="frontend", text="upstream accountingservice timeout after {n}ms", level="WARN", count=12),
        ),
        metrics=(slow("accountingservice", 30200), Metric(service="accountingservice", name="hikaricp_connections_active", base=2, peak=10), Metric(service="accountingservice", name="hikaricp_connections_pending", base=0, peak=61), Metric(service="accountingservice", name="http_server_requests_per_sec", base=40, peak=41, shape="flat"), errors("frontend", 0.1, "error_rate_5xx_ratio")),
        calls=(Call(service="frontend", name="GET /invoice", ms=30100, error="timeout"), Call(service="accountingservice", name="InvoiceService.settle", parent=0, ms=30000, error="Connection is not available")),
        blast=("frontend",),
    ),
    Story(
        name="column-inside-a-function", service="account-api", metric="db_cpu_pct", summary="account-api database CPU above 90%; sign-in slow",
        quiet=180,
        culprit=git("account-api", 26, "fix: sign-in works whatever the case", "account-api/accounts/repository.py", " async def by_email(self, email: str) -> Account | None:", '-    return await self.one("SELECT * FROM accounts WHERE email = $1", email)', '+    return await self.one("SELECT * FROM accounts WHERE lower(email) = lower($1)", email)'),
        decoys=(
            git("account-api", 5, "perf: batch audit inserts", "account-api/accounts/audit.py", "-    for row in rows:\n-        await self.insert(row)", "+    await self.insert_many(rows)"),
            git("account-api", 2, "chore: name database sessions", "account-api/db.py", "-    server_settings={}", "+    server_settings={'application_name': 'account-api'}"),
            git("portal", 9, "Sign-in button keeps its width", "portal/src/SignIn.vue", "-  <button>", '+  <button class="wide">'),
        ),
        filler=routine("account-api"), flags=(("passkeys", "account-api", 33),),
        said=(
            Said(service="account-api", text="slow query ({n} ms): SELECT * FROM accounts WHERE lower(email) = lower($1)", level="WARN", count=26),
            Said(service="portal", text="sign-in took longer than 5s", level="WARN", count=12),
        ),
        metrics=(Metric(service="account-api", name="db_cpu_pct", base=17, peak=98), Metric(service="account-api", name="db_rows_scanned_per_sec", base=400, peak=3.1e6), slow("account-api", 5200), slow("portal", 5600)),
        calls=(Call(service="portal", name="POST /sign-in", ms=5400), Call(service="account-api", name="by_email", parent=0, ms=5100)),
        blast=("portal",),
    ),
    Story(
        name="audit-held-in-memory", service="policy-engine", metric="container_restarts", summary="policy-engine pods OOMKilled, decisions fail",
        quiet=300, sampled=2,
        culprit=git("policy-engine", 155, "perf: decisions no longer wait for audit", "policy-engine/internal/audit/sink.go",
            " func (s *Sink) Write(e Entry) {", "-\tselect {", "-\tcase s.ch <- e:", "-\tdefault:", "-\t\tdropped.Inc()", "-\t}", "+\ts.mu.Lock()", "+\ts.pending = append(s.pending, e)", "+\ts.mu.Unlock()", " }"),
        decoys=(
            git("policy-engine", 6, "feat: memory gauge on status page", "policy-engine/internal/status/page.go", "+\tp.Mem = readMem()"),
            git("policy-engine", 11, "fix: drop denied decisions from cache", "policy-engine/internal/cache/cache.go", "-\tc.put(k, d)", "+\tif d.Allowed {", "+\t\tc.put(k, d)", "+\t}"),
            git("api-gateway", 2, "chore: shorter names for policies", "api-gateway/policies.yaml", "-  name: default-access-policy", "+  name: default-access"),
        ),
        filler=routine("policy-engine"), flags=(("policy_dry_run", "policy-engine", 5),),
        said=(
            Said(service="kubelet", text="Container policy-engine was OOMKilled (limit 1Gi) pod=policy-engine-5d9c-x2k", level="WARN", count=6),
            Said(service="policy-engine", text="audit flush behind: {n}00 entries pending", level="WARN", count=30, lead=120),
            Said(service="api-gateway", text="decision failed: policy-engine connection reset by peer", count=20),
        ),
        metrics=(Metric(service="policy-engine", name="container_memory_working_set_bytes", base=2.2e8, peak=1.05e9, shape="ramp", lead=150), Metric(service="policy-engine", name="container_restarts", base=0, peak=4), errors("api-gateway", 0.2, "error_rate_5xx_ratio")),
        calls=(Call(service="api-gateway", name="authorize", ms=12, error="connection reset"),),
        blast=("api-gateway",),
    ),
    Story(
        name="zero-byte-from-a-partner", service="catalog-sync", metric="sync_batch_error_ratio", summary="catalog-sync fails to store partner products; lag grows",
        quiet=160,
        decoys=(
            git("catalog-sync", 4, "fix(sync): trim product titles", "catalog-sync/internal/normalize/title.go", "-\treturn t", "+\treturn strings.TrimSpace(t)"),
            git("catalog-sync", 19, "#sync Store products in batches of 200", "catalog-sync/internal/store/batch.go", "-const batchSize = 100", "+const batchSize = 200"),
            git("catalog-db", 33, "Wider text column for descriptions", "catalog-db/migrations/0091_description.sql", "+ALTER TABLE products ALTER COLUMN description TYPE text;"),
        ),
        filler=routine("catalog-sync"), flags=(("partner_images", "catalog-sync", 13),),
        said=(
            Said(service="catalog-sync", text='store failed: ERROR: invalid byte sequence for encoding "UTF8": 0x00 (SQLSTATE 22021) record_id=prd-77120 feed=partner-nordwind partition=2 offset=88120', count=26),
            Said(service="kafka-products", text="consumer redelivering same offset 88120 partition=2", level="WARN", count=9),
        ),
        metrics=(Metric(service="catalog-sync", name="sync_batch_error_ratio", base=0.002, peak=0.97), Metric(service="catalog-sync", name="products_stored_per_min", base=300, peak=0), Metric(service="kafka-products", name="queue_oldest_message_age_seconds", base=11, peak=800)),
        calls=(Call(service="catalog-sync", name="storeBatch", ms=12, error="22021"),),
        remedy="purge-bad-data", blast=("kafka-products",),
    ),
    Story(
        name="key-service-of-the-cloud", service="vault-proxy", metric="decrypt_error_ratio", summary="vault-proxy cannot decrypt secrets; dependents fail",
        quiet=130,
        decoys=(
            git("vault-proxy", 3, "refactor(kms): one client per region", "vault-proxy/internal/kms/client.go", "-\tclient := kms.New(sess)", "+\tclient := clients[region]"),
            git("vault-proxy", 14, "chore: cache data keys a little shorter", "vault-proxy/internal/kms/cache.go", "-const dataKeyTTL = 60 * time.Minute", "+const dataKeyTTL = 55 * time.Minute"),
            git("paymentservice", 6, "feat: decrypt card tokens lazily", "services/payment/token.go", "+\ttok := lazy(func() (string, error) { return v.Decrypt(ctx, raw) })"),
        ),
        filler=routine("vault-proxy"), flags=(("vault_audit_v2", "vault-proxy", 4),),
        said=(
            Said(service="vault-proxy", text="operation error KMS: Decrypt, https response error StatusCode: 503, api error ServiceUnavailableException: Service is temporarily unavailable in us-east-1", count=30),
            Said(service="vault-proxy", text="provider status: Increased Error Rates for KMS in us-east-1 (investigating)", level="WARN", count=3),
            Said(service="paymentservice", text="cannot read card token: vault-proxy 503", count=18),
            Said(service="reportservice", text="cannot read db password: vault-proxy 503", count=9),
        ),
        metrics=(Metric(service="vault-proxy", name="decrypt_error_ratio", base=0.001, peak=0.71), errors("paymentservice", 0.3, "error_rate_5xx_ratio"), errors("reportservice", 0.2, "error_rate_5xx_ratio")),
        calls=(Call(service="paymentservice", name="Charge", ms=3000, error="503"), Call(service="vault-proxy", name="Decrypt", parent=0, ms=2900, error="503"), Call(service="kms.us-east-1.amazonaws.com", name="POST /", parent=1, ms=2800, error="503")),
        remedy="escalate-upstream", blast=("paymentservice", "reportservice"),
    ),
)  # fmt: skip
