"""Lines from Docker's files to searchable documents: Fluent Bit, a stand-in of Logstash, an engine that goes away."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from observability.description import Description
from observability.elasticsearch.pipelines import pipelines
from observability.elasticsearch.templates import component_templates, index_template
from observability.fluent_bit import configuration as fluent_bit
from tests.observability.engines import certificates, opensearch
from tests.observability.engines.fluent_bit import fluent_bit as program
from tests.observability.engines.process import running, until
from tests.observability.logstash_stand_in import PASSWORD, StandIn, listening
from tests.ports import free_port

LINES = 10_000
DOWN_SECONDS = 30
MOST_SECONDS_TO_SEARCHABLE = 5
_DELIVERED_SECONDS = 180


class Container:
    """Writes lines as Docker's `json-file` driver does."""

    def __init__(self, folder: Path, identity: str, service: str | None) -> None:
        self.path = folder / identity / f"{identity}-json.log"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.attributes = {"attrs": {"infra.service": service}} if service else {}

    def write(self, *lines: str, stream: str = "stdout") -> None:
        """Each line with its line feed; parts of 16 KiB, as Docker cuts them."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        with self.path.open("a", encoding="utf-8") as file:
            for line in lines:
                text = f"{line}\n"
                for start in range(0, len(text), 16384):
                    entry = {"log": text[start : start + 16384], "stream": stream, **self.attributes, "time": now}
                    file.write(json.dumps(entry) + "\n")

    def rotate(self) -> None:
        """What Docker does at `max-size`."""
        self.path.rename(self.path.with_name(f"{self.path.name}.1"))


@dataclass
class World:
    """Everything between a container's file and a search."""

    folder: Path
    description: Description
    engine: httpx.Client
    stand_in: StandIn
    shipper: Callable[[], AbstractContextManager[int]]

    def container(self, identity: str, service: str | None) -> Container:
        """A container of a service."""
        return Container(self.folder / "containers", identity * 64, service)

    def found(self, stream: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        """Documents of a stream, oldest first."""
        body: dict[str, Any] = {"query": query, "size": 100, "sort": [{"event.id": "asc"}]}
        answer = self.engine.post(f"/{stream}/_search?ignore_unavailable=true", json=body)
        return [hit["_source"] for hit in answer.json().get("hits", {}).get("hits", [])] if answer.is_success else []


def _prepare(client: httpx.Client, description: Description) -> None:
    for name, body in pipelines(description.redactions, description.streams).items():
        client.put(f"/_ingest/pipeline/{name}", json=opensearch.pipeline(body)).raise_for_status()
    for name, body in component_templates().items():
        client.put(f"/_component_template/{name}", json=opensearch.component_template(body)).raise_for_status()
    for stream in description.streams:
        template = opensearch.index_template(index_template(stream))
        client.put(f"/_index_template/{stream.name}", json=template).raise_for_status()


@contextmanager
def _shipper(folder: Path, description: Description, port: int, authority: Path) -> Generator[int]:
    """Fluent Bit on its state; yields the port of its metrics."""
    metrics_port = free_port()
    (folder / "state").mkdir(exist_ok=True)
    (folder / "parsers.conf").write_text(fluent_bit.parsers())
    (folder / "line.lua").write_text(fluent_bit.script(description))
    (folder / "variables.conf").write_text(fluent_bit.variables(PASSWORD))
    (folder / "fluent-bit.conf").write_text(
        fluent_bit.configuration(
            description,
            logstash="127.0.0.1",
            port=port,
            ca_file=str(authority),
            containers=str(folder / "containers"),
            state=str(folder / "state"),
            script=str(folder / "line.lua"),
            parsers=str(folder / "parsers.conf"),
            listen="127.0.0.1",
            metrics_port=metrics_port,
            variables=str(folder / "variables.conf"),
        )
    )
    command = [program(), "-c", folder / "fluent-bit.conf"]
    log = folder / "fluent-bit.log"
    with running(command, log=log, folder=folder) as process:
        url = f"http://127.0.0.1:{metrics_port}/"
        until("Fluent Bit", lambda: httpx.get(url).is_success, process=process, log=log)
        yield metrics_port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "containers").mkdir()
    return tmp_path


@pytest.fixture
def world(folder: Path, description: Description) -> Iterator[World]:
    files = certificates.make(folder / "certificates")
    port = free_port()
    with ExitStack() as stack:
        engine = stack.enter_context(opensearch.node(folder / "engine", port=port))
        client = stack.enter_context(engine.client())
        _prepare(client, description)
        stand_in = stack.enter_context(listening(description, files, engine.url))
        yield World(
            folder=folder,
            description=description,
            engine=client,
            stand_in=stand_in,
            shipper=lambda: _shipper(folder, description, stand_in.port, files.authority),
        )


