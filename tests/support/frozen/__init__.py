"""Made-up incidents, with what caused them, in the layout that `diagnose --frozen` reads."""
