"""Pulumi inputs as the members of botocore shapes: names, nesting and forms, driven by the service models."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.model import ListShape, Shape, StructureShape

from sandbox.aws_types.base import Convert
from sandbox.aws_types.templates import OMIT
from sandbox.plugin import UNKNOWN, Props, has_unknown
from sandbox.service_models import member_of


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
        if self.target(self.shape, name, "") is not None:
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

    def target(self, shape: StructureShape, path: str, aws: str) -> str | None:
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
        target = self.target(shape, path, aws)
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
        made = self.value(inner, value, below, out)
        if made is OMIT:
            return
        present = into.get(names[-1])
        if isinstance(present, dict) and isinstance(made, dict):
            cast(Props, present).update(cast(Props, made))
        else:
            into[names[-1]] = made
        out.origins[below[3]] = where

    def value(self, shape: Shape, value: Any, at: tuple[str, str, str, str], out: Forwarded) -> Any:
        """A value in the form of a shape. `at` as for `_member`; what is wrong with it goes to `out`."""
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
                    self.value(member, item, (path, f"{where}[{index}]", aws, f"{spot}[{index}]"), out)
                    for index, item in enumerate(items)
                    if item is not None
                ]
                return [item for item in made if item is not OMIT]
            case "map" if isinstance(value, dict):
                member = shape.value  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]  # MapShape
                made_map = {
                    key: self.value(cast(Shape, member), item, (path, f"{where}.{key}", aws, f"{spot}.{key}"), out)
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
