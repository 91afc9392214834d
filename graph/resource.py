"""What a program declares, as typed resources."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from graph import sdk
from graph.wire import Plain, ValuePath, texts

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class CustomTimeouts:
    """How long the engine waits for an operation, as Pulumi writes durations (`30m`); empty is the default."""

    create: str = ""
    update: str = ""
    delete: str = ""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One declared resource: a custom one of a provider, or a component. Relations are URNs."""

    urn: str
    type: str
    name: str
    custom: bool
    id: str
    """The identifier that the mocks gave; empty for a component."""
    inputs: Mapping[str, Plain]
    """By wire name (camelCase), secrets unwrapped."""
    secret_inputs: frozenset[ValuePath]
    """Where secrets lie in `inputs`."""
    outputs: Mapping[str, Plain]
    """What the mocks answered; for a component, what it registered."""
    outputs_registered: bool
    """Whether a component said that it is complete; custom resources always are."""
    parent: str
    dependencies: tuple[str, ...]
    """Everything that it waits for, those of `property_dependencies` included."""
    property_dependencies: Mapping[str, tuple[str, ...]]
    """Input -> the resources that its value was made of."""
    provider: str
    """URN of the explicit provider; empty for the package's default one and for components."""
    version: str
    protect: bool
    aliases: tuple[str, ...]
    """Former URNs, or `type=...,name=...,parent=...` of what differed."""
    ignore_changes: tuple[str, ...]
    delete_before_replace: bool
    retain_on_delete: bool
    replace_on_changes: tuple[str, ...]
    replacement_trigger: Plain
    """Whose change replaces the resource; None where there is no trigger."""
    deleted_with: str
    custom_timeouts: CustomTimeouts
    hooks: Mapping[str, tuple[str, ...]]
    """Point in time (`before_create`) -> names of the hooks that run."""

    def is_secret(self, path: ValuePath) -> bool:
        """Whether the input at a path is a secret, or lies inside one."""
        return any(path[: len(secret)] == secret for secret in self.secret_inputs)

    def plain_texts(self) -> Iterator[tuple[ValuePath, str]]:
        """Every text in the inputs that anybody may read, with its path."""
        for key, value in self.inputs.items():
            yield from ((path, text) for path, text in texts(value, (key,)) if not self.is_secret(path))

    def text(self, key: str) -> str:
        """Return an input that must be text."""
        value = self.inputs[key]
        if not isinstance(value, str):
            raise TypeError(f"{self.type} {self.name}: {key} is not text but {value!r}")
        return value

    def json(self, key: str) -> Mapping[str, Plain]:
        """Return an input that holds a JSON object, such as a policy."""
        value: object = json.loads(self.text(key))
        if not isinstance(value, dict):
            raise TypeError(f"{self.type} {self.name}: {key} is no JSON object")
        return cast("dict[str, Plain]", value)

    def __hash__(self) -> int:
        return hash(self.urn)

    def __str__(self) -> str:
        return f"{self.type} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Invoke:
    """One function that the program asked a provider to evaluate."""

    token: str
    arguments: Mapping[str, Plain]


