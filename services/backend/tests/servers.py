"""The backend as a server: in a thread of the tests, and as the process that a container runs."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from backend import application
from backend.settings import DatabaseSettings
from backend.shutdown import Shutdown
from services.backend.tests.measuring import COVERAGE_CONFIGURATION, data_file

BACKEND = Path(__file__).parent.parent
_DEADLINE_SECONDS = 60.0


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true; fail the test when that takes too long."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def status(port: int, path: str) -> int:
    """What a GET on a connection of its own is answered; 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_DEADLINE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@dataclass(frozen=True, kw_only=True)
class Served:
    """An application that a thread serves."""

    application: FastAPI
    shutdown: Shutdown
    client: httpx.Client


@contextmanager
def serving(settings: DatabaseSettings) -> Generator[Served]:
    """Serve the application on loopback meanwhile."""
    shutdown = Shutdown()
    app = application.create(settings, shutdown)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, http="h11", ws="none", log_config=None))
    thread = Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_DEADLINE_SECONDS) as client:
            yield Served(application=app, shutdown=shutdown, client=client)
    finally:
        server.should_exit = True
        thread.join()


def environment(settings: DatabaseSettings, **more: str) -> dict[str, str]:
    """The settings as the service declares them, on loopback, and `more`."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {
        **{f"DATABASE_{name.upper()}": str(value) for name, value in values.items()},
        "BACKEND_LISTEN_ADDRESS": "127.0.0.1",
        "BACKEND_LISTEN_PORT": "0",
        **more,
    }


@dataclass
class ServerProcess:
    """`python -m backend` as a process of its own, and what it has logged."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list[str])

    @property
    def log(self) -> list[dict[str, Any]]:
        """Each line as the object that it must be."""
        return [json.loads(line) for line in list(self.lines)]

    def logged(self, text: str) -> bool:
        """Whether some line holds a text."""
        return any(text in line for line in list(self.lines))

    @property
    def port(self) -> int:
        """The port that the system chose."""
        found = [re.search(r"running on http://127\.0\.0\.1:(\d+)", line["message"]) for line in self.log]
        return next(int(match[1]) for match in found if match)

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    def status(self, path: str) -> int:
        """What a GET is answered; 0 where nobody answers."""
        return status(self.port, path)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        return self.process.wait(timeout=_DEADLINE_SECONDS)


@contextmanager
def server_process(variables: Mapping[str, str], *, wait: bool = True) -> Generator[ServerProcess]:
    """Run the server meanwhile, under coverage as the tests are; `wait` until it listens."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKEND_", "DATABASE_"))}
    process = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "coverage",
                "run",
                f"--rcfile={COVERAGE_CONFIGURATION}",
                f"--data-file={data_file()}",
            ),
            *("--parallel-mode", "-m", "backend"),
        ],
        cwd=BACKEND,
        env={**kept, "PYTHONPATH": str(BACKEND), "PYTHONUNBUFFERED": "1", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    server = ServerProcess(process)
    assert process.stdout is not None
    output = process.stdout
    reader = Thread(target=lambda: server.lines.extend(iter(output.readline, "")))
    reader.start()
    try:
        if wait:
            until(lambda: server.logged("running on") or process.poll() is not None)
        yield server
    finally:
        process.kill()
        process.wait()
        reader.join()
        output.close()