def _seconds_to_searchable(world: World, container: Container, number: int) -> float:
    container.write(json.dumps({"message": f"searchable {number}", "log.level": "info"}))
    query: dict[str, Any] = {"match_phrase": {"message": f"searchable {number}"}}
    return until(f"line {number}", lambda: len(world.found("logs-backend-dev", query)) == 1)


def test_lines_of_every_kind_are_soon_found_where_they_belong(world: World) -> None:
    backend = world.container("a", "backend")
    frontend = world.container("b", "frontend")
    database = world.container("c", "database")
    foreign = world.container("d", None)
    own = world.container("e", "fluent-bit")
    with world.shipper():
        first, *took = [_seconds_to_searchable(world, backend, number) for number in range(6)]
        print(
            f"\nline to searchable: {min(took):.1f} to {max(took):.1f} s; the one that made the stream: {first:.1f} s"
        )
        assert max(took) <= MOST_SECONDS_TO_SEARCHABLE

        backend.write("Traceback (most recent call last):", '  File "a.py", line 1', "ValueError: no", stream="stderr")
        backend.write("x" * 40_000)
        frontend.write('192.0.2.7 - - [01/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"')
        # Fluent Bit 1.8 keeps a dated line, which may go on, until the next one comes.
        database.write('2026-03-01 10:00:01.000 UTC [8] FATAL:  password authentication failed for user "ada"')
        database.write(*["2026-03-01 10:00:02.000 UTC [1] LOG:  checkpoint starting: time"] * 3)
        own.write("[error] what I could not deliver")
        foreign.write("who am I")

        everything: dict[str, Any] = {"match_all": {}}
        until("trace", lambda: len(world.found("logs-backend-dev", everything)) == 8)
        until("access", lambda: len(world.found("logs-frontend.access-dev", everything)) == 1)
        until("audit", lambda: len(world.found("logs-database.audit-dev", everything)) == 1)
        until("foreign", lambda: len(world.found("logs-unclassified-dev", everything)) == 1)

    (trace,) = world.found("logs-backend-dev", {"term": {"error.type": "ValueError"}})
    assert trace["error"]["stack_trace"].count("\n") == 2
    assert trace["log"] == {"iostream": "stderr", "level": "error"}
    assert max(len(line["message"]) for line in world.found("logs-backend-dev", everything)) == 40_000
    (refusal,) = world.found("logs-database.audit-dev", everything)
    assert refusal["user"]["name"] == "ada"
    (unknown,) = world.found("logs-unclassified-dev", everything)
    assert unknown["service"]["name"] == "unclassified"
    assert world.found("logs-fluent_bit-dev", everything) == [], "it reads what it writes about what it reads"
    assert world.stand_in.answers[401] == 0


def _taken(metrics_port: int) -> int:
    """Lines that Fluent Bit has read, joined and put on disk since its start."""
    page = httpx.get(f"http://127.0.0.1:{metrics_port}/api/v1/metrics/prometheus").text
    found = re.search(r'^fluentbit_input_records_total{name="joined"} (\d+)', page, re.MULTILINE)
    return int(found[1]) if found else 0


def _documents(client: httpx.Client, *, most: int) -> list[dict[str, Any]]:
    """Documents of the backend's stream, in no order."""
    page: dict[str, Any] = {"size": most, "_source": ["message", "event.id"]}
    answer = client.post("/logs-backend-dev/_search?ignore_unavailable=true", json=page)
    return [hit["_source"] for hit in answer.json()["hits"]["hits"]] if answer.is_success else []


