"""Which tests of a parallel run go to the same worker."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ONE_STACK = "tests/engine/one_stack/"
ENGINE = "tests/engine/"
DOCKER = "tests/docker/"


class Scheduling(LoadScopeScheduling):
    """Files go to workers as a whole, so that what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        """The engine tier's tests go one by one, as each takes long, but for those that share a stack.

        Tests on a Docker engine stay together: there is one.
        """
        path = nodeid.split("::", 1)[0]
        for together in (ONE_STACK, DOCKER):
            if path.startswith(together):
                return together
        return nodeid if path.startswith(ENGINE) else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Used by pytest-xdist in place of its own choice."""
    return Scheduling(config, log)
