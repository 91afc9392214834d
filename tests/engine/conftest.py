"""Copies of the project, and a prod stack that is up."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.project import REPOSITORY, Project


@pytest.fixture(scope="session", autouse=True)
def cli() -> None:
    """The set-up has put the Pulumi CLI where the sandbox looks for it."""
    if not (REPOSITORY / ".tools/pulumi").exists():
        pytest.skip("needs the Pulumi CLI in .tools (make setup puts it there)")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A fresh copy of the project."""
    copy = Project.copy(tmp_path / "project")
    yield copy
    copy.discard()
    shutil.rmtree(copy.folder)


@pytest.fixture(scope="session")
def shared_prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One prod stack that is up, for all tests of a worker. Take `prod`."""
    copy = Project.copy(tmp_path_factory.mktemp("prod") / "project")
    copy.well("up")
    yield copy
    copy.discard()


@pytest.fixture
def prod(shared_prod: Project) -> Iterator[Project]:
    """A prod stack that is up as the repository says. A test that changes the cloud puts it back by `up`."""
    yield shared_prod
    shared_prod.restore()
