"""Where the values of secrets and the contents of configs come from: variables, and files of this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from services.model import Application, Config, Secret

if TYPE_CHECKING:
    import pulumi

PROJECT: Final = Path(__file__).resolve().parents[1]
"""Where the program lies; an application's directory is relative to it."""

MAX_FILE_BYTES: Final = 65_536
"""The most that Secrets Manager holds in one value (AWS Secrets Manager User Guide, "Quotas")."""


class SourceError(ValueError):
    """A file of a secret or config cannot be used; the text says which and why."""


def secret_value(
    secret: Secret, application: Application, variables: Mapping[str, "str | pulumi.Output[str]"]
) -> "str | pulumi.Output[str]":
    """Return the value of a secret.

    Raises:
        SourceError: Its file cannot be used.
        KeyError: Its variable has no value (`services.rules` has refused that).
    """
    if secret.environment is not None:
        return variables[secret.environment]
    if secret.file is not None:
        return read(application, secret.file)
    assert secret.value is not None
    return secret.value.get_secret_value()


def config_content(
    config: Config, application: Application, variables: Mapping[str, "str | pulumi.Output[str]"]
) -> "str | pulumi.Output[str]":
    """Return the content of a config.

    Raises:
        SourceError: Its file cannot be used.
        KeyError: Its variable has no value (`services.rules` has refused that).
    """
    if config.environment is not None:
        return variables[config.environment]
    if config.file is not None:
        return read(application, config.file)
    assert config.content is not None
    return config.content.get_secret_value() if isinstance(config.content, SecretStr) else config.content


def read(application: Application, file: str) -> str:
    """Return the text of a file that the application names.

    Raises:
        SourceError: It is missing, no file, too large or no UTF-8.
    """
    try:
        return read_bytes(application, file).decode()
    except UnicodeDecodeError:
        raise SourceError(f"{file!r} is no UTF-8 text: put it into the image") from None


def read_bytes(application: Application, file: str) -> bytes:
    """Return the content of a file that the application names.

    Raises:
        SourceError: It is missing, no file or too large.
    """
    path = PROJECT / application.directory / file
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{file!r} cannot be read: {error.strerror}: name a file that is there") from None
    if len(content) > MAX_FILE_BYTES:
        raise SourceError(f"{file!r} has more than {MAX_FILE_BYTES} bytes: put it into the image")
    return content
