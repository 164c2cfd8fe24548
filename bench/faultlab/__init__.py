"""Real faults in real servers, each with a near miss: what a diagnosis blames, how long it takes, what it costs."""
