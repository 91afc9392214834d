"""What Fargate offers and refuses, as a typed table; pure.

Sources: Amazon ECS Developer Guide, "Amazon ECS task definition parameters for Fargate"; Amazon ECS API Reference,
ContainerDefinition and HealthCheck (ranges).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from services.on_aws.sizes import FargateError, exact


@dataclass(frozen=True, kw_only=True)
class Limit:
    """An inclusive range of one number of a container definition, and the Compose key that decides it."""

    path: tuple[str, ...]
    compose_key: str
    lowest: float
    highest: float
    unit: str = ""

    def problem(self, value: float) -> str | None:
        """Return what is wrong with a value and what is allowed, or None."""
        if self.lowest <= value <= self.highest:
            return None
        return f"{value:g}{self.unit} is outside {self.lowest:g} to {self.highest:g}{self.unit}: choose a value inside"


LIMITS: Final[Mapping[str, Limit]] = {
    limit.compose_key: limit
    for limit in (
        Limit(path=("healthCheck", "interval"), compose_key="healthcheck.interval", lowest=5, highest=300, unit=" s"),
        Limit(path=("healthCheck", "timeout"), compose_key="healthcheck.timeout", lowest=2, highest=60, unit=" s"),
        Limit(path=("healthCheck", "retries"), compose_key="healthcheck.retries", lowest=1, highest=10),
        Limit(
            path=("healthCheck", "startPeriod"),
            compose_key="healthcheck.start_period",
            lowest=0,
            highest=300,
            unit=" s",
        ),
        Limit(path=("stopTimeout",), compose_key="stop_grace_period", lowest=0, highest=120, unit=" s"),
    )
}
"""Compose key -> limit."""

REFUSED_PARAMETERS: Final[Mapping[tuple[str, ...], str]] = {
    ("dnsSearchDomains",): "names are found by the VPC's DHCP options",
    ("dnsServers",): "names are found by the VPC's resolver",
    ("dockerSecurityOptions",): "Fargate isolates tasks itself",
    ("extraHosts",): "put the name in the private DNS namespace",
    ("hostname",): "the name of a service is its DNS name",
    ("links",): "services of one network find each other by name",
    ("privileged",): "there is no host to be privileged on",
    ("linuxParameters", "devices"): "there is no host whose devices could be used",
    ("linuxParameters", "maxSwap"): "tasks have no swap: give them more memory",
    ("linuxParameters", "sharedMemorySize"): "mount a task volume where the program looks for shared memory",
    ("linuxParameters", "swappiness"): "tasks have no swap: give them more memory",
    ("linuxParameters", "tmpfs"): "mount an ephemeral task volume",
}
"""Container parameters that Fargate refuses, with what to do instead."""

ADDABLE_CAPABILITIES: Final = frozenset({"SYS_PTRACE"})
SETTABLE_ULIMITS: Final = frozenset({"nofile"})

_SETTABLE_CONTROLS: Final = re.compile(
    r"net\..+|fs\.mqueue\..+|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)"
)
"""Kernel parameters of the namespaces that a task has to itself (Amazon ECS API Reference, SystemControl)."""

STORAGE_GIB: Final = (21, 200)
"""The least and the most that can be asked for (Amazon ECS API Reference, EphemeralStorage)."""


def is_settable_control(name: str) -> bool:
    """Whether Fargate lets a kernel parameter be set."""
    return _SETTABLE_CONTROLS.fullmatch(name) is not None


def check_task_definition(definition: Mapping[str, Any]) -> None:
    """Check a task definition in the words of RegisterTaskDefinition. Values that are Outputs are not looked at.

    Raises:
        FargateError: Fargate refuses it; the text lists every reason.
    """
    if problems := [*_size_problems(definition), *_storage_problems(definition), *_container_problems(definition)]:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise FargateError(f"Fargate refuses task definition {definition.get('family')!r}:\n{lines}")


def _size_problems(definition: Mapping[str, Any]) -> Iterator[str]:
    try:
        _ = exact(int(definition["cpu"]), int(definition["memory"]))
    except FargateError as error:
        yield str(error)


def _storage_problems(definition: Mapping[str, Any]) -> Iterator[str]:
    storage: Mapping[str, int] | None = definition.get("ephemeralStorage")
    size = None if storage is None else storage.get("sizeInGib", storage.get("sizeInGiB"))
    if size is not None and not STORAGE_GIB[0] <= size <= STORAGE_GIB[1]:
        yield f"ephemeral storage of {size} GiB is outside {STORAGE_GIB[0]} to {STORAGE_GIB[1]} GiB"


def _container_problems(definition: Mapping[str, Any]) -> Iterator[str]:
    containers: Sequence[Mapping[str, Any]] = definition["containerDefinitions"]
    for container in containers:
        for problem in _parameter_problems(container):
            yield f"container {container['name']!r}: {problem}"
        for problem in _share_problems(container, definition):
            yield f"container {container['name']!r}: {problem}"


def _parameter_problems(container: Mapping[str, Any]) -> Iterator[str]:
    for limit in LIMITS.values():
        value = _at(container, limit.path)
        if value is not None and (problem := limit.problem(value)):
            yield f"{'.'.join(limit.path)}: {problem}"
    for path, remedy in REFUSED_PARAMETERS.items():
        if _at(container, path):
            yield f"{'.'.join(path)} cannot be set: {remedy}"
    added: Sequence[str] = _at(container, ("linuxParameters", "capabilities", "add")) or ()
    for capability in added:
        if capability not in ADDABLE_CAPABILITIES:
            yield f"capability {capability} cannot be added, only {', '.join(sorted(ADDABLE_CAPABILITIES))}"
    ulimits: Sequence[Mapping[str, Any]] = container.get("ulimits") or ()
    for ulimit in ulimits:
        if ulimit["name"] not in SETTABLE_ULIMITS:
            yield f"ulimit {ulimit['name']} cannot be set, only {', '.join(sorted(SETTABLE_ULIMITS))}"
    mounted = [mount["containerPath"] for mount in container.get("mountPoints") or ()]
    for path in sorted({path for path in mounted if mounted.count(path) > 1}):
        yield f"two volumes are mounted at {path}: mount one"


def _share_problems(container: Mapping[str, Any], definition: Mapping[str, Any]) -> Iterator[str]:
    """What a container asks for beyond its task."""
    for key, whole in (("cpu", "cpu"), ("memory", "memory"), ("memoryReservation", "memory")):
        if (container.get(key) or 0) > int(definition[whole]):
            yield f"{key} {container[key]} is more than the task's {definition[whole]}"
    if (container.get("memoryReservation") or 0) > (container.get("memory") or float("inf")):
        yield f"memoryReservation {container['memoryReservation']} is more than memory {container['memory']}"
    controls: Sequence[Mapping[str, str]] = container.get("systemControls") or ()
    for control in controls:
        if not is_settable_control(control["namespace"]):
            yield f"kernel parameter {control['namespace']} cannot be set"


def _at(container: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = container
    for key in path:
        value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else None
    return value
