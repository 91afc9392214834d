"""What PostgreSQL logs as the stack has it: who came and went, and slow statements, without the values in them."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from services.backend.tests import postgresql_programs
from services.backend.tests.cluster import PASSWORD, SUPERUSER, Cluster, running
from services.database.service import PARAMETERS
from tests.observability.engines.process import until
from tests.ports import free_port

VALUE = "somebody@example.org"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server with the parameters of the stack's database."""
    try:
        found = postgresql_programs.find()
    except postgresql_programs.UnavailableError as error:
        pytest.skip(f"needs PostgreSQL, what it logs was NOT tested: {error}")
    with running(found, free_port()) as started:
        with started.connect() as connection:
            for name, value in PARAMETERS.items():
                statement = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                connection.execute(statement)
            connection.execute("SELECT pg_reload_conf()")
        until("the parameters", lambda: _in_force(started))
        yield started


def _in_force(cluster: Cluster) -> bool:
    with cluster.connect() as connection:
        said = {name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in PARAMETERS}
    return said == {**{name: (value,) for name, value in PARAMETERS.items()}, "log_min_duration_statement": ("1s",)}


def _logged(cluster: Cluster, *texts: str) -> bool:
    said = cluster.log.read_text(encoding="utf-8")
    return all(text in said for text in texts)


def test_who_came_and_went_is_logged(cluster: Cluster) -> None:
    address = make_conninfo(host="127.0.0.1", port=cluster.port, dbname="postgres", application_name="came-and-went")
    with psycopg.connect(address, user=SUPERUSER, password=PASSWORD):
        pass

    until(
        "the lines",
        lambda: _logged(
            cluster,
            "connection received: host=127.0.0.1",
            "connection authenticated: ",
            f"connection authorized: user={SUPERUSER} database=postgres application_name=came-and-went",
            "disconnection: session time: 0:00:00.",
        ),
    )


def test_a_slow_statement_is_logged_with_its_duration_and_without_its_values(cluster: Cluster) -> None:
    with cluster.connect() as connection:
        # The tests' server logs every statement by itself; the stack's does not.
        connection.execute("SET log_statement = 'none'")
        connection.execute("SELECT 'quick', %s", (VALUE,))
        connection.execute("SELECT pg_sleep(1.1), %s", (VALUE,))

    until("the line", lambda: _logged(cluster, "SELECT pg_sleep(1.1), $1"))

    (line,) = [line for line in cluster.log.read_text(encoding="utf-8").splitlines() if "pg_sleep(1.1)" in line]
    assert "LOG:  duration: 1" in line
    assert not _logged(cluster, "'quick'")
    assert not _logged(cluster, VALUE)
