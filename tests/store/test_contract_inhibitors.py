"""Where firing alerts stand as sources, on every store: several may stand at one place, and each counts."""

from __future__ import annotations

from tocsin.domain.alerts.inhibition import Stand
from tocsin.flows.storage import Store
from tocsin.flows.storage_inhibitors import Standing

DOWN = Stand("down", ("orders",))
BOTH = Stand("down", ("orders",), both_sides=True)
LONG = Stand("down", ("x" * 9000, 'say "no"'))


def test_a_place_is_taken_while_any_alert_stands_there(store: Store) -> None:
    first, second = Standing("prom", "f1", DOWN), Standing("prom", "f2", DOWN)
    with store.transaction() as tx:
        tx.put_standings([second, first, first])
        tx.put_standings([first])
        tx.put_standings([])

    with store.reading() as tx:
        assert tx.standing_at([DOWN, BOTH]) == {DOWN: "f1"}
        assert tx.standing_at([]) == {}
    with store.transaction() as tx:
        tx.drop_standings([first, Standing("other", "f2", DOWN)])
    with store.reading() as tx:
        assert tx.standing_at([DOWN]) == {DOWN: "f2"}
    with store.transaction() as tx:
        tx.drop_standings([second])
        assert tx.standing_at([DOWN]) == {}


def test_places_of_any_length_are_told_apart(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_standings([Standing("prom", f"f{number}", Stand("down", (str(number),))) for number in range(250)])
        tx.put_standings([Standing("prom", "long", LONG), Standing("prom", "both", BOTH)])
    with store.transaction() as tx:
        wanted = [Stand("down", (str(number),)) for number in range(300)]
        assert len(tx.standing_at(wanted)) == 250
        assert tx.standing_at([LONG, BOTH, DOWN]) == {LONG: "long", BOTH: "both"}
        tx.clear_standings()
        assert tx.standing_at([*wanted, LONG]) == {}
