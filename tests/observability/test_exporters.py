"""The exporters of Elasticsearch and PostgreSQL produce what rules and dashboards read, with the rights that they have.

Debian's programs are older than the images that a stack runs: what these produce, those have kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from backend.roles import METRICS, Passwords, ensure
from observability import producers
from observability.description import Description
from services.backend.tests import postgresql_programs
from services.backend.tests.cluster import ADMINISTRATOR, DATABASE, PASSWORD, Cluster, running
from tests.observability import bootstrapping
from tests.observability.engines import elasticsearch, process
from tests.observability.engines.process import until
from tests.ports import free_port

_METRICS_PASSWORD = "LettersAndDigits1"
"""As the graph makes them; Debian's old exporter of PostgreSQL stumbles over blanks."""


@pytest.fixture
def programs(metrics_programs: Path) -> Iterator["Programs"]:
    with ExitStack() as stack:
        yield Programs(metrics_programs, stack)


class Programs:
    """Exporters that run until the test's end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def page(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> str:
        """What the exporter says, once it answers."""
        port = free_port()
        command = [self._folder / name, *arguments, f"--web.listen-address=127.0.0.1:{port}"]
        started = process.running(command, log=log, folder=log.parent, environment=environment)
        exporter = self._stack.enter_context(started)
        url = f"http://127.0.0.1:{port}/metrics"
        until(name, lambda: httpx.get(url).is_success, process=exporter, log=log)
        return httpx.get(url).text


def _samples(page: str) -> dict[str, list[float]]:
    """Metric -> the values of its series."""
    found: dict[str, list[float]] = {}
    for line in page.splitlines():
        if line and not line.startswith("#"):
            found.setdefault(line.split("{")[0].split(" ")[0], []).append(float(line.rsplit(" ", 1)[1]))
    return found


def test_the_exporter_of_elasticsearch_produces_what_it_is_said_to(
    description: Description, programs: Programs, tmp_path: Path
) -> None:
    with elasticsearch.node(tmp_path / "node") as node:
        wanted = bootstrapping.read(description)
        bootstrapping.made(bootstrapping.engine(node), wanted)
        environment = {
            "ES_USERNAME": "metrics_monitor",
            "ES_PASSWORD": bootstrapping.passwords(wanted)[wanted["users"]["metrics_monitor"]["password"]],
        }
        arguments = [f"--es.uri={node.url}", f"--es.ca={node.certificates.authority}", "--es.all"]

        found = _samples(
            programs.page("prometheus-elasticsearch-exporter", arguments, environment, tmp_path / "exporter.log")
        )

    assert description.producers[producers.ELASTICSEARCH].metrics <= set(found)
    assert max(found["elasticsearch_jvm_memory_max_bytes"]) > 0
    assert min(found["elasticsearch_filesystem_data_size_bytes"]) > 0


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        found = postgresql_programs.find()
    except postgresql_programs.UnavailableError as error:
        pytest.skip(f"needs PostgreSQL, the exporter was NOT tested: {error}")
    with running(found, free_port()) as started, started.empty_database("rds"):
        yield started


def test_the_exporter_of_postgresql_produces_what_it_is_said_to(
    description: Description, programs: Programs, cluster: Cluster, tmp_path: Path
) -> None:
    passwords = Passwords(application=SecretStr("its own"), metrics=SecretStr(_METRICS_PASSWORD))
    address = make_conninfo(host=str(cluster.directory), port=cluster.port, dbname=DATABASE)
    with psycopg.connect(address, user=ADMINISTRATOR, password=PASSWORD) as connection:
        ensure(connection, passwords)
    (tmp_path / "password").write_text(_METRICS_PASSWORD)
    trust = f"sslmode=verify-full&sslrootcert={cluster.authority}"
    environment = {
        "DATA_SOURCE_URI": f"localhost:{cluster.port}/{DATABASE}?{trust}",
        "DATA_SOURCE_USER": METRICS,
        "DATA_SOURCE_PASS_FILE": str(tmp_path / "password"),
    }

    found = _samples(programs.page("prometheus-postgres-exporter", [], environment, tmp_path / "exporter.log"))

    assert description.producers[producers.POSTGRES].metrics <= set(found)
    assert found["pg_up"] == [1]
    assert found["pg_settings_max_connections"] == [100]
    assert sum(found["pg_stat_activity_count"]) >= 1


def test_the_exporter_of_postgresql_says_that_a_database_is_down(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    environment = {
        "DATA_SOURCE_URI": f"localhost:{free_port()}/{DATABASE}",
        "DATA_SOURCE_USER": METRICS,
        "DATA_SOURCE_PASS_FILE": str(tmp_path / "password"),
    }

    found = _samples(programs.page("prometheus-postgres-exporter", [], environment, tmp_path / "exporter.log"))

    assert found["pg_up"] == [0]
