"""The API server over HTTP on loopback."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from backend.database import Database
from backend.server import make_server

UNREACHABLE = Database(
    host="127.0.0.1", port=1, name="app", user="app", password="x", sslmode="prefer", sslrootcert=None
)


@contextmanager
def serving(database: Database) -> Generator[str]:
    server = make_server(("127.0.0.1", 0), database)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def address() -> Iterator[str]:
    with serving(UNREACHABLE) as url:
        yield url


def get(url: str) -> tuple[int, Any]:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_the_process_is_alive_without_its_database(address: str) -> None:
    assert get(f"{address}/healthz") == (200, {"status": "alive"})


def test_it_is_not_ready_while_the_database_is_unreachable(address: str) -> None:
    code, body = get(f"{address}/readyz")
    assert (code, body["status"]) == (503, "database unavailable")


def test_it_is_ready_when_the_database_answers(database: Database) -> None:
    with serving(database) as address:
        assert get(f"{address}/readyz?verbose") == (200, {"status": "ready"})


def test_an_unknown_path_is_not_found(address: str) -> None:
    assert get(f"{address}/nothing") == (404, {"error": "not found"})


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SystemExit, match="DATABASE_HOST is not set"):
        Database.from_environment({})


def test_the_password_is_in_no_text_of_the_connection() -> None:
    database = Database(host="h", port=1, name="n", user="u", password="hunter2", sslmode="prefer", sslrootcert=None)
    assert "hunter2" not in repr(database)
