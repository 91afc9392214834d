"""An engine whose disk is full, on a disk of its own that is small."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.conftest import CACHE, TestEngine
from tests.docker.project import DockerProject
from tools.docker_engine.daemon import running
from tools.docker_engine.packages import ensure_packages, why_not

pytestmark = pytest.mark.slow
SIZE_MIB = 400
PYTHON = "python:3.13-slim-trixie"


@pytest.fixture
def small(engine: TestEngine, tmp_path: Path) -> Iterator[DockerProject]:
    """A project on a second engine, whose images have to fit on a small disk in memory."""
    if lacking := why_not():
        pytest.skip(f"a second engine cannot be set up: {lacking}")
    disk, archive = tmp_path / "disk", tmp_path / "debian.tar"
    disk.mkdir()
    subprocess.run(["docker", "save", "-o", archive, "stand-in/debian"], env={**engine.variables}, check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", disk], check=True)
    try:
        packages = ensure_packages(CACHE / "packages")
        # An engine that starts or ends empties the chains that isolate every engine's networks: this one has no part
        # in them.
        without_rules = ("--iptables=false", "--ip6tables=false")
        with running(
            packages, disk / "data", options=without_rules, bridge="infra-test1", address="10.213.1.1/24"
        ) as second:
            second.docker("load", "--input", str(archive))
            archive.unlink()
            project = DockerProject.made(tmp_path / "project", second.variables(), {"python": "stand-in/debian"})
            yield project
            project.discard()
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_is_told_with_what_makes_room_and_up_finishes_once_there_is_some(small: DockerProject) -> None:
    app = small.folder / "app"
    app.mkdir()
    (app / "Dockerfile").write_text(f"FROM {PYTHON}\nRUN head -c {2 * SIZE_MIB}M /dev/zero > /big\n")
    small.compose({"name": "small", "services": {"web": {"build": "app", "command": ["sleep", "1000"], "init": True}}})
    refused = small.run("up")
    assert refused.code == 1
    assert "image 'web' cannot be built: the engine's disk is full" in refused.err
    assert "docker builder prune" in refused.err
    (app / "Dockerfile").write_text(f"FROM {PYTHON}\nRUN head -c 1M /dev/zero > /big\n")
    small.well("up")
    assert len(small.containers()) == 1
