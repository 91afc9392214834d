"""A person at the page of the dev stack, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from services.frontend.tests import npm
from services.frontend.tests.browser import Person, browser, life
from tests.debian import UnavailableError
from tests.docker.conftest import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if reason := npm.why_not():
        pytest.skip(f"nothing looks for barriers on the page: {reason}")
    try:
        with browser() as started:
            yield started
    except UnavailableError as error:
        pytest.skip(f"the page is not looked at in a browser: {error}")


def test_a_person_can_work_with_the_stack_and_sees_when_its_backend_is_away(stack: Stack, chromium: Browser) -> None:
    backend = stack.project.container("backend-1")
    life(
        Person.arrives(chromium, stack.url),
        backend_goes=lambda: stack.project.docker("stop", backend),
        backend_comes=lambda: stack.project.docker("start", backend),
    )
