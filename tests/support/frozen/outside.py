"""Incidents that no change caused, each with changes that look guilty."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.decoys import handler_tidied, library_patched, log_line_added, page_restyled, python_helper
from tests.support.frozen.story import Call, Change, Metric, Said, Story

_TUNED = Change(
    message="chore: a little more room for results",
    service="search",
    before=35,
    files=("search/config/limits.yaml",),
    diff="@@ search/config/limits.yaml @@\n-  max_results: 100\n+  max_results: 110\n",
)

OUTSIDE: Final[tuple[Story, ...]] = (
    Story(
        name="certificate-ran-out",
        service="partner-gateway",
        metric="http_5xx_ratio",
        summary="partner-gateway cannot reach billing",
        decoys=(handler_tidied("partner-gateway", "Bill", before=17), page_restyled("console", before=4)),
        said=(
            Said(
                service="partner-gateway",
                text="call to billing failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time is after 2031-03-04T09:40:00Z",
                count=30,
            ),
            Said(service="console", text="partner-gateway returned 502", level="WARN", count=8),
        ),
        metrics=(
            Metric(service="partner-gateway", name="http_5xx_ratio", base=0.001, peak=0.98),
            Metric(service="console", name="http_5xx_ratio", base=0.001, peak=0.3),
        ),
        calls=(
            Call(service="console", name="POST /bill", ms=30, error="502"),
            Call(service="partner-gateway", name="Bill", parent=0, ms=14, error="certificate has expired"),
        ),
        remedy="rotate-cert",
        blast=("console",),
    ),
    Story(
        name="card-network-down",
        service="payins",
        metric="payment_failure_ratio",
        summary="card payments fail",
        decoys=(handler_tidied("payins", "Pay", before=9), library_patched("shop", before=3)),
        said=(
            Said(
                service="payins",
                text="POST https://api.adyen.com/v71/payments answered 503 Service Unavailable",
                count=40,
            ),
            Said(service="shop", text="payins: payment provider unavailable", level="WARN", count=12),
        ),
        metrics=(
            Metric(service="payins", name="payment_failure_ratio", base=0.01, peak=0.93),
            Metric(service="payins", name="requests_per_sec", base=60, peak=58, shape="flat"),
            Metric(service="shop", name="order_error_ratio", base=0.005, peak=0.5),
        ),
        calls=(
            Call(service="shop", name="POST /order", ms=900, error="payment failed"),
            Call(service="payins", name="Pay", parent=0, ms=850, error="503 from provider"),
        ),
        remedy="escalate-upstream",
        blast=("shop",),
    ),
    Story(
        name="model-provider-overloaded",
        service="assistant",
        metric="completion_error_ratio",
        summary="assistant answers fail",
        decoys=(python_helper("assistant", before=6), page_restyled("chat-web", before=2)),
        said=(
            Said(
                service="assistant",
                text="completion failed: openai returned 529 overloaded_error, request {n}",
                count=35,
            ),
            Said(service="chat-web", text="assistant unavailable", level="WARN", count=9),
        ),
        metrics=(
            Metric(service="assistant", name="completion_error_ratio", base=0.004, peak=0.7),
            Metric(service="chat-web", name="http_5xx_ratio", base=0.001, peak=0.4),
        ),
        calls=(
            Call(service="chat-web", name="POST /ask", ms=4000, error="502"),
            Call(service="assistant", name="Complete", parent=0, ms=3900, error="529 from provider"),
        ),
        remedy="escalate-upstream",
        blast=("chat-web",),
    ),
    Story(
        name="newsletter-rush",
        service="web",
        metric="http_server_duration_p99_ms",
        summary="web slow",
        decoys=(log_line_added("web", before=40), _TUNED, page_restyled("admin", before=20)),
        flags=(("newsletter_teaser", "web", 12),),
        said=(
            Said(service="web", text="no free worker, request waits", level="WARN", count=35),
            Said(service="web", text="turning requests away: overloaded", count=12),
            Said(service="search", text="busy, answers are slow", level="WARN", count=7),
        ),
        metrics=(
            Metric(service="web", name="http_requests_per_second", base=400, peak=2300, lead=1),
            Metric(service="web", name="cpu_utilization", base=0.35, peak=0.99, lead=1),
            Metric(service="web", name="http_server_duration_p99_ms", base=120, peak=3100),
            Metric(service="search", name="http_requests_per_second", base=150, peak=840, lead=1),
            Metric(service="search", name="http_server_duration_p99_ms", base=60, peak=900),
        ),
        calls=(
            Call(service="web", name="GET /", ms=3000, fields={"queue_wait_ms": 2800}),
            Call(service="search", name="Search", parent=0, ms=150),
        ),
        remedy="scale",
        blast=("search",),
    ),
    Story(
        name="zone-lost",
        service="orders",
        metric="http_5xx_ratio",
        summary="orders errors from one zone",
        decoys=(handler_tidied("orders", "Place", before=25), page_restyled("shop", before=6)),
        said=(
            Said(
                service="orders",
                text="cannot reach orders-db-2 in eu-west-1b: i/o timeout",
                count=25,
                fields={"zone": "eu-west-1b"},
            ),
            Said(
                service="stock", text="lost connection to peers in eu-west-1b", count=14, fields={"zone": "eu-west-1b"}
            ),
            Said(
                service="cloud-events",
                text="increased packet loss in availability zone eu-west-1b",
                level="WARN",
                count=3,
            ),
        ),
        metrics=(
            Metric(service="orders", name="http_5xx_ratio", base=0.001, peak=0.33),
            Metric(service="stock", name="http_5xx_ratio", base=0.001, peak=0.31),
        ),
        remedy="failover",
        blast=("stock",),
    ),
    Story(
        name="message-that-kills",
        service="indexer",
        metric="consumer_lag",
        summary="indexer stands still",
        decoys=(python_helper("indexer", before=12), library_patched("indexer", before=45)),
        said=(
            Said(
                service="indexer",
                text="cannot index document_id=doc-77120 offset=5512098: unexpected control character, will be tried again",
                count=40,
            ),
        ),
        metrics=(
            Metric(service="indexer", name="consumer_lag", base=20, peak=60000, shape="ramp", lead=2),
            Metric(service="indexer", name="documents_per_min", base=900, peak=0),
        ),
        remedy="purge-bad-data",
    ),
    Story(
        name="hot-machine",
        service="geo",
        metric="http_server_duration_p99_ms",
        summary="geo slow on one machine",
        decoys=(handler_tidied("geo", "Locate", before=33), log_line_added("geo", before=50)),
        said=(
            Said(
                service="kernel",
                text="mce: CPU3 temperature above threshold, cpu clock throttled",
                level="WARN",
                count=5,
                fields={"host": "metal-17"},
            ),
            Said(service="geo", text="locate took {n} ms on metal-17", level="WARN", count=20),
            Said(service="maps", text="geo timed out", count=8),
        ),
        metrics=(
            Metric(service="metal-17", name="node_cpu_throttle_ratio", base=0.0, peak=0.8),
            Metric(service="geo", name="http_server_duration_p99_ms", base=30, peak=1200),
            Metric(service="geo", name="requests_per_sec", base=90, peak=90, shape="flat"),
            Metric(service="maps", name="http_5xx_ratio", base=0.001, peak=0.1),
        ),
        calls=(
            Call(service="maps", name="GET /map", ms=1300, error="geo timed out"),
            Call(service="geo", name="Locate", parent=0, ms=1250),
        ),
        remedy="reschedule",
        blast=("maps",),
    ),
    Story(
        name="names-unresolved",
        service="feeds",
        metric="fetch_error_ratio",
        summary="feeds cannot reach anything",
        decoys=(handler_tidied("feeds", "Fetch", before=19), page_restyled("reader", before=3)),
        said=(
            Said(service="feeds", text="lookup articles-db on 10.0.0.10:53: server misbehaving (SERVFAIL)", count=30),
            Said(service="coredns", text="plugin/forward: no healthy upstream resolvers", count=10),
            Said(service="reader", text="feeds answered 500", level="WARN", count=8),
        ),
        metrics=(
            Metric(service="feeds", name="fetch_error_ratio", base=0.002, peak=0.88),
            Metric(service="coredns", name="coredns_servfail_per_sec", base=0, peak=300),
            Metric(service="reader", name="http_5xx_ratio", base=0.001, peak=0.4),
        ),
        calls=(
            Call(service="reader", name="GET /feed", ms=30, error="500"),
            Call(service="feeds", name="Fetch", parent=0, ms=20, error="SERVFAIL"),
        ),
        remedy="failover",
        blast=("reader",),
    ),
)
