"""Releases, endpoints and dependencies are recognised by name wherever they turn up."""

from __future__ import annotations

import pytest
from tests.domain.diagnosis.cases import DEPLOYED, DEPLOYS

from tocsin.domain.diagnosis.readiness import failing_components
from tocsin.domain.diagnosis.releases import version_named
from tocsin.domain.diagnosis.routes import routes_in


@pytest.mark.parametrize(
    ("application", "version"),
    [
        ("shop/2.4.1", "v2.4.1"),
        ("shop-v2.4.1", "v2.4.1"),
        ("shop@v2.4.1 worker 3", "v2.4.1"),
        ("shop 8d1f0c2", "v2.4.1"),
        ("shop 3.0.0", "3.0.0"),
        ("shop", ""),
        ("psql", ""),
        ("worker-12", ""),
    ],
)
def test_an_application_name_tells_its_release(application: str, version: str) -> None:
    assert version_named(application, (*DEPLOYS.deploys, DEPLOYED)) == version


@pytest.mark.parametrize(
    ("change", "routes"),
    [
        ("new GET /api/v1/reports/export endpoint", ("GET /api/v1/reports/export",)),
        ("adds /api/v1/reports/{id}: slow path", ("/api/v1/reports/{id}",)),
        ("app/routes/reports.py", ()),
        ("fix and/or logic in README.md", ()),
    ],
)
def test_a_change_names_endpoints_but_file_paths_are_none(change: str, routes: tuple[str, ...]) -> None:
    assert routes_in(change) == routes


@pytest.mark.parametrize(
    ("body", "components"),
    [
        ('{"checks": {"database": "Cannot acquire connection from pool", "redis": "ok"}}', {"database"}),
        (
            '{"database": {"status": "error", "detail": "timeout"}, "redis": {"status": "ok", "note": "cache"}}',
            {"database"},
        ),
        ('{"database": true, "redis": false}', {"redis"}),
        ('{"status": "not ready", "errors": ["redis: Connection refused"]}', {"redis"}),
        ("psycopg_pool.PoolTimeout: couldn't get a connection after 2.00 sec", {"database"}),
        ("Service Unavailable", set()),
    ],
)
def test_a_readiness_body_tells_which_dependency_fails(body: str, components: set[str]) -> None:
    assert failing_components(body) == components
