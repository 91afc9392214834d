"""Containers of a task, in the words of ECS.

Source: Amazon ECS API Reference, ContainerDefinition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import pulumi

from components.firewall import Port

ContainerCondition: TypeAlias = Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A command in the container; `command` begins with `CMD` or `CMD-SHELL`."""

    command: Sequence[str]
    interval_seconds: int
    timeout_seconds: int
    retries: int
    start_period_seconds: int


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume of the task at a path of a container."""

    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a container gets of its task: shares of the processors, memory that it may not exceed, memory kept for it.

    1024 units are one processor.
    """

    cpu_units: int | None = None
    memory_mib: int | None = None
    memory_reservation_mib: int | None = None


@dataclass(frozen=True)
class Ulimit:
    """A limit of the processes in a container."""

    soft: int
    hard: int


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container of a task.

    `secret_variables` are environment variables that ECS fills from Secrets Manager: variable -> reference of a secret
    and its version. `log_options` are further options of the `awslogs` driver.
    """

    name: str
    image: pulumi.Input[str]
    essential: bool = True
    entry_point: Sequence[str] | None = None
    command: Sequence[str] | None = None
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secret_variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    ports: Sequence[Port] = ()
    health_check: HealthCheck | None = None
    resources: Resources = Resources()
    user: str | None = None
    working_directory: str | None = None
    read_only_root: bool = True
    init_process: bool = False
    interactive: bool = False
    pseudo_terminal: bool = False
    added_capabilities: Sequence[str] = ()
    dropped_capabilities: Sequence[str] = ()
    ulimits: Mapping[str, Ulimit] = field(default_factory=dict[str, Ulimit])
    system_controls: Mapping[str, str] = field(default_factory=dict[str, str])
    mounts: Sequence[Mount] = ()
    starts_after: Mapping[str, ContainerCondition] = field(default_factory=dict[str, ContainerCondition])
    stop_timeout_seconds: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    log_options: Mapping[str, str] = field(default_factory=dict[str, str])


def container_definition(container: Container, logs: Mapping[str, pulumi.Input[str]]) -> dict[str, object]:
    """Return a container in ECS's words; `logs` are options of its log driver. Values may be Outputs, keys not."""
    check, resources = container.health_check, container.resources
    optional = {
        "entryPoint": container.entry_point,
        "command": container.command,
        "user": container.user,
        "workingDirectory": container.working_directory,
        "stopTimeout": container.stop_timeout_seconds,
        "dockerLabels": dict(container.labels) or None,
        "cpu": resources.cpu_units,
        "memory": resources.memory_mib,
        "memoryReservation": resources.memory_reservation_mib,
        "interactive": container.interactive or None,
        "pseudoTerminal": container.pseudo_terminal or None,
        "ulimits": [
            {"name": name, "softLimit": limit.soft, "hardLimit": limit.hard}
            for name, limit in sorted(container.ulimits.items())
        ]
        or None,
        "healthCheck": None
        if check is None
        else {
            "command": list(check.command),
            "interval": check.interval_seconds,
            "timeout": check.timeout_seconds,
            "retries": check.retries,
            "startPeriod": check.start_period_seconds,
        },
    }
    added = {"add": list(container.added_capabilities)} if container.added_capabilities else {}
    return {
        "name": container.name,
        "image": container.image,
        "essential": container.essential,
        "readonlyRootFilesystem": container.read_only_root,
        "linuxParameters": {
            "initProcessEnabled": container.init_process,
            "capabilities": {**added, "drop": list(container.dropped_capabilities)},
        },
        "environment": [{"name": name, "value": value} for name, value in sorted(container.environment.items())],
        "secrets": [
            {"name": name, "valueFrom": reference} for name, reference in sorted(container.secret_variables.items())
        ],
        "portMappings": [
            {"containerPort": port.number, "hostPort": port.number, "protocol": port.protocol}
            for port in sorted(container.ports, key=lambda port: (port.number, port.protocol))
        ],
        "mountPoints": [
            {"sourceVolume": mount.volume, "containerPath": mount.path, "readOnly": mount.read_only}
            for mount in container.mounts
        ],
        "dependsOn": [
            {"containerName": name, "condition": condition} for name, condition in container.starts_after.items()
        ],
        # AWS adds these empty members to every definition; without them each refresh would show a difference.
        "systemControls": [
            {"namespace": name, "value": value} for name, value in sorted(container.system_controls.items())
        ],
        "volumesFrom": [],
        **{
            key: list(value) if isinstance(value, tuple) else value
            for key, value in optional.items()
            if value is not None
        },
        "logConfiguration": {"logDriver": "awslogs", "options": {**logs, **container.log_options}},
    }
