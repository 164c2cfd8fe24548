"""The environment: every wrong value is named at start with how to mend it, and secrets may come from files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.settings import SettingsError, is_loopback, read

SECRET = "s" * 32


def says(**environment: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(environment)
    return str(refused.value)


def test_with_nothing_said_only_this_machine_is_served_from_an_embedded_database() -> None:
    found = read({})

    assert (found.host, found.port, found.public_url) == ("127.0.0.1", 8787, "http://127.0.0.1:8787")
    assert found.home == Path("~/.local/state/tocsin").expanduser().resolve()
    assert found.database == f"sqlite:///{found.home / 'tocsin.db'}"
    assert (found.with_drills, found.secure_cookies, found.trusted_proxies) == (False, False, ())


def test_the_home_directory_moves_the_database(tmp_path: Path) -> None:
    found = read({"TOCSIN_HOME": str(tmp_path)})
    assert (found.home, found.database) == (tmp_path, f"sqlite:///{tmp_path}/tocsin.db")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "tocsin.example.com", "localhost.evil.example"])  # noqa: S104 (refused here)
def test_a_public_address_without_a_secret_is_refused_with_how_to_make_one(host: str) -> None:
    for secret in ("", "s" * 31):
        sentence = says(TOCSIN_HOST=host, TOCSIN_SECRET=secret)
        assert "TOCSIN_SECRET" in sentence
        assert "secrets.token_urlsafe" in sentence
    assert read({"TOCSIN_HOST": host, "TOCSIN_SECRET": SECRET}).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_this_machine_alone_needs_no_secret(host: str) -> None:
    assert is_loopback(host)
    assert read({"TOCSIN_HOST": host}).secrets == ()


def test_an_address_of_version_6_is_bracketed_in_links() -> None:
    assert read({"TOCSIN_HOST": "::1"}).public_url == "http://[::1]:8787"


def test_the_logs_say_no_more_than_asked_for_and_an_unknown_level_is_named() -> None:
    assert read({}).log_level == "info"
    assert read({"TOCSIN_LOG_LEVEL": "debug"}).log_level == "debug"
    assert "debug, info, warning, error" in says(TOCSIN_LOG_LEVEL="loud")


def test_secrets_come_from_files_and_the_file_wins(tmp_path: Path) -> None:
    secret, database = tmp_path / "secret", tmp_path / "database"
    secret.write_text(f"{SECRET}\n")
    database.write_text("postgresql://tocsin:pw@db/tocsin\n")
    found = read({"TOCSIN_SECRET_FILE": str(secret), "TOCSIN_SECRET": "other", "TOCSIN_DATABASE_FILE": str(database)})

    assert (found.secrets, found.database) == ((SECRET,), "postgresql://tocsin:pw@db/tocsin")


def test_several_secrets_are_separated_by_commas_or_lines_newest_first(tmp_path: Path) -> None:
    new, old = "n" * 32, "o" * 32
    file = tmp_path / "secret"
    file.write_text(f"{new}\n\n  {old}\n")
    for environment in ({"TOCSIN_SECRET": f"{new}, {old},"}, {"TOCSIN_SECRET_FILE": str(file)}):
        assert read(environment).secrets == (new, old)


def test_a_secret_that_is_too_short_is_refused_anywhere_and_not_repeated(tmp_path: Path) -> None:
    for given in ("short", f"{SECRET},short"):
        sentence = says(TOCSIN_SECRET=given)
        assert "has 5 characters and needs 32" in sentence
        assert "secrets.token_urlsafe" in sentence
        assert "short" not in sentence
    assert says(TOCSIN_SECRET=f"{SECRET},short").startswith("TOCSIN_SECRET: secret 2 of 2")
    file = tmp_path / "secret"
    file.write_text("short\n")
    assert says(TOCSIN_SECRET_FILE=str(file)).startswith("TOCSIN_SECRET_FILE: secret 1 of 1")


def test_a_worker_s_threads_and_leases_have_bounds() -> None:
    found = read({"TOCSIN_WORKERS": "64", "TOCSIN_LEASE_SECONDS": "3"})
    assert (found.workers, found.lease) == (64, timedelta(seconds=3))
    assert (read({}).workers, read({}).lease) == (16, timedelta(seconds=8))
    for wrong in ("0", "65", "-1", "many", "", "1.5", "9" * 5000):
        assert "threads of a lane from 1 to 64" in says(TOCSIN_WORKERS=wrong)
    for wrong in ("2", "301", "10s", ""):
        assert "seconds from 3 to 300" in says(TOCSIN_LEASE_SECONDS=wrong)


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert says(TOCSIN_SECRET_FILE=str(tmp_path / "none")).startswith(f"TOCSIN_SECRET_FILE={tmp_path}/none: No such")
    assert "TOCSIN_SECRET_FILE" in says(TOCSIN_SECRET_FILE=str(tmp_path))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert "UTF-8" in says(TOCSIN_SECRET_FILE=str(tmp_path / "bytes"))
    (tmp_path / "empty").write_text("\n")
    assert "empty" in says(TOCSIN_SECRET_FILE=str(tmp_path / "empty"))


@pytest.mark.parametrize("port", ["", "x", "-1", "65536", "80.5", "٨٠", " 80"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    assert repr(port) in says(TOCSIN_PORT=port)


@pytest.mark.parametrize("url", ["tocsin.example.com", "ftp://x", "javascript:alert(1)", "http://", "https://a b"])
def test_a_public_url_that_is_none_is_named(url: str) -> None:
    assert "TOCSIN_PUBLIC_URL" in says(TOCSIN_PUBLIC_URL=url)


def test_a_public_url_over_https_makes_cookies_secure() -> None:
    found = read({"TOCSIN_PUBLIC_URL": "https://tocsin.example.com/"})
    assert (found.public_url, found.secure_cookies) == ("https://tocsin.example.com", True)


def test_trusted_proxies_are_addresses() -> None:
    found = read({"TOCSIN_TRUSTED_PROXIES": "10.0.0.1, 10.1.0.0/16,,::1 "})
    assert found.trusted_proxies == ("10.0.0.1", "10.1.0.0/16", "::1")
    for wrong in ("*", "proxy.example.com", "10.0.0.1/99"):
        assert wrong in says(TOCSIN_TRUSTED_PROXIES=wrong)


def test_retention_is_a_number_of_days_for_each_kind() -> None:
    found = read({"TOCSIN_KEEP_RAW_DAYS": "7", "TOCSIN_KEEP_SAMPLES_DAYS": "1"})
    assert (found.keep_raw, found.keep_samples, found.keep_jobs) == (
        timedelta(days=7),
        timedelta(days=1),
        timedelta(days=90),
    )
    for wrong in ("0", "-1", "week", "", "9" * 12):
        assert "TOCSIN_KEEP_JOBS_DAYS" in says(TOCSIN_KEEP_JOBS_DAYS=wrong)


def test_drills_are_allowed_by_one_word_only() -> None:
    assert read({"TOCSIN_WITH_DRILLS": "1"}).with_drills
    assert not read({"TOCSIN_WITH_DRILLS": "0"}).with_drills
    assert "TOCSIN_WITH_DRILLS" in says(TOCSIN_WITH_DRILLS="yes")


def test_settings_do_not_print_their_secrets() -> None:
    found = read({"TOCSIN_SECRET": SECRET, "TOCSIN_DATABASE": "postgresql://u:hidden@db/x"})
    assert SECRET not in repr(found)
    assert "hidden" not in repr(found)


def test_mail_over_tls_needs_files_that_are_there(tmp_path: Path) -> None:
    pem = tmp_path / "cert.pem"
    pem.write_text("x")
    found = read({"TOCSIN_SMTP_CERTIFICATE": str(pem), "TOCSIN_SMTP_KEY": str(pem)})
    assert (found.smtp_certificate, found.smtp_key) == (str(pem), str(pem))
    assert "no such file" in says(TOCSIN_SMTP_CERTIFICATE=str(tmp_path / "none.pem"))
    assert "without TOCSIN_SMTP_CERTIFICATE" in says(TOCSIN_SMTP_KEY=str(pem))


def test_the_dead_mans_switch_is_an_address_and_a_pause() -> None:
    found = read({"TOCSIN_DEADMAN_URL": "https://hc.example.com/uuid", "TOCSIN_DEADMAN_SECONDS": "30"})
    assert (found.deadman_url, found.deadman_every) == ("https://hc.example.com/uuid", timedelta(seconds=30))
    assert "uuid" not in repr(found)
    assert "TOCSIN_DEADMAN_URL" in says(TOCSIN_DEADMAN_URL="hc.example.com")
    assert "TOCSIN_DEADMAN_SECONDS" in says(TOCSIN_DEADMAN_SECONDS="1")
