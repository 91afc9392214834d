"""What a Docker engine cannot do as the model says it: refused before anything is touched."""

from collections.abc import Iterator

from services.model import Application, Service
from services.on_docker.values import mebibytes
from services.problems import Problem, refuse

MIN_MEMORY_MIB = 6
"""The smallest memory limit that the engine takes (Docker documentation, "Resource constraints")."""


def check(application: Application) -> None:
    """Refuse what would fail on the engine, or never come to rest there.

    Raises:
        ApplicationError: At least one service asks for it; the text lists all of them.
    """
    problems = [
        problem.below("services", name)
        for name, service in application.services.items()
        for rule in (_one_container_a_port, _reachable_ports, _memory)
        for problem in rule(name, service, application)
    ]
    refuse(application, problems, "Docker")


def _one_container_a_port(name: str, service: Service, _: Application) -> Iterator[Problem]:
    if service.replicas < 2:
        return
    for index, port in enumerate(service.ports):
        if port.published is not None:
            yield Problem(
                ("deploy", "replicas"),
                f"{service.replicas} containers cannot share the host's port "
                f"{port.published}: set replicas to 1, or take out services.{name}.ports[{index}].published "
                "so that each container gets a port of its own",
            )


def _reachable_ports(name: str, service: Service, application: Application) -> Iterator[Problem]:
    # The engine publishes nothing for such a container, so every preview would want to replace it.
    if service.ports and all(application.networks[network].internal for network in service.networks):
        yield Problem(
            ("ports",),
            "all its networks are internal, so nothing outside reaches a published port: "
            f"put it on a network that is not internal, or move the ports to services.{name}.expose",
        )


def _memory(name: str, service: Service, _: Application) -> Iterator[Problem]:
    memory_bytes = service.memory_limit_bytes
    if memory_bytes is not None and mebibytes(memory_bytes) < MIN_MEMORY_MIB:
        yield Problem(
            ("deploy", "resources", "limits", "memory"),
            f"{memory_bytes} bytes; Docker takes {MIN_MEMORY_MIB}m or more: raise it",
        )
