"""Every Dockerfile of the project: linted, its bases pinned by digest, its container without privileges."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
HADOLINT = Path(sys.executable).with_name("hadolint")
DOCKERFILES = sorted(
    path.relative_to(PROJECT).as_posix()
    for folder in ("services", "observability")
    for path in (PROJECT / folder).rglob("Dockerfile")
    if "node_modules" not in path.parts
)
PINNED = re.compile(r"\S+:\S+@sha256:[0-9a-f]{64}")


def test_the_images_that_are_built_are_found() -> None:
    assert {
        "services/backend/Dockerfile",
        "services/frontend/Dockerfile",
        "observability/bootstrap/Dockerfile",
    } <= set(DOCKERFILES)


@pytest.mark.parametrize("path", DOCKERFILES)
def test_the_linter_of_dockerfiles_finds_nothing(path: str) -> None:
    found = subprocess.run(
        [HADOLINT, "--no-color", "--failure-threshold", "style", path],
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


@pytest.mark.parametrize("path", DOCKERFILES)
def test_every_base_is_pinned_by_tag_and_digest(path: str) -> None:
    text = (PROJECT / path).read_text(encoding="utf-8")
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.MULTILINE))
    stages = set(re.findall(r"^FROM .* AS (\S+)", text, re.MULTILINE))
    bases = [re.sub(r"\$\{(\w+)\}", lambda name: arguments[name[1]], base) for base in from_lines(text)]
    assert [base for base in bases if base not in stages and not PINNED.fullmatch(base)] == []


def from_lines(text: str) -> list[str]:
    return re.findall(r"^FROM (?:--\S+ )*(\S+)", text, re.MULTILINE)
