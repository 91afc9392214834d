"""`bootstrap-kibana` against the calls of Kibana's API that it makes, as its reference describes them.

Kibana itself does not run here: whether it shows the dashboards is not verified.
"""

import json
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from observability.bootstrap.client import Deadline, Engine
from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.kibana import HEADERS, make
from observability.bootstrap.report import Change, Done
from observability.description import Description
from observability.kibana.saved_objects import saved_objects


class Kibana(ThreadingHTTPServer):
    """Keeps saved objects; starts slowly; adds what Kibana adds."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.starting = 2
        self.level = "available"
        self.refused: set[str] = set()
        self.imports = 0


class _Handler(BaseHTTPRequestHandler):
    server: Kibana  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        assert self.path == "/api/status"
        if self.server.starting > 0:
            self.server.starting -= 1
            self._answer(503, {"message": "Kibana server is not ready yet"})
        else:
            self._answer(200, {"status": {"overall": {"level": self.server.level}}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "kbn-xsrf" not in self.headers:
            self._answer(400, {"message": "Request must contain a kbn-xsrf header."})
        elif self.path == "/api/saved_objects/_export":
            self._export(json.loads(body))
        elif self.path == "/api/saved_objects/_import?overwrite=true":
            self._import(body)
        else:
            self._answer(404, {"message": "Not Found"})

    def _export(self, wanted: dict[str, Any]) -> None:
        keys = [(item["type"], item["id"]) for item in wanted["objects"]]
        if any(key not in self.server.objects for key in keys):
            self._answer(
                400, {"statusCode": 400, "error": "Bad Request", "message": "Error fetching objects to export"}
            )
        else:
            self._answer(200, *(self.server.objects[key] for key in keys))

    def _import(self, body: bytes) -> None:
        self.server.imports += 1
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = BytesParser(EmailMessage, policy=default).parsebytes(head + body).iter_parts()
        assert part.get_filename() == "objects.ndjson"
        text: bytes = part.get_content()
        errors: list[dict[str, Any]] = []
        for line in text.decode().splitlines():
            item = json.loads(line)
            if item["id"] in self.server.refused:
                errors.append({"type": item["type"], "id": item["id"], "error": {"type": "missing_references"}})
                continue
            item["attributes"]["version"] = 1
            self.server.objects[item["type"], item["id"]] = {**item, "typeMigrationVersion": "10.2.0"}
        self._answer(200, {"success": not errors, "successCount": 1, "errors": errors})

    def _answer(self, status: int, *bodies: dict[str, Any]) -> None:
        payload = "\n".join(json.dumps(body) for body in bodies).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def kibana() -> Iterator[Kibana]:
    server = Kibana()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def wanted(description: Description) -> list[dict[str, Any]]:
    return json.loads(json.dumps(list(saved_objects(description))))


def _run(kibana: Kibana, wanted: list[dict[str, Any]], *, seconds: float = 10) -> list[Done]:
    engine = Engine(
        name="kibana",
        url=f"http://127.0.0.1:{kibana.server_address[1]}",
        ca_file=None,
        user="elastic",
        password="x",
        deadline=Deadline(seconds=seconds),
        headers=HEADERS,
        first_wait_seconds=0.01,
    )
    try:
        return list(make(engine, wanted))
    finally:
        engine.close()


def test_saved_objects_are_made_once_and_found_the_same_by_a_second_run(
    kibana: Kibana, wanted: list[dict[str, Any]]
) -> None:
    first, second = _run(kibana, wanted), _run(kibana, wanted)

    assert {item.change for item in first} == {Change.CREATED}
    assert {item.change for item in second} == {Change.SAME}
    assert len(first) == len(wanted) == len(kibana.objects)
    assert kibana.imports == 1


def test_an_object_that_was_changed_by_hand_is_put_back_and_no_other(
    kibana: Kibana, wanted: list[dict[str, Any]]
) -> None:
    _run(kibana, wanted)
    kibana.objects["dashboard", "observability-errors"]["attributes"]["panelsJSON"] = "[]"

    done = _run(kibana, wanted)

    assert [item.what for item in done if item.change is Change.CHANGED] == ["dashboard observability-errors"]


def test_an_object_that_kibana_refuses_is_named(kibana: Kibana, wanted: list[dict[str, Any]]) -> None:
    kibana.refused = {"observability-logs-3"}

    with pytest.raises(BootstrapError, match="kibana refused 1 objects: search observability-logs-3: missing_ref"):
        _run(kibana, wanted)


def test_a_kibana_that_does_not_get_ready_is_told_of(kibana: Kibana, wanted: list[dict[str, Any]]) -> None:
    kibana.starting = 1_000_000

    with pytest.raises(BootstrapError, match="503 Service Unavailable: Kibana server is not ready yet; gave up after"):
        _run(kibana, wanted, seconds=0.3)


def test_a_kibana_that_is_degraded_is_told_of(kibana: Kibana, wanted: list[dict[str, Any]]) -> None:
    kibana.level = "degraded"

    with pytest.raises(BootstrapError, match="its state is 'degraded', not 'available'"):
        _run(kibana, wanted)
