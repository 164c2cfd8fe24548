"""What can go wrong, each with the real processes it goes wrong in."""
