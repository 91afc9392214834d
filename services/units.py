"""Durations and byte sizes in the forms of the Compose Specification.

Source: compose-spec `spec.md`, "Specifying durations" and "Specifying byte values".
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

MIB = 1 << 20
GIB = 1 << 30

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)")
_SECONDS_BY_UNIT = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}

_BYTES = re.compile(r"(\d+)\s*(b|k|kb|m|mb|g|gb)?", re.IGNORECASE)
_BYTES_BY_UNIT = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def parse_duration(value: object) -> object:
    """Turn `1m30s` into a `timedelta`; anything that is no string is returned for pydantic to judge.

    Raises:
        ValueError: The string is no Compose duration.
    """
    if not isinstance(value, str):
        return value
    parts = _DURATION.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError(f"{value!r} is not a duration: write numbers with units, as in '10s', '1m30s' or '500ms'")
    return timedelta(seconds=sum(float(number) * _SECONDS_BY_UNIT[unit] for number, unit in parts))


def parse_bytes(value: object) -> object:
    """Turn `512m` into a number of bytes; anything that is no string is returned for pydantic to judge.

    Raises:
        ValueError: The string is no Compose byte value.
    """
    if not isinstance(value, str):
        return value
    match = _BYTES.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is not a byte value: write a whole number with b, k, m or g, as in '512m'")
    number, unit = match.groups()
    return int(number) * _BYTES_BY_UNIT[(unit or "b")[0].lower()]


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
"""A Compose duration: `10s`, `1m30s`, `500ms`, or a `timedelta`."""


def _bytes_or_unlimited(value: object) -> object:
    return -1 if value == "-1" else parse_bytes(value)


ByteSizeOrUnlimited = Annotated[int, BeforeValidator(_bytes_or_unlimited)]
"""A Compose byte value, or -1 for no limit."""

ByteSize = Annotated[int, BeforeValidator(parse_bytes)]
"""A Compose byte value: `512m`, `1gb` (powers of 1024), or a number of bytes."""
