"""What the container says when its environment is wrong."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.frontend.tests.server import CONFIGURATION

GOOD = {"BACKEND_HOST": "backend", "BACKEND_PORT": "8000", "RESOLVERS": "127.0.0.1"}


def start(folder: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run start.sh with an nginx that only says how it was called."""
    (folder / "nginx").write_text('#!/bin/sh\necho "$@"\n')
    (folder / "nginx").chmod(0o755)
    return subprocess.run(
        [CONFIGURATION / "start.sh"],
        env={"PATH": f"{folder}:/usr/bin:/bin", "TMPDIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"BACKEND_HOST": ""}, "BACKEND_HOST is not set"),
        ({"BACKEND_PORT": ""}, "BACKEND_PORT is not set"),
        ({"BACKEND_HOST": "a;b"}, "BACKEND_HOST is 'a;b'"),
        ({"BACKEND_PORT": "80;"}, "'80;' is none"),
        ({"PORT": "web"}, "'web' is none"),
        ({"RESOLVERS": "1.1.1.1; root /"}, "RESOLVERS is '1.1.1.1; root /'"),
    ],
)
def test_a_wrong_environment_is_one_sentence_and_no_nginx(tmp_path: Path, change: Mapping[str, str], told: str) -> None:
    done = start(tmp_path, {**GOOD, **change})
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_configuration_holds_the_environment_and_no_placeholder(tmp_path: Path) -> None:
    done = start(tmp_path, GOOD)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "nginx.d/nginx.conf").read_text()
    assert "http://backend:8000" in written
    assert "resolver 127.0.0.1 valid" in written
    assert "@" not in written.replace("@unanswered", "").replace("@problem", "").replace("@NAMES@", "")


def test_the_machines_resolvers_are_taken_where_none_is_named(tmp_path: Path) -> None:
    done = start(tmp_path, {**GOOD, "RESOLVERS": ""})
    own = [
        line.split()[1] for line in Path("/etc/resolv.conf").read_text().splitlines() if line.startswith("nameserver")
    ]
    if not own:
        assert "names no nameserver" in done.stderr
        return
    assert own[0].strip("[]") in (tmp_path / "nginx.d/nginx.conf").read_text()
