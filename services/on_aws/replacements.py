"""Managed services in the place of containers: what they have in common; pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from components.engines import CACHE_ENGINES
from services.compose.values import Path
from services.model import Application, Service
from services.on_aws import managed_caches, managed_databases
from services.on_aws.managed_errors import ManagedError
from services.problems import Problem
from services.well_known import image_name

NAMES: Final[Mapping[str, str]] = {"rds": "RDS", "elasticache": "ElastiCache"}
"""Value of `x-aws.managed` -> how AWS calls it."""

_OF_CONTAINERS: Final = ("scaling", "size", "environment", "endpoints")
"""Members of `x-aws` that only a container can have."""


def kind_for(service: Service) -> str | None:
    """Return the value of `x-aws.managed` that stands for a service's image; None where no managed service does."""
    image = image_name(service.image or "")
    if service.build is not None:
        return None
    kinds = {"rds": managed_databases.CONTRACTS, "elasticache": CACHE_ENGINES}
    return next((kind for kind, images in kinds.items() if image in images), None)


def managed_port(service: Service) -> int:
    """Return the port of a managed service."""
    if service.x_aws.managed == "elasticache":
        return managed_caches.engine_of(service).port
    return managed_databases.contract_of(service)[0].engine.port


def problems(service: Service, application: Application) -> Iterator[Problem]:
    """What keeps a service from being replaced; the paths begin below the service."""
    name = NAMES[service.x_aws.managed or ""]
    for path, value in _only_in_containers(service):
        if value:
            yield Problem(
                path, f"{name} runs no container, and this would be lost: take it out, or x-aws.managed on this stack"
            )
    try:
        if service.x_aws.managed == "elasticache":
            _ = managed_caches.replacement(service, application)
        else:
            _ = managed_databases.replacement(service, application)
    except ManagedError as error:
        yield Problem(error.path, str(error))


def _only_in_containers(service: Service) -> Iterator[tuple[Path, object]]:
    """Keys by which a container does what the managed service does not, with their values."""
    yield ("entrypoint",), service.entrypoint
    yield ("build",), service.build
    yield ("configs",), service.configs
    for index, mount in enumerate(service.volumes):
        yield ("volumes", index), mount.type == "bind"
    for key in _OF_CONTAINERS:
        yield ("x-aws", key), getattr(service.x_aws, key)
