"""Passwords of managed services: in a secret that is mounted, or in a variable; pure."""

from pydantic import SecretStr

from services.model import Application, Secret, Service
from services.on_aws.managed_errors import ManagedError


def password_of(service: Service, application: Application, variables: tuple[str, ...]) -> tuple[Secret, str] | None:
    """Return the password that one of `variables` says, or the file that `<variable>_FILE` names, and which one.

    Raises:
        ManagedError: The file is no secret of the service.
    """
    for variable in variables:
        value = service.environment.get(variable)
        if value:
            text = value if isinstance(value, SecretStr) else SecretStr(value)
            return Secret(value=text), variable
        key = f"{variable}_FILE"
        if path := service.plain_environment.get(key):
            return _mounted(service, application, key, path), key
    return None


def _mounted(service: Service, application: Application, key: str, path: str) -> Secret:
    for mount in service.secrets:
        if mount.path == path and mount.source in application.secrets:
            return application.secrets[mount.source]
    known = ", ".join(mount.path for mount in service.secrets) or "none"
    raise ManagedError(
        ("environment", key), f"{path!r} is no secret of the service (known: {known}): use one of its paths"
    )
