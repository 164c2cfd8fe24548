"""Real servers on loopback for drills, tests and benches; none of them outlives the Python that started it."""
