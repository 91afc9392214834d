"""The end of the server, so that nobody who was let in goes away without an answer.

After SIGTERM the server is not ready any more, asks its clients to close their connections, and goes on to accept until
those who find us by name have stopped to; then it accepts no more, finishes what is under way, and ends.
"""

import asyncio
import logging
import signal
import socket
import time
from dataclasses import dataclass
from types import FrameType

import uvicorn
from typing_extensions import override

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.05


@dataclass
class Shutdown:
    """Whether the end has begun."""

    begun: bool = False


class Server(uvicorn.Server):
    """uvicorn that drains before it closes."""

    def __init__(self, config: uvicorn.Config, shutdown: Shutdown, drain_seconds: float) -> None:
        super().__init__(config)
        self._shutdown = shutdown
        self._drain_seconds = drain_seconds

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._shutdown.begun = True
        logger.info("draining for %g s", self._drain_seconds)
        deadline = time.monotonic() + self._drain_seconds
        while time.monotonic() < deadline and not self.force_exit:
            await asyncio.sleep(_TICK_SECONDS)
        await super().shutdown(sockets)


def exit_well_on_signals() -> None:
    """End with exit code 0 on SIGTERM and SIGINT: before the server took them over, and after it is done with them."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
