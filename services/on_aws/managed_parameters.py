"""Parameters of managed databases: the options of a server's command line, said to a parameter group; pure.

Sources: PostgreSQL, "Parameter Interaction via the Shell" and "Error Reporting and Logging"; Amazon RDS User Guide,
"Parameters on your RDS for PostgreSQL DB instance" and "Turning on query logging".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from components.engines import Engine
from services.model import Service
from services.on_aws.managed_errors import ManagedError

_ON_OR_OFF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("on", "true", "yes", "1"), "1"),
    **dict.fromkeys(("off", "false", "no", "0"), "0"),
}
"""How PostgreSQL writes a boolean -> how RDS does."""

_SWITCHES: Final = frozenset({"log_connections", "log_disconnections", "log_lock_waits"})
_NUMBERS: Final = frozenset(
    {
        "log_autovacuum_min_duration",
        "log_min_duration_statement",
        "log_parameter_max_length",
        "log_parameter_max_length_on_error",
        "log_temp_files",
    }
)
"""In PostgreSQL's own units, which are RDS' as well; -1 turns each off, or takes its limit away."""

KNOWN: Final = _SWITCHES | _NUMBERS


def parameters_of(service: Service, engine: Engine) -> Mapping[str, str]:
    """Return the parameters that the command of a database sets, as RDS writes them.

    Raises:
        ManagedError: RDS is not told what the command says, so that it would be lost.
    """
    command = service.command or ()
    if command and engine.name != "postgres":
        raise ManagedError(
            ("command",),
            "RDS runs no container, and this would be lost: take it out, or x-aws.managed on this stack",
        )
    return dict(_parameter(name, text) for name, text in _options(command))


def _options(command: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every parameter of the server's command line with its value: `-c NAME=VALUE` or `--NAME=VALUE`."""
    words = iter(command[1:] if command[:1] == ("postgres",) else command)
    for word in words:
        option = next(words, "") if word == "-c" else re.sub("^(-c|--)", "", word)
        name, sign, text = option.partition("=")
        if not word.startswith(("-c", "--")) or not sign:
            raise ManagedError(
                ("command",),
                f"RDS runs no container, and {word!r} would be lost: write postgres with -c NAME=VALUE alone, "
                "or take x-aws.managed out on this stack",
            )
        yield name.replace("-", "_").lower(), text


def _parameter(name: str, text: str) -> tuple[str, str]:
    if name not in KNOWN:
        raise ManagedError(
            ("command",),
            f"RDS is not told the parameter {name!r}, and it would be lost (known: {', '.join(sorted(KNOWN))}): "
            "take it out",
        )
    if name in _NUMBERS:
        if re.fullmatch(r"-1|\d{1,9}", text) is None:
            raise ManagedError(
                ("command",), f"{name}: {text!r} is no number of RDS: write -1, or digits without a unit"
            )
        return name, text
    if text.lower() not in _ON_OR_OFF:
        raise ManagedError(("command",), f"{name}: {text!r} is not allowed: write on or off")
    return name, _ON_OR_OFF[text.lower()]