class Graph:
    """All resources of one run of a program, after it has drained: what is not here was not declared."""

    def __init__(
        self,
        resources: Sequence[Resource],
        exports: Mapping[str, Plain],
        secret_exports: frozenset[ValuePath],
        invokes: Sequence[Invoke],
        messages: Sequence[str],
    ) -> None:
        self.resources = tuple(resources)
        self.exports = exports
        self.secret_exports = secret_exports
        self.invokes = tuple(invokes)
        self.messages = tuple(messages)
        """What the program logged for its reader."""
        self.by_urn: Mapping[str, Resource] = {resource.urn: resource for resource in resources}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __len__(self) -> int:
        return len(self.resources)

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        grouped: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            grouped[resource.type].append(resource)
        return {type_: tuple(found) for type_, found in grouped.items()}

    @cached_property
    def _by_id(self) -> Mapping[str, Resource]:
        return {resource.id: resource for resource in self.resources if resource.custom}

    @cached_property
    def _children(self) -> Mapping[str, tuple[Resource, ...]]:
        grouped: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            grouped[resource.parent].append(resource)
        return {parent: tuple(found) for parent, found in grouped.items()}

    @cached_property
    def _dependants(self) -> Mapping[str, tuple[Resource, ...]]:
        grouped: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            for dependency in resource.dependencies:
                grouped[dependency].append(resource)
        return {urn: tuple(found) for urn, found in grouped.items()}

    @property
    def types(self) -> frozenset[str]:
        """The type tokens of all resources."""
        return frozenset(self._by_type)

    @property
    def stack(self) -> Resource:
        """The stack itself."""
        return self.of_type(STACK_TYPE)[0]

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """Return the resources of the given type tokens; none is an answer, as the run has drained."""
        return tuple(resource for type_ in types for resource in self._by_type.get(type_, ()))

    def one(self, type_: str, name: str) -> Resource:
        """Return the one resource of a type and name. Raises LookupError with the names that there are."""
        found = [resource for resource in self.of_type(type_) if resource.name == name]
        if len(found) != 1:
            names = ", ".join(sorted(resource.name for resource in self.of_type(type_))) or "none"
            raise LookupError(f"{len(found)} resources {type_} named {name!r}; names of this type: {names}")
        return found[0]

    def by_id(self, id_: Plain) -> Resource:
        """Return the resource with the identifier that the mocks gave. Raises LookupError."""
        if not isinstance(id_, str) or id_ not in self._by_id:
            raise LookupError(f"no resource has the id {id_!r}")
        return self._by_id[id_]

    def parent(self, resource: Resource) -> Resource | None:
        """Return the resource's parent; the stack has none."""
        return self.by_urn.get(resource.parent)

    def ancestors(self, resource: Resource) -> tuple[Resource, ...]:
        """Return the parents of a resource, the nearest first, the stack last."""
        parent = self.parent(resource)
        return () if parent is None else (parent, *self.ancestors(parent))

    def children(self, resource: Resource) -> tuple[Resource, ...]:
        """Return the direct children of a resource."""
        return self._children.get(resource.urn, ())

    def descendants(self, resource: Resource) -> Iterator[Resource]:
        """Every resource below a component."""
        for child in self.children(resource):
            yield child
            yield from self.descendants(child)

    def dependants(self, resource: Resource) -> tuple[Resource, ...]:
        """Return the resources that wait for this one."""
        return self._dependants.get(resource.urn, ())

    def path(self, resource: Resource) -> str:
        """Return the names from the top component down to the resource, as `network/vpc`."""
        above = [ancestor.name for ancestor in self.ancestors(resource) if ancestor.type != STACK_TYPE]
        return "/".join([*reversed(above), resource.name])

    def taggable(self, resource: Resource) -> bool:
        """Whether a resource's type takes tags."""
        return resource.custom and not resource.type.startswith("pulumi:") and sdk.taggable(resource.type)

    def tags_of(self, resource: Resource) -> Mapping[str, Plain]:
        """Return a resource's tags: its provider's default ones under its own."""
        own = resource.inputs.get("tags")
        return {**self._default_tags.get(resource.provider, {}), **(own if isinstance(own, dict) else {})}

    @cached_property
    def _default_tags(self) -> Mapping[str, Mapping[str, Plain]]:
        """Provider URN -> its default tags. A provider's structured inputs are JSON text."""
        found: dict[str, Mapping[str, Plain]] = {}
        for resource in self.resources:
            text = resource.inputs.get("defaultTags")
            if resource.type.startswith("pulumi:providers:") and isinstance(text, str):
                found[resource.urn] = cast("dict[str, dict[str, Plain]]", json.loads(text)).get("tags", {})
        return found
