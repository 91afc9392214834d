"""The frontend as it runs: the built page behind the real nginx, before a backend that can be told what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from services.frontend.tests import npm
from services.frontend.tests.browser import browser
from services.frontend.tests.server import Frontend, frontend, nginx_environment
from services.frontend.tests.stand_in import StandIn
from tests.debian import UnavailableError


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built page."""
    if reason := npm.why_not():
        pytest.skip(f"the frontend's page is not built: {reason}")
    return npm.build(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def nginx() -> dict[str, str]:
    """The environment in which nginx is found."""
    try:
        return nginx_environment()
    except UnavailableError as error:
        pytest.skip(f"the frontend's nginx does not run: {error}")


@pytest.fixture
def backend() -> Iterator[StandIn]:
    """A stand-in for the backend, fresh for each test."""
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def running(nginx: dict[str, str], site: Path, backend: StandIn) -> Iterator[Frontend]:
    """The frontend before the stand-in."""
    with frontend(nginx, site, backend_port=backend.port) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser."""
    try:
        with browser() as started:
            yield started
    except UnavailableError as error:
        pytest.skip(f"the frontend's page is not looked at in a browser: {error}")
