"""The environment as typed settings: `BACKEND_*` for the server, `DATABASE_*` for the database.

Passwords come from files alone: an environment shows in process listings, crash reports and `docker inspect`.
"""

import difflib
import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(ge=0)]

SettingsType = TypeVar("SettingsType", bound="_Settings")


class SettingsError(ValueError):
    """The environment is wrong; the text names every variable, what is wrong and what to do."""


class LogLevel(StrEnum):
    """The least severe level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SslMode(StrEnum):
    """How far TLS to the database is asked for (libpq, "SSL Support")."""

    DISABLE = "disable"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"

    @property
    def verifies(self) -> bool:
        """Whether the server's certificate is checked against an authority."""
        return self in {SslMode.VERIFY_CA, SslMode.VERIFY_FULL}


class _Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True)


class ServerSettings(_Settings):
    """`BACKEND_*`: how the server listens, logs and ends."""

    model_config = SettingsConfigDict(env_prefix="BACKEND_")

    listen_address: str = Field(default="0.0.0.0", description="Address to bind.")  # noqa: S104  # of a container
    listen_port: Port = Field(default=8000, description="Port to bind; 0 lets the system choose.")
    log_level: LogLevel = LogLevel.INFO
    drain_seconds: Seconds = Field(
        default=0.5,
        description="How long the server goes on to accept after SIGTERM, until nobody sends it anything new.",
    )
    finish_seconds: Annotated[int, Field(ge=1)] = Field(
        default=15, description="How long requests under way may take after that."
    )


class DatabaseSettings(_Settings):
    """`DATABASE_*`: where the database is and who we are there."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_")

    host: Annotated[str, Field(min_length=1)] = Field(description="Host name, or the directory of a socket.")
    port: Port = 5432
    name: Annotated[str, Field(min_length=1)]
    user: Annotated[str, Field(min_length=1)]
    password_file: Path
    sslmode: SslMode
    sslrootcert: Path | None = Field(default=None, description="Authorities that may sign the server's certificate.")
    pool_max_size: Annotated[int, Field(ge=1, le=100)] = Field(default=10, description="Most connections at once.")
    pool_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        default=2.0, description="How long a request waits for a connection."
    )

    @model_validator(mode="after")
    def _files_can_be_read(self) -> Self:
        for name, path in self._password_files():
            _secret(name, path)
        if self.sslrootcert is not None:
            _read("DATABASE_SSLROOTCERT", self.sslrootcert)
        if self.sslmode.verifies and self.sslrootcert is None:
            raise ValueError(f"DATABASE_SSLROOTCERT is not set, but sslmode {self.sslmode.value} needs it: name a file")
        return self

    def _password_files(self) -> Iterator[tuple[str, Path]]:
        yield "DATABASE_PASSWORD_FILE", self.password_file

    @property
    def password(self) -> SecretStr:
        """The password as its file holds it now, without the newline that editors add."""
        return _secret("DATABASE_PASSWORD_FILE", self.password_file)


class MigrationSettings(DatabaseSettings):
    """What the migration job knows: its own administrator, and the passwords that the roles shall have."""

    app_password_file: Path
    metrics_password_file: Path
    wait_seconds: Seconds = Field(default=60.0, description="How long the database may take to answer.")

    def _password_files(self) -> Iterator[tuple[str, Path]]:
        yield from super()._password_files()
        yield "DATABASE_APP_PASSWORD_FILE", self.app_password_file
        yield "DATABASE_METRICS_PASSWORD_FILE", self.metrics_password_file

    @property
    def app_password(self) -> SecretStr:
        """The password of the application's role."""
        return _secret("DATABASE_APP_PASSWORD_FILE", self.app_password_file)

    @property
    def metrics_password(self) -> SecretStr:
        """The password of the role that reads metrics."""
        return _secret("DATABASE_METRICS_PASSWORD_FILE", self.metrics_password_file)


def load(kind: type[SettingsType]) -> SettingsType:
    """Read settings of a kind from the environment.

    Raises:
        SettingsError: A variable is missing, unknown or has a value that is not allowed.
    """
    prefix = str(kind.model_config.get("env_prefix"))
    known = [field.upper() for field in kind.model_fields]
    given = sorted(name.removeprefix(prefix) for name in os.environ if name.startswith(prefix))
    problems = [_unknown(name, prefix, known) for name in given if name not in known]
    try:
        settings = kind()
    except ValidationError as error:
        problems += [_problem(prefix, details) for details in error.errors(include_url=False)]
        raise SettingsError("; ".join(problems)) from None
    if problems:
        raise SettingsError("; ".join(problems))
    return settings


def _unknown(name: str, prefix: str, known: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {prefix}{nearest[0]}? " if nearest else ""
    return f"{prefix}{name} is no setting: {hint}known: {', '.join(f'{prefix}{other}' for other in known)}"


def _problem(prefix: str, details: ErrorDetails) -> str:
    text = details["msg"].removeprefix("Value error, ")
    if not details["loc"]:
        return text
    name = f"{prefix}{str(details['loc'][0]).upper()}"
    return f"{name} is not set" if details["type"] == "missing" else f"{name}: {text[0].lower()}{text[1:]}"


def _secret(name: str, path: Path) -> SecretStr:
    text = _read(name, path).removesuffix("\n")
    if not text:
        raise ValueError(f"{name}: {path} is empty")
    return SecretStr(text)


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}: {path}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name} cannot be read: no UTF-8: {path}") from None
