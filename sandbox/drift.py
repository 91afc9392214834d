"""Inputs against what AWS describes: whether they still hold, and what is there in their place."""

import json
from collections.abc import Mapping
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.aws_types.templates import OMIT
from sandbox.mapping import Forwarded, Mapper, scalar, to_pulumi
from sandbox.plugin import Props
from sandbox.service_models import key_of, shape_at


class Drift:
    """Compares inputs in the form in which a call sends them."""

    def __init__(self, mapper: Mapper) -> None:
        self._mapper = mapper

    def reconcile(self, name: str, value: Any, item: Props, renames: Mapping[str, str], known: Shape | None) -> Any:
        """`value` of a top-level input, with what differs in the described `item` put in its place.

        `renames` are those of the `Read`; `known` is the item's shape: a member that it does not have is never read.
        Gives `OMIT` for an input that is not there any more.
        """
        return self._reconciled(self._mapper.shape, name, value, item, ("", "", "", ""), (renames, known))

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
        target = self._mapper.target(shape, path, aws)
        if path in self._mapper.unsent or value is None:
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
        sent = self._mapper.value(inner, value, below, Forwarded())
        if not readable or sent is OMIT or self.same(sent, found, path):
            return value
        if found is None:
            return OMIT
        converter = self._mapper.convert.get(path)
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
            if path in self._mapper.unordered or not any(isinstance(item, (dict, list)) for item in wanted):
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
