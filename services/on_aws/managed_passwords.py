"""Passwords of managed services: in a secret that is mounted, or in a variable.

An image that reads its password from a file does without the newlines at its end: `$(< "$file")` in the entry points of
the official images, or `$(cat FILE)` in a command (Bash Reference Manual, "Command Substitution"). So do we.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from services.model import Application, Secret, Service
from services.on_aws.managed_errors import ManagedError
from services.sources import SourceError, secret_value

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True, kw_only=True)
class Password:
    """A password of a managed service: what holds it, and whether the container would read it from a file."""

    secret: Secret
    is_file: bool

    def value(
        self, application: Application, variables: Mapping[str, "str | pulumi.Output[str]"]
    ) -> "str | pulumi.Output[str]":
        """Return the password itself.

        Raises:
            SourceError: The secret's file cannot be used.
            KeyError: Its variable has no value (`services.rules` has refused that).
        """
        value = secret_value(self.secret, application, variables)
        if not self.is_file:
            return value
        return _as_read(value) if isinstance(value, str) else value.apply(_as_read)

    def known(self, application: Application) -> str | None:
        """Return the password as far as it can be judged here: None for one in a variable of the stack.

        Nor is one in a file that cannot be used, which `services.rules` refuses.
        """
        if self.secret.environment is not None:
            return None
        try:
            value = self.value(application, {})
        except SourceError:
            return None
        return value if isinstance(value, str) else None


def _as_read(content: str) -> str:
    return content.rstrip("\n")


def password_of(service: Service, application: Application, variables: tuple[str, ...]) -> tuple[Password, str] | None:
    """Return the password that one of `variables` says, or the file that `<variable>_FILE` names, and which one.

    Raises:
        ManagedError: The file is no secret of the service.
    """
    for variable in variables:
        value = service.environment.get(variable)
        if value:
            text = value if isinstance(value, SecretStr) else SecretStr(value)
            return Password(secret=Secret(value=text), is_file=False), variable
        key = f"{variable}_FILE"
        if path := service.plain_environment.get(key):
            return Password(secret=_mounted(service, application, key, path), is_file=True), key
    return None


def _mounted(service: Service, application: Application, key: str, path: str) -> Secret:
    for mount in service.secrets:
        if mount.path == path and mount.source in application.secrets:
            return application.secrets[mount.source]
    known = ", ".join(mount.path for mount in service.secrets) or "none"
    raise ManagedError(
        ("environment", key), f"{path!r} is no secret of the service (known: {known}): use one of its paths"
    )
