"""Keys of calls: the cloud carries a call that bears one out once, and answers it the same ever after.

The calls of a creation are numbered under the creation's token. Where a creation was cut (its process was killed while
a call was under way), it is repeated under the same token: what the cloud did is answered as it was then, a call that
is still on its way counts once, and the creation goes on from the cut. AWS has this for some operations
(`ClientToken`, `CreatorRequestId`); here it holds for every operation of every service.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

HEADER: Final = "X-Sandbox-Call"
READ_PREFIXES: Final = ("Describe", "List", "Get", "Head", "BatchGet", "Search", "Lookup")


def is_read(operation: str) -> bool:
    """Whether an operation, by AWS's name, changes nothing."""
    return operation.startswith(READ_PREFIXES)


@dataclass(kw_only=True)
class Attempt:
    """One run through the calls of a creation."""

    token: str
    calls: int = 0
    acted: bool = False
    """Whether the cloud may have made something: it carried a call out that is no read, or its answer never came."""

    def next_key(self, operation: str) -> str:
        """The key of the call that is about to be sent: token/number/operation."""
        self.calls += 1
        return f"{self.token}/{self.calls}/{operation}"


_RUNNING: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def running() -> Attempt | None:
    """The attempt that this thread's calls belong to."""
    return _RUNNING.get()


@contextmanager
def attempt(token: str) -> Generator[Attempt]:
    """The calls of this thread bear keys of the token, from the first on."""
    begun = Attempt(token=token)
    before = _RUNNING.set(begun)
    try:
        yield begun
    finally:
        _RUNNING.reset(before)
