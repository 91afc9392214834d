"""Values as resources carry them between program and engine, and as plain Python.

Source of the signatures: Pulumi's `sdk/go/common/resource/sig/sig.go`.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from google.protobuf.struct_pb2 import Struct, Value

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""A property as plain Python; a reference to a resource is its URN, an asset or archive its fields."""

ValuePath: TypeAlias = tuple[str | int, ...]
"""Where a value lies below a resource's inputs: keys, and positions in lists."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a signature)
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"


def read(struct: Struct) -> tuple[dict[str, Plain], frozenset[ValuePath]]:
    """Return the properties as plain Python, and the paths of those that are secret."""
    secrets: set[ValuePath] = set()
    values = {key: _read(value, (key,), secrets) for key, value in struct.fields.items()}
    return values, frozenset(secrets)


def read_value(value: Value) -> Plain:
    """Return one value as plain Python."""
    return _read(value, (), set())


def _read(value: Value, path: ValuePath, secrets: set[ValuePath]) -> Plain:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "list_value":
            return [_read(item, (*path, index), secrets) for index, item in enumerate(value.list_value.values)]
        case "struct_value":
            return _read_struct(value.struct_value, path, secrets)
        case _:
            return None


def _read_struct(struct: Struct, path: ValuePath, secrets: set[ValuePath]) -> Plain:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else None
    if signature == _SECRET:
        secrets.add(path)
        return _read(fields["value"], path, secrets)
    if signature == _RESOURCE:
        return fields["urn"].string_value
    return {key: _read(item, (*path, key), secrets) for key, item in fields.items() if key != _SIGNATURE}


def texts(value: Plain, path: ValuePath = ()) -> Iterator[tuple[ValuePath, str]]:
    """Every text inside a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, (*path, key))


def write(values: Mapping[str, Plain], onto: Struct, secrets: Collection[str] = ()) -> None:
    """Add plain values to a message's properties, those named in `secrets` marked as secret."""
    marked = {key: {_SIGNATURE: _SECRET, "value": value} if key in secrets else value for key, value in values.items()}
    onto.update(marked)  # pyright: ignore[reportUnknownMemberType, reportArgumentType]
