"""Values against the constraints of botocore's models: types, required members, enums, patterns, lengths, ranges."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from botocore.model import ListShape, Shape, StructureShape

from sandbox.patterns import matches
from sandbox.plugin import UNKNOWN, Props
from sandbox.service_models import allowed_values, is_sensitive

_LONGEST_SHOWN: Final = 120
_SECRET_NAME: Final = re.compile(r"passw|secret|token|credential|private|apikey|accesskey|environment", re.IGNORECASE)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
    "timestamp": (str, int, float),
    "blob": (bytes, str),
}
_WORDS: Final = {"list": "a list", "map": "a map", "structure": "a block", "integer": "a whole number"}


@dataclass(frozen=True, kw_only=True)
class Violation:
    """What is wrong at a member path (with list indexes). `missing` is the required member that is not there."""

    path: str
    reason: str
    missing: str | None = None


def _is_of(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def validate(shape: Shape, value: Any, path: str = "", relaxed: Mapping[str, str] | None = None) -> Iterator[Violation]:
    """Everything that the model forbids in `value`. UNKNOWN is allowed anywhere; `relaxed` members are not judged
    by pattern and enum; what the model calls sensitive, or is named like a secret, is not shown."""
    relaxed = relaxed or {}
    if value is UNKNOWN:
        return
    kind: str = shape.type_name
    hidden = is_sensitive(shape) or _SECRET_NAME.search(path) is not None
    if kind == "structure" and getattr(shape, "is_document_type", False):
        return
    if not _is_of(value, kind):
        got = "a value that is not shown" if hidden else _shown(value)
        yield Violation(path=path, reason=f"must be {_WORDS.get(kind, f'a {kind}')}, is {got}")
        return
    match kind:
        case "structure":
            yield from _structure(cast(StructureShape, shape), cast(Props, value), path, relaxed)
        case "list":
            yield from _size(shape, len(value), path, "has {} elements, AWS allows {}")
            for index, item in enumerate(cast(list[Any], value)):
                yield from validate(cast(ListShape, shape).member, item, f"{path}[{index}]", relaxed)
        case "map":
            yield from _size(shape, len(value), path, "has {} entries, AWS allows {}")
            for key, item in cast(Props, value).items():
                yield from validate(cast(Shape, getattr(shape, "value")), item, f"{path}.{key}", relaxed)  # noqa: B009
        case "string":
            yield from _string(shape, value, path, relaxed, hidden=hidden)
        case "integer" | "long" | "float" | "double":
            yield from _size(shape, value, path, "is {}, AWS allows {}")
        case _:
            return


def _structure(shape: StructureShape, value: Props, path: str, relaxed: Mapping[str, str]) -> Iterator[Violation]:
    for name in shape.required_members:
        if name not in value and not _is_idempotency_token(shape.members[name]):
            yield Violation(path=path, reason=f"is required (AWS: {name})", missing=name)
    for key, item in value.items():
        if key in shape.members:
            yield from validate(shape.members[key], item, f"{path}.{key}".lstrip("."), relaxed)
        else:
            known = ", ".join(sorted(shape.members))
            yield Violation(path=path, reason=f"AWS has no member {key!r} here; known are {known}")


def _is_idempotency_token(shape: Shape) -> bool:
    """Whether botocore makes the value up when it is not given."""
    return bool(cast(Mapping[str, Any], shape.metadata).get("idempotencyToken"))


def _string(shape: Shape, value: str, path: str, relaxed: Mapping[str, str], *, hidden: bool) -> Iterator[Violation]:
    shown = "the value (not shown)" if hidden else _shown(value)
    yield from _size(shape, len(value), path, f"{shown} has {{}} characters, AWS allows {{}}")
    if path.split("[")[0] in relaxed or path.rsplit(".", 1)[-1] in relaxed:
        return
    allowed = allowed_values(shape)
    pattern = cast(Mapping[str, Any], shape.metadata).get("pattern")
    if allowed and value not in allowed:
        yield Violation(path=path, reason=f"{shown} is not allowed; AWS allows {', '.join(allowed)}")
    elif isinstance(pattern, str) and not matches(pattern, value):
        yield Violation(path=path, reason=f"{shown} does not match AWS's pattern {pattern}")


def _size(shape: Shape, size: float, path: str, text: str) -> Iterator[Violation]:
    metadata = cast(Mapping[str, Any], shape.metadata)
    low, high = metadata.get("min"), metadata.get("max")
    if (low is not None and size < float(low)) or (high is not None and size > float(high)):
        allowed = f"{low} to {high}" if low is not None and high is not None else f"{low} or more"
        yield Violation(path=path, reason=text.format(size, allowed if low is not None else f"at most {high}"))


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, (str, int, float, bool)) else f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...'"
