"""What many made-up incidents share: a change of one file, an error ratio, a latency, richer innocent changes."""

from __future__ import annotations

from tests.support.frozen.story import Change, Metric


def change(service: str, before: float, message: str, file: str, *lines: str, also: tuple[str, ...] = ()) -> Change:
    """Return a change of one file by its diff's lines; `also` names files changed beside it."""
    return Change(
        message=message,
        service=service,
        before=before,
        files=(file, *also),
        diff="\n".join((f"@@ {file} @@", *lines)),
    )


def errors(service: str, peak: float = 0.4, name: str = "http_5xx_ratio") -> Metric:
    """Return an error ratio that leaps up."""
    return Metric(service=service, name=name, base=0.003, peak=peak)


def slow(service: str, peak: float = 3100, base: float = 120, name: str = "http_server_duration_p99_ms") -> Metric:
    """Return a latency that leaps up."""
    return Metric(service=service, name=name, base=base, peak=peak)


def reformatted(service: str, *, before: float = 2.0) -> Change:
    """Return a reformatting of many files, which does what they did."""
    files = tuple(
        f"{service}/src/{name}.ts" for name in ("api", "client", "model", "query", "retry", "session", "store")
    )
    return Change(
        message="style: prettier over the whole package",
        service=service,
        before=before,
        files=files,
        diff="\n".join(
            line
            for file in files[:4]
            for line in (
                f"@@ {file} @@",
                "-export const load = async (id: string) => { return await get('/v1/items/' + id, {timeout: 3000}) }",
                "+export const load = async (id: string) => {",
                "+  return await get('/v1/items/' + id, { timeout: 3000 });",
                "+};",
            )
        ),
    )


def counter_added(service: str, name: str, *, before: float = 1.5) -> Change:
    """Return a change that counts what goes wrong and changes nothing else."""
    return Change(
        message=f"feat({service}): count failed {name} calls",
        service=service,
        before=before,
        files=(f"{service}/internal/{name}/metrics.go",),
        diff=(
            f"@@ {service}/internal/{name}/metrics.go: func (s *Service) {name}(ctx context.Context) error {{\n"
            " \tif err := s.do(ctx); err != nil {\n"
            f'+\t\tfailures.WithLabelValues("{name}").Inc()\n'
            " \t\treturn err\n"
            " \t}\n"
        ),
    )


def errors_wrapped(service: str, what: str, *, before: float = 2.5) -> Change:
    """Return a change that wraps the errors of the very call that fails."""
    return Change(
        message=f"refactor({service}): say where {what} errors come from",
        service=service,
        before=before,
        files=(f"{service}/{what}_client.go",),
        diff=(
            f"@@ {service}/{what}_client.go @@\n"
            " \tres, err := c.call(ctx, req)\n"
            " \tif err != nil {\n"
            "-\t\treturn nil, err\n"
            f'+\t\treturn nil, fmt.Errorf("{what}: %w", err)\n'
            " \t}\n"
        ),
    )


def git(service: str, before: float, message: str, file: str, *lines: str) -> Change:
    """Return a change of one file in the notation of git."""
    rows = [row for line in lines for row in line.split("\n")]
    return Change(
        message=message,
        service=service,
        before=before,
        files=(file,),
        diff="\n".join((f"--- a/{file}", f"+++ b/{file}", f"@@ -31,{len(rows)} +31,{len(rows)} @@", *rows)),
    )


def bystanders(service: str) -> tuple[Change, ...]:
    """Return commits of which nothing but words and files is known, and that nobody saw go out."""
    return tuple(
        Change(message=message, files=(file,))
        for message, file in (
            ("#web New icons for the footer", "web/public/icons.svg"),
            ("#data Timeout of the nightly export is 3h", "etl/export/settings.py"),
            ("#ci Run linters on changed files only", ".github/workflows/lint.yaml"),
            (f"#{service} Spelling in comments", f"{service}/src/notes.txt"),
            ("#mobile Cache avatars on the phone", "mobile/android/app/src/Avatars.kt"),
            ("#billing Pool cars are billed monthly", "billing/rules/cars.py"),
            ("#infra Delete the unused staging cluster", "infra/staging/main.tf"),
            ("#search Retry the test of the index", "search/tests/index_test.py"),
            ("#auth Certificates of the training site", "training/tls/README.md"),
            (f"#{service} Owner is now team blue", f"{service}/CODEOWNERS"),
            ("#docs How to read a trace", "docs/traces.md"),
            ("#ml Memory of the notebook servers", "notebooks/values.yaml"),
        )
    )
