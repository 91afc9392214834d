"""What a type of pulumi-docker is: a table of its inputs, and how one is made, read, changed and removed.

What a change of an input does is the real provider's business (terraform-provider-docker, the schemas' ForceNew): a
sandbox that did better would show another preview than the one that counts.
"""

# ruff: noqa: D102
# `id` is the protocol's word; the methods are documented where `Plugin` declares them.

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Final, cast

from sandbox.docker_engine import DockerEngine
from sandbox.plugin import UNKNOWN, Props, ReadResult, Urn, has_unknown

LABELS: Final = "labels"


class Change(StrEnum):
    """What the real provider does when an input changes."""

    REPLACE = "replace"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Input:
    """An input of a type."""

    change: Change = Change.REPLACE
    unordered: bool = False
    """A set: its order says nothing."""
    default: object = None
    """What the engine has where the input is not given."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a provider works: its engine, the project's folder, and local images that stand in for others."""

    engine: DockerEngine
    project: Path
    stand_ins: Mapping[str, str]
    """Repository of an image, without registry and tag -> local image that is used in its place."""

    def image(self, reference: str) -> str:
        """The reference, or what stands in for it."""
        return self.stand_ins.get(repository(reference), reference)


def repository(reference: str) -> str:
    """`python` of `python:3.13@sha256:...`, `library/x` of `registry:5000/library/x:1`."""
    name = reference.split("@", 1)[0]
    head, slash, rest = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        name = rest
    return name.split(":", 1)[0]


class DockerType(ABC):
    """One type. An instance works on one engine."""

    token: ClassVar[str]
    inputs: ClassVar[Mapping[str, Input]]
    required: ClassVar[tuple[str, ...]] = ()
    autoname: ClassVar[bool] = True
    """Whether the resource gets a name where the program gives none."""
    computed: ClassVar[tuple[str, ...]] = ()
    """Outputs that only the engine knows."""
    keeps_on_recovery: ClassVar[bool] = False
    """Whether one whose creation was interrupted stays: it may be older than that, and hold data."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def engine(self) -> DockerEngine:
        return self.place.engine

    def problems(self, inputs: Props) -> Mapping[str, str]:
        """Input -> what is wrong with it, beyond unknown and missing ones."""
        return {}

    def planned(self, inputs: Props) -> Props:
        """The outputs that a creation will have."""
        return {**inputs, **{name: UNKNOWN for name in self.computed if name not in inputs}}

    @abstractmethod
    def create(self, urn: Urn, inputs: Props) -> tuple[str, Props]: ...

    @abstractmethod
    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult: ...

    @abstractmethod
    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None: ...

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Props:
        """In place; a type whose every change replaces has nothing to do."""
        kept = {name: value for name, value in old_outputs.items() if name not in old_inputs}
        return {**kept, **new}

    def changed(self, old: Props, new: Props) -> frozenset[str]:
        """Inputs that differ; unknown ones do."""
        return frozenset(name for name in {*old, *new} if not self.same(name, old.get(name), new.get(name)))

    def same(self, name: str, old: object, new: object) -> bool:
        """Whether two values of an input mean the same to the engine."""
        if has_unknown(new):
            return False
        row = self.inputs.get(name, Input())
        before = row.default if old in (None, [], {}) else old
        after = row.default if new in (None, [], {}) else new
        if row.unordered and isinstance(before, list) and isinstance(after, list):
            return _sorted(cast("list[object]", before)) == _sorted(cast("list[object]", after))
        return _trimmed(cast("object", before)) == _trimmed(after)

    def labels(self, inputs: Props) -> dict[str, str]:
        """The `labels` input as the engine takes it."""
        given = cast("list[Props]", inputs.get(LABELS) or [])
        return {str(item["label"]): str(item["value"]) for item in given}

    def read_labels(self, inputs: Props, found: Mapping[str, str] | None) -> list[Props] | None:
        """The engine's labels as the input, without those that the image or the engine adds; None where none is."""
        wanted = self.labels(inputs)
        labels = [{"label": name, "value": value} for name, value in (found or {}).items() if name in wanted]
        return sorted(labels, key=lambda item: item["label"]) if wanted else None


_NOTHING: Final[Sequence[object]] = (None, [], {}, "", "0s", False)
"""Values that say the same as no value; 0 is among them, as it equals False."""


def _sorted(items: list[object]) -> list[str]:
    return sorted(json.dumps(_trimmed(item), sort_keys=True) for item in items)


def _trimmed(value: object) -> object:
    """Without entries that say nothing: None, empty lists and texts, false."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value).items()
        return {name: kept for name, item in entries if (kept := _trimmed(item)) not in _NOTHING}
    if isinstance(value, list):
        return [_trimmed(item) for item in cast("list[object]", value)]
    return value
