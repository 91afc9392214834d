"""The values of a Compose file as plain Python, and how Go prints them: compose-go's text forms come from there."""

import json
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Timestamp | list[Value] | dict[str, Value] | None"
"""What a node of a Compose file may be."""

Path: TypeAlias = "tuple[str | int, ...]"
"""The way to a node from the top: keys, and indices of lists."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """An unquoted date or time. Compose has no such values, but go-yaml resolves them."""

    text: str
    """As written."""
    moment: datetime
    fraction: str

    def offset(self, colon: str) -> str:
        """The zone as +hh:mm with the given separator."""
        offset = self.moment.utcoffset() or timedelta()
        minutes = int(offset.total_seconds()) // 60
        sign = "-" if minutes < 0 else "+"
        return f"{sign}{abs(minutes) // 60:02d}{colon}{abs(minutes) % 60:02d}"

    @property
    def is_utc(self) -> bool:
        """Whether the zone is UTC: Go prints that one by name."""
        return not self.moment.utcoffset()

    def sprint(self) -> str:
        """As Go's fmt prints it."""
        zone = "+0000 UTC" if self.is_utc else f"{self.offset('')} {self.offset('')}"
        return f"{self.moment:%Y-%m-%d %H:%M:%S}{self.fraction} {zone}"

    def json(self) -> str:
        """As RFC 3339 with nanoseconds, which is what Go writes into JSON."""
        zone = "Z" if self.is_utc else self.offset(":")
        return f"{self.moment:%Y-%m-%dT%H:%M:%S}{self.fraction}{zone}"


def dotted(path: Path) -> str:
    """A path in the reader's words: `services.web.ports[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def clone(value: Value) -> Value:
    """A deep copy: the passes over a model change it in place."""
    if isinstance(value, dict):
        return {key: clone(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [clone(entry) for entry in value]
    return value


def clone_mapping(value: Mapping[str, Value]) -> dict[str, Value]:
    """A deep copy of a mapping."""
    return {key: clone(entry) for key, entry in value.items()}


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal in kind and content; Python alone would take `1`, `1.0` and `true` for one."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(same(entry, other[key]) for key, entry in one.items())
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def fingerprint(value: Value) -> str:
    """Text that is equal just for values that are the `same`."""
    return json.dumps(value, sort_keys=True, default=repr)


def kind_of(value: Value) -> str:
    """The kind of a value in the words of JSON schema; whole floats count as integers there."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str | Timestamp):
        return "string"
    return "array" if isinstance(value, list) else "object"


WORDS: Mapping[str, str] = {
    "array": "a list",
    "object": "a mapping",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
"""Kind of a value -> what it is to the reader."""


def in_words(value: Value) -> str:
    """What a value is, in the reader's words."""
    return "a date or time" if isinstance(value, Timestamp) else WORDS[kind_of(value)]


def float_text(value: float) -> str:
    """A float as Go's fmt prints it (%v): shortest digits, an exponent below 1e-4 and from 1e6 on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, power = Decimal(repr(value)).normalize().as_tuple()
    exponent = len(digits) + int(power) - 1
    minus = "-" if sign else ""
    if value and not -4 <= exponent < 6:
        first, *rest = map(str, digits)
        mantissa = f"{first}.{''.join(rest)}" if rest else first
        return f"{minus}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return f"{minus}{Decimal(repr(abs(value))).normalize():f}"


def narrow(value: float) -> float:
    """The shortest decimal that is the same 32-bit float: how Go writes its float32 into JSON."""
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return value
    for digits in range(1, 10):
        candidate = float(f"{single:.{digits}g}")
        if struct.unpack("f", struct.pack("f", candidate))[0] == single:
            return candidate
    return single


def sprint(value: Value) -> str:
    """A value as Go's fmt prints it (%v): what becomes of numbers and booleans where Compose wants text."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, Timestamp):
        return value.sprint()
    if isinstance(value, list):
        return f"[{' '.join(map(sprint, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{sprint(value[key])}' for key in sorted(value))}]"
    return str(value)


def plain(value: Value) -> Value:
    """The value with nothing in it that JSON does not know."""
    if isinstance(value, Timestamp):
        return value.json()
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value


_WINDOWS_DRIVE = re.compile(r"[^\W\d_]:")


def has_drive(text: str) -> bool:
    """Whether a path begins with a Windows drive letter."""
    return _WINDOWS_DRIVE.match(text) is not None


def mapping_of(value: Value) -> dict[str, Value]:
    """The value if it is a mapping, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Value) -> list[Value]:
    """The value if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: Value) -> str:
    """The value if it is text, otherwise an empty one."""
    return value if isinstance(value, str) else ""
