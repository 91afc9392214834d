"""Pulumi inputs <-> botocore shapes: names, nesting and forms, driven by the service models."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape

from sandbox.aws_types.base import OMIT, Convert
from sandbox.plugin import UNKNOWN, Props, has_unknown


@cache
def session() -> botocore.session.Session:
    """The one botocore session; its loaders cache the models."""
    return botocore.session.Session()


@cache
def service_model(service: str) -> ServiceModel:
    """A service's model."""
    return session().get_service_model(service)


@cache
def operation(service: str, name: str) -> OperationModel:
    """An operation's model; an unknown name raises botocore's OperationNotFoundError."""
    return service_model(service).operation_model(name)


@cache
def input_shape(service: str, name: str) -> StructureShape:
    """What an operation takes; an empty structure where it takes nothing."""
    shape = operation(service, name).input_shape
    return shape or StructureShape("Nothing", {"type": "structure", "members": {}})


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") else name


_members: dict[int, tuple[StructureShape, dict[str, str], dict[str, str]]] = {}


def member_of(shape: StructureShape, name: str) -> str | None:
    """The member of `shape` that `name` means: exactly, or but for case and underscores, or but for a plural s."""
    found = _members.get(id(shape))
    if found is None:
        members = cast(Mapping[str, Shape], shape.members)
        plain = {_plain(member): member for member in members}
        singular: dict[str, str] = {}
        for key, member in plain.items():
            singular.setdefault(_singular(key), member)
        found = _members[id(shape)] = (shape, plain, singular)
    key = _plain(name)
    return found[1].get(key) or found[2].get(_singular(key))


def key_of(item: Mapping[str, Any], name: str) -> str | None:
    """The key of a response's structure that `name` means, by the same rule as `member_of`."""
    if name in item:
        return name
    plain = {_plain(key): key for key in item}
    singular = {_singular(key): value for key, value in plain.items()}
    return plain.get(_plain(name)) or singular.get(_singular(_plain(name)))


