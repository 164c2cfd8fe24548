"""A real shop that can really break. It acts on Tocsin through the HTTP API like anyone else, and imports nothing else of it."""
