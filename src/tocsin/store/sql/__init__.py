"""One SQL layer for SQLite and PostgreSQL, cut by concern; the two differ only in `engine`, `bell` and a few lock calls."""