@dataclass(kw_only=True)
class Forwarded:
    """The outcome of a mapping: members to send, input paths that no member takes, where each member came from."""

    params: Props = field(default_factory=dict[str, Any])
    untaken: set[str] = field(default_factory=set[str])
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(input path, what is wrong with its form)"""
    origins: dict[str, str] = field(default_factory=dict[str, str])
    """AWS member path -> input path, both with list indexes."""


@dataclass(frozen=True, kw_only=True)
class Mapper:
    """Maps inputs to one operation's shape. `fixed` are top-level members that inputs may not set."""

    shape: StructureShape
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    convert: Mapping[str, Convert] = field(default_factory=dict[str, Convert])
    fixed: frozenset[str] = frozenset()
    unsent: frozenset[str] = frozenset()
    unordered: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        """Whether the operation has a member for this top-level input, or for something below it."""
        if self._target(self.shape, name, "") is not None:
            return True
        below = [target for path, target in self.renames.items() if path.startswith(name + ".")]
        return any(self._known(target) for target in below)

    def _known(self, target: str) -> bool:
        first = target.split(".")[0]
        return first in self.shape.members and first not in self.fixed

    def forward(self, inputs: Props) -> Forwarded:
        """All `inputs` as the operation's params."""
        out = Forwarded()
        for name, value in inputs.items():
            self._member(self.shape, out.params, name, value, ("", "", "", ""), out)
        return out

    def _target(self, shape: StructureShape, path: str, aws: str) -> str | None:
        """The member path below `shape` (AWS path `aws`) that an input path means; "." for its parent itself."""
        renamed = self.renames.get(path)
        if renamed is None:
            found = member_of(shape, path.rsplit(".", 1)[-1])
        elif aws and renamed.startswith(aws + "."):
            found = renamed.removeprefix(aws + ".")
        else:
            found = renamed
        if found is None or found == ".":
            return found
        first = found.split(".")[0]
        return None if first not in shape.members or (not aws and first in self.fixed) else found

    def _member(
        self, shape: StructureShape, into: Props, name: str, value: Any, at: tuple[str, str, str, str], out: Forwarded
    ) -> None:
        """Put one input into the structure `into`. `at`: input path, the same indexed, AWS path, the same indexed."""
        path, where, aws, spot = (f"{at[0]}.{name}".lstrip("."), f"{at[1]}.{name}".lstrip("."), at[2], at[3])
        if value is None or path in self.unsent:
            return
        target = self._target(shape, path, aws)
        if target in (None, "."):
            blocks = cast(list[Any], value) if isinstance(value, list) else [value]
            block: Any = blocks[0] if len(blocks) == 1 else blocks
            nested = target == "." or any(key.startswith(path + ".") for key in self.renames)
            if nested and isinstance(block, dict):
                for key, item in cast(Props, block).items():
                    self._member(shape, into, key, item, (path, where, aws, spot), out)
            else:
                out.untaken.add(path)
            return
        names = target.split(".")
        inner: Any = shape
        for step in names[:-1]:
            inner = inner.members[step]
            if isinstance(inner, ListShape):
                inner = inner.member
                into = cast(list[Props], into.setdefault(step, [{}]))[0]
            else:
                into = cast(Props, into.setdefault(step, {}))
        inner = inner.members[names[-1]]
        below = (path, where, f"{aws}.{target}".lstrip("."), f"{spot}.{target}".lstrip("."))
        made = self._value(inner, value, below, out)
        if made is OMIT:
            return
        present = into.get(names[-1])
        if isinstance(present, dict) and isinstance(made, dict):
            cast(Props, present).update(cast(Props, made))
        else:
            into[names[-1]] = made
        out.origins[below[3]] = where

    def _value(self, shape: Shape, value: Any, at: tuple[str, str, str, str], out: Forwarded) -> Any:
        path, where, aws, spot = at
        out.origins.setdefault(spot, where)
        if value is UNKNOWN:
            return UNKNOWN
        converter = self.convert.get(path)
        if converter is not None:
            return UNKNOWN if has_unknown(value) else converter.to_aws(value)
        kind: str = shape.type_name
        if kind in ("structure", "list", "map") and isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(value)
            except json.JSONDecodeError as error:
                out.problems.append((where, f"is not valid JSON: {error.msg} at character {error.pos}"))
                return OMIT
        match kind:
            case "structure":
                return self._structure(cast(StructureShape, shape), value, at, out)
            case "list":
                items = cast(list[Any], value) if isinstance(value, list) else [value]
                member = cast(ListShape, shape).member
                made = [
                    self._value(member, item, (path, f"{where}[{index}]", aws, f"{spot}[{index}]"), out)
                    for index, item in enumerate(items)
                    if item is not None
                ]
                return [item for item in made if item is not OMIT]
            case "map" if isinstance(value, dict):
                member = shape.value  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]  # MapShape
                made_map = {
                    key: self._value(cast(Shape, member), item, (path, f"{where}.{key}", aws, f"{spot}.{key}"), out)
                    for key, item in cast(Props, value).items()
                    if item is not None
                }
                return {key: item for key, item in made_map.items() if item is not OMIT}
            case _:
                return scalar(kind, value)

    def _structure(self, shape: StructureShape, value: Any, at: tuple[str, str, str, str], out: Forwarded) -> Any:
        if isinstance(value, list):
            blocks = cast(list[Any], value)
            if len(blocks) != 1:
                if blocks:
                    out.problems.append((at[1], f"has {len(blocks)} blocks, AWS takes one"))
                return OMIT
            value = blocks[0]
            if value is UNKNOWN:
                return UNKNOWN
        if not isinstance(value, dict):
            return (
                {"Value": scalar(shape.members["Value"].type_name, value)}
                if list(shape.members) == ["Value"]
                else value
            )
        made: Props = {}
        for key, item in cast(Props, value).items():
            self._member(shape, made, key, item, at, out)
        return made

    def reconcile(self, name: str, value: Any, item: Props, renames: Mapping[str, str], known: Shape | None) -> Any:
        """`value` of a top-level input, with what differs in the described `item` put in its place.

        `renames` are those of the `Read`; `known` is the item's shape: a member that it does not have is never read.
        Gives `OMIT` for an input that is not there any more.
        """
        return self._reconciled(self.shape, name, value, item, ("", "", "", ""), (renames, known))

    def _reconciled(
        self,
        shape: StructureShape,
        name: str,
        value: Any,
        item: Any,
        at: tuple[str, str, str, str],
        reading: tuple[Mapping[str, str], Shape | None],
    ) -> Any:
        path, aws = f"{at[0]}.{name}".lstrip("."), at[2]
        target = self._target(shape, path, aws)
        if path in self.unsent or value is None:
            return value
        if target in (None, "."):
            listed: bool = isinstance(value, list)
            blocks: Any = value
            block: Any = blocks[0] if listed and blocks else blocks
            if not isinstance(block, dict):
                return value
            kept = {
                key: self._reconciled(shape, key, inner, item, (path, "", aws, ""), reading)
                for key, inner in cast(Props, block).items()
            }
            kept = {key: inner for key, inner in kept.items() if inner is not OMIT}
            return [kept] if listed else kept
        below = (path, "", f"{aws}.{target}".lstrip("."), "")
        lies_at = reading[0].get(below[2], target)
        found, readable = _look(item, reading[1], lies_at)
        inner: Any = shape
        for step in target.split("."):
            inner = inner.member if isinstance(inner, ListShape) else inner
            inner = inner.members[step]
        sent = self._value(inner, value, below, Forwarded())
        if not readable or sent is OMIT or self.same(sent, found, path):
            return value
        if found is None:
            return OMIT
        converter = self.convert.get(path)
        if converter is not None:
            return converter.to_pulumi(found) if converter.to_pulumi else found
        return self._merged(inner, value, found, below, shape_at(reading[1], lies_at))

    def _merged(self, shape: Shape, value: Any, found: Any, at: tuple[str, str, str, str], known: Shape | None) -> Any:
        """A differing `value`: structures are merged member by member, everything else is taken from `found`."""
        if isinstance(value, list) and not isinstance(found, list):
            return [self._merged(shape, cast(list[Any], value)[0], found, at, known)] if value else [to_pulumi(found)]
        if isinstance(shape, StructureShape) and isinstance(value, dict) and isinstance(found, dict):
            if _is_other_choice(cast(Props, value), cast(Props, found)):
                return to_pulumi(found)
            kept = {
                key: self._reconciled(shape, key, inner, cast(Props, found), at, ({}, known))
                for key, inner in cast(Props, value).items()
            }
            return {key: inner for key, inner in kept.items() if inner is not OMIT}
        if isinstance(shape, ListShape) and isinstance(value, list) and isinstance(found, list):
            pairs = cast(list[Any], value), cast(list[Any], found)
            if len(pairs[0]) == len(pairs[1]):
                inner_known = known.member if isinstance(known, ListShape) else None
                return [self._merged(shape.member, v, f, at, inner_known) for v, f in zip(*pairs, strict=True)]
            return to_pulumi(pairs[1])
        if isinstance(shape, MapShape):
            return cast(Props, found)
        if isinstance(shape, StructureShape) and isinstance(found, dict) and list(cast(Props, found)) == ["Value"]:
            return cast(Props, found)["Value"]
        if isinstance(value, str) and isinstance(found, (dict, list)):
            return json.dumps(found)
        read = to_pulumi(found)
        return read if shape.type_name == "blob" else scalar(shape.type_name, read)

    def same(self, sent: Any, found: Any, path: str = "") -> bool:
        """Whether what was sent is what is there; the response may hold more, and says numbers and JSON its own way."""
        if isinstance(sent, dict):
            members = cast(Props, sent)
            if not isinstance(found, Mapping):
                if list(members) == ["Value"] and found is not None:
                    return self.same(members["Value"], found, path)
                return found is None and not any(members.values())
            there = cast(Mapping[str, Any], found)
            if _is_other_choice(members, there):
                return False
            return all(
                self.same(value, there.get(key_of(there, key) or key), f"{path}.{key}")
                for key, value in members.items()
            )
        if isinstance(sent, list):
            wanted = cast(list[Any], sent)
            if not isinstance(found, list):
                return not wanted and found is None
            there_list = cast(list[Any], found)
            if len(wanted) != len(there_list):
                return False
            if path in self.unordered or not any(isinstance(item, (dict, list)) for item in wanted):
                left = list(there_list)
                for item in wanted:
                    match = next((i for i, other in enumerate(left) if self.same(item, other, path)), None)
                    if match is None:
                        return False
                    left.pop(match)
                return True
            return all(self.same(a, b, path) for a, b in zip(wanted, there_list, strict=True))
        if found is None:
            return not sent
        if isinstance(sent, bool) or isinstance(found, bool):
            return str(sent).lower() == str(found).lower()
        return sent == found or str(sent) == str(found) or same_document(sent, found)


