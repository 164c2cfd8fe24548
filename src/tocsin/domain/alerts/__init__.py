"""What alerts say: their identity, their state over time, and the rules by which our own monitors raise them."""
