"""Engines, and the description that their tests share."""

from pathlib import Path

import pytest

from observability.catalogue import describe
from observability.description import Description, ServiceKind, WatchedService
from tests.observability.engines import debian

SERVICES = (
    WatchedService(name="frontend", kind=ServiceKind.NGINX, port=8080),
    WatchedService(name="backend", kind=ServiceKind.HTTP, port=8000, metrics_path="/metrics"),
    WatchedService(name="database", kind=ServiceKind.POSTGRES, port=5432),
    WatchedService(name="migrate", kind=ServiceKind.JOB),
)


@pytest.fixture(scope="session")
def description() -> Description:
    """What is watched of an application like the built-in one, on a laptop."""
    return describe(SERVICES, "dev")


@pytest.fixture(scope="session")
def metrics_programs() -> Path:
    """The folder of Prometheus' programs."""
    return debian.metrics_programs()
