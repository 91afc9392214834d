"""The real program, run once a session for each stack."""

import pytest

from graph.capture import capture
from graph.resource import Graph
from services.application import built_in
from services.model import Application


@pytest.fixture(scope="session")
def prod() -> Graph:
    """Everything that the prod stack declares."""
    return capture("prod")


@pytest.fixture(scope="session")
def dev() -> Graph:
    """Everything that the dev stack declares."""
    return capture("dev")


@pytest.fixture(scope="session")
def application() -> Application:
    """The application that both stacks deploy."""
    return built_in()
