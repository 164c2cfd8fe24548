"""What needs what, near or far, in whatever circles people draw."""

from __future__ import annotations

from tocsin.domain.alerts.dependencies import needed_by, needing

NEEDS = {"shop": ("orders", "login"), "orders": ("database",), "login": ("database", "shop"), "database": ("database",)}


def test_what_a_service_needs_is_told_nearest_first_and_once() -> None:
    assert needed_by("shop", NEEDS) == ("orders", "login", "database")
    assert needed_by("database", NEEDS) == ()
    assert needed_by("unheard-of", NEEDS) == ()


def test_who_needs_a_service_is_told_nearest_first_and_once() -> None:
    assert needing("database", NEEDS) == ("orders", "login", "shop")
    assert needing("shop", NEEDS) == ("login",)
