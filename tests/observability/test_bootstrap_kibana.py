"""`bootstrap-kibana` against a stand-in that holds each call against the recorded contract of Kibana's API.

Kibana itself does not run here: neither the contract nor whether it shows the dashboards is verified.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from observability.bootstrap.client import Deadline, Engine
from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.kibana import HEADERS, make
from observability.bootstrap.report import Change, Done
from observability.description import Description
from observability.kibana.saved_objects import saved_objects
from tests.observability.kibana_contract import CALLS, ContractError, hold_answer, lines_of


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
        self.calls: set[tuple[str, str]] = set()


class _Handler(BaseHTTPRequestHandler):
    server: Kibana  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        if self._documents() is None:
            return
        if self.server.starting > 0:
            self.server.starting -= 1
            self._answer(503, {"message": "Kibana server is not ready yet"})
        else:
            self._answer(200, {"status": {"overall": {"level": self.server.level}}})

    def do_POST(self) -> None:
        documents = self._documents()
        if documents is None:
            return
        if self.path == "/api/saved_objects/_export":
            self._export(documents[0])
        else:
            self._import(documents)

    def _documents(self) -> list[Any] | None:
        """What the call sends; None when it breaks the contract, and was answered so."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.calls.add((self.command, self.path))
        try:
            return lines_of(self.command, self.path, dict(self.headers.items()), body)
        except ContractError as error:
            self._send(400, json.dumps({"statusCode": 400, "error": "Bad Request", "message": str(error)}))
            return None

    def _export(self, wanted: dict[str, Any]) -> None:
        keys = [(item["type"], item["id"]) for item in wanted["objects"]]
        if any(key not in self.server.objects for key in keys):
            self._answer(
                400, {"statusCode": 400, "error": "Bad Request", "message": "Error fetching objects to export"}
            )
        else:
            self._answer(200, *(self.server.objects[key] for key in keys))

    def _import(self, items: list[dict[str, Any]]) -> None:
        self.server.imports += 1
        errors: list[dict[str, Any]] = []
        for item in items:
            if item["id"] in self.server.refused:
                errors.append({"type": item["type"], "id": item["id"], "error": {"type": "missing_references"}})
                continue
            item["attributes"]["version"] = 1
            self.server.objects[item["type"], item["id"]] = {**item, "typeMigrationVersion": "10.2.0"}
        self._answer(200, {"success": not errors, "successCount": len(items) - len(errors), "errors": errors})

    def _answer(self, status: int, *documents: dict[str, Any]) -> None:
        hold_answer(self.command, self.path, status, documents)
        self._send(status, "\n".join(json.dumps(document) for document in documents))

    def _send(self, status: int, text: str) -> None:
        payload = text.encode()
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


def _run(
    kibana: Kibana, wanted: list[dict[str, Any]], *, seconds: float = 10, headers: Mapping[str, str] = HEADERS
) -> list[Done]:
    engine = Engine(
        name="kibana",
        url=f"http://127.0.0.1:{kibana.server_address[1]}",
        ca_file=None,
        user="elastic",
        password="x",
        deadline=Deadline(seconds=seconds),
        headers=headers,
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
    assert kibana.calls == set(CALLS)


AUTHORIZED = {"Authorization": "Basic eDp4", "kbn-xsrf": "x", "Content-Type": "application/json"}
EXPORT = ("POST", "/api/saved_objects/_export")


@pytest.mark.parametrize(
    ("call", "headers", "body", "told"),
    [
        (("POST", "/api/saved_objects/_find"), AUTHORIZED, {}, "POST /api/saved_objects/_find is not in the contract"),
        (EXPORT, {"Content-Type": "application/json"}, {}, "lacks authorization, kbn-xsrf"),
        (EXPORT, {**AUTHORIZED, "Content-Type": "text/plain"}, {}, "sends 'text/plain', not application/json"),
        (EXPORT, AUTHORIZED, {"objects": []}, "document 0: lacks excludeExportDetails"),
        (EXPORT, AUTHORIZED, {"objects": {}, "excludeExportDetails": True}, "document 0.objects: {} is no list"),
        (
            EXPORT,
            AUTHORIZED,
            {"objects": [{"type": "search", "id": 1}], "excludeExportDetails": True},
            "document 0.objects[0].id: 1 is no string",
        ),
        (
            EXPORT,
            AUTHORIZED,
            {"objects": [], "excludeExportDetails": True, "deep": True},
            "document 0: has deep, which the contract does not know",
        ),
    ],
)
def test_a_call_that_breaks_the_contract_is_found(
    call: tuple[str, str], headers: dict[str, str], body: object, told: str
) -> None:
    with pytest.raises(ContractError) as found:
        lines_of(*call, headers, json.dumps(body).encode())
    assert told in str(found.value)


def test_a_file_of_another_name_breaks_the_contract() -> None:
    request = httpx.Request("POST", "http://x", files={"file": ("objects.json", "{}", "application/json")})
    headers = {**AUTHORIZED, "Content-Type": request.headers["Content-Type"]}
    with pytest.raises(ContractError, match=r"the file is 'objects.json', which does not end in .ndjson"):
        lines_of("POST", "/api/saved_objects/_import?overwrite=true", headers, request.read())


def test_a_bootstrap_that_forgets_a_header_is_refused(kibana: Kibana, wanted: list[dict[str, Any]]) -> None:
    with pytest.raises(BootstrapError, match=r"kibana: POST .*_import\S+: 400 Bad Request: POST \S+ lacks kbn-xsrf"):
        _run(kibana, wanted, headers={})


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
