"""Managed services in the place of containers: what they have in common; pure."""

from collections.abc import Iterator

from components.engines import CACHE_ENGINES
from services.model import Application, Service, VolumeMount
from services.on_aws import managed_caches, managed_databases
from services.on_aws.managed_errors import ManagedError
from services.problems import Problem
from services.support import MANAGED_NAMES
from services.well_known import image_name


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
    name = MANAGED_NAMES[service.x_aws.managed or ""]
    elsewhere = "take it out, or x-aws.managed on this stack"
    for index, mount in enumerate(service.volumes):
        if mount.type == "bind":
            yield Problem(
                ("volumes", index), f"{name} runs no container, and what is mounted would be lost: {elsewhere}"
            )
        elif others := _sharing(service, mount, application):
            yield Problem(
                ("volumes", index),
                f"{name} keeps its data on storage of its own, so {', '.join(others)} would find nothing in "
                f"{mount.source!r}: {elsewhere}",
            )
    if service.replicas == 0:
        path = ("deploy", "replicas") if service.scale is None else ("scale",)
        yield Problem(path, f"0, but {name} runs always: {elsewhere}")
    try:
        if service.x_aws.managed == "elasticache":
            _ = managed_caches.replacement(service, application)
        else:
            _ = managed_databases.replacement(service, application)
    except ManagedError as error:
        yield Problem(error.path, str(error))


def _sharing(service: Service, mount: VolumeMount, application: Application) -> list[str]:
    """The services that run as containers and mount the same volume."""
    return [
        name
        for name, other in application.services.items()
        if other is not service
        and other.x_aws.managed is None
        and mount.source in {one.source for one in other.named_volumes}
    ]
