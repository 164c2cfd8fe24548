"""Innocent changes that look guilty: the last deploy, the same service, the same words."""

from __future__ import annotations

from tests.support.frozen.story import Change


def handler_tidied(service: str, name: str, *, before: float = 1.5) -> Change:
    """Return a rework of the handler that fails, which does what it did."""
    return Change(
        message=f"refactor: tidy the {name} handler",
        service=service,
        before=before,
        files=(f"services/{service}/handler.go",),
        diff=(
            f"@@ services/{service}/handler.go: func (h *Handler) {name}(w http.ResponseWriter, r *http.Request) {{\n"
            f"-\tvar in {name}Request\n"
            "-\tif err := json.NewDecoder(r.Body).Decode(&in); err != nil {\n"
            "-\t\thttp.Error(w, err.Error(), 400)\n"
            "-\t\treturn\n"
            "-\t}\n"
            f"+\tin, err := decode{name}(r)\n"
            "+\tif err != nil {\n"
            "+\t\twriteProblem(w, err)\n"
            "+\t\treturn\n"
            "+\t}\n"
            f" \tout, err := h.svc.{name}(r.Context(), in)\n"
        ),
    )


def page_restyled(service: str, *, before: float = 0.5) -> Change:
    """Return a change of how a page looks, out just before the trouble."""
    return Change(
        message=f"feat({service}): rounder buttons",
        service=service,
        before=before,
        files=(f"services/{service}/static/main.css",),
        diff=f"@@ services/{service}/static/main.css @@\n-.btn {{ border-radius: 2px; }}\n+.btn {{ border-radius: 12px; }}",
    )


def library_patched(service: str, *, before: float = 3.0) -> Change:
    """Return a patch-level upgrade."""
    return Change(
        message="chore(deps): raise zap to 1.27.1",
        service=service,
        before=before,
        files=("go.mod", "go.sum"),
        diff="@@ go.mod @@\n-\tgo.uber.org/zap v1.27.0\n+\tgo.uber.org/zap v1.27.1",
    )


def log_line_added(service: str, *, before: float = 2.0) -> Change:
    """Return a change that only logs more about what fails."""
    return Change(
        message=f"chore({service}): say more in the access log",
        service=service,
        before=before,
        files=(f"services/{service}/middleware/access.go",),
        diff=(
            f"@@ services/{service}/middleware/access.go @@\n"
            '-\tlog.Info("served", "path", r.URL.Path)\n'
            '+\tlog.Info("served", "path", r.URL.Path, "agent", r.UserAgent())\n'
        ),
    )


def python_helper(service: str, *, before: float = 1.0) -> Change:
    """Return an extraction of a function in Python."""
    return Change(
        message=f"refactor({service}): name the steps",
        service=service,
        before=before,
        files=(f"{service}/app/steps.py",),
        diff=(
            f"@@ {service}/app/steps.py @@\n"
            "-    total = sum(line.net for line in order.lines)\n"
            "-    return total\n"
            "+    return _total(order)\n"
            "+\n"
            "+def _total(order):\n"
            "+    return sum(line.net for line in order.lines)\n"
        ),
    )
