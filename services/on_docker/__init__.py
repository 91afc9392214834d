"""The application on a Docker engine: the stack for development."""

from graphlib import TopologicalSorter
from pathlib import Path

import pulumi
import pulumi_docker as docker

from services.deployment import Deployment
from services.model import Application, Condition
from services.on_docker import limits
from services.on_docker.images import Images
from services.on_docker.secret_files import SecretFiles
from services.on_docker.service import ServiceContainers, ServiceContainersArgs
from services.settings import StackSettings
from services.sources import secret_value

PROJECT = Path(__file__).resolve().parents[2]

SECRETS_DIRECTORY = ".secrets"
"""Where the stack's secret files lie, below the project; git ignores it."""


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
        endpoints={name: service.endpoint for name, service in stack.services.items() if service.endpoint is not None},
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
        networks = {
            name: docker.Network(name, driver="bridge", attachable=True, internal=network.internal, opts=child)
            for name, network in application.networks.items()
        }
        volumes = {
            volume: docker.Volume(
                volume,
                name=f"{application.name}-{stack}-{volume}",
                opts=pulumi.ResourceOptions(parent=self, protect=settings.components.protection, retain_on_delete=True),
            )
            for volume in application.volumes
        }
        secret_files = SecretFiles(
            PROJECT / SECRETS_DIRECTORY / stack,
            {
                name: secret_value(secret, application, settings.services.variables)
                for name, secret in application.secrets.items()
            },
        )
        images = Images(PROJECT, application, settings.services, child)
        awaited = _awaited_as_healthy(application)
        self.services = {}
        for service_name in _start_order(application):
            service = application.services[service_name]
            self.services[service_name] = ServiceContainers(
                service_name,
                ServiceContainersArgs(
                    service=service,
                    image=images.of(service_name, service),
                    networks=networks,
                    volumes=volumes,
                    secret_files=secret_files,
                    labels={"infra.application": application.name, "infra.stack": stack},
                    is_job=service_name in application.one_shot_services,
                    wait_until_healthy=service_name in awaited,
                    wait_for=[ready for other in service.depends_on for ready in self.services[other].ready],
                ),
                child,
            )
        self.register_outputs({})


def _start_order(application: Application) -> tuple[str, ...]:
    """Services so that each comes after what it depends on; `services.rules` has refused cycles."""
    graph = {name: service.depends_on.keys() for name, service in application.services.items()}
    return tuple(TopologicalSorter(graph).static_order())


def _awaited_as_healthy(application: Application) -> frozenset[str]:
    return frozenset(
        name
        for service in application.services.values()
        for name, dependency in service.depends_on.items()
        if dependency.condition is Condition.HEALTHY
    )
