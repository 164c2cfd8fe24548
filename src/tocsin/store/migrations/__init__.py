"""Every change of the tables, in order; expand first, contract in a later release. Never edited once released."""
