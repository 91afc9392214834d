"""Ports of loopback for servers that tests start."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import Final

RANGE: Final = range(20_000, 32_000)
"""Below those that Linux gives to clients (`ip_local_port_range`, 32768 and up).

Any connection of any process may take one of those between the choice and the server's start.
"""


def free_port() -> int:
    """A port of loopback that nobody listens on, and that no other test is given while this process lives."""
    folder = Path(tempfile.gettempdir(), f"infra-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    for port in random.sample(RANGE, len(RANGE)):
        if _claimed(folder / str(port)) and _free(port):
            return port
    raise AssertionError(f"no port from {RANGE.start} to {RANGE.stop - 1} is free")


def _claimed(path: Path) -> bool:
    """Whether nobody else has it; the file stays open, and so the claim stands, until this process ends."""
    claim = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    return True


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
