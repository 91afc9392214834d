"""A stack on a Docker engine where there is none, or one that cannot be used."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sandbox import cli
from sandbox.docker_engine import explained, missing_image
from tests.sandbox.tiny import make_project

run = CliRunner()
COMMANDS = ("up", "preview", "refresh", "status", "down", "reset")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = make_project(tmp_path)
    (project / "Pulumi.dev.yaml").write_text("config: {'aws:region': eu-central-1, 'services:target': docker}")
    monkeypatch.setattr(cli, "PROJECT", project)
    return project


@pytest.fixture
def old_engine() -> Iterator[str]:
    """The address of something that answers as Docker 20.10 does."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "ID": "old"})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"tcp://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("command", COMMANDS)
def test_without_an_engine_every_command_says_so_and_writes_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{project}/nobody.sock")
    result = run.invoke(cli.app, [command, "--stack", "dev"])
    assert result.exit_code == 2
    assert f"No Docker engine answers at unix://{project}/nobody.sock" in result.stderr
    assert "systemctl start docker" in result.stderr
    assert not (project / ".sandbox").exists()


def test_an_engine_that_is_too_old_is_refused_with_what_it_is_and_what_is_needed(
    project: Path, monkeypatch: pytest.MonkeyPatch, old_engine: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", old_engine)
    result = run.invoke(cli.app, ["up", "--stack", "dev"])
    assert result.exit_code == 2
    assert "is 20.10.24 (API 1.41); the sandbox needs 25.0 or newer (API 1.44)" in result.stderr
    assert not (project / ".sandbox").exists()


def test_an_address_that_is_none_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "nonsense")
    result = run.invoke(cli.app, ["up", "--stack", "dev"])
    assert (result.exit_code, "No Docker engine answers at nonsense" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "driver failed programming external connectivity on endpoint web: Bind for 127.0.0.1:8080 failed: port is "
            "already allocated",
            "port 8080 of this machine is taken (127.0.0.1:8080)",
        ),
        (
            "Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use",
            "port 8080 of this machine is taken (127.0.0.1:8080)",
        ),
        (
            "failed to set up container networking: driver failed programming external connectivity on endpoint web: "
            "failed to bind host port for 127.0.0.1:8080:172.18.0.2:80/tcp: address already in use",
            "port 8080 of this machine is taken (127.0.0.1:8080)",
        ),
        ("write /var/lib/x: no space left on device", "the engine's disk is full"),
        ("No such image: sha256:123", "the engine has no image sha256:123 any more"),
    ],
)
def test_what_the_engine_says_is_told_with_the_remedy(said: str, told: str) -> None:
    assert explained(said).startswith(told)


def test_an_image_that_cannot_be_pulled_is_named_with_two_ways_on() -> None:
    told = missing_image("example/app:1", "pull access denied for example/app, repository does not exist")
    assert "image example/app:1 is not on this engine and cannot be pulled" in told
    assert "docker pull example/app:1" in told
    assert "docker load --input FILE" in told
