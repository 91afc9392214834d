"""What every test run has."""

import signal

# Its plugin imports it at the end of a run; after runs of the engine Python 3.11 then fails to parse it (gh-106905).
import hypothesis as hypothesis

from tests import properties as properties
from tests.scheduling import pytest_xdist_make_scheduler
from tests.tiers import pytest_configure

__all__ = ["pytest_configure", "pytest_xdist_make_scheduler"]

# A run in the background of a shell ignores Ctrl-C, and what it starts inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
