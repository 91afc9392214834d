"""What Fargate offers and refuses, as a typed table; pure.

Sources: Amazon ECS Developer Guide, "Amazon ECS task definition parameters for Fargate" and "Task CPU and memory"
(sizes); Amazon ECS API Reference, ContainerDefinition and HealthCheck (ranges).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, cast

from components.workload import Size

CPU_UNITS_PER_PROCESSOR: Final = 1024


class FargateError(ValueError):
    """A size or task definition that Fargate refuses; the text says what it offers."""


def _row(cpu_units: int, first_mib: int, last_mib: int, step_mib: int) -> tuple[Size, ...]:
    return tuple(Size(cpu_units=cpu_units, memory_mib=memory) for memory in range(first_mib, last_mib + 1, step_mib))


SIZES: Final[tuple[Size, ...]] = (
    *(Size(cpu_units=256, memory_mib=memory) for memory in (512, 1024, 2048)),
    *_row(512, 1024, 4096, 1024),
    *_row(1024, 2048, 8192, 1024),
    *_row(2048, 4096, 16_384, 1024),
    *_row(4096, 8192, 30_720, 1024),
    *_row(8192, 16_384, 61_440, 4096),
    *_row(16_384, 32_768, 122_880, 8192),
)
"""Every pair of CPU units and memory (MiB) that Fargate offers, smallest first."""

DEFAULT_SIZE: Final = SIZES[0]
"""The size of a service that says nothing about its resources."""


def smallest_fitting(cpus: float, memory_bytes: int) -> Size:
    """Return the smallest size with at least that many processors and bytes of memory.

    Raises:
        FargateError: Fargate offers nothing that large.
    """
    cpu_units, memory_mib = ceil(cpus * CPU_UNITS_PER_PROCESSOR), ceil(memory_bytes / (1 << 20))
    for size in SIZES:
        if size.cpu_units >= cpu_units and size.memory_mib >= memory_mib:
            return size
    largest = SIZES[-1]
    raise FargateError(
        f"{cpus:g} processors and {memory_mib} MiB are more than Fargate offers; the largest size is "
        f"{largest.cpu_units} CPU units with {largest.memory_mib} MiB: ask for less"
    )


def exact(cpu_units: int, memory_mib: int) -> Size:
    """Return that size.

    Raises:
        FargateError: Fargate does not offer the pair; the text names the nearest ones.
    """
    wanted = Size(cpu_units=cpu_units, memory_mib=memory_mib)
    if wanted in SIZES:
        return wanted
    by_cpu = sorted({size.cpu_units for size in SIZES}, key=lambda units: abs(units - cpu_units))
    if by_cpu[0] != cpu_units:
        offered = ", ".join(str(units) for units in sorted(by_cpu[:2]))
        raise FargateError(f"{cpu_units} CPU units are not a size of Fargate; the nearest are {offered}: use one")
    memories = sorted(size.memory_mib for size in SIZES if size.cpu_units == cpu_units)
    below = [memory for memory in memories if memory < memory_mib][-1:]
    above = [memory for memory in memories if memory > memory_mib][:1]
    offered = " or ".join(str(memory) for memory in (*below, *above))
    raise FargateError(
        f"{cpu_units} CPU units with {memory_mib} MiB are not a size of Fargate; with {cpu_units} units the nearest "
        f"is {offered} MiB: use that"
    )


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


def check_task_definition(definition: Mapping[str, Any]) -> None:
    """Check a task definition in the words of RegisterTaskDefinition. Values that are Outputs are not looked at.

    Raises:
        FargateError: Fargate refuses it; the text lists every reason.
    """
    if problems := [*_size_problems(definition), *_container_problems(definition)]:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise FargateError(f"Fargate refuses task definition {definition.get('family')!r}:\n{lines}")


def _size_problems(definition: Mapping[str, Any]) -> Iterator[str]:
    try:
        _ = exact(int(definition["cpu"]), int(definition["memory"]))
    except FargateError as error:
        yield str(error)


def _container_problems(definition: Mapping[str, Any]) -> Iterator[str]:
    containers: Sequence[Mapping[str, Any]] = definition["containerDefinitions"]
    for container in containers:
        for problem in _parameter_problems(container):
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


def _at(container: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = container
    for key in path:
        value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else None
    return value
