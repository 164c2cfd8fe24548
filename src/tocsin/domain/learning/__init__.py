"""What an incident teaches: durations and their statistics, the post-mortem, wording without blame."""
