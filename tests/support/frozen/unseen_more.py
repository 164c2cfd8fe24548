"""An eleventh round, made up after the tenth was mended and answered once before anything was changed for it."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.application import routine
from tests.support.frozen.decoys import handler_tidied, log_line_added, page_restyled
from tests.support.frozen.parts import change, errors, git, slow
from tests.support.frozen.story import Call, Metric, Said, Story

UNSEEN_MORE: Final[tuple[Story, ...]] = (
    Story(
        name="baskets-of-a-few-seconds", service="cartservice", metric="cart_empty_at_checkout_ratio", summary="cartservice: customers reach checkout with an empty cart",
        quiet=160,
        culprit=change("cartservice", 8, "refactor(cart): typed options for the store", "src/cart/Store/CartStore.cs", "-    private static readonly TimeSpan Keep = TimeSpan.FromHours(24);", "+    private readonly TimeSpan Keep = TimeSpan.FromSeconds(options.KeepHours);"),
        decoys=(
            change("cartservice", 2, "fix(cart): empty cart after order", "src/cart/Services/CartService.cs", "-            await store.Clear(order.UserId);", "+            await store.Clear(order.UserId, order.Id);"),
            page_restyled("frontend", before=1), handler_tidied("checkoutservice", "PlaceOrder", before=4),
        ),
        filler=routine("cartservice"), flags=(("cart_persist_v2", "cartservice", 14),),
        said=(
            Said(service="cartservice", text="cart {n} not in store, returning empty cart", level="WARN", count=30),
            Said(service="checkoutservice", text="cannot place order: cart is empty", level="WARN", count=22),
        ),
        metrics=(Metric(service="cartservice", name="cart_empty_at_checkout_ratio", base=0.01, peak=0.48), Metric(service="cartservice", name="redis_keys", base=42000, peak=900), Metric(service="checkoutservice", name="orders_per_min", base=120, peak=50)),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=20, error="cart is empty"), Call(service="cartservice", name="GetCart", parent=0, ms=2)),
        blast=("checkoutservice",),
    ),
    Story(
        name="streams-nobody-listens-to", service="pricefeed", metric="http_server_duration_p99_ms", summary="pricefeed p99 latency above 800ms; pods restarting",
        quiet=320, sampled=2,
        culprit=git("pricefeed", 190, "refactor: simplify price stream fan-out", "pricefeed/stream/hub.go", " func (h *Hub) serve(ctx context.Context, sub *subscriber) {", " \tfor {", "-\t\tselect {", "-\t\tcase p := <-sub.in:", "-\t\t\tsub.send(p)", "-\t\tcase <-ctx.Done():", "-\t\t\treturn", "-\t\t}", "+\t\tsub.send(<-sub.in)", " \t}", " }"),
        decoys=(
            git("pricefeed", 5, "perf: preallocate price buffers", "pricefeed/stream/buf.go", "-\tbuf := make([]byte, 0)", "+\tbuf := make([]byte, 0, 512)"),
            git("pricefeed", 14, "chore: run workers under their names", "pricefeed/workers.go", "-\tgo w.run(ctx)", '+\tgo w.named("prices").run(ctx)'),
            git("trade-web", 3, "feat(trade): blinking prices", "trade-web/src/Price.tsx", "+  <Blink on={p.changed} />"),
        ),
        filler=routine("pricefeed"), flags=(("price_alerts", "pricefeed", 7),),
        said=(
            Said(service="pricefeed", text="slow request: Subscribe took {n}ms", level="WARN", count=20),
            Said(service="pricefeed", text="fatal error: runtime: out of memory", count=3),
            Said(service="trade-web", text="price stream lost, reconnecting", level="WARN", count=14),
        ),
        metrics=(slow("pricefeed"), Metric(service="pricefeed", name="go_goroutines", base=420, peak=198000, shape="ramp", lead=188), Metric(service="pricefeed", name="process_resident_memory_bytes", base=2e8, peak=1.9e9, shape="ramp", lead=186), errors("trade-web", 0.1)),
        calls=(Call(service="trade-web", name="GET /prices", ms=3100), Call(service="pricefeed", name="Subscribe", parent=0, ms=3000)),
        blast=("trade-web",),
    ),
    Story(
        name="nanos-with-a-fraction", service="currencyservice", metric="error_rate_5xx_ratio", summary="currencyservice 5xx error ratio above 2% (observed 37%)",
        culprit=git("currencyservice", 5, "perf: cheaper carry", "src/currency/server.js", " function carry(amount) {", "-  amount.nanos = Math.round(amount.nanos + fraction * NANOS);", "+  amount.nanos += fraction * NANOS;", "   amount.units += Math.floor(amount.nanos / NANOS);"),
        decoys=(
            git("currencyservice", 1, "feat: support BGN", "src/currency/data/rates.json", '+  "BGN": "1.9558",'),
            git("currencyservice", 2, "log conversions at debug", "src/currency/log.js", "-  logger.info('conversion', request);", "+  logger.debug('conversion', request);"),
            git("checkoutservice", 3, "fix: convert shipping only once", "services/checkout/money.go", "-\tcost = convert(cost, cur)", "-\tcost = convert(cost, cur)", "+\tcost = convert(cost, cur)"),
        ),
        filler=routine("currencyservice"), flags=(("show_local_prices", "frontend", 16),),
        said=(
            Said(service="currencyservice", text="13 INTERNAL: Failure while serializing response: int32 number expected, field nanos", count=24),
            Said(service="checkoutservice", text="failed to convert price: currencyservice returned INTERNAL", level="WARN", count=18),
            Said(service="frontend", text="could not convert currency for product", level="WARN", count=14),
        ),
        metrics=(errors("currencyservice", 0.37, "error_rate_5xx_ratio"), errors("checkoutservice", 0.3, "error_rate_5xx_ratio"), errors("frontend", 0.2, "error_rate_5xx_ratio")),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=30, error="INTERNAL"), Call(service="currencyservice", name="Convert", parent=0, ms=2, error="INTERNAL")),
        blast=("checkoutservice", "frontend"),
    ),
    Story(
        name="every-order-flushed", service="checkoutservice", metric="http_server_duration_p99_ms", summary="checkoutservice p99 latency above 800ms for 3m",
        culprit=change("checkoutservice", 9, "fix: no order event gets lost", "services/checkout/kafka/producer.go", " func (p *Producer) Publish(ev *OrderPlaced) error {", "-\tp.async.Input() <- encode(ev)", "-\treturn nil", "+\t_, _, err := p.sync.SendMessage(encode(ev))", "+\treturn err", " }"),
        decoys=(
            change("checkoutservice", 2, "feat: order events carry the currency", "services/checkout/kafka/event.go", "+\tev.Currency = order.Total.CurrencyCode"),
            log_line_added("checkoutservice", before=1), page_restyled("frontend", before=3),
            change("accountingservice", 6, "chore: consume orders with four workers", "accounting/consumer.go", "-const workers = 3", "+const workers = 4"),
        ),
        filler=routine("checkoutservice"), flags=(("order_events_v2", "accountingservice", 19),),
        said=(
            Said(service="checkoutservice", text="slow request: PlaceOrder exceeded {n}ms", level="WARN", count=24),
            Said(service="frontend", text="checkout took longer than its budget", level="WARN", count=12),
        ),
        metrics=(slow("checkoutservice", 1900, 210), Metric(service="checkoutservice", name="kafka_producer_request_latency_avg_ms", base=6, peak=340), slow("frontend", 2100, 240)),
        calls=(Call(service="frontend", name="POST /checkout", ms=2000), Call(service="checkoutservice", name="PlaceOrder", parent=0, ms=1900), Call(service="checkoutservice", name="orders publish", parent=1, ms=1700)),
        blast=("frontend",),
    ),
    Story(
        name="agents-side-by-side", service="ai-agent-svc", metric="llm_request_error_ratio", summary="ai-agent-svc completions rejected with 429",
        quiet=140,
        culprit=change("ai-agent-svc", 10, "#ai Faster sub-investigations", "ai/src/runtime/planner.ts", " async function runSteps(steps: Step[], rt: AgentRuntime) {", "-  const out: Finding[] = [];", "-  for (const s of steps) {", "-    out.push(await rt.run(s));", "-  }", "-  return out;", "+  return Promise.all(steps.map((s) => rt.run(s)));", " }"),
        decoys=(
            change("ai-agent-svc", 2, "#ai Name the model in spans", "ai/src/llm/trace.ts", "+  span.setAttribute('llm.model', req.model);"),
            change("ai-agent-svc", 4, "#ai Tidy completion client", "ai/src/llm/client.ts", "-  const res = await this.http.post('/v1/messages', body);", "-  return res.data;", "+  const { data } = await this.http.post('/v1/messages', body);", "+  return data;"),
            change("web", 1, "#web Restyle finding cards", "web/src/components/Finding.tsx", '-  <div className="card">', '+  <div className="card card--flat">'),
        ),
        filler=routine("ai-agent-svc"), flags=(("agent_memory_v3", "ai-memory-svc", 22),),
        said=(
            Said(service="ai-agent-svc", text="completion failed: 429 rate_limit_error: number of concurrent requests has exceeded your limit", count=26),
            Said(service="web", text="investigation {n} incomplete: ai-agent-svc returned 502", level="WARN", count=9),
        ),
        metrics=(Metric(service="ai-agent-svc", name="llm_request_error_ratio", base=0.004, peak=0.46), Metric(service="ai-agent-svc", name="llm_requests_in_flight", base=4, peak=170), Metric(service="ai-agent-svc", name="investigations_started_per_min", base=11, peak=11, shape="flat"), errors("web", 0.1)),
        calls=(Call(service="web", name="POST /investigations", ms=900, error="502"), Call(service="ai-agent-svc", name="runSteps", parent=0, ms=800, error="429")),
        blast=("web",),
    ),
    Story(
        name="nothing-instead-of-nought", service="storefront-api", metric="http_5xx_ratio", summary="storefront-api fails for products that are sold out",
        quiet=150,
        culprit=git("inventory-svc", 12, "smaller answers", "inventory-svc/api/types.go", " type Level struct {", ' \tSKU   string `json:"sku"`', '-\tStock int    `json:"stock"`', '+\tStock int    `json:"stock,omitempty"`', " }"),
        decoys=(
            git("storefront-api", 2, "show sold out badge", "storefront-api/views/product.py", "-    return render(product)", "+    return render(product, badge=badge_for(product))"),
            git("storefront-api", 7, "stock is cached for 20 seconds", "storefront-api/clients/inventory.py", "-STOCK_TTL = 15", "+STOCK_TTL = 20"),
            git("inventory-svc", 3, "count levels by warehouse", "inventory-svc/api/metrics.go", "+\tlevels.WithLabelValues(w).Inc()"),
        ),
        filler=routine("storefront-api"), flags=(("sold_out_badge", "storefront-api", 2),),
        said=(Said(service="storefront-api", text="Traceback (most recent call last): File \"views/product.py\", line 44, in stock_of KeyError: 'stock'", count=28),),
        metrics=(errors("storefront-api", 0.22), Metric(service="inventory-svc", name="response_bytes_avg", base=910, peak=880, shape="flat")),
        calls=(Call(service="storefront-api", name="GET /product", ms=12, error="KeyError"), Call(service="inventory-svc", name="GET /levels", parent=0, ms=3)),
    ),
    Story(
        name="sign-in-of-somebody-else", service="accounts", metric="login_latency_p95_ms", summary="accounts: social sign-in slow and failing",
        quiet=130,
        decoys=(
            git("accounts", 4, "refactor: one client for all identity providers", "accounts/src/idp/client.ts", "-  const res = await google.exchange(code);", "+  const res = await providers[name].exchange(code);"),
            git("accounts", 9, "chore: shorter sign-in timeout", "accounts/src/idp/options.ts", "-  timeout: 10000,", "+  timeout: 9000,"),
            git("portal", 2, "Sign-in page in dark mode", "portal/src/login.css", "-body { background: #fff; }", "+body { background: #111; }"),
        ),
        filler=routine("accounts"), flags=(("passkeys", "accounts", 12),),
        said=(
            Said(service="accounts", text="token exchange with login.socialhub.com timed out after {n}ms", count=26),
            Said(service="portal", text="sign-in via socialhub failed", level="WARN", count=12),
        ),
        metrics=(Metric(service="accounts", name="login_latency_p95_ms", base=400, peak=9100), Metric(service="accounts", name="idp_exchange_failed_per_min", base=0, peak=34), Metric(service="portal", name="failed_sign_ins_per_min", base=2, peak=40)),
        calls=(Call(service="portal", name="GET /callback", ms=9100, error="timeout"), Call(service="accounts", name="exchange", parent=0, ms=9000, error="timeout"), Call(service="login.socialhub.com", name="POST /token", parent=1, ms=9000, error="timeout")),
        remedy="escalate-upstream", blast=("portal",),
    ),
    Story(
        name="streams-cut-by-the-server", service="answers-api", metric="stream_aborted_ratio", summary="answers-api streams end early",
        quiet=150,
        culprit=git("answers-api", 7, "security: sensible limits for the http server", "answers-api/cmd/server/main.go", " srv := &http.Server{", " \tHandler: mux,", "+\tReadHeaderTimeout: 5 * time.Second,", "+\tWriteTimeout:      10 * time.Second,", " }"),
        decoys=(
            git("answers-api", 1, "feat: stream sources before the answer", "answers-api/stream/sources.go", "+\tsend(w, sourcesOf(q))"),
            git("answers-api", 3, "fix: end streams with a done event", "answers-api/stream/end.go", '-\tfmt.Fprint(w, "\\n")', '+\tfmt.Fprint(w, "event: done\\n\\n")'),
            git("web", 2, "#web Caret while an answer streams", "web/src/Answer.tsx", "+  <Caret />"),
        ),
        filler=routine("answers-api"), flags=(("cite_sources", "answers-api", 9),),
        said=(
            Said(service="answers-api", text="write tcp 10.0.4.2:8080: i/o timeout while streaming answer {n}", level="WARN", count=26),
            Said(service="web", text="answer stream ended before done (net::ERR_INCOMPLETE_CHUNKED_ENCODING)", count=18),
        ),
        metrics=(Metric(service="answers-api", name="stream_aborted_ratio", base=0.01, peak=0.63), errors("web", 0.2)),
        calls=(Call(service="web", name="GET /answer", ms=10000, error="incomplete chunked encoding"), Call(service="answers-api", name="StreamAnswer", parent=0, ms=10000, error="i/o timeout")),
        blast=("web",),
    ),
)  # fmt: skip
