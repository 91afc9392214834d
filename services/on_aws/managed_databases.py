"""Managed databases: what the environment and command of a database image say, said to RDS; pure.

Sources: the images' own documentation, "Environment Variables"; Amazon RDS API Reference, CreateDBInstance.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.engines import ENGINES, Engine
from services.model import Application, Service
from services.on_aws.managed_errors import ManagedError
from services.on_aws.managed_parameters import parameters_of
from services.on_aws.managed_passwords import Password, password_of


@dataclass(frozen=True, kw_only=True)
class ImageContract:
    """The variables by which an official database image is told its user, database and password, the first one first.

    The image takes the defaults where they are unset; None: it needs them. `without_effect` are variables that mean
    nothing on RDS: where files lie, and the password of a user that RDS does not have.
    """

    engine: Engine
    users: tuple[str, ...]
    databases: tuple[str, ...]
    passwords: tuple[str, ...]
    default_user: str | None
    without_effect: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        """Every variable that is understood."""
        files = {f"{name}_FILE" for name in self.passwords}
        return frozenset({*self.users, *self.databases, *self.passwords, *files}) | self.without_effect


def _mysql_like(engine: str, prefixes: tuple[str, ...]) -> ImageContract:
    root = [f"{prefix}_{name}" for prefix in prefixes for name in ("ROOT_PASSWORD", "ROOT_PASSWORD_FILE", "ROOT_HOST")]
    random = [f"{prefix}_RANDOM_ROOT_PASSWORD" for prefix in prefixes]
    return ImageContract(
        engine=ENGINES[engine],
        users=tuple(f"{prefix}_USER" for prefix in prefixes),
        databases=tuple(f"{prefix}_DATABASE" for prefix in prefixes),
        passwords=tuple(f"{prefix}_PASSWORD" for prefix in prefixes),
        default_user=None,
        without_effect=frozenset({*root, *random}),
    )


CONTRACTS: Final[Mapping[str, ImageContract]] = {
    "postgres": ImageContract(
        engine=ENGINES["postgres"],
        users=("POSTGRES_USER",),
        databases=("POSTGRES_DB",),
        passwords=("POSTGRES_PASSWORD",),
        default_user="postgres",
        without_effect=frozenset({"PGDATA"}),
    ),
    "mysql": _mysql_like("mysql", ("MYSQL",)),
    "mariadb": _mysql_like("mariadb", ("MARIADB", "MYSQL")),
}
"""Name of the official image -> its contract."""


@dataclass(frozen=True, kw_only=True)
class ManagedDatabase:
    """A database in place of a service."""

    engine: Engine
    major_version: str
    user: str
    database_name: str
    password: Password
    parameters: Mapping[str, str]


def replacement(service: Service, application: Application) -> ManagedDatabase:
    """Return what RDS is to be, from the image, environment and command of a service.

    Raises:
        ManagedError: The image is not one that RDS can replace, or does not say what RDS must know.
    """
    contract, major_version = contract_of(service)
    for variable in service.environment:
        if variable not in contract.known:
            raise ManagedError(
                ("environment", variable),
                f"RDS does not know it, and it would be lost (known: {', '.join(sorted(contract.known))}): take it out",
            )
    user = _user(service, contract)
    found = password_of(service, application, contract.passwords)
    if found is None:
        raise ManagedError(
            ("environment", f"{contract.passwords[0]}_FILE"), "is not set, but RDS must know the password: set it"
        )
    password, key = found
    _check_password(password.known(application), key, contract.engine)
    return ManagedDatabase(
        engine=contract.engine,
        major_version=major_version,
        user=user,
        database_name=_database(service, contract, user),
        password=password,
        parameters=parameters_of(service, contract.engine),
    )


def contract_of(service: Service) -> tuple[ImageContract, str]:
    """Return the contract of a service's image, and its major version.

    Raises:
        ManagedError: The image is not one that RDS can replace, or has a tag without a major version that RDS has.
    """
    image = service.image or ""
    repository, _, tag = image.split("@")[0].rpartition(":")
    contract = CONTRACTS.get(repository.split("/")[-1])
    if contract is None:
        raise ManagedError(
            ("image",), f"RDS cannot replace {image!r}: use {', '.join(CONTRACTS)} with a version as tag"
        )
    version = next(
        (known for known in contract.engine.major_versions if re.match(rf"{re.escape(known)}(?!\d)", tag)), None
    )
    if version is None:
        offered = ", ".join(f"{repository}:{known}" for known in contract.engine.major_versions)
        raise ManagedError(("image",), f"RDS has no major version for the tag {tag!r}: use one of {offered}")
    return contract, version


def _user(service: Service, contract: ImageContract) -> str:
    key, user = _first(service, contract.users) or (contract.users[0], contract.default_user)
    if user is None:
        raise ManagedError(("environment", key), "is not set in plain, but RDS has no root user: set it")
    engine = contract.engine
    if user in engine.reserved_users:
        raise ManagedError(("environment", key), f"{user!r} is reserved by RDS: choose another name")
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", user) is None or len(user) > engine.longest_user:
        raise ManagedError(
            ("environment", key),
            f"{user!r}: RDS takes letters, digits and underscores, a letter first, at most {engine.longest_user}: "
            "choose such a name",
        )
    return user


def _database(service: Service, contract: ImageContract, user: str) -> str:
    found = _first(service, contract.databases)
    if found is None and contract.default_user is None:
        raise ManagedError(("environment", contract.databases[0]), "is not set in plain, but RDS must know it: set it")
    key, name = found or (contract.databases[0], user)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name) is None:
        raise ManagedError(
            ("environment", key),
            f"{name!r}: RDS takes letters, digits and underscores, a letter first, at most 63: choose such a name",
        )
    return name


def _first(service: Service, variables: tuple[str, ...]) -> tuple[str, str] | None:
    """The first of these variables that has a value in plain."""
    return next(((name, text) for name in variables if (text := service.plain_environment.get(name))), None)


def _check_password(text: str | None, key: str, engine: Engine) -> None:
    """Judge a password that is known here; of one in a variable of the stack RDS is the judge."""
    if text is None:
        return
    if not 8 <= len(text) <= engine.longest_password or re.search(r'[^!-~]|[/@"]', text):
        raise ManagedError(
            ("environment", key),
            f'RDS takes 8 to {engine.longest_password} printable characters without spaces and / @ " in a password: '
            "choose such a one",
        )
