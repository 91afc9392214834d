"""The health checks of Prometheus' programs, as their images run them: busybox against TLS and a password.

A password is never among the arguments of a process, where everybody on the machine reads it.
"""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import bcrypt
import httpx
import pytest
import yaml

from observability import files, producers
from observability.engine import refused
from observability.prometheus.blackbox import modules
from observability.prometheus.routing import routing
from observability.prometheus.web import web_config
from tests.observability.engines import certificates, debian
from tests.observability.engines.process import end, running, until
from tests.ports import free_port

_PASSWORD = "LettersAndDigits1"
_PATHS = {
    producers.PROMETHEUS: "/-/healthy",
    producers.ALERTMANAGER: "/-/healthy",
    producers.BLACKBOX: "/-/healthy",
    producers.NODE: "/",
}


@pytest.fixture(scope="module")
def busybox() -> Path:
    return debian.unpacked("busybox", ["busybox-static"]) / "bin" / "busybox"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Configurations, and what is below /run/secrets in a container."""
    made = certificates.make(tmp_path / "certificates")
    hashed = bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    web = web_config(hashed, certificate=str(made.certificate), key=str(made.key))
    for name, text in (
        ("web.yml", web),
        ("prometheus.yml", "{}"),
        ("alertmanager.yml", yaml.safe_dump(routing(()))),
        ("blackbox.yml", yaml.safe_dump(modules())),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path


def _command(name: str, programs: Path, folder: Path) -> list[Path | str]:
    commands: dict[str, list[Path | str]] = {
        producers.PROMETHEUS: [
            programs / "prometheus",
            "--config.file=prometheus.yml",
            f"--storage.tsdb.path={folder / 'prometheus'}",
        ],
        producers.ALERTMANAGER: [
            *debian.alertmanager(programs),
            "--config.file=alertmanager.yml",
            f"--storage.path={folder / 'alertmanager'}",
            "--cluster.listen-address=",
        ],
        producers.BLACKBOX: [programs / "prometheus-blackbox-exporter", "--config.file=blackbox.yml"],
        producers.NODE: [programs / "prometheus-node-exporter"],
    }
    return commands[name]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize("name", _PATHS)
def test_a_check_succeeds_where_a_password_is_asked_for_and_fails_where_none_is_or_nothing_answers(
    name: str, busybox: Path, metrics_programs: Path, folder: Path, stack: ExitStack
) -> None:
    port = free_port()
    command = [*_command(name, metrics_programs, folder), f"--web.listen-address=127.0.0.1:{port}"]
    log = folder / "log"
    process = stack.enter_context(running([*command, "--web.config.file=web.yml"], log=log, folder=folder))
    url = f"https://localhost:{port}{_PATHS[name]}"
    authority = ssl.create_default_context(cafile=str(folder / "certificates" / "ca.pem"))
    with httpx.Client(verify=authority, auth=(files.METRICS_USER, _PASSWORD)) as client:
        until(name, lambda: client.get(url).is_success, process=process, log=log)

    def check() -> int:
        asked = refused(f"localhost:{port}{_PATHS[name]}")
        return subprocess.run([busybox, "sh", "-c", asked], capture_output=True, check=False, timeout=20).returncode

    assert check() == 0
    # With TLS and without users it answers to everybody, which is no health.
    users = folder / "web.yml"
    users.write_text(yaml.safe_dump({**yaml.safe_load(users.read_text()), "basic_auth_users": {}}))
    assert check() == 1
    end(process)
    assert check() == 1
