"""What stands in for official images honours their contracts: paths, users, folders, ports, commands."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docker.conftest import TestEngine
from tests.docker.project import eventually
from tests.observability.engines import certificates
from tools.docker_engine.stand_ins import STAND_INS

pytestmark = pytest.mark.slow

PASSWORD = "the-metrics-password"
HASH = "$2b$04$/0buwdjU7rMPNeJ0/FHMhe.wVFG9bDbHm9Ape0C3uSWwSXJl86ayi"
WEB_CONFIG = "--web.config.file=/run/secrets/web-config"
GRAFANA = {
    "GF_SERVER_PROTOCOL": "https",
    "GF_SERVER_CERT_FILE": "/run/secrets/certificate",
    "GF_SERVER_CERT_KEY": "/run/secrets/certificate-key",
    "GF_SECURITY_ADMIN_PASSWORD__FILE": "/run/secrets/metrics-password",
}


@dataclass(frozen=True, kw_only=True)
class Program:
    """How a stack runs an image that serves metrics."""

    repository: str
    command: Sequence[str]
    """With the whole path of the program, as the graph gives it."""
    url: str
    """What the health check asks for; {PASSWORD} is the users' `metrics`."""
    uid: int = 65534
    environment: tuple[tuple[str, str], ...] = ()
    volume: str | None = None


PROGRAMS = (
    Program(
        repository="prom/prometheus",
        command=[
            "/bin/prometheus",
            "--config.file=/config/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            WEB_CONFIG,
        ],
        url="https://metrics:{PASSWORD}@localhost:9090/-/healthy",
        volume="/prometheus",
    ),
    Program(
        repository="prom/alertmanager",
        command=[
            "/bin/alertmanager",
            "--config.file=/config/alertmanager.yml",
            "--storage.path=/alertmanager",
            "--cluster.listen-address=",
            WEB_CONFIG,
        ],
        url="https://metrics:{PASSWORD}@localhost:9093/-/healthy",
        volume="/alertmanager",
    ),
    Program(
        repository="prom/blackbox-exporter",
        command=["/bin/blackbox_exporter", "--config.file=/config/blackbox.yml", WEB_CONFIG],
        url="https://metrics:{PASSWORD}@localhost:9115/-/healthy",
        uid=0,
    ),
    Program(
        repository="prom/node-exporter",
        command=["/bin/node_exporter", WEB_CONFIG],
        url="https://metrics:{PASSWORD}@localhost:9100/metrics",
    ),
    Program(
        repository="prometheuscommunity/postgres-exporter",
        command=["/bin/postgres_exporter", WEB_CONFIG],
        url="https://metrics:{PASSWORD}@localhost:9187/",
        environment=(("DATA_SOURCE_NAME", "postgresql://nobody@localhost:1/none?sslmode=disable"),),
    ),
    Program(
        repository="prometheuscommunity/elasticsearch-exporter",
        command=["/bin/elasticsearch_exporter", "--es.uri=https://localhost:1", WEB_CONFIG],
        url="https://metrics:{PASSWORD}@localhost:9114/",
    ),
    Program(repository="google/cadvisor", command=["/usr/bin/cadvisor"], url="http://localhost:8080/healthz", uid=0),
    Program(
        repository="grafana/grafana",
        command=["/run.sh"],
        url="https://localhost:3000/api/health",
        uid=472,
        environment=tuple(GRAFANA.items()),
    ),
)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies below /run/secrets, and configurations below /config."""
    folder = tmp_path_factory.mktemp("secrets")
    made = certificates.make(folder)
    made.certificate.rename(folder / "certificate")
    made.key.rename(folder / "certificate-key")
    tls = {"cert_file": "/run/secrets/certificate", "key_file": "/run/secrets/certificate-key"}
    (folder / "web-config").write_text(
        json.dumps({"tls_server_config": tls, "basic_auth_users": {"metrics": HASH}}), encoding="utf-8"
    )
    (folder / "metrics-password").write_text(PASSWORD, encoding="utf-8")
    (folder / "prometheus.yml").write_text("{}", encoding="utf-8")
    (folder / "blackbox.yml").write_text(json.dumps({"modules": {"tcp": {"prober": "tcp"}}}), encoding="utf-8")
    (folder / "alertmanager.yml").write_text(
        json.dumps({"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}), encoding="utf-8"
    )
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o444)
    return folder


@dataclass(frozen=True)
class Docker:
    """The engine's command."""

    engine: TestEngine

    def __call__(self, *arguments: str, check: bool = True) -> str:
        """Its output, errors included."""
        done = subprocess.run(
            ["docker", *arguments], env={**self.engine.variables}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}: {done.stderr}"
        return (done.stdout + done.stderr).strip()


@pytest.fixture(scope="module")
def docker(observing: TestEngine) -> Docker:
    if not observing.stand_ins:
        pytest.skip("this engine runs the official images themselves")
    return Docker(observing)


@pytest.fixture(scope="module")
def containers(docker: Docker, secrets: Path) -> Iterator[Mapping[str, str]]:
    """All programs at once, each in a container without rights: repository -> container."""
    started: dict[str, str] = {}
    try:
        for program in PROGRAMS:
            options = ["--detach", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
            options += ["--volume", f"{secrets}:/run/secrets:ro", "--volume", f"{secrets}:/config:ro"]
            options += ["--volume", program.volume] if program.volume else []
            options += [f"--env={name}={value}" for name, value in program.environment]
            path, *arguments = program.command
            image = STAND_INS[program.repository]
            started[program.repository] = docker("run", *options, "--entrypoint", path, image, *arguments)
        yield started
    finally:
        docker("rm", "--force", "--volumes", *started.values())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.repository)
def test_a_program_serves_over_tls_in_a_container_without_rights(
    program: Program, containers: Mapping[str, str], docker: Docker
) -> None:
    container = containers[program.repository]
    health = f'wget -q -O /dev/null --no-check-certificate "{program.url.replace("{PASSWORD}", PASSWORD)}" && echo well'

    def asked(command: str) -> str:
        return docker("exec", container, "sh", "-c", command, check=False)

    eventually(lambda: asked(health) == "well", f"health of {program.repository}")
    if "{PASSWORD}" in program.url:
        assert "401" in asked(health.replace(PASSWORD, "wrong"))
    assert docker("exec", container, "id", "-u") == str(program.uid)
    entrypoint = docker("inspect", "--format", "{{json .Config.Entrypoint}}", STAND_INS[program.repository])
    assert entrypoint.startswith(f'["{program.command[0]}"')


def test_fluent_bit_runs_without_a_shell(docker: Docker) -> None:
    image = STAND_INS["fluent/fluent-bit"]
    assert "Fluent Bit v" in docker("run", "--rm", image, "/fluent-bit/bin/fluent-bit", "--version")
    assert "executable file not found" in docker("run", "--rm", "--entrypoint", "sh", image, check=False)
