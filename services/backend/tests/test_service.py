"""What `service.py` declares is what the software asks for, and the image holds what the tests ran with."""

import re
from pathlib import Path

import pytest

from backend import probe, schema
from backend.roles import APPLICATION
from backend.settings import DatabaseSettings, MigrationSettings, ServerSettings, SslMode, load
from services.backend.service import PORT, backend, migrate
from services.backend.tests.servers import BACKEND
from services.database.service import database
from services.model import Service

PROJECT = BACKEND.parents[1]


def declared(service: Service, monkeypatch: pytest.MonkeyPatch, directory: Path, *, on_aws: bool) -> None:
    """Set the environment that a container of the service has, its files below a directory of this machine."""
    values = {**service.environment, **(service.x_aws.environment if on_aws else {})}
    mounted = {mount.path for mount in service.secrets}
    for name, value in values.items():
        assert isinstance(value, str)
        if name.endswith("_FILE"):
            assert value in mounted, f"{name}: {value} is no secret of the service"
            path = directory / name
            path.write_text("a password")
            monkeypatch.setenv(name, str(path))
        else:
            monkeypatch.setenv(name, value.replace("/app/", f"{BACKEND}/"))


@pytest.mark.parametrize("on_aws", [False, True])
def test_the_backend_is_told_all_that_it_asks_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, on_aws: bool
) -> None:
    declared(backend(), monkeypatch, tmp_path, on_aws=on_aws)
    server, settings = load(ServerSettings), load(DatabaseSettings)
    assert server.listen_port == PORT
    assert settings.user == APPLICATION
    assert settings.name == database().environment["POSTGRES_DB"]
    assert settings.sslmode is (SslMode.VERIFY_FULL if on_aws else SslMode.PREFER)
    grace = backend().stop_grace_period
    assert grace is not None
    assert server.drain_seconds + server.finish_seconds < grace.total_seconds()


@pytest.mark.parametrize("on_aws", [False, True])
def test_the_job_is_told_all_that_it_asks_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, on_aws: bool) -> None:
    declared(migrate(), monkeypatch, tmp_path, on_aws=on_aws)
    settings = load(MigrationSettings)
    assert settings.user == database().environment["POSTGRES_USER"]
    assert settings.sslmode is (SslMode.VERIFY_FULL if on_aws else SslMode.PREFER)


def test_nobody_but_the_job_and_the_database_has_the_administrator_s_password() -> None:
    holders = {service: {mount.source for mount in service().secrets} for service in (backend, migrate, database)}
    assert [service.__name__ for service, secrets in holders.items() if "database-password" in secrets] == [
        "migrate",
        "database",
    ]


def test_the_probe_of_the_service_and_of_the_image_are_one() -> None:
    check = backend().healthcheck
    assert check is not None
    command = [*check.test[1:]]
    assert command == ["python", "-m", probe.__name__, "/healthz"]
    healthcheck = re.search(r"HEALTHCHECK .*?CMD (\[.*?\])", dockerfile(), re.DOTALL)
    assert healthcheck is not None
    assert healthcheck[1] == '["python", "-m", "backend.probe", "/healthz"]'
    assert f"EXPOSE {PORT}" in dockerfile()


def dockerfile() -> str:
    return (BACKEND / "Dockerfile").read_text(encoding="utf-8")


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_tests_run_with_what_the_image_holds() -> None:
    image, here = pins(BACKEND / "requirements.txt"), pins(PROJECT / "requirements" / "development.lock")
    assert image
    assert {name: here.get(name) for name in image} == image


def test_every_package_of_the_image_is_locked_by_hash_and_names_no_place() -> None:
    text = (BACKEND / "requirements.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) == len(pins(BACKEND / "requirements.txt"))
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text


def test_migrations_are_numbered_without_a_gap() -> None:
    names = [migration.name for migration in schema.read(schema.MIGRATIONS)]
    assert [name[:5] for name in names] == [f"{number:04}_" for number in range(1, len(names) + 1)]
