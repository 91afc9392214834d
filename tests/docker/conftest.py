"""A Docker engine, and the dev stack that is up on it."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.docker_engine import DockerEngine
from sandbox.errors import SandboxError
from tests.docker.parts import parts
from tests.docker.project import DockerProject
from tests.engine.project import REPOSITORY
from tests.ports import free_port
from tools.docker_engine.daemon import Engine, running
from tools.docker_engine.packages import SetupError, ensure_packages, why_not
from tools.docker_engine.stand_ins import APPLICATION, LOGS, METRICS, STAND_INS, ensure_stand_ins

CACHE = REPOSITORY / ".tools" / "docker"


@dataclass(frozen=True, kw_only=True)
class TestEngine:
    """The engine that the tests use."""

    __test__ = False

    variables: Mapping[str, str]
    stand_ins: Mapping[str, str] = field(default_factory=dict[str, str])
    own: Engine | None = None
    """None where it is the one that this machine has."""


@pytest.fixture(scope="session")
def engine() -> Iterator[TestEngine]:
    """An engine of our own where that can be, else the one that this machine has."""
    if not (REPOSITORY / ".tools/pulumi").exists():
        pytest.skip("needs the Pulumi CLI in .tools (make setup puts it there)")
    lacking = why_not()
    if lacking is not None:
        try:
            DockerEngine.connect(os.environ)
        except SandboxError as error:
            told = str(error).splitlines()[0]
            pytest.skip(f"NO DOCKER: an engine cannot be set up here ({lacking}), and there is none ({told})")
        yield TestEngine(variables={})
        return
    try:
        with running(ensure_packages(CACHE / "packages"), CACHE / "data") as own:
            ensure_stand_ins(own, APPLICATION)
            yield TestEngine(variables=own.variables(), stand_ins=STAND_INS, own=own)
    except SetupError as error:
        pytest.fail(f"the Docker engine for the tests cannot be set up: {error}", pytrace=False)


@pytest.fixture(scope="session")
def observing(engine: TestEngine) -> TestEngine:
    """The engine, with what stands in for the images of observability: 12 s, and a minute for what is built once."""
    if engine.own is not None:
        ensure_stand_ins(engine.own, METRICS)
        ensure_stand_ins(engine.own, LOGS, parts())
    return engine


@pytest.fixture
def project(engine: TestEngine, tmp_path: Path) -> Iterator[DockerProject]:
    """A fresh copy of the project; what it leaves on the engine is removed."""
    copy = DockerProject.made(tmp_path / "project", engine.variables, engine.stand_ins)
    yield copy
    copy.discard()
    shutil.rmtree(copy.folder)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The dev stack that is up, at a port of its own."""

    project: DockerProject
    port: int

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def shared_stack(engine: TestEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One dev stack, for all tests. Take `stack`."""
    copy = DockerProject.made(tmp_path_factory.mktemp("dev") / "project", engine.variables, engine.stand_ins)
    port = free_port()
    copy.edit("services/frontend/service.py", "published=8080", f"published={port}")
    copy.originals.clear()
    try:
        copy.well("up")
        yield Stack(project=copy, port=port)
    finally:
        copy.discard()


@pytest.fixture
def stack(shared_stack: Stack) -> Iterator[Stack]:
    """The dev stack as the repository says. A test that changes it puts it back by `up`."""
    yield shared_stack
    shared_stack.project.restore()
