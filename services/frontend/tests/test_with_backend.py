"""The page, nginx, the real backend and a real PostgreSQL, as processes of this machine."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from tenacity import retry, stop_after_delay, wait_fixed

from services.backend.tests import postgresql_programs
from services.backend.tests.cluster import (
    ADMINISTRATOR,
    APP_PASSWORD,
    DATABASE,
    METRICS_PASSWORD,
    PASSWORD,
    Cluster,
    running,
)
from services.frontend.tests.browser import Person, life
from services.frontend.tests.server import Frontend, frontend
from services.frontend.tests.test_nginx_proxy import PARENT, TRACE
from tests.ports import free_port

BACKEND = Path(__file__).resolve().parents[2] / "backend"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        programs = postgresql_programs.find()
    except postgresql_programs.UnavailableError as error:
        pytest.skip(f"the frontend does not meet the backend: {error}")
    with running(programs, free_port()) as started, started.empty_database("rds"):
        yield started


class Backend:
    """The backend's process, as its container runs it."""

    def __init__(self, variables: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        self._variables = {**variables, "BACKEND_LISTEN_ADDRESS": "127.0.0.1", "BACKEND_LISTEN_PORT": str(self.port)}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Come up and listen."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "backend"], cwd=BACKEND, env=self._variables, stdout=log, stderr=log
            )
        self._wait_until_it_listens()

    def stop(self) -> None:
        """End in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    @retry(stop=stop_after_delay(5), wait=wait_fixed(0.02), reraise=True)
    def line(self, trace_id: str) -> dict[str, Any]:
        """What it logged of a trace: it is written after the answer was sent."""
        entries = [json.loads(line) for line in self._log.read_text().splitlines()]
        (found,) = [entry for entry in entries if entry.get("trace", {}).get("id") == trace_id]
        return found

    @retry(stop=stop_after_delay(30), wait=wait_fixed(0.05), reraise=True)
    def _wait_until_it_listens(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)):
            pass


@pytest.fixture(scope="module")
def backend(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """The backend, after the migration job."""
    folder = tmp_path_factory.mktemp("backend")
    for name, password in (("admin", PASSWORD), ("app", APP_PASSWORD), ("metrics", METRICS_PASSWORD)):
        (folder / name).write_text(password)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONUNBUFFERED": "1",
        "DATABASE_HOST": str(cluster.directory),
        "DATABASE_PORT": str(cluster.port),
        "DATABASE_NAME": DATABASE,
        "DATABASE_SSLMODE": "prefer",
    }
    administrator = {
        "DATABASE_USER": ADMINISTRATOR,
        "DATABASE_PASSWORD_FILE": str(folder / "admin"),
        "DATABASE_APP_PASSWORD_FILE": str(folder / "app"),
        "DATABASE_METRICS_PASSWORD_FILE": str(folder / "metrics"),
    }
    subprocess.run([sys.executable, "-m", "backend.migrate"], cwd=BACKEND, env=environment | administrator, check=True)
    application = {"DATABASE_USER": "app", "DATABASE_PASSWORD_FILE": str(folder / "app")}
    made = Backend(environment | application, folder / "log")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def whole(nginx: dict[str, str], site: Path, backend: Backend) -> Iterator[Frontend]:
    """All of it."""
    with frontend(nginx, site, backend_port=backend.port) as started:
        yield started


def test_a_life_with_the_whole_application(chromium: Browser, whole: Frontend, backend: Backend) -> None:
    life(Person.arrives(chromium, whole.url), backend_goes=backend.stop, backend_comes=backend.start)


def test_a_trace_is_the_same_in_both_logs(whole: Frontend, backend: Backend) -> None:
    answer = httpx.get(f"{whole.url}/api/tasks", headers={"traceparent": PARENT})
    assert whole.entry(answer.headers["x-request-id"])["trace.id"] == TRACE
    assert backend.line(TRACE)["http"]["response"]["status_code"] == 200


def test_a_refusal_of_the_backend_reaches_the_page_as_it_is(whole: Frontend) -> None:
    answer = httpx.post(f"{whole.url}/api/tasks", json={"title": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == "#/title"


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/api/metrics", "/api/../metrics", "/api/healthz"])
def test_what_is_for_operators_is_not_for_everyone(whole: Frontend, path: str) -> None:
    answer = whole.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ", 2)[1] == b"404"
