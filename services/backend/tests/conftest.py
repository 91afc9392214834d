"""What the backend's tests share. Measuring begins before anything imports the backend."""

from collections.abc import Generator

import pytest

from services.backend.tests.measuring import HERE, Gate
from tests import properties as properties

gate = Gate()

# pytest finds fixtures by their names here.
from services.backend.tests.fixtures import *  # noqa: E402, F403


def pytest_configure(config: pytest.Config) -> None:
    """Judge the run."""
    config.pluginmanager.register(gate, "backend-coverage")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Measure the backend's tests, with their fixtures: a server's thread lives longer than one test."""
    gate.measurement.resume()
    try:
        return (yield)
    finally:
        if nextitem is None or not nextitem.path.is_relative_to(HERE):
            gate.measurement.pause()
