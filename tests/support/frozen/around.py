"""Innocent commits of a shop with a cluster: what else was merged that day."""

from __future__ import annotations

from typing import Final

from tests.support.frozen.story import Change

AROUND: Final[tuple[Change, ...]] = (
    Change(message="chore: rotate staging TLS cert", files=("deploy/staging/tls.yaml",)),
    Change(message="chore(k8s): bump resource requests for compactor", files=("charts/log-compactor/values.yaml",), diff="@@ charts/log-compactor/values.yaml @@\n   requests:\n-    cpu: 200m\n+    cpu: 250m"),
    Change(message="docs: clarify env var precedence", files=("README.md",)),
    Change(message="ci: cache go build in GitHub Actions", files=(".github/workflows/build.yml",)),
    Change(message="feat: add request id propagation header", files=("internal/middleware/reqid.go",), diff='@@ internal/middleware/reqid.go @@\n+\t\tif rid == "" { rid = uuid.NewString() }\n+\t\tw.Header().Set("X-Request-Id", rid)'),
    Change(message="test: fuzz the SKU parser", files=("pkg/sku/parse_fuzz_test.go",)),
    Change(message="refactor: move DTOs into api/types", files=("api/types/types.go",)),
    Change(message="chore: update CODEOWNERS", files=("CODEOWNERS",)),
    Change(message="fix: correct typo in error message", files=("internal/errors/messages.go",)),
    Change(message="chore: upgrade base image to distroless:nonroot", files=("services/ad/Dockerfile",)),
    Change(message="terraform: name tags on the sandbox account", files=("infra/sandbox/tags.tf",), diff='@@ infra/sandbox/tags.tf @@\n+  tags = { env = "sandbox" }'),
    Change(message="feat: emit OTel span attributes for user_id", files=("internal/trace/attrs.go",), diff='@@ internal/trace/attrs.go @@\n+\t\tspan.SetAttributes(attribute.String("user_id", uid))'),
    Change(message="style: gofmt and goimports across repo", files=("pkg/cart/cart.go", "pkg/cart/cart_test.go")),
    Change(message="docs: add runbook for deploy rollback", files=("docs/runbooks/rollback.md",)),
)  # fmt: skip
