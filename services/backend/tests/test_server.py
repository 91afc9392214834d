"""The API server over HTTP on loopback."""

import json
from collections.abc import Iterator
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from backend.database import Database
from backend.server import make_server


@pytest.fixture
def address() -> Iterator[str]:
    unreachable = Database(
        host="127.0.0.1", port=1, name="app", user="app", password="x", sslmode="prefer", sslrootcert=None
    )
    server = make_server(("127.0.0.1", 0), unreachable)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_process_is_alive_without_its_database(address: str) -> None:
    with urlopen(f"{address}/healthz") as answer:
        assert json.load(answer) == {"status": "alive"}


def test_it_is_not_ready_while_the_database_is_unreachable(address: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{address}/readyz")
    assert refused.value.code == 503
    assert json.load(refused.value)["status"] == "database unavailable"


def test_an_unknown_path_is_not_found(address: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{address}/nothing")
    assert refused.value.code == 404


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SystemExit, match="DATABASE_HOST is not set"):
        Database.from_environment({})


def test_the_password_is_in_no_text_of_the_connection() -> None:
    database = Database(host="h", port=1, name="n", user="u", password="hunter2", sslmode="prefer", sslrootcert=None)
    assert "hunter2" not in repr(database)
