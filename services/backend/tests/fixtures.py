"""Fixtures: a cluster for the run, databases and settings for a test."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import schema
from backend.migrate import connect, migrate
from backend.roles import APPLICATION, Passwords
from backend.settings import DatabaseSettings, MigrationSettings, SslMode
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
from services.backend.tests.secret_files import SecretFiles
from tests.ports import free_port

__all__ = ["administrator", "application", "cluster", "empty_database", "logging_as_before", "patient", "secret_files"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server of the tests' own."""
    try:
        programs = postgresql_programs.find()
    except postgresql_programs.UnavailableError as error:
        pytest.skip(f"needs PostgreSQL: {error}")
    with running(programs, free_port()) as started:
        yield started


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """What a program under test configures is gone with its standard output."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def secret_files(tmp_path_factory: pytest.TempPathFactory) -> SecretFiles:
    """The passwords as files."""
    directory = tmp_path_factory.mktemp("secrets")
    return SecretFiles(
        administrator=_written(directory / "database-password", PASSWORD),
        application=_written(directory / "database-app-password", APP_PASSWORD),
        metrics=_written(directory / "database-metrics-password", METRICS_PASSWORD),
    )


def _written(path: Path, text: str) -> Path:
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


@pytest.fixture
def empty_database(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[None]:
    """A database as RDS makes it, or as the image does where a test asks for it."""
    with cluster.empty_database(getattr(request, "param", "rds")):
        yield


@pytest.fixture
def administrator(cluster: Cluster, secret_files: SecretFiles, empty_database: None) -> MigrationSettings:
    """What the migration job is told about an empty database."""
    return administrator_of(cluster, secret_files)


def administrator_of(cluster: Cluster, secret_files: SecretFiles) -> MigrationSettings:
    """What the migration job is told about a cluster's database."""
    return MigrationSettings(
        host=str(cluster.directory),
        port=cluster.port,
        name=DATABASE,
        user=ADMINISTRATOR,
        password_file=secret_files.administrator,
        app_password_file=secret_files.application,
        metrics_password_file=secret_files.metrics,
        sslmode=SslMode.PREFER,
        wait_seconds=10,
    )


@pytest.fixture(scope="module")
def application(cluster: Cluster, secret_files: SecretFiles) -> Iterator[DatabaseSettings]:
    """What the server is told about a database after the migration job; a module's tests share it."""
    with cluster.empty_database("rds"):
        settings = administrator_of(cluster, secret_files)
        passwords = Passwords(application=settings.app_password, metrics=settings.metrics_password)
        with connect(settings) as connection:
            migrate(connection, passwords, schema.read(schema.MIGRATIONS))
        with cluster.connect() as connection:
            # Requests that a test holds up must not run into limits on a slow machine.
            for limit in ("lock_timeout", "statement_timeout"):
                connection.execute(f"ALTER ROLE {APPLICATION} SET {limit} = '60s'")
        yield DatabaseSettings(
            host=settings.host,
            port=settings.port,
            name=DATABASE,
            user=APPLICATION,
            password_file=secret_files.application,
            sslmode=SslMode.PREFER,
        )


@pytest.fixture(scope="module")
def patient(application: DatabaseSettings) -> DatabaseSettings:
    """The same for a server in this process, whose requests wait for a connection as long as a slow machine needs."""
    return application.model_copy(update={"pool_timeout_seconds": 60})