def test_an_engine_that_is_down_for_30_seconds_costs_no_line(folder: Path, description: Description) -> None:
    """Lines go on coming, the file is rotated, and the shipper is started anew in the middle of it."""
    files = certificates.make(folder / "certificates")
    port = free_port()
    backend = Container(folder / "containers", "e" * 64, "backend")
    written = iter(range(LINES))

    def write(count: int) -> None:
        backend.write(*(json.dumps({"message": f"line {next(written)}", "log.level": "info"}) for _ in range(count)))

    count_path = "/logs-backend-dev/_count"
    with listening(description, files, f"http://127.0.0.1:{port}") as stand_in:
        with _shipper(folder, description, stand_in.port, files.authority) as metrics_port:
            with opensearch.node(folder / "engine", port=port) as engine, engine.client() as client:
                _prepare(client, description)
                write(2_000)
                until("first lines", lambda: client.get(count_path).json().get("count") == 2_000)
            down = time.monotonic()
            write(2_000)
            backend.rotate()
            write(2_000)
            until("refusals", lambda: stand_in.answers[429] > 0)
            until("6,000 lines on disk", lambda: _taken(metrics_port) >= 6_000)
        with _shipper(folder, description, stand_in.port, files.authority) as metrics_port:
            write(2_000)
            until("half a minute", lambda: time.monotonic() - down >= DOWN_SECONDS, seconds=DOWN_SECONDS + 5)
            with opensearch.node(folder / "engine", port=port) as engine, engine.client() as client:
                write(2_000)
                client.put("/logs-backend-dev/_settings", json={"index": {"max_result_window": 2 * LINES}})
                with suppress(AssertionError):  # what is missing is told below
                    until(
                        "all lines",
                        lambda: client.get(count_path).json().get("count", 0) >= LINES,
                        seconds=_DELIVERED_SECONDS,
                    )
                documents = _documents(client, most=2 * LINES)
            metrics = httpx.get(f"http://127.0.0.1:{metrics_port}/api/v1/metrics/prometheus").text
    messages = {document["message"] for document in documents}
    print(
        f"\nengine down {DOWN_SECONDS} s: {LINES} lines in, {len(documents)} documents, {len(messages)} distinct lines"
        f" out; {stand_in.answers[429]} refused batches, {stand_in.duplicates} duplicates refused by their id"
    )
    missing = sorted(set(range(LINES)) - {int(re.sub(r"\D", "", message)) for message in messages})
    assert missing == []
    assert len(documents) == LINES
    assert len({document["event"]["id"] for document in documents}) == LINES
    assert 'fluentbit_output_dropped_records_total{name="http.0"} 0' in metrics
    assert next(written, None) is None


def _has_read(folder: Path, container: Container) -> bool:
    """Whether Fluent Bit is at the end of a container's file, whatever it did with the lines."""
    with closing(sqlite3.connect(f"file:{folder / 'state' / 'position.db'}?mode=ro", uri=True)) as database:
        query = "SELECT offset FROM in_tail_files WHERE name = ?"
        return database.execute(query, [str(container.path)]).fetchone() == (container.path.stat().st_size,)


def test_a_full_buffer_keeps_within_its_limit_and_what_is_in_it_arrives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fluent Bit 1.8 refuses what comes meanwhile, and counts none of it.

    Version 4 drops the oldest in its place and counts it, which the guide says.
    """
    monkeypatch.setattr("observability.fluent_bit.configuration.BUFFER_BYTES_LIMIT", "4M")
    limit_bytes, line_bytes, written = 4_000_000, 1_000, 8_000
    backend = world.container("a", "backend")

    def numbers() -> set[int]:
        return {int(document["message"].split()[0]) for document in _documents(world.engine, most=written)}

    world.stand_in.engine.base_url = f"http://127.0.0.1:{free_port()}"
    with world.shipper() as metrics_port:
        backend.write(*(json.dumps({"message": f"{number} {'x' * line_bytes}"}) for number in range(written)))
        until("the end of the file", lambda: _has_read(world.folder, backend))
        until("refusals", lambda: world.stand_in.answers[429] > 0)
        on_disk = sum(chunk.stat().st_size for chunk in (world.folder / "state" / "buffer").rglob("*.flb"))
        world.stand_in.engine.base_url = world.engine.base_url
        until("what was in the buffer", lambda: 0 < _taken(metrics_port) == len(numbers()))
        arrived = numbers()
        backend.write(json.dumps({"message": f"{written} after it"}))
        until("a line after it", lambda: written in numbers())
        metrics = httpx.get(f"http://127.0.0.1:{metrics_port}/api/v1/metrics/prometheus").text
    print(f"\nlimit {limit_bytes} bytes: {on_disk} on disk; {len(arrived)} of {written} lines arrived")
    assert limit_bytes / 2 < on_disk <= limit_bytes
    assert limit_bytes / 2 < len(arrived) * line_bytes < limit_bytes
    assert set(range(limit_bytes // line_bytes // 2)) <= arrived
    assert 'fluentbit_output_dropped_records_total{name="http.0"} 0' in metrics


def test_a_wrong_password_delivers_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fluent Bit 1.8 tries again what is refused with 401; 3.1 and newer drop it, which the guide says."""
    backend = world.container("f", "backend")
    everything: dict[str, Any] = {"match_all": {}}
    monkeypatch.setattr("tests.observability.test_shipping.PASSWORD", "wrong")
    backend.write("a line")
    with world.shipper():
        until("refusal", lambda: world.stand_in.answers[401] > 0)
    assert world.found("logs-backend-dev", everything) == []
    monkeypatch.undo()
    with world.shipper():
        until("the line", lambda: len(world.found("logs-backend-dev", everything)) == 1)
