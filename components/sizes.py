"""The size of a task."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """CPU and memory of a task: 1024 units are one processor."""

    cpu_units: int
    memory_mib: int
