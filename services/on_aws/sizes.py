"""The sizes that Fargate offers, and the one that a service gets; pure.

Source: Amazon ECS Developer Guide, "Task CPU and memory".
"""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final

from components.sizes import Size
from services.compose.values import Path
from services.model import Service
from services.units import MIB

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
    cpu_units, memory_mib = units(cpus), mebibytes(memory_bytes)
    for size in SIZES:
        if size.cpu_units >= cpu_units and size.memory_mib >= memory_mib:
            return size
    largest = SIZES[-1]
    raise FargateError(
        f"{cpus:g} processors and {memory_mib} MiB are more than Fargate offers; the largest size is "
        f"{largest.cpu_units / CPU_UNITS_PER_PROCESSOR:g} processors with {largest.memory_mib} MiB: ask for less"
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


def size_of(service: Service) -> Size:
    """Return the Fargate size of a service: the exact one that it names, or the smallest that fits its resources.

    The container that prepares the volumes has ended before the service starts, and needs less than any size.

    Raises:
        FargateError: Fargate does not offer it, or the exact one has no room for what the service asks for.
    """
    cpus = max(service.cpu_limit or 0, service.deploy.resources.reservations.cpus or 0)
    memory_bytes = max(service.memory_limit_bytes or 0, memory_reservation_bytes(service) or 0)
    if service.x_aws.size is None:
        return smallest_fitting(cpus, memory_bytes)
    size = exact(service.x_aws.size.cpu_units, service.x_aws.size.memory_mib)
    if size.cpu_units < units(cpus) or size.memory_mib < mebibytes(memory_bytes):
        asked = [f"{cpus:g} processors"] if cpus else []
        asked += [f"{mebibytes(memory_bytes)} MiB"] if memory_bytes else []
        raise FargateError(
            f"{size.cpu_units} CPU units with {size.memory_mib} MiB have no room for the {' and '.join(asked)} "
            "that the service may use: take x-aws.size out, or ask for less"
        )
    return size


def too_large(service: Service) -> Iterator[tuple[Path, str]]:
    """Each key of a service that asks for more than the largest size has, and what to do.

    No other service needs to be looked at: whatever has less of both fits into that size.
    """
    largest, limits = SIZES[-1], service.deploy.resources.limits
    reservations = service.deploy.resources.reservations
    below: Path = ("deploy", "resources")
    processors: Mapping[Path, float | None] = {
        ("cpus",): service.cpus,
        (*below, "limits", "cpus"): limits.cpus,
        (*below, "reservations", "cpus"): reservations.cpus,
    }
    memory: Mapping[Path, int | None] = {
        ("mem_limit",): service.mem_limit,
        (*below, "limits", "memory"): limits.memory,
        ("mem_reservation",): service.mem_reservation,
        (*below, "reservations", "memory"): reservations.memory,
    }
    most = "the largest size of Fargate has: ask for less"
    for path, cpus in processors.items():
        if units(cpus or 0) > largest.cpu_units:
            offered = largest.cpu_units // CPU_UNITS_PER_PROCESSOR
            yield path, f"{cpus:g} processors are more than the {offered} that {most}"
    for path, count in memory.items():
        if mebibytes(count or 0) > largest.memory_mib:
            yield path, f"{mebibytes(count or 0)} MiB are more than the {largest.memory_mib} MiB that {most}"


def memory_reservation_bytes(service: Service) -> int | None:
    """Return the memory that is kept for a container: `mem_reservation`, or the one of `deploy.resources`."""
    return service.mem_reservation or service.deploy.resources.reservations.memory


def units(cpus: float) -> int:
    """Return processors as CPU units."""
    return ceil(cpus * CPU_UNITS_PER_PROCESSOR)


def mebibytes(count: int) -> int:
    """Return bytes as whole MiB, rounded up."""
    return ceil(count / MIB)
