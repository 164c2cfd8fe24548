"""The catalogue: pure functions, facts in, finding out.

To add a check, write one function under `@check(id, facts of the bundle, source of the threshold)` in the module of its
kind, and one test. Nothing else needs to know.
"""
