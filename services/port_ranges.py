"""Ports that follow each other, told as one range: what is wrong with `3000-3010:3000-3010` is one reason; pure."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from services.compose.values import Path
from services.model import Port, Protocol

T = TypeVar("T")

Numbered: TypeAlias = tuple[int, Port]
"""A port with its index in `ports`."""


@dataclass(frozen=True, slots=True)
class Run(Generic[T]):
    """Things of which the same is to be said, for each number from `first` to `last`."""

    things: Sequence[T]
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"


def runs(
    things: Iterable[T], number: Callable[[T], int], *, alike: Callable[[T], Hashable] = lambda _: None
) -> list[Run[T]]:
    """Return the things that are alike and whose numbers follow each other, those alike in rising order."""
    groups: dict[Hashable, list[T]] = {}
    for thing in things:
        groups.setdefault(alike(thing), []).append(thing)
    found: list[list[T]] = []
    for group in groups.values():
        previous: int | None = None
        for thing in sorted(group, key=number):
            if previous is None or number(thing) > previous + 1:
                found.append([])
            found[-1].append(thing)
            previous = number(thing)
    return [Run(run, number(run[0]), number(run[-1])) for run in found]


def published_runs(ports: Iterable[Numbered]) -> list[Run[Numbered]]:
    """Return ports of one protocol that follow each other outside, or in the container where nothing says it."""
    return runs(ports, lambda numbered: numbered[1].published or numbered[1].target, alike=protocol_of)


def protocol_of(numbered: Numbered) -> Protocol:
    """Return the protocol of a port."""
    return numbered[1].protocol


def path_of(run: Run[Numbered], *below: str) -> Path:
    """Return the key below a port, or the whole of `ports` where they are several: entries of files may be ranges."""
    (index, _), *others = run.things
    return ("ports",) if others else ("ports", index, *below)
