"""What is held to any story touches nothing but values (see `tests/support/no_outside.py`)."""

from tests.support.no_outside import pytest_runtest_call

__all__ = ["pytest_runtest_call"]
