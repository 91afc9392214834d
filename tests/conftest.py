"""What every test run has."""

from tests.tiers import pytest_configure

__all__ = ["pytest_configure"]
