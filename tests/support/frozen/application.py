"""A ninth round: faults of applications, made up before the rules were looked at and answered once before they were mended."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.parts import change, errors, git, slow
from tests.support.frozen.story import Call, Change, Metric, Said, Story


def routine(service: str) -> tuple[Change, ...]:
    """Return what a team pushes on any morning: some diffs kept, some not, some of words that sound guilty."""
    return (
        change("", 0, "fix: guard metrics registry init", "pkg/cache/registry.go", "-\tregistry = newRegistry()", "+\tregistryOnce.Do(func() {", "+\t\tregistry = newRegistry()", "+\t})"),
        change("", 0, "perf: reuse buffers in encoder", "pkg/codec/pool.go", "+var bufPool = sync.Pool{New: func() any { return new(bytes.Buffer) }}"),
        change("", 0, "fix: off-by-one in batch chunking", "pkg/batch/chunk.go", "+\t\tif end > len(items) {", "+\t\t\tend = len(items)", "+\t\t}"),
        Change(message="test: increase coverage on retry backoff", files=("pkg/retry/backoff_test.go",)),
        Change(message="docs: clarify env var precedence", files=("README.md",)),
        Change(message="chore: pin golangci-lint to v1.61", files=(".golangci.yml",)),
        Change(message="refactor: simplify config loading with viper", files=("internal/config/load.go",)),
        Change(message="fix: handle empty slice in pagination helper", files=("pkg/paginate/paginate.go",)),
        Change(message=f"docs: runbook for {service} rollback", files=(f"docs/runbooks/{service}.md",)),
        Change(message="style: gofmt across repo", files=("pkg/cart/cart.go", "pkg/cart/cart_test.go")),
        change("", 0, "chore: bump go.mod dependencies", "go.mod", "-\tgoogle.golang.org/grpc v1.62.0", "+\tgoogle.golang.org/grpc v1.62.1", also=("go.sum",)),
        Change(message="chore: rotate staging tls cert", files=("deploy/staging/tls.yaml",)),
        Change(message="feat: emit otel span attributes for tenant_id", files=("internal/trace/attrs.go",)),
        Change(message="test: golden files for invoice rendering", files=("pkg/invoice/testdata/golden.json",)),
    )  # fmt: skip


APPLICATION: Final[tuple[Story, ...]] = (
    Story(
        name="loads-no-longer-shared", service="productcatalogservice", metric="http_server_duration_p99_ms", summary="productcatalogservice p99 latency above 800ms for 3m",
        culprit=change("productcatalogservice", 7, "refactor: simplify product loader", "services/productcatalog/loader.go",
            " func (l *Loader) Get(ctx context.Context, id string) (*Product, error) {", " \tif p, ok := l.cache.Get(id); ok {", " \t\treturn p, nil", " \t}",
            "-\tv, err, _ := l.group.Do(id, func() (any, error) {", "-\t\treturn l.store.LoadProduct(ctx, id)", "-\t})", "-\tif err != nil {", "-\t\treturn nil, err", "-\t}", "-\tp := v.(*Product)",
            "+\tp, err := l.store.LoadProduct(ctx, id)", "+\tif err != nil {", "+\t\treturn nil, err", "+\t}", " \tl.cache.Set(id, p)", " \treturn p, nil", " }"),
        decoys=(
            change("productcatalogservice", 2, "perf(catalog): prewarm product cache on boot", "services/productcatalog/warm.go", "+func (w *Warmer) Start(ctx context.Context) {", "+\tfor _, id := range w.popular[:min(len(w.popular), 50)] {", "+\t\t_, _ = w.loader.Get(ctx, id)", "+\t}", "+}"),
            change("frontend", 4, "feat(frontend): restyle product cards", "services/frontend/static/product.css", "-.card { padding: 8px; }", "+.card { padding: 12px; }"),
            change("", 60, "chore: raise catalog db pool", "services/productcatalog/db.go", "-\tdb.SetMaxOpenConns(20)", "+\tdb.SetMaxOpenConns(30)"),
        ),
        filler=routine("productcatalogservice"), flags=(("product_reviews_v2", "productcatalogservice", 10),),
        said=(
            Said(service="productcatalogservice", text="slow query: SELECT * FROM products WHERE id = $1 took {n}ms", level="WARN", count=20),
            Said(service="productcatalogservice", text="product {n} loaded from store by 212 concurrent requests", level="WARN", count=14),
            Said(service="frontend", text="upstream productcatalogservice timeout after {n}ms", count=12),
        ),
        metrics=(slow("productcatalogservice"), Metric(service="productcatalogservice", name="db_queries_per_sec", base=45, peak=2900), Metric(service="productcatalogservice", name="cache_hit_ratio", base=0.97, peak=0.95), Metric(service="productcatalogservice", name="requests_per_sec", base=900, peak=910, shape="flat"), errors("frontend", 0.2, "error_rate_5xx_ratio")),
        calls=(Call(service="frontend", name="GET /product", ms=3000, error="timeout"), Call(service="productcatalogservice", name="GetProduct", parent=0, ms=2950), Call(service="productcatalogservice", name="SELECT products", parent=1, ms=2900)),
        blast=("frontend",),
    ),
    Story(
        name="every-turn-in-the-prompt", service="ai-agent-svc", metric="llm_request_error_ratio", summary="ai-agent-svc completion calls rejected; threads stall",
        quiet=200,
        culprit=change("ai-agent-svc", 38, "#ai Keep tool output in conversation turns", "ai/src/context/builder.ts",
            " export function buildMessages(thread: Thread): Message[] {", "-  const turns = summarizeToolOutput(thread.turns, MAX_TOOL_CHARS);", "-  return toMessages(trimToBudget(turns, TOKEN_BUDGET));", "+  return toMessages(thread.turns);", " }"),
        decoys=(
            change("ai-agent-svc", 3, "#ai Retry completions on 529", "ai/src/llm/client.ts", "-  const retryable = [429, 503];", "+  const retryable = [429, 503, 529];"),
            change("ai-agent-svc", 6, "#ai Log token usage per completion", "ai/src/llm/usage.ts", '+  log.info("completion usage", { prompt: u.prompt_tokens, completion: u.completion_tokens });'),
            change("web", 1, "#web Restyle message bubbles", "web/src/components/Message.tsx", '-  <div className="msg">', '+  <div className="msg msg--round">'),
        ),
        filler=routine("ai-agent-svc"), flags=(("agent_streaming_v2", "ai-agent-svc", 12),),
        said=(
            Said(service="ai-agent-svc", text="completion failed: 400 invalid_request_error: This model's maximum context length is 200000 tokens. However, your messages resulted in {n}31 tokens.", count=22),
            Said(service="web", text="thread {n} stalled: ai-agent-svc returned 500", level="WARN", count=9),
        ),
        metrics=(Metric(service="ai-agent-svc", name="llm_request_error_ratio", base=0.004, peak=0.38), Metric(service="ai-agent-svc", name="llm_prompt_tokens_avg", base=9100, peak=171000, shape="ramp", lead=36), errors("web", 0.12)),
        calls=(Call(service="web", name="POST /threads/run", ms=900, error="500"), Call(service="ai-agent-svc", name="AgenticLoopService/runMainLoop", parent=0, ms=820, error="400 invalid_request_error")),
        blast=("web",),
    ),
    Story(
        name="argument-by-another-name", service="ai-agent-svc", metric="tool_call_failed_ratio", summary="ai-agent-svc tool calls fail; investigations end without findings",
        culprit=change("log-search-svc", 9, "#logs Consistent naming for time range params", "log-search-svc/src/mcp/schema.ts",
            "   name: 'search_logs',", "   inputSchema: {", "     properties: {", "-      lookback: { type: 'string' },", "+      timeRange: { type: 'string' },", "       query: { type: 'string' },", "     },", "-    required: ['query', 'lookback'],", "+    required: ['query', 'timeRange'],"),
        decoys=(
            change("ai-agent-svc", 2, "#ai Tidy tool call dispatcher", "ai/src/tools/dispatch.ts", "-  const res = await client.callTool(call.name, call.args);", "-  return res;", "+  return client.callTool(call.name, call.args);"),
            change("ai-agent-svc", 4, "#ai Show tool name in error", "ai/src/tools/errors.ts", "-  return `tool failed: ${e.message}`;", "+  return `tool ${name} failed: ${e.message}`;"),
            change("log-search-svc", 20, "#logs Speed up search parser", "log-search-svc/src/query/parse.ts", "-  const tokens = q.split(/\\s+/);", "+  const tokens = q.trim().split(/\\s+/);"),
        ),
        filler=routine("ai-agent-svc"), flags=(("agent_parallel_tools", "ai-agent-svc", 8),),
        said=(
            Said(service="log-search-svc", text="MCP error -32602: Invalid arguments for tool search_logs: must have required property 'timeRange'", count=18),
            Said(service="ai-agent-svc", text="tool search_logs failed: invalid arguments; giving up after 3 attempts", level="WARN", count=15),
        ),
        metrics=(Metric(service="ai-agent-svc", name="tool_call_failed_ratio", base=0.01, peak=0.83), Metric(service="log-search-svc", name="mcp_request_errors_per_min", base=0.2, peak=130)),
        calls=(Call(service="ai-agent-svc", name="callTool", ms=40, error="invalid arguments"), Call(service="log-search-svc", name="tools/call search_logs", parent=0, ms=3, error="-32602")),
        first="log-search-svc", blast=("ai-agent-svc",),
    ),
    Story(
        name="claims-in-every-header", service="frontend", metric="http_4xx_ratio", summary="frontend requests rejected for signed-in users",
        quiet=140,
        culprit=change("authservice", 16, "feat(auth): propagate user entitlements to downstream services", "services/auth/internal/token/context.go",
            " func Outgoing(ctx context.Context, u *User) context.Context {", '-\tbag, _ := baggage.Parse("user.id=" + u.ID)', '+\tbag, _ := baggage.Parse("user.id=" + u.ID + ",entitlements=" + encode(u.Entitlements))', " \treturn baggage.ContextWithBaggage(ctx, bag)", " }"),
        decoys=(
            change("frontend", 2, "fix(frontend): drop stale headers from proxy", "services/frontend/proxy/headers.go", '-\thdr.Del("X-Old-Session")', '+\thdr.Del("X-Old-Session")', '+\thdr.Del("X-Legacy-Theme")'),
            change("cartservice", 5, "refactor: tidy cart handler errors", "src/cart/Handler.cs", "-            throw new RpcException(new Status(StatusCode.Internal, ex.Message));", "+            throw Errors.Internal(ex);"),
            change("frontend", 9, "feat(frontend): show plan badge in header", "services/frontend/templates/header.html", '+  <span class="badge">{{ .Plan }}</span>'),
        ),
        filler=routine("frontend"), flags=(("plan_badge", "frontend", 9),),
        said=(
            Said(service="cartservice", text='Connection id "0HN" bad request data: "Request headers too long." StatusCode=431', level="WARN", count=20),
            Said(service="frontend", text="cart unavailable: cartservice answered 431 Request Header Fields Too Large", count=24),
        ),
        metrics=(Metric(service="frontend", name="http_4xx_ratio", base=0.02, peak=0.31), Metric(service="cartservice", name="http_4xx_ratio", base=0.01, peak=0.44), Metric(service="authservice", name="http_request_header_bytes_p95", base=1900, peak=38000)),
        calls=(Call(service="frontend", name="GET /cart", ms=9, error="431"), Call(service="cartservice", name="GetCart", parent=0, ms=1, error="431")),
        first="cartservice", blast=("frontend",),
    ),
    Story(
        name="aware-and-naive", service="subscriptionservice", metric="error_rate_5xx_ratio", summary="subscriptionservice 5xx error ratio above 2% (observed 46%)",
        culprit=git("subscriptionservice", 4, "chore: replace deprecated utcnow", "services/subscription/app/clock.py", " def now() -> datetime:", "-    return datetime.utcnow()", "+    return datetime.now(timezone.utc)"),
        decoys=(
            git("subscriptionservice", 1, "fix(subscription): stop renewing expired trials", "services/subscription/app/trials.py", "-    if trial.state == 'expired':", "+    if trial.state in ('expired', 'cancelled'):"),
            git("checkoutservice", 3, "refactor: tidy checkout PlaceOrder handler", "services/checkout/handler.go", "-\tvar req PlaceOrderRequest", "-\tif err := json.NewDecoder(r.Body).Decode(&req); err != nil {", "+\treq, err := decodeRequest[PlaceOrderRequest](r)", "+\tif err != nil {"),
        ),
        filler=routine("subscriptionservice"), flags=(("annual_plans", "subscriptionservice", 15),),
        said=(
            Said(service="subscriptionservice", text="TypeError: can't compare offset-naive and offset-aware datetimes", count=26, fields={"http.route": "/renew", "exception.stacktrace": 'File "app/renewal.py", line 61, in is_due\n    return sub.renews_at <= now()'}),
            Said(service="checkoutservice", text="renewal lookup failed: subscriptionservice 500", level="WARN", count=11),
        ),
        metrics=(errors("subscriptionservice", 0.46, "error_rate_5xx_ratio"), Metric(service="subscriptionservice", name="renewals_per_min", base=44, peak=0), errors("checkoutservice", 0.09, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="POST /checkout", ms=60, error="500"), Call(service="subscriptionservice", name="POST /renew", parent=0, ms=8, error="TypeError")),
        blast=("checkoutservice",),
    ),
    Story(
        name="promise-not-waited-for", service="orderservice", metric="order_persist_error_ratio", summary="orderservice fails to persist part of the orders",
        culprit=change("orderservice", 6, "refactor(order): early return in persist step", "services/order/src/persist.ts",
            " export async function persist(order: Order) {", "   return prisma.$transaction(async (tx) => {", "     const row = await tx.order.create({ data: toRow(order) });", "-    await Promise.all(order.lines.map((l) => tx.line.create({ data: toLine(row.id, l) })));", "+    order.lines.forEach((l) => tx.line.create({ data: toLine(row.id, l) }));", "     return row;", "   });", " }"),
        decoys=(
            change("orderservice", 2, "chore(order): raise transaction timeout", "services/order/src/db.ts", "-  transactionOptions: { timeout: 5000 },", "+  transactionOptions: { timeout: 8000 },"),
            change("orderservice", 3, "feat(order): count persisted lines", "services/order/src/metrics.ts", "+export const lines = meter.createCounter('order_lines_total');"),
            change("frontend", 1, "feat(frontend): restyle order summary", "services/frontend/static/order.css", "-.sum { color: #333; }", "+.sum { color: #222; }"),
        ),
        filler=routine("orderservice"), flags=(("order_notes", "orderservice", 20),),
        said=(
            Said(service="orderservice", text="UnhandledPromiseRejection: Transaction API error: Transaction already closed: A query cannot be executed on a closed transaction.", count=24),
            Said(service="frontend", text="order {n} has no lines", level="WARN", count=12),
        ),
        metrics=(Metric(service="orderservice", name="order_persist_error_ratio", base=0.001, peak=0.52), Metric(service="orderservice", name="process_restarts", base=0, peak=7), errors("frontend", 0.15, "error_rate_5xx_ratio")),
        calls=(Call(service="frontend", name="POST /orders", ms=80, error="500"), Call(service="orderservice", name="persist", parent=0, ms=40, error="Transaction already closed")),
        blast=("frontend",),
    ),
    Story(
        name="body-kept-open", service="emailservice", metric="email_send_error_ratio", summary="emailservice cannot open connections",
        quiet=320, sampled=2,
        culprit=change("emailservice", 182, "refactor: drop unused template response", "services/email/templates/client.go",
            " func (c *Client) Touch(ctx context.Context, id string) error {", " \tresp, err := c.http.Do(req.WithContext(ctx))", " \tif err != nil {", " \t\treturn err", " \t}", "-\tdefer resp.Body.Close()", "-\t_, err = io.Copy(io.Discard, resp.Body)", "-\treturn err", "+\treturn check(resp.StatusCode)", " }"),
        decoys=(
            change("emailservice", 5, "perf(email): keep more idle connections to smtp relay", "services/email/smtp/pool.go", "-\tmaxIdle: 4,", "+\tmaxIdle: 8,"),
            change("emailservice", 90, "feat(email): open tracking pixel", "services/email/templates/pixel.go", '+const pixel = `<img src="/o.gif">`'),
            change("checkoutservice", 2, "fix: close span on checkout error", "services/checkout/trace.go", "+\tdefer span.End()"),
        ),
        filler=routine("emailservice"), flags=(("email_digest", "emailservice", 6),),
        said=(
            Said(service="emailservice", text="dial tcp 10.8.3.2:587: socket: too many open files", count=20),
            Said(service="emailservice", text="http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 1s", count=16),
            Said(service="checkoutservice", text="confirmation not sent: emailservice unavailable", level="WARN", count=10),
        ),
        metrics=(Metric(service="emailservice", name="process_open_fds", base=60, peak=1024, shape="ramp", lead=180), Metric(service="emailservice", name="email_send_error_ratio", base=0.003, peak=0.6), errors("checkoutservice", 0.05, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=120), Call(service="emailservice", name="SendOrderConfirmation", parent=0, ms=4, error="too many open files")),
        blast=("checkoutservice",),
    ),
)  # fmt: skip
