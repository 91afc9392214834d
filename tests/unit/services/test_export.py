"""The built-in application as a Compose file: our own loader reads it as the application that it was made of."""

from pathlib import Path, PurePosixPath

import pytest
import yaml
from typer.testing import CliRunner

from services.__main__ import app
from services.application import built_in
from services.compose_file import ComposeOptions, load
from services.export import compose_file
from services.model import Application, Service
from services.sources import PROJECT

SECRETS = PurePosixPath("secrets")
KEPT = ("command", "entrypoint", "environment", "user", "read_only", "init", "cap_drop", "tmpfs", "restart", "image")


@pytest.fixture
def loaded(tmp_path: Path) -> Application:
    text = compose_file(built_in(), replicas={"frontend": 1, "backend": 3}, secrets=SECRETS)
    (tmp_path / "compose.yaml").write_text(text)
    return load(ComposeOptions(files=["compose.yaml"], variables={}, directory=tmp_path))


def test_the_exported_file_is_the_application_again(loaded: Application) -> None:
    original = built_in()
    assert set(loaded.services) == set(original.services)
    for name, service in original.services.items():
        found = loaded.services[name]
        assert {key: getattr(found, key) for key in KEPT} == {key: getattr(service, key) for key in KEPT}, name
        assert set(found.networks) == set(service.networks)
        assert found.depends_on == service.depends_on
        assert [mount.path for mount in found.secrets] == [mount.path for mount in service.secrets]
        assert found.cpu_limit == service.cpu_limit
        assert found.memory_limit_bytes == service.memory_limit_bytes
    assert {name: item.internal for name, item in loaded.networks.items()} == {"edge": False, "data": True}


def test_replicas_are_the_stack_s_and_ports_are_on_loopback(loaded: Application) -> None:
    assert {name: loaded.services[name].deploy.replicas for name in ("frontend", "backend")} == {
        "frontend": 1,
        "backend": 3,
    }
    assert [port.host_ip for service in loaded.services.values() for port in service.ports] == ["127.0.0.1"]


def test_secrets_are_files_and_a_dollar_is_no_variable() -> None:
    service = Service(image="x", command=("sh", "-c", "echo $HOME"))
    text = compose_file(Application(name="small", services={"web": service}), replicas={}, secrets=SECRETS)
    assert yaml.safe_load(text)["services"]["web"]["command"] == ["sh", "-c", "echo $$HOME"]
    whole = yaml.safe_load(compose_file(built_in(), replicas={}, secrets=SECRETS))
    assert whole["secrets"]["database-password"] == {"file": "secrets/database-password"}


def test_the_command_prints_the_file_and_refuses_a_stack_that_is_none() -> None:
    told = CliRunner().invoke(app, ["export"])
    assert told.exit_code == 0
    assert yaml.safe_load(told.stdout)["services"]["frontend"]["deploy"]["replicas"] == 1
    header = told.stdout[: told.stdout.index("services:\n")]
    assert "replicas of Pulumi.dev.yaml, without its logging and monitoring" in header
    command = "docker compose up --build --detach --wait frontend"
    assert command in header
    assert command in (PROJECT / "docs/guides/local-development.md").read_text()
    refused = CliRunner().invoke(app, ["export", "--stack", "nobody"])
    assert (refused.exit_code, "no Pulumi.nobody.yaml" in refused.stderr) == (2, True)
