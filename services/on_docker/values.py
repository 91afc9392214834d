"""Values in the forms that Docker and its provider take: pure functions."""

import math
from datetime import timedelta

from services.model import Healthcheck
from services.units import MIB

_MARGIN = timedelta(seconds=15)
"""What an engine may take to start a container and to notice its first result."""


def duration(value: timedelta) -> str:
    """`1m30s`: the form in which Docker gives a duration back, so that a refresh sees no difference."""
    microseconds = value // timedelta(microseconds=1)
    minutes, below_a_minute = divmod(microseconds, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes and 0 < below_a_minute < 1_000_000:
        return f"{below_a_minute // 1000}ms" if below_a_minute % 1000 == 0 else f"{below_a_minute}us"
    seconds = f"{below_a_minute / 1_000_000:.6f}".rstrip("0").rstrip(".") + "s"
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + seconds


def seconds(value: timedelta) -> int:
    """Whole seconds, rounded up."""
    return math.ceil(value.total_seconds())


def mebibytes(size_bytes: int) -> int:
    """Whole MiB, rounded down: a limit is never looser than written."""
    return size_bytes // MIB


def health_deadline_seconds(check: Healthcheck) -> int:
    """Seconds after which the engine has given its verdict on a container that never becomes healthy.

    The first probe comes one interval after the start; failures count once the start period is over.
    """
    probes = (check.retries + 1) * (check.interval + check.timeout)
    return seconds(check.start_period + probes + _MARGIN)


def capability(name: str) -> str:
    """`CAP_NET_RAW`: the form in which the engine gives a capability back; `ALL` stays."""
    plain = name.upper().removeprefix("CAP_")
    return plain if plain == "ALL" else f"CAP_{plain}"


def tmpfs(entry: str) -> tuple[str, str]:
    """Split `/path:options` into the path and its mount options; no options are an empty text."""
    path, _, options = entry.partition(":")
    return path, options
