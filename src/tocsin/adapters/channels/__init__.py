"""Messages leave for the world: one module a vendor, each with its options, its receipt and its two kinds of failure."""
