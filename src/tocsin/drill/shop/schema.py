"""The shop's tables and what is on its shelves."""

from __future__ import annotations

import psycopg

_TABLES = """
CREATE TABLE IF NOT EXISTS item (
    id integer PRIMARY KEY,
    name text NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents > 0)
);
CREATE TABLE IF NOT EXISTS customer_order (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id integer NOT NULL REFERENCES item,
    quantity integer NOT NULL CHECK (quantity > 0),
    placed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO item
SELECT n, 'Bell no. ' || n, 500 + 125 * n FROM generate_series(1, 40) AS n
ON CONFLICT DO NOTHING;
"""


def prepare(dsn: str) -> None:
    """Create what is missing in the database at `dsn`; run twice, it changes nothing."""
    with psycopg.connect(dsn, connect_timeout=5) as connection:
        connection.execute(_TABLES)
