"""The environment as settings."""

import os
from pathlib import Path

import pytest

from backend.settings import DatabaseSettings, LogLevel, MigrationSettings, ServerSettings, SettingsError, load


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A good environment; the directory of its files."""
    for name in [name for name in os.environ if name.startswith(("BACKEND_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    for name in ("password", "authorities"):
        (tmp_path / name).write_text(f"{name}\n")
    for name, value in {
        "HOST": "database",
        "NAME": "app",
        "USER": "app",
        "PASSWORD_FILE": str(tmp_path / "password"),
        "SSLMODE": "verify-full",
        "SSLROOTCERT": str(tmp_path / "authorities"),
    }.items():
        monkeypatch.setenv(f"DATABASE_{name}", value)
    return tmp_path


def problem(kind: type[ServerSettings | DatabaseSettings]) -> str:
    with pytest.raises(SettingsError) as refused:
        load(kind)
    return str(refused.value)


def test_a_good_environment_is_read(database: Path) -> None:
    settings = load(DatabaseSettings)
    assert (settings.host, settings.port, settings.password.get_secret_value()) == ("database", 5432, "password")
    assert load(ServerSettings).log_level is LogLevel.INFO


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_PORT", "many", "DATABASE_PORT: input should be a valid integer"),
        ("DATABASE_PORT", "65536", "DATABASE_PORT: input should be less than or equal to 65535"),
        ("DATABASE_HOST", "", "DATABASE_HOST: string should have at least 1 character"),
        ("DATABASE_SSLMODE", "on", "DATABASE_SSLMODE: input should be 'disable', 'prefer'"),
        ("DATABASE_PASSWORD_FILE", "/nowhere", "DATABASE_PASSWORD_FILE cannot be read: No such file or directory: /n"),
        ("DATABASE_SSLROOTCERT", "/nowhere", "DATABASE_SSLROOTCERT cannot be read: No such file or directory"),
        ("DATABASE_POOL_MAX_SIZE", "0", "DATABASE_POOL_MAX_SIZE: input should be greater than or equal to 1"),
        ("DATABASE_PASSWORD", "x", "DATABASE_PASSWORD is no setting: did you mean DATABASE_PASSWORD_FILE?"),
        ("DATABASE_ZZZ", "x", "DATABASE_ZZZ is no setting: known: DATABASE_HOST, DATABASE_PORT"),
    ],
)
def test_a_variable_that_is_wrong_is_named(
    database: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert told in problem(DatabaseSettings)


def test_verification_without_authorities_is_refused(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_SSLROOTCERT")
    assert "DATABASE_SSLROOTCERT is not set, but sslmode verify-full needs it" in problem(DatabaseSettings)


def test_every_problem_is_told_at_once(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_NAME")
    monkeypatch.setenv("DATABASE_PORT", "x")
    monkeypatch.setenv("DATABASE_USSER", "x")
    assert len(problem(DatabaseSettings).split("; ")) == 3


@pytest.mark.parametrize(("content", "told"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "no UTF-8")])
def test_a_password_that_is_none_is_refused(database: Path, content: bytes, told: str) -> None:
    (database / "password").write_bytes(content)
    text = problem(DatabaseSettings)
    assert "DATABASE_PASSWORD_FILE" in text
    assert told in text


def test_a_password_keeps_all_but_the_last_newline(database: Path) -> None:
    (database / "password").write_text(" two\nlines \n\n")
    assert load(DatabaseSettings).password.get_secret_value() == " two\nlines \n"


def test_the_migration_job_needs_the_passwords_of_the_roles(database: Path) -> None:
    text = problem(MigrationSettings)
    assert "DATABASE_APP_PASSWORD_FILE is not set" in text
    assert "DATABASE_METRICS_PASSWORD_FILE is not set" in text
