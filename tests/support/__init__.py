"""Real servers in small, for tests of what speaks to them."""