def _is_other_choice(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether a choice by an empty block (`{"Allow": {}}`) has become another one (`{"Block": {}}`)."""
    chosen = bool(wanted) and bool(there) and all(value == {} for value in wanted.values())
    return chosen and not any(key_of(there, name) for name in wanted)


def same_document(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON document, either of which may be text."""
    parsed: list[Any] = []
    for value in (one, other):
        if isinstance(value, str):
            if value.lstrip()[:1] not in ("{", "["):
                return False
            try:
                value = json.loads(value)
            except json.JSONDecodeError:
                return False
        parsed.append(value)
    return parsed[0] == parsed[1]


def scalar(kind: str, value: Any) -> Any:
    """A scalar in the form of a shape's type, where the two are the same value; otherwise as it was."""
    match kind:
        case "integer" | "long" if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        case "boolean" if value in ("true", "false"):
            return value == "true"
        case "string" if isinstance(value, (int, float)):
            return str(value).lower() if isinstance(value, bool) else str(value)
        case "blob" if isinstance(value, str):
            return value.encode()
        case _:
            return value


def to_pulumi(value: Any) -> Any:
    """An AWS value with Pulumi's camelCase names."""
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: to_pulumi(item) for key, item in cast(Mapping[str, Any], value).items()}
    if isinstance(value, list):
        return [to_pulumi(item) for item in cast(list[Any], value)]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def shape_at(shape: Shape | None, path: str) -> Shape | None:
    """The shape of a member path below `shape`; lists are looked through. `None`: there is no such member."""
    for step in filter(None, path.split(".")):
        while isinstance(shape, ListShape):
            shape = shape.member
        if not isinstance(shape, StructureShape):
            return None
        member = member_of(shape, step)
        shape = shape.members[member] if member else None
    return shape


def _look(item: Any, known: Shape | None, path: str) -> tuple[Any, bool]:
    """The value at a member path of an item, and whether the item can have such a member at all."""
    current = item
    for step in filter(None, path.split(".")):
        if isinstance(current, list):
            current = cast(list[Any], current)[0] if current else None
        if not isinstance(current, Mapping):
            current = None
            break
        there = cast(Mapping[str, Any], current)
        key = key_of(there, step)
        current = there[key] if key is not None else None
    return current, current is not None or shape_at(known, path) is not None


def is_sensitive(shape: Shape) -> bool:
    """Whether the model says that values of this shape are not to be shown."""
    return bool(cast(Mapping[str, Any], shape.metadata).get("sensitive"))


def allowed_values(shape: Shape) -> list[str]:
    """The enum of a string shape, empty when it has none."""
    return list(shape.enum) if isinstance(shape, StringShape) else []
