"""What every test run has."""

from tests.scheduling import pytest_xdist_make_scheduler
from tests.tiers import pytest_configure

__all__ = ["pytest_configure", "pytest_xdist_make_scheduler"]
