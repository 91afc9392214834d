"""Values of containers in the words of ECS; pure.

Source: Amazon ECS API Reference, ContainerDefinition, LogConfiguration.
"""

from math import ceil
from typing import Final

from services.model import Logging, Service
from services.units import GIB, parse_bytes

FREE_STORAGE_GIB: Final = 20
"""The disk that a task has anyway (Amazon ECS Developer Guide, "Fargate task ephemeral storage")."""

AWSLOGS_OPTIONS: Final = frozenset({"mode", "max-buffer-size", "awslogs-datetime-format", "awslogs-multiline-pattern"})
"""Options of `logging` that the `awslogs` driver of ECS knows and a stack leaves free."""


def capability(name: str) -> str:
    """Return a capability without the kernel's prefix: `SYS_PTRACE`."""
    return name.upper().removeprefix("CAP_")


def log_options(logging: Logging) -> dict[str, str]:
    """Return the options that the log driver takes; others bound files of the engine, which there are none of."""
    return {name: value for name, value in sorted(logging.options.items()) if name in AWSLOGS_OPTIONS}


def ephemeral_storage_gib(service: Service) -> int | None:
    """Return the disk of a task; None for the one that it has anyway. `rules` has judged the size."""
    size = parse_bytes(service.storage_opt.get("size", "0"))
    assert isinstance(size, int)
    return None if size <= FREE_STORAGE_GIB * GIB else ceil(size / GIB)
