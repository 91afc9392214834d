"""What goes wrong around an engine: one clear message, and nothing half-left that the next `up` cannot finish."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from sandbox.polling import wait_until
from tests.docker.project import DockerProject
from tests.ports import free_port

PYTHON = "python:3.13-slim-trixie"
POSTGRES = "postgres:17"
SLEEPS = {"image": PYTHON, "command": ["python", "-c", "import signal; signal.pause()"], "init": True}
pytestmark = pytest.mark.slow


def application(**services: dict[str, Any]) -> dict[str, Any]:
    """A Compose file of these services."""
    return {"name": "small", "services": services}


def test_a_taken_port_is_named_and_up_finishes_once_it_is_free(project: DockerProject) -> None:
    port = free_port()
    project.compose(application(web={**SLEEPS, "ports": [f"127.0.0.1:{port}:8000"]}))
    with socket.create_server(("127.0.0.1", port)):
        refused = project.run("up")
    assert refused.code == 1
    assert f"port {port} of this machine is taken" in refused.err
    assert f"sport = :{port}" in refused.err
    assert project.containers() == []
    project.well("up")
    assert len(project.containers()) == 1


def test_an_image_that_cannot_be_pulled_is_named(project: DockerProject) -> None:
    project.compose(application(web={"image": "registry.invalid/nobody/nothing:1"}))
    refused = project.run("up")
    assert refused.code == 1
    assert "image registry.invalid/nobody/nothing:1 is not on this engine and cannot be pulled" in refused.err
    assert "docker load --input FILE" in refused.err


def test_a_missing_base_image_is_named(project: DockerProject) -> None:
    (project.folder / "app").mkdir()
    (project.folder / "app/Dockerfile").write_text("FROM registry.invalid/nobody/base:1\n")
    project.compose(application(web={"build": "app"}))
    refused = project.run("up")
    assert refused.code == 1
    assert "image 'web' cannot be built: its base image registry.invalid/nobody/base:1 cannot be had" in refused.err


def test_a_build_that_fails_shows_its_command_and_last_lines(project: DockerProject) -> None:
    (project.folder / "app").mkdir()
    (project.folder / "app/Dockerfile").write_text(f"FROM {PYTHON}\nRUN echo nearly done && exit 7\n")
    project.compose(application(web={"build": "app"}))
    refused = project.run("up")
    assert refused.code == 1
    assert "`/bin/sh -c echo nearly done && exit 7` ended with exit code 7" in refused.err
    assert "| #5 0." in refused.err or "nearly done" in refused.err
    (project.folder / "app/Dockerfile").write_text(f'FROM {PYTHON}\nCMD ["sleep", "1000"]\n')
    project.well("up")


def test_an_unhealthy_dependency_fails_up_with_its_name_and_last_lines_and_up_finishes_once_it_is_mended(
    project: DockerProject,
) -> None:
    check = {"test": ["CMD", "test", "-e", "/tmp/up"], "interval": "1s", "timeout": "1s", "retries": 1}
    talks = ["sh", "-c", "echo there is no route to the moon; exec sleep 1000"]
    web = {**SLEEPS, "depends_on": {"data": {"condition": "service_healthy"}}}
    data = {"image": PYTHON, "command": talks, "init": True, "healthcheck": check, "expose": [1]}
    project.compose(application(data=data, web=web))
    refused = project.run("up")
    assert refused.code == 1
    assert "container 'data-1' did not become healthy within" in refused.err
    assert "| there is no route to the moon" in refused.err
    assert len(project.containers()) == 1
    again = project.run("up")
    assert (again.code, "'data-1' did not become healthy" in again.err) == (1, True)
    mended = ["sh", "-c", "touch /tmp/up; exec sleep 1000"]
    project.compose(application(data={**data, "command": mended}, web=web))
    project.well("up")
    assert len(project.containers()) == 2


def test_a_container_that_ends_at_once_is_told_with_its_last_lines_and_leaves_nothing(project: DockerProject) -> None:
    data = {"image": PYTHON, "command": ["sh", "-c", "echo the disk speaks no SQL; exit 3"], "restart": "no"}
    project.compose(application(data=data))
    refused = project.run("up")
    assert refused.code == 1
    assert "container 'data-1' ended at once with exit code 3" in refused.err
    assert "| the disk speaks no SQL" in refused.err
    assert project.containers() == []


def test_another_password_than_the_volume_s_is_explained_and_a_new_volume_mends_it(project: DockerProject) -> None:
    password = {"secrets": ["password"]}
    ask = 'PGPASSWORD="$$(cat /run/secrets/password)" psql --host database --user postgres --command "SELECT 1"'
    content = application(
        database={
            "image": POSTGRES,
            "environment": {"POSTGRES_PASSWORD_FILE": "/run/secrets/password"},
            "volumes": ["data:/var/lib/postgresql/data"],
            "healthcheck": {"test": ["CMD", "pg_isready", "--host", "127.0.0.1"], "interval": "1s", "retries": 30},
            **password,
        },
        ask={
            "image": POSTGRES,
            "entrypoint": ["sh", "-c", ask],
            "depends_on": {"database": {"condition": "service_healthy"}},
            **password,
        },
        web={**SLEEPS, "depends_on": {"ask": {"condition": "service_completed_successfully"}}},
    )
    content |= {"volumes": {"data": {}}, "secrets": {"password": {"environment": "DATABASE_PASSWORD"}}}
    project.compose(content)
    project.well("up")
    project.well("down")
    project.files.secrets.unlink()
    refused = project.run("up")
    assert refused.code == 1
    assert "password authentication failed" in refused.err
    assert "initialised with another password" in refused.err
    assert "VOLUMES=1" in refused.err
    project.well("down", "--volumes")
    project.well("up")


def test_the_next_up_finishes_what_a_killed_one_began(project: DockerProject) -> None:
    check = {"test": ["CMD", "true"], "interval": "5s", "retries": 1}
    slow = {**SLEEPS, "expose": [1], "healthcheck": check}
    web = {**SLEEPS, "depends_on": {"data": {"condition": "service_healthy"}}}
    project.compose(application(data=slow, web=web))
    running = project.start("up")
    begun = wait_until(lambda: len(project.containers()) == 1, seconds=60)
    running.process.kill()
    assert begun, running.end().text
    running.end()
    project.well("up")
    assert len(project.containers()) == 2
    project.well("down")
    assert project.containers() == []


def test_an_unknown_input_of_a_container_is_refused(project: DockerProject) -> None:
    place = project.folder / "services/on_docker/container.py"
    project.edit(
        "services/on_docker/container.py", "        image=image,\n", "        image=image,\n        gpus='all',\n"
    )
    assert "gpus" in place.read_text()
    project.compose(application(web=SLEEPS))
    refused = project.run("preview")
    assert refused.code == 1
    assert "knows no input 'gpus'" in refused.err


def test_memory_beyond_the_limit_is_not_to_be_had(project: DockerProject) -> None:
    eats = {"image": PYTHON, "command": ["python", "-c", "bytearray(300 * 2**20)"], "restart": "no", "mem_limit": "64m"}
    web = {**SLEEPS, "depends_on": {"eats": {"condition": "service_completed_successfully"}}}
    project.compose(application(eats=eats, web=web))
    refused = project.run("up")
    assert refused.code == 1
    assert "job 'eats' ended with exit code 137" in refused.err
    (name,) = project.containers()
    assert json.loads(project.docker("inspect", name))[0]["State"]["OOMKilled"]
    eats["command"] = ["python", "-c", "bytearray(30 * 2**20)"]
    project.compose(application(eats=eats, web=web))
    project.well("up")


def test_a_missing_docker_command_is_told(project: DockerProject, tmp_path: Path) -> None:
    (project.folder / "app").mkdir()
    (project.folder / "app/Dockerfile").write_text(f"FROM {PYTHON}\n")
    project.compose(application(web={"build": "app"}))
    refused = project.run("up", PATH=str(tmp_path))
    assert refused.code == 1
    assert "there is no docker command on PATH" in refused.err
