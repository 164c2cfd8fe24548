"""A small shop on FastAPI, PostgreSQL and Redis whose release v2.4.1 is really broken; it knows nothing of Tocsin."""
