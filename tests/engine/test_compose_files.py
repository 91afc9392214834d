"""Stacks of the user's own Compose files come up in the sandbox, change, and go away."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.project import REPOSITORY, Project

pytestmark = pytest.mark.slow

CHANGES = {
    "wordpress": ("mem_limit: 1g", "mem_limit: 2g", "ecs:TaskDefinition wordpress"),
    "queue": ('limits: {cpus: "0.25", memory: 512M}', 'limits: {cpus: "0.5", memory: 1G}', "ecs:TaskDefinition worker"),
    "broker": ("stop_grace_period: 20s", "stop_grace_period: 30s", "ecs:TaskDefinition mosquitto"),
}
"""Example -> a text of it, what it becomes, and what is made anew then."""


@pytest.fixture(params=CHANGES)
def example(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stack(example: str, tmp_path: Path) -> Iterator[Project]:
    project = Project.copy(tmp_path / "project")
    shutil.copytree(REPOSITORY / "docs/examples", project.folder / "docs/examples")
    project.configure("services:compose", f"docs/examples/{example}/compose.yaml")
    yield project
    project.discard()
    shutil.rmtree(project.folder)


def test_a_compose_file_comes_up_changes_and_goes_away(stack: Project, example: str) -> None:
    up = stack.well("up")
    assert len(up.done) > 100
    assert stack.well("preview").planned == frozenset()
    old, new, definition = CHANGES[example]
    stack.edit(f"docs/examples/{example}/compose.yaml", old, new)
    changed = stack.well("up").done
    assert f"create-replacement {definition}" in changed
    assert all(any(part in change for part in (definition.split()[1], "mount-files")) for change in changed), changed
    assert "Nothing is left but what AWS itself makes." in stack.well("down").out


def test_a_file_that_aws_cannot_run_touches_nothing(tmp_path: Path) -> None:
    project = Project.copy(tmp_path / "project")
    (project.folder / "compose.yaml").write_text("services: {web: {image: 'nginx:1', privileged: true}}\n")
    project.configure("services:compose", "compose.yaml")
    outcome = project.run("up")
    assert outcome.code != 0
    assert "compose.yaml:1:36: services.web.privileged: is not possible on AWS: Fargate has no host" in outcome.text
    assert "Traceback" not in outcome.text
    assert outcome.done == frozenset()
    project.discard()
