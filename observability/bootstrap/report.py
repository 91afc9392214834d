"""What was done, a line an object."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What became of an object."""

    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Done:
    """One object, and what became of it."""

    what: str
    change: Change
    note: str = ""

    def __str__(self) -> str:
        return f"{self.change:8} {self.what}" + (f" ({self.note})" if self.note else "")


def summary(job: str, done: Iterable[Done], seconds: float) -> str:
    """One line over everything."""
    counts = Counter(item.change for item in done)
    told = ", ".join(f"{counts[change]} {change}" for change in Change)
    return f"{job}: {counts.total()} objects: {told}; {seconds:.1f} s"
