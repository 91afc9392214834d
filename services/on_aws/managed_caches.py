"""Managed caches: what the image, environment and command of a cache say, said to ElastiCache; pure.

Sources: Amazon ElastiCache User Guide, "Authenticating with the Valkey and Redis OSS AUTH command"; redis.conf.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from components.engines import CACHE_ENGINES, CacheEngine
from services.model import Application, Secret, Service
from services.on_aws.managed_errors import ManagedError
from services.on_aws.managed_passwords import Password, password_of

_PASSWORDS: Final = ("REDIS_PASSWORD", "VALKEY_PASSWORD")
"""Variables by which images of Redis and Valkey are told the password."""

_PROGRAMS: Final = frozenset({"redis-server", "valkey-server", "memcached"})
_WITHOUT_EFFECT: Final = frozenset(
    {"appendonly", "appendfsync", "save", "maxmemory", "loglevel", "bind", "protected-mode", "dir", "m", "c", "t"}
)
"""Options of the programs that ElastiCache decides itself: persistence, memory, addresses, log."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")


@dataclass(frozen=True, kw_only=True)
class ManagedCache:
    """A cache in place of a service; `password` is None where clients need none."""

    engine: CacheEngine
    version: str
    password: Password | None


def engine_of(service: Service) -> CacheEngine:
    """Return the engine of a service's image.

    Raises:
        ManagedError: ElastiCache cannot replace it.
    """
    return _image(service)[0]


def replacement(service: Service, application: Application) -> ManagedCache:
    """Return what ElastiCache is to be, from the image, environment and command of a service.

    Raises:
        ManagedError: The image is not one that ElastiCache can replace, or asks for what it cannot do.
    """
    engine, version = _image(service)
    for variable in service.environment:
        if variable.removesuffix("_FILE") not in _PASSWORDS:
            raise ManagedError(
                ("environment", variable),
                f"ElastiCache does not know it, and it would be lost (known: {', '.join(_PASSWORDS)}): take it out",
            )
    password, key = _password(service, application)
    if password is not None and engine.name == "memcached":
        raise ManagedError((key,), "memcached on ElastiCache has no password: take it out")
    known = None if password is None else password.known(application)
    if known is not None and _TOKEN.fullmatch(known) is None:
        raise ManagedError(
            (key,), "ElastiCache takes 16 to 128 letters, digits and ! & # $ ^ < > - in a password: choose such a one"
        )
    return ManagedCache(engine=engine, version=version, password=password)


def _image(service: Service) -> tuple[CacheEngine, str]:
    image = service.image or ""
    repository, _, tag = image.split("@")[0].rpartition(":")
    engine = CACHE_ENGINES.get(repository.split("/")[-1])
    if engine is None:
        raise ManagedError(
            ("image",), f"ElastiCache cannot replace {image!r}: use {', '.join(CACHE_ENGINES)} with a version as tag"
        )
    major = re.match(r"\d+", tag)
    version = None if major is None else engine.versions.get(major.group())
    if version is None:
        offered = ", ".join(f"{engine.name}:{known}" for known in engine.versions)
        other = "; valkey:8 speaks the same protocol" if engine.name == "redis" else ""
        raise ManagedError(("image",), f"ElastiCache has no version for the tag {tag!r}: use one of {offered}{other}")
    return engine, version


def _password(service: Service, application: Application) -> tuple[Password | None, str]:
    """The password, and the key that says it: a variable, an option of the command, or the one mounted secret."""
    found = password_of(service, application, _PASSWORDS)
    if found is not None:
        return found[0], "environment"
    command = service.command or ()
    mounted = [mount for mount in service.secrets if mount.source in application.secrets]
    if len(mounted) == 1 and (not command or any(mounted[0].path in word for word in command)):
        return Password(secret=application.secrets[mounted[0].source], is_file=True), "secrets"
    for name, value in _options(command):
        if name == "requirepass":
            return Password(secret=Secret(value=SecretStr(value)), is_file=False), "command"
    return None, "command"


def _options(command: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every option of a server's command line with its value.

    Raises:
        ManagedError: It is another program, or has an option that ElastiCache does not have.
    """
    words = [word for word in command if word not in _PROGRAMS]
    if words and not words[0].startswith("-"):
        raise ManagedError(
            ("command",), f"ElastiCache cannot run {' '.join(command)!r}: write the server with its options alone"
        )
    position = 0
    while position < len(words):
        name = words[position].lstrip("-")
        values: list[str] = []
        position += 1
        while position < len(words) and not words[position].startswith("-"):
            values.append(words[position])
            position += 1
        if name not in _WITHOUT_EFFECT | {"requirepass"}:
            raise ManagedError(
                ("command",), f"ElastiCache cannot be told the option {name!r}, and it would be lost: take it out"
            )
        yield name, " ".join(values)
