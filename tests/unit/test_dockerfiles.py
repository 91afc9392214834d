"""Every Dockerfile of the project: linted, its bases pinned by digest, sent what it copies and nothing else."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from graph.resource import Graph
from tests.dockerfiles import DOCKERFILES, IGNORED, PROJECT, Dockerfile

HADOLINT = Path(sys.executable).with_name("hadolint")
PINNED = re.compile(r"\S+:\S+@sha256:[0-9a-f]{64}")

each = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=str)


def test_the_images_that_stacks_build_are_the_ones_that_are_looked_at(dev: Graph, prod: Graph) -> None:
    declared = [*dev.of_type("docker-build:index:Image"), *prod.of_type("docker-build:index:Image")]
    images = [cast("dict[str, Any]", image.inputs) for image in declared]
    built = {
        (image["context"]["location"], image["dockerfile"]["location"])
        for image in images
        # Mirrors of foreign images are written in the program.
        if "location" in image["dockerfile"]
    }
    assert {(dockerfile.context, dockerfile.path) for dockerfile in DOCKERFILES} == built


@each
def test_the_linter_of_dockerfiles_finds_nothing(dockerfile: Dockerfile) -> None:
    found = subprocess.run(
        [HADOLINT, "--no-color", "--failure-threshold", "style", dockerfile.path],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (found.returncode, found.stdout) == (0, ""), found.stderr


def test_the_linter_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN cd /tmp\n", encoding="utf-8")
    command = [HADOLINT, "--no-color", str(tmp_path / "Dockerfile")]
    found = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert found.returncode == 1
    assert "DL3006" in found.stdout


@each
def test_every_base_is_pinned_by_tag_and_digest(dockerfile: Dockerfile) -> None:
    assert [base for base in dockerfile.bases if not PINNED.fullmatch(base)] == []


@each
def test_the_base_that_an_image_names_is_the_one_it_begins_from(dockerfile: Dockerfile) -> None:
    told = re.findall(r'org\.opencontainers\.image\.base\.name="([^"]+)"', dockerfile.text)
    assert told == [f"docker.io/library/{dockerfile.bases[-1].split('@')[0]}"]


@each
def test_nothing_is_sent_to_a_build_but_what_its_dockerfile_copies(dockerfile: Dockerfile) -> None:
    lines = (PROJECT / dockerfile.context / IGNORED).read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copies = re.findall(r"^COPY (?!.*--from)(?:--\S+ )*(.+) \S+$", dockerfile.text, re.MULTILINE)
    copied = {name for names in copies for name in names.split()}
    assert [rule for rule in rules if rule.startswith("!") and not any(Path(n).match(rule[1:]) for n in copied)] == []
