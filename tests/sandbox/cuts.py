"""The death of a process at a call: the cloud has carried it out, and its answer reaches nobody."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import local

import pytest

from sandbox.aws_error import AwsError
from sandbox.calls import Clients
from sandbox.plugin import Props


class Death(BaseException):
    """Ends everything at once, as SIGKILL does: nobody catches it on the way."""


class Reaper(local):
    """Lets the thread that asks for it die at one of its calls."""

    left: int | None = None

    def met(self) -> None:
        """A call was carried out."""
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                raise Death

    @contextmanager
    def after(self, calls: int) -> Generator[None]:
        """This thread dies when the cloud has carried so many of its calls out."""
        self.left = calls
        try:
            yield
        finally:
            self.left = None

    def dies(self, calls: int, act: Callable[[], object]) -> bool:
        """Whether an act comes to its death before its end."""
        try:
            with self.after(calls):
                act()
        except Death:
            return True
        return False


@pytest.fixture
def reaper(monkeypatch: pytest.MonkeyPatch) -> Reaper:
    """Stands behind every call of the providers."""
    waiting, call = Reaper(), Clients.call

    def mortal(self: Clients, service: str, operation: str, params: Props) -> Props:
        try:
            response = call(self, service, operation, params)
        except AwsError:
            waiting.met()
            raise
        waiting.met()
        return response

    monkeypatch.setattr(Clients, "call", mortal)
    return waiting
