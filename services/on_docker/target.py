"""Deploys the application on the engine that the Docker provider is configured for."""

from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pulumi

from services.deployment import Deployment
from services.model import Application, Condition
from services.on_docker import limits
from services.on_docker.container import Surroundings
from services.on_docker.images import Images
from services.on_docker.mounted_files import FileStore
from services.on_docker.mounts import declare_volumes
from services.on_docker.networks import declare_networks
from services.on_docker.service import ServiceContainers, ServiceContainersArgs
from services.settings import StackSettings

PROJECT: Final = Path(__file__).resolve().parents[2]

SECRETS_DIRECTORY: Final = ".secrets"
"""Where the files of the stack's secrets and configs lie, below the project; git ignores it."""


def deploy(settings: StackSettings, application: Application) -> Deployment:
    """Deploy the application on the engine that the Docker provider is configured for.

    Ports are published on loopback unless `host_ip` says otherwise; `x-aws` is ignored. Volumes outlive the stack
    under their own name, `<application>-<stack>-<volume>`.

    Raises:
        ApplicationError: The engine cannot do what the application asks for.
    """
    limits.check(application)
    stack = DockerStack(application.name, settings, application)
    return Deployment(
        endpoints={name: url for service in stack.services.values() for name, url in service.endpoints.items()},
        services=stack.services,
    )


class DockerStack(pulumi.ComponentResource):
    """The application's networks, volumes, images and services on one engine."""

    services: dict[str, ServiceContainers]

    def __init__(
        self,
        name: str,
        settings: StackSettings,
        application: Application,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("infra:docker:Stack", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        stack = pulumi.get_stack()
        surroundings = Surroundings(
            application=application,
            networks=declare_networks(application, child),
            volumes=declare_volumes(application, stack, protect=settings.components.protection, opts=child),
            labels={"infra.application": application.name, "infra.stack": stack},
        )
        files = FileStore(PROJECT / SECRETS_DIRECTORY / stack, application, settings.services.variables)
        images = Images(application, settings.services, child)
        awaited = _awaited_as_healthy(application)
        self.services = {}
        for service_name in _start_order(application):
            service = application.services[service_name]
            awaited_services = [self.services[other] for other in service.depends_on if other in self.services]
            self.services[service_name] = ServiceContainers(
                service_name,
                ServiceContainersArgs(
                    surroundings=surroundings,
                    image=images.of(service_name, service),
                    files=files,
                    is_job=service_name in application.one_shot_services,
                    wait_until_healthy=service_name in awaited,
                    wait_for=[ready for other in awaited_services for ready in other.ready],
                ),
                child,
            )
            surroundings.containers[service_name] = self.services[service_name].containers
        self.register_outputs({})


def _start_order(application: Application) -> tuple[str, ...]:
    """Services so that each comes after what it depends on; `services.rules` has refused cycles."""
    graph = {
        name: [other for other in service.depends_on if other in application.services]
        for name, service in application.services.items()
    }
    return tuple(TopologicalSorter(graph).static_order())


def _awaited_as_healthy(application: Application) -> frozenset[str]:
    return frozenset(
        name
        for service in application.services.values()
        for name, dependency in service.depends_on.items()
        if dependency.condition is Condition.HEALTHY
    )
