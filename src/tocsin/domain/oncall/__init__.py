"""Who answers: rotations by wall clock, and who is paged next."""
