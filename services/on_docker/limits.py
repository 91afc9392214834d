"""What a Docker engine cannot do as the model says it: refused before anything is touched.

These are the rules that look at values; keys that no value makes possible are in `services.support.docker`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from services import builds
from services.compose.values import Path, dotted
from services.model import Application, Service
from services.on_docker import mount_limits, network_limits, security_limits
from services.on_docker.values import memory_reservation_bytes
from services.port_ranges import path_of, published_runs
from services.problems import Problem, refuse
from services.units import MIB

MIN_MEMORY_MIB: Final = 6
"""The smallest memory limit that the engine takes (Docker documentation, "Resource constraints")."""

_PROCESSORS: Final = re.compile(r"\d+([,-]\d+)*")
"""What the provider takes for `cpuset` (terraform-provider-docker, resource_docker_container, "cpu_set")."""

Rule: TypeAlias = Callable[[str, Service, Application], Iterator[Problem]]
"""Yields problems whose paths begin below the service."""


def check(application: Application) -> None:
    """Refuse what would fail on the engine, or never come to rest there.

    Raises:
        ApplicationError: At least one service asks for it; the text lists all of them.
    """
    refuse(application, problems(application), "Docker")


def problems(application: Application) -> list[Problem]:
    """Return everything that a Docker engine refuses, or that would never come to rest there."""
    rules: tuple[Rule, ...] = (
        _one_container,
        _image,
        _build,
        _command,
        _restart,
        _memory,
        _swap,
        _processors,
        *security_limits.RULES,
        *network_limits.RULES,
        *mount_limits.RULES,
    )
    found = [
        problem.below("services", name)
        for name, service in application.services.items()
        for rule in rules
        for problem in rule(name, service, application)
    ]
    return [*network_limits.of_networks(application), *found]


def _one_container(name: str, service: Service, _: Application) -> Iterator[Problem]:
    """What only one container can have."""
    if service.replicas < 2:
        return
    for run in published_runs((index, port) for index, port in enumerate(service.ports) if port.published is not None):
        entry = f"services.{name}.{dotted(path_of(run, 'published'))}"
        yield Problem(
            ("deploy", "replicas"),
            f"{service.replicas} containers cannot share the host's port {run}: set replicas to 1, or take out "
            f"{entry if len(run.things) == 1 else f'the ports of the host in {entry}'} so that each container gets a "
            "port of its own",
        )
    single: list[tuple[Path, object]] = [
        (("container_name",), service.container_name),
        (("mac_address",), service.mac_address),
    ]
    for network, attachment in service.networks.items():
        for key in ("ipv4_address", "ipv6_address", "mac_address"):
            single.append((("networks", network, key), getattr(attachment, key)))
    for path, value in single:
        if value is not None:
            yield Problem(
                path,
                f"{value} belongs to one container, and there are {service.replicas}: take it out, or set "
                f"services.{name}.deploy.replicas to 1",
            )


def _image(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    policy = service.pull_policy
    if policy in {None, "missing", "if_not_present", "build"}:
        return
    if service.build is not None:
        yield Problem(
            ("pull_policy",), f"{policy!r}, but the image is built here, when its context changes: take it out"
        )
    elif policy == "never":
        yield Problem(("pull_policy",), "'never', but an image that the engine lacks is pulled: take it out")
    elif "@sha256:" not in (service.image or ""):
        yield Problem(
            ("pull_policy",),
            f"{policy!r}, but a tag is looked up once, when the engine lacks the image: name the image by digest",
        )


def _build(name: str, service: Service, application: Application) -> Iterator[Problem]:
    if service.build is None:
        return
    for problem in builds.problems(service.build, application):
        yield problem.below("build")
    if len(service.build.platforms) > 1 and service.platform is None:
        yield Problem(
            ("build", "platforms"),
            f"{len(service.build.platforms)} platforms, and an engine holds an image of one: choose it in "
            f"services.{name}.platform",
        )


def _command(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    if service.entrypoint is not None and not any(service.entrypoint):
        yield Problem(
            ("entrypoint",), "is empty, and the provider cannot take away the image's own: name the program to run"
        )
    if service.command == () and service.entrypoint is None:
        yield Problem(
            ("command",), "is empty, and the provider cannot take away the image's own: name the program in entrypoint"
        )
    if "" in (service.command or ()):
        yield Problem(
            ("command", service.command.index("") if service.command else 0),
            "is empty, which the provider does not take in a command: write the whole command line as entrypoint",
        )


def _restart(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    policy, tries = service.restart_policy
    if tries is not None and policy != "on-failure":
        yield Problem(
            ("deploy", "restart_policy", "max_attempts"),
            f"{tries}, but the engine counts tries for on-failure alone, and the policy is {policy!r}: set "
            "condition to on-failure, or take it out",
        )


def _memory(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    limit, reservation = service.memory_limit_bytes, memory_reservation_bytes(service)
    limit_path = ("mem_limit",) if service.mem_limit else ("deploy", "resources", "limits", "memory")
    reservation_path = (
        ("mem_reservation",) if service.mem_reservation else ("deploy", "resources", "reservations", "memory")
    )
    for path, size in ((limit_path, limit), (reservation_path, reservation)):
        if size is not None and size < MIN_MEMORY_MIB * MIB:
            yield Problem(path, f"{size} bytes; Docker takes {MIN_MEMORY_MIB}m or more: raise it")
    if limit and reservation and reservation > limit:
        yield Problem(
            reservation_path,
            f"{reservation} bytes are more than the limit, {limit} bytes: lower it, or raise {'.'.join(limit_path)}",
        )
    if service.shm_size is not None and service.shm_size < MIB:
        yield Problem(("shm_size",), f"{service.shm_size} bytes; the provider counts whole MiB: write 1m or more")


def _swap(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    total, limit = service.memswap_limit or 0, service.memory_limit_bytes
    if total > 0 and limit is None:
        yield Problem(("memswap_limit",), "bounds memory and swap together, so it needs a memory limit: set mem_limit")
    elif limit is not None and 0 < total < limit:
        yield Problem(
            ("memswap_limit",),
            f"{total} bytes are for memory and swap together, and the memory limit alone is {limit} bytes: raise it",
        )


def _processors(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    for key in ("cpu_period", "cpu_quota"):
        if getattr(service, key) and service.cpu_limit:
            yield Problem((key,), "and cpus both bound the processors, and the engine takes one: take it out")
    if service.cpuset is not None and _PROCESSORS.fullmatch(service.cpuset) is None:
        yield Problem(
            ("cpuset",), f"{service.cpuset!r} is no list of processors: write numbers and ranges, as in '0-2,4'"
        )
