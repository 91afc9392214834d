"""Ports for servers that tests start."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ports
from tests.ports import free_port


def test_no_port_is_given_twice_while_the_process_lives_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = free_port()
    monkeypatch.setattr(ports, "RANGE", range(mine, mine + 1))
    with pytest.raises(AssertionError, match="no port"):
        free_port()
    program = f"from tests import ports; ports.RANGE = range({mine}, {mine + 1}); ports.free_port()"
    root = Path(__file__).parents[2]
    other = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert f"no port from {mine} to {mine} is free" in other.stderr


def test_a_port_that_somebody_listens_on_is_given_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "RANGE", range(port, port + 1))
        with pytest.raises(AssertionError, match="no port"):
            free_port()
