"""What an unquoted scalar means: go-yaml's rules, which are neither those of YAML 1.1 nor of 1.2.

`010` is octal, `1e3` a float, `on` and `1:30` are text. Source: go-yaml v4 `internal/libyaml/resolver.go`, as
compose-go uses it; every rule has a row in tests/unit/compose/test_scalars.py, compared with compose-go itself.
"""

import re
from datetime import datetime, timedelta, timezone

from services.compose.values import Timestamp, Value

_WORDS: dict[str, Value] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys(("-0", "-0.0"), -0.0),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<x>[0-9a-fA-F]+)|0[bB](?P<b>[01]+)|0[oO]?(?P<o>[0-7]+)|(?P<d>0|[1-9][0-9]*))"
)
MAX_DIGITS = 1_000
"""Longer numbers are no 64-bit integers, and take Python long to read."""
_BASES = {"x": 16, "b": 2, "o": 8, "d": 10}
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)"
    r"| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?)?",
    re.ASCII,
)


def parse_integer(text: str) -> int | None:
    """A whole number with Go's prefixes (0x, 0b, 0o, a bare 0 for octal) that fits 64 bits, or None."""
    match = _INTEGER.fullmatch(text) if len(text) <= MAX_DIGITS else None
    if match is None:
        return None
    base = next(name for name in _BASES if match[name] is not None)
    number = int(match[base], _BASES[base])
    if match["sign"] == "-":
        number = -number
    signed = bool(match["sign"])
    return number if -(1 << 63) <= number < (1 << (63 if signed else 64)) else None


def parse_float(text: str) -> float | None:
    """A decimal float, or None when the text is none or is too large for 64 bits."""
    if _FLOAT.fullmatch(text) is None:
        return None
    number = float(text)
    return None if number in (float("inf"), float("-inf")) else number


def parse_timestamp(text: str) -> Timestamp | None:
    """A date, or a date and time, in the forms that go-yaml knows; None otherwise."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups()[:3])
    zoned = match[4] is not None
    clock = match.groups()[3:6] if zoned else match.groups()[8:11]
    fraction = ((match[7] if zoned else match[12]) or "").rstrip("0")
    offset = timedelta()
    if zoned and match[8] != "Z":
        hours, minutes = int(match[8][1:3]), int(match[8][4:])
        if hours > 24 or minutes > 60:
            return None
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if match[8][0] == "-" else 1)
    try:
        moment = datetime(year, month, day, *(int(part or 0) for part in clock), tzinfo=timezone(offset))
    except ValueError:
        return None
    return Timestamp(text, moment, f".{fraction[:9]}" if fraction else "")


def resolve(text: str) -> Value:
    """The value of an unquoted scalar without a tag."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        return text if (number := parse_float(text)) is None else number
    if first not in "+-0123456789":
        return text
    timestamp = parse_timestamp(text)
    if timestamp is not None:
        return timestamp
    bare = text.replace("_", "")
    whole = parse_integer(bare)
    if whole is not None:
        return whole
    number = parse_float(bare)
    return text if number is None else number


def convert(tag: str, text: str) -> Value:
    """The value of a scalar with one of YAML's own tags, as `!!int "3"`.

    Raises:
        ValueError: The text is not of that kind.
    """
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind == "str":
        return text
    if kind == "timestamp":
        timestamp = parse_timestamp(text)
        if timestamp is None:
            raise ValueError(f"{text!r} is no timestamp")
        return timestamp
    value = resolve(text)
    match kind, value:
        case "null", None:
            return None
        case "bool", bool():
            return value
        case "int", int() if not isinstance(value, bool):
            return value
        case "float", int() | float() if not isinstance(value, bool):
            return float(value)
        case _:
            raise ValueError(f"{text!r} is no {kind}")
