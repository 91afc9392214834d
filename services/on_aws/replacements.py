"""Managed replacements: what the environment of a database image says, said to RDS; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.engines import ENGINES, Engine
from services.compose.values import Path
from services.model import Application, Secret, Service


class ManagedError(ValueError):
    """A managed service that cannot be: the key below the service, what is wrong and what to do."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path


@dataclass(frozen=True, kw_only=True)
class ImageContract:
    """The variables by which an official database image is told its user, database and password."""

    engine: Engine
    user: str
    database: str
    password: str


CONTRACTS: Final[Mapping[str, ImageContract]] = {
    name: ImageContract(engine=ENGINES[name], user=f"{prefix}_USER", database=database, password=f"{prefix}_PASSWORD")
    for name, prefix, database in (
        ("postgres", "POSTGRES", "POSTGRES_DB"),
        ("mysql", "MYSQL", "MYSQL_DATABASE"),
        ("mariadb", "MARIADB", "MARIADB_DATABASE"),
    )
}
"""Name of the official image -> its contract."""


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A managed database in place of a service; `password` is a secret of the application."""

    engine: Engine
    major_version: str
    user: str
    database_name: str
    password: Secret


def replacement(service: Service, application: Application) -> Replacement:
    """Return what RDS is to be, from the image and environment of a service.

    Raises:
        ManagedError: The image is not one that RDS can replace, or does not say what RDS must know.
    """
    contract, major_version = _image(service.image or "")
    user = _variable(service, contract.user)
    if user in contract.engine.reserved_users:
        raise ManagedError(("environment", contract.user), f"{user!r} is reserved by RDS: choose another name")
    return Replacement(
        engine=contract.engine,
        major_version=major_version,
        user=user,
        database_name=_variable(service, contract.database),
        password=_password(service, application, contract),
    )


def _image(image: str) -> tuple[ImageContract, str]:
    repository, _, tag = image.split("@")[0].rpartition(":")
    contract = CONTRACTS.get(repository.split("/")[-1])
    if contract is None:
        raise ManagedError(
            ("image",), f"RDS cannot replace {image!r}: use {', '.join(CONTRACTS)} with a version as tag"
        )
    parts = contract.engine.version_parts
    version = re.match(r"\d+" + r"\.\d+" * (parts - 1), tag)
    if version is None:
        example = {1: "17", 2: "8.4"}[parts]
        raise ManagedError(("image",), f"the tag {tag!r} has no major version: write it, as in {repository}:{example}")
    return contract, version.group()


def _variable(service: Service, name: str) -> str:
    value = service.plain_environment.get(name)
    if not value:
        raise ManagedError(("environment", name), "is not set in plain, but RDS must know it: set it")
    return value


def _password(service: Service, application: Application, contract: ImageContract) -> Secret:
    key = f"{contract.password}_FILE"
    if contract.password in service.environment:
        raise ManagedError(
            ("environment", contract.password),
            f"RDS takes the password from a secret: make it one and set {key} to its path",
        )
    path = _variable(service, key)
    for mount in service.secrets:
        if mount.path == path and mount.source in application.secrets:
            return application.secrets[mount.source]
    known = ", ".join(mount.path for mount in service.secrets) or "none"
    raise ManagedError(
        ("environment", key), f"{path!r} is no secret of the service (known: {known}): use one of its paths"
    )
