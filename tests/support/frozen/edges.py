"""The ninth round, continued: faults at the edges of an estate, and two that no change brought."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.around import AROUND
from tests.support.frozen.parts import git
from tests.support.frozen.story import Call, Metric, Said, Story

EDGES: Final[tuple[Story, ...]] = (
    Story(
        name="firewall-blocks-carts", service="api-gateway", metric="http_403_ratio", summary="api-gateway: 403 on POST requests",
        filler=AROUND,
        culprit=git("waf", 13, "security: web ACL from the baseline module", "infra/edge/waf.tf",
            ' resource "aws_wafv2_web_acl" "shop" {', "   rule {", '     name     = "AWSManagedRulesCommonRuleSet"', "     priority = 20", "     override_action {", "-      count {}", "+      none {}", "     }"),
        decoys=(
            git("api-gateway", 5, "feat(gateway): deny list for abandoned API keys", "services/api-gateway/keys.go", "+\tif k.Abandoned() { return errForbidden }"),
            git("checkoutservice", 2, "feat(checkout): gift message up to 2000 characters", "services/checkout/validate.go", "-const maxMessage = 500", "+const maxMessage = 2000"),
        ),
        said=(
            Said(service="waf", text="action=BLOCK terminatingRuleId=AWSManagedRulesCommonRuleSet ruleMatch=SizeRestrictions_BODY uri=/api/checkout method=POST status=403", level="WARN", count=38),
            Said(service="frontend", text="POST /api/checkout: 403 Forbidden", count=19),
        ),
        metrics=(
            Metric(service="api-gateway", name="http_403_ratio", base=0.004, peak=0.22), Metric(service="waf", name="blocked_requests_per_min", base=12, peak=1300),
            Metric(service="checkoutservice", name="requests_per_sec", base=110, peak=60), Metric(service="frontend", name="checkout_failures_ratio", base=0.01, peak=0.4),
        ),
        remedy="config-revert", blast=("checkoutservice", "frontend"),
    ),
    Story(
        name="keys-on-many-shards", service="basketservice", metric="error_rate_5xx_ratio", summary="basketservice 5xx above 2% on merging baskets",
        filler=AROUND,
        culprit=git("elasticache-basket", 8, "#infra elasticache: room for growth", "infra/elasticache/basket.tf",
            ' resource "aws_elasticache_replication_group" "basket" {', '   node_type                  = "cache.r6g.large"', "-  num_cache_clusters         = 3", "+  num_node_groups            = 3", "+  replicas_per_node_group    = 1", '-  parameter_group_name       = "default.redis7"', '+  parameter_group_name       = "default.redis7.cluster.on"'),
        decoys=(
            git("basketservice", 2, "#basket Merge guest baskets in one place", "basketservice/src/merge.ts", "-  return mergeInto(user, guest)", "+  return merge({ into: user, from: guest })"),
            git("basketservice", 4, "#basket Redis client names itself", "basketservice/src/redis.ts", "-  new Redis(url)", "+  new Redis(url, { connectionName: 'basket' })"),
        ),
        said=(
            Said(service="basketservice", text="ReplyError: CROSSSLOT Keys in request don't hash to the same slot", count=26),
            Said(service="basketservice", text="ReplyError: MOVED {n} 10.1.3.44:6379", count=30),
            Said(service="storefront", text="basket unavailable, showing the last known one", level="WARN", count=11),
        ),
        metrics=(Metric(service="basketservice", name="error_rate_5xx_ratio", base=0.002, peak=0.55), Metric(service="storefront", name="error_rate_5xx_ratio", base=0.001, peak=0.11)),
        calls=(Call(service="storefront", name="POST /login", ms=30, error="500"), Call(service="basketservice", name="MergeBasket", parent=0, ms=12, error="CROSSSLOT")),
        remedy="config-revert", blast=("storefront",),
    ),
    Story(
        name="no-roots-in-the-image", service="currencyservice", metric="rpc_server_error_rate", summary="currencyservice cannot refresh rates",
        filler=AROUND,
        culprit=git("currencyservice", 16, "build: smaller runtime image", "services/currency/Dockerfile",
            " FROM golang:1.22 AS build", " RUN go build -o /out/currency ./cmd/currency", "-FROM alpine:3.20", "-RUN apk add --no-cache ca-certificates tzdata", "+FROM scratch", " COPY --from=build /out/currency /currency"),
        decoys=(
            git("currencyservice", 3, "refactor(currency): trust the rate provider's own rounding", "services/currency/rates.go", "-\treturn round(r, 4)", "+\treturn r"),
            git("platform-certs", 9, "chore: renew intermediate CA of the staging mesh", "deploy/staging/mesh/ca.yaml", "-  ca.crt: LS0tAAA", "+  ca.crt: LS0tBBB"),
        ),
        said=(
            Said(service="currencyservice", text='Get "https://rates.ecb.example/daily": tls: failed to verify certificate: x509: certificate signed by unknown authority', count=21),
            Said(service="checkoutservice", text="failed to convert price: rpc error: code = Internal", count=16),
            Said(service="frontend", text="price shown in EUR only", level="WARN", count=9),
        ),
        metrics=(Metric(service="currencyservice", name="rpc_server_error_rate", base=0.001, peak=0.8), Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.002, peak=0.4), Metric(service="frontend", name="error_rate_5xx_ratio", base=0.001, peak=0.1)),
        calls=(Call(service="frontend", name="POST /api/checkout", ms=90, error="500"), Call(service="checkoutservice", name="PlaceOrder", parent=0, ms=80, error="Internal"), Call(service="currencyservice", name="Convert", parent=1, ms=20, error="x509: certificate signed by unknown authority")),
        blast=("checkoutservice", "frontend"),
    ),
    Story(
        name="packets-lost-in-one-zone", service="cartservice", metric="rpc_client_error_rate", summary="cartservice: a third of the calls to its store time out",
        quiet=140, filler=AROUND,
        decoys=(
            git("cartservice", 9, "chore(cart): prefer the store in the same zone", "charts/cartservice/values.yaml", " topology:", '-  trafficDistribution: ""', "+  trafficDistribution: PreferClose"),
            git("cartservice", 33, "refactor(cart): retry helper in its own file", "services/cart/retry.go", "-\tfor i := 0; i < 3; i++ {", "-\t\tif err = fn(); err == nil {", "-\t\t\treturn nil", "-\t\t}", "-\t}", "+\treturn retry(3, fn)"),
        ),
        flags=(("cart_zone_hint", "cartservice", 4),),
        said=(
            Said(service="cartservice", text="write to valkey-cart-2.use1-az3: i/o timeout", count=22, fields={"cloud.availability_zone": "use1-az3"}),
            Said(service="kafka", text="broker 3 (use1-az3) unreachable from brokers 1, 2: packet loss 61%", level="WARN", count=8, fields={"cloud.availability_zone": "use1-az3"}),
            Said(service="adservice", text="connection to ad-db-replica.use1-az3 lost: i/o timeout", count=14, fields={"cloud.availability_zone": "use1-az3"}),
            Said(service="aws-health", text="AWS_EC2_OPERATIONAL_ISSUE: elevated packet loss in use1-az3", level="INFO", count=2),
            Said(service="checkoutservice", text="upstream cartservice timeout after 1500ms", count=12),
        ),
        metrics=(
            Metric(service="cartservice", name="rpc_client_error_rate", base=0.001, peak=0.34), Metric(service="adservice", name="error_rate_5xx_ratio", base=0.001, peak=0.3),
            Metric(service="kafka", name="under_replicated_partitions", base=0, peak=44), Metric(service="checkoutservice", name="error_rate_5xx_ratio", base=0.002, peak=0.3),
            Metric(service="cartservice", name="requests_per_sec", base=400, peak=402, shape="flat"),
        ),
        calls=(Call(service="checkoutservice", name="PlaceOrder", ms=1600, error="timeout"), Call(service="cartservice", name="GetCart", parent=0, ms=1500, error="i/o timeout use1-az3")),
        remedy="failover", blast=("adservice", "checkoutservice", "kafka"),
    ),
    Story(
        name="keys-of-the-identity-provider", service="apigw-auth", metric="http_5xx_ratio", summary="logins fail: apigw-auth cannot validate tokens",
        filler=AROUND,
        decoys=(
            git("apigw-auth", 4, "#auth Cache JWKS responses under the issuer's name", "apigw-auth/internal/jwks/cache.go", '-\tc.set("jwks", keys)', '+\tc.set("jwks:"+issuer, keys)'),
            git("apigw-auth", 22, "#auth Timeout of the JWKS client is 4s", "apigw-auth/config/auth.yaml", " jwks:", "-  timeout: 3s", "+  timeout: 4s"),
            git("web", 1, "#web Restyle login page", "web/src/pages/Login.css", "-  padding: 4px;", "+  padding: 8px;"),
        ),
        said=(
            Said(service="apigw-auth", text="fetch https://acme.idp-vendor.example/.well-known/jwks.json: 503 Service Unavailable", count=26, fields={"peer.service": "idp-vendor.example", "http.status_code": 503}),
            Said(service="apigw-auth", text="idp-vendor.example status page: Major outage - Authentication API", level="INFO", count=1),
            Said(service="platform-api", text="token validation failed: apigw-auth returned 503", level="WARN", count=14),
        ),
        metrics=(Metric(service="apigw-auth", name="http_5xx_ratio", base=0.001, peak=0.7), Metric(service="platform-api", name="http_5xx_ratio", base=0.001, peak=0.6), Metric(service="apigw-auth", name="requests_per_sec", base=300, peak=310, shape="flat")),
        calls=(Call(service="platform-api", name="GET /v1/me", ms=60, error="503"), Call(service="apigw-auth", name="Validate", parent=0, ms=40, error="jwks 503")),
        remedy="escalate-upstream", blast=("platform-api",),
    ),
)  # fmt: skip
