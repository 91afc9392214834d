"""Texts that stand for numbers and booleans: `"8080"`, `"yes"`. A variable always yields text, so Compose casts it."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from services.compose.patterns import Rules, rules_of
from services.compose.scalars import parse_float, parse_integer
from services.compose.values import Value

Cast: TypeAlias = Callable[[str], Value]

_BOOLEANS = {
    **dict.fromkeys(("true", "y", "yes", "on"), True),
    **dict.fromkeys(("false", "n", "no", "off"), False),
}


def to_boolean(text: str) -> bool:
    """`true`, `yes`, `y`, `on` and their opposites, in any case.

    Raises:
        ValueError: It is none of them.
    """
    boolean = _BOOLEANS.get(text.lower())
    if boolean is None:
        raise ValueError(f"{text!r} is no boolean: write true or false")
    return boolean


def to_integer(text: str) -> int:
    """A decimal whole number of 64 bits.

    Raises:
        ValueError: It is none.
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()) or not -(1 << 63) <= int(text) < 1 << 63:
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def to_float(text: str) -> float:
    """A decimal number.

    Raises:
        ValueError: It is none.
    """
    number = parse_float(text)
    if number is None:
        raise ValueError(f"{text!r} is no number")
    return number


def to_umask(text: str) -> int:
    """A whole number of 32 bits that is octal when it begins with 0.

    Raises:
        ValueError: It is none.
    """
    number = None if text[:1] in ("+", "-") else parse_integer(text)
    if number is None or number >= 1 << 32:
        raise ValueError(f"{text!r} is no umask: write it in octal, as in '0022'")
    return number


_CONTAINER: dict[Cast, Iterable[str]] = {
    to_integer: (
        *("cpu_count", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares"),
        *("oom_score_adj", "pids_limit", "ulimits.*", "ulimits.*.hard", "ulimits.*.soft"),
    ),
    to_float: ("cpu_percent", "cpus"),
    to_boolean: (
        *("init", "networks.*.use_service_name_alias", "oom_kill_disable", "privileged", "read_only"),
        *("volumes.[].read_only", "volumes.[].volume.nocopy"),
    ),
    to_umask: ("umask",),
}
_WORKLOAD: dict[Cast, Iterable[str]] = {
    to_integer: ("healthcheck.retries", "ports.[].target"),
    to_boolean: ("depends_on.*.required", "depends_on.*.restart", "healthcheck.disable", "stdin_open", "tty"),
}
_SERVICE: dict[Cast, Iterable[str]] = {
    to_integer: (
        *("scale", "deploy.replicas", "deploy.update_config.parallelism", "deploy.rollback_config.parallelism"),
        *("deploy.restart_policy.max_attempts", "deploy.placement.max_replicas_per_node"),
    ),
    to_float: ("deploy.update_config.max_failure_ratio", "deploy.rollback_config.max_failure_ratio"),
}
_TOP: dict[Cast, Iterable[str]] = {
    to_boolean: (
        *(f"networks.*.{key}" for key in ("external", "internal", "attachable", "enable_ipv4", "enable_ipv6")),
        *("volumes.*.external", "secrets.*.external", "configs.*.external"),
    ),
}


def _table() -> dict[str, Cast]:
    where = (
        (_TOP, ("",)),
        (_CONTAINER, ("services.*.", "jobs.*.", "services.*.pre_start.*.")),
        (_WORKLOAD, ("services.*.", "jobs.*.")),
        (_SERVICE, ("services.*.",)),
    )
    return {
        prefix + key: cast
        for casts, prefixes in where
        for cast, keys in casts.items()
        for key in keys
        for prefix in prefixes
    }


CASTS: Rules[Cast] = rules_of(_table())
"""Which texts are cast as soon as their variables are replaced. Source: compose-go `loader/interpolate.go`."""
