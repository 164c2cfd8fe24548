"""Use cases: load, decide, save, in one transaction. No I/O of their own; no vendor, table or HTTP known here."""
