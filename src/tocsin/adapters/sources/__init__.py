"""Posts from outside become alerts: one module a sender, bytes in, alerts out, nothing asked of the network."""
