"""The sandbox's `docker` provider: pulumi-docker's resources on the reader's engine, as the real plugin makes them.

An input that no type knows is an error, as is a type without an entry. What is known to differ from the real plugin:

- a container that did not become healthy is waited for again by the next `up`; the real plugin lets that one pass;
- the reason of a failure is told with the container's last lines.
"""

# ruff: noqa: D102
# `id` is the protocol's word; the methods are documented where `Plugin` declares them.

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

from sandbox.docker_engine import DockerEngine
from sandbox.docker_types import TYPES
from sandbox.docker_types.base import Change, DockerType, Place
from sandbox.docker_types.container import NOT_HEALTHY
from sandbox.docker_types.image import ImageType
from sandbox.plugin import (
    Checked,
    Difference,
    Failure,
    Plugin,
    Props,
    ProviderError,
    ReadResult,
    Urn,
    has_unknown,
)

NAME = "name"
AUTONAMED = "__defaults"


class DockerProvider(Plugin):
    """The provider on one engine. Paths are relative to `project`."""

    package: ClassVar[str] = "docker"
    version: ClassVar[str] = "5.2.0"

    def __init__(self, *, engine: DockerEngine, project: Path, stand_ins: Mapping[str, str] | None = None) -> None:
        self._place = Place(engine=engine, project=project, stand_ins=stand_ins or {})

    def configure(self, config: Props) -> Self:
        """Only the engine that the sandbox has found; a program that names another host is refused."""
        host = config.get("host")
        if host and host != self._place.engine.url:
            raise ProviderError(
                f"docker:host is {host!r}, but the sandbox works on {self._place.engine.url}: leave it out, or set "
                "DOCKER_HOST for this command"
            )
        return self

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        kind = self._kind(urn)
        inputs = {name: value for name, value in new.items() if value is not None and not name.startswith("__")}
        failures = [
            Failure(property=name, reason=f"the sandbox's {urn.type} knows no input {name!r}")
            for name in inputs
            if name not in kind.inputs
        ]
        failures += [
            Failure(property=name, reason=f"{urn.type} needs {name!r}") for name in kind.required if name not in inputs
        ]
        if kind.autoname and NAME not in inputs:
            kept = str(old[NAME]) if NAME in (old.get(AUTONAMED) or []) else ""
            inputs[NAME] = kept or f"{urn.name}-{hashlib.sha256(seed).hexdigest()[:7]}"
            inputs[AUTONAMED] = [NAME]
        if not failures and not has_unknown(inputs):
            problems = kind.problems(inputs)
            failures += [Failure(property=name, reason=reason) for name, reason in problems.items()]
            if isinstance(kind, ImageType):
                inputs = kind.completed(inputs)
        return Checked(inputs=inputs, failures=failures)

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        kind = self._kind(urn)
        changed = {name for name in kind.changed(old_inputs, new) if not name.startswith("__")}
        replaces = {name for name in changed if name not in kind.inputs or kind.inputs[name].change is Change.REPLACE}
        updates = changed - replaces
        if old_outputs.get(NOT_HEALTHY):
            updates.add(NOT_HEALTHY)
        kinds = {
            name: "add" if name not in old_inputs else "delete" if name not in new else "update" for name in changed
        }
        fixed_name = NAME in new and NAME not in (new.get(AUTONAMED) or []) and new[NAME] == old_inputs.get(NAME)
        return Difference(
            updates=frozenset(updates),
            replaces=frozenset(replaces),
            kinds=kinds,
            delete_before_replace=bool(replaces) and kind.autoname and fixed_name,
        )

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        kind = self._kind(urn)
        if preview:
            return "", _shown(kind.planned(inputs))
        made, outputs = kind.create(urn, inputs)
        return made, _shown(outputs)

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        if not inputs:
            raise ProviderError(f"{urn.type} {urn.name!r}: the sandbox cannot import or adopt existing resources by id")
        return self._kind(urn).read(urn, id, inputs, outputs)

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        kind = self._kind(urn)
        if preview:
            return _shown({**old_outputs, **new})
        return _shown(kind.update(urn, id, old_inputs, old_outputs, new))

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        self._kind(urn).delete(urn, id, inputs, outputs)

    def resume(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        """What a creation that was cut has made, found by its name; else it is made again, which changes nothing."""
        found = self.read(urn, str(inputs.get(NAME, "")), inputs, {}) if self._kind(urn).autoname else None
        if found is None:
            return self.create(urn, inputs, preview=False)
        if not found.id:
            raise ProviderError(f"{urn.type} {urn.name!r}: its creation was cut before the engine made it")
        return found.id, found.outputs

    def discard(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """A volume stays: it may have been there before, with its data."""
        kind = self._kind(urn)
        if not kind.keeps_on_recovery:
            kind.delete(urn, id, inputs, outputs)

    def invoke(self, token: str, args: Props) -> Props:
        raise ProviderError(f"the sandbox's docker provider has no function {token}")

    def _kind(self, urn: Urn) -> DockerType:
        kind = TYPES.get(urn.type)
        if kind is None:
            raise ProviderError(
                f"the sandbox has no docker type {urn.type!r} (resource {urn.name!r}); it has "
                f"{', '.join(sorted(TYPES))}. Add a module for it to sandbox/docker_types/"
            )
        return kind(self._place)


def _shown(outputs: Props) -> Props:
    return {name: value for name, value in outputs.items() if name != AUTONAMED}
