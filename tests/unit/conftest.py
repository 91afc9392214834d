"""The real program, run once a session for each stack."""

import asyncio

import pytest

from graph.capture import capture
from graph.resource import Graph
from services.application import built_in
from services.model import Application


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Give the thread an event loop, which Pulumi's outputs need: whoever ran one of their own took it away."""
    try:
        _ = asyncio.get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())


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
