"""Kinds that may be written as a list or as a mapping, and what compose-go's types make of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from services.compose.conversions import integer, text, unfit
from services.compose.errors import RefusalError
from services.compose.kinds import Kind, ListOf, MapOf, Scalar
from services.compose.quantities import split_command
from services.compose.values import Path, Value, in_words, sprint

Decode: TypeAlias = Callable[[Value, Path], Value]

STRINGS = ListOf(Scalar(("string",), text))
UNIQUE_STRINGS = ListOf(Scalar(("string",), text), unique=True)
STRING_OR_LIST = ListOf(Scalar(("string",), text), unique=True, single=True)
_VALUES = MapOf(Scalar(("string", "number", "boolean", "null"), text))


@dataclass(frozen=True)
class ListOrDict(Kind):
    """`key=value` texts, or a mapping; `convert` makes the mapping of the project."""

    convert: Decode
    forms: tuple[str, ...] = ("object", "array")
    zero_counts: bool = False

    def check(self, value: Value, path: Path) -> None:
        """Entries of a mapping hold scalars; a list holds different texts."""
        if isinstance(value, dict):
            if "" in value:
                raise RefusalError(path, "has a key without a name")
            _VALUES.check(value, path)
        elif isinstance(value, list):
            UNIQUE_STRINGS.check(value, path)
        else:
            raise unfit(value, path, self.forms)

    def decode(self, value: Value, path: Path) -> Value:
        """What `convert` makes of it."""
        return None if value is None else self.convert(value, path)


def _pairs(value: Value, path: Path) -> dict[str, Value]:
    """Mapping or list as a mapping; an entry of a list without `=` has no value."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise unfit(value, path, ("object", "array"))
    pairs: dict[str, Value] = {}
    for entry in value:
        key, assigned, rest = sprint(entry).partition("=")
        pairs[key] = rest if assigned else None
    return pairs


def mapping(value: Value, path: Path) -> Value:
    """Texts by key; what has no value is empty."""
    return {key: "" if entry is None else sprint(entry) for key, entry in _pairs(value, path).items()}


def environment(value: Value, path: Path) -> Value:
    """Texts by key; what has no value is null: it comes from the surroundings at run time."""
    pairs = _pairs(value, path)
    for key in pairs if isinstance(value, list) else ():
        if key[-1:].isspace():
            raise RefusalError(path, f"the variable {key!r} ends in a blank")
    return {key: None if entry is None else sprint(entry) for key, entry in pairs.items()}


def repeated(value: Value, path: Path) -> Value:
    """Lists of texts by key."""
    if not isinstance(value, dict):
        raise unfit(value, path, ("object",))
    return {
        key: [sprint(one) for one in entry] if isinstance(entry, list) else [sprint(entry)]
        for key, entry in value.items()
    }


MAPPING = ListOrDict(mapping)
ENVIRONMENT = ListOrDict(environment)


@dataclass(frozen=True)
class Options(Kind):
    """A mapping of options that the container runtime reads: any scalar becomes text."""

    values: tuple[str, ...] = ("string", "number")
    forms: tuple[str, ...] = ("object",)
    zero_counts: bool = False

    def check(self, value: Value, path: Path) -> None:
        """A mapping of scalars."""
        MapOf(Scalar(self.values, text)).check(value, path)

    def decode(self, value: Value, path: Path) -> Value:
        """Texts by key."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise unfit(value, path, self.forms)
        return mapping(value, path)


@dataclass(frozen=True)
class ProviderOptions(Kind):
    """Options of a provider, each of which may repeat."""

    forms: tuple[str, ...] = ("object",)
    zero_counts: bool = False

    def check(self, value: Value, path: Path) -> None:
        """A mapping of scalars and lists of scalars."""
        scalar = Scalar(("string", "number", "boolean"), text)
        if not isinstance(value, dict):
            raise unfit(value, path, self.forms)
        for key, entry in value.items():
            (ListOf(scalar) if isinstance(entry, list) else scalar).check(entry, (*path, key))

    def decode(self, value: Value, path: Path) -> Value:
        """Lists of texts by key."""
        return None if value is None else repeated(value, path)


@dataclass(frozen=True)
class Hosts(Kind):
    """`extra_hosts`: names and their addresses, as a list of `name=address`."""

    forms: tuple[str, ...] = ("object", "array")
    zero_counts: bool = False

    def check(self, value: Value, path: Path) -> None:
        """A mapping of texts or lists of texts, or a list of different texts."""
        if isinstance(value, list):
            UNIQUE_STRINGS.check(value, path)
        elif isinstance(value, dict):
            if "" in value:
                raise RefusalError(path, "has a host without a name")
            MapOf(ListOf(Scalar(("string",), text), single=True)).check(value, path)
        else:
            raise unfit(value, path, self.forms)

    def decode(self, value: Value, path: Path) -> Value:
        """`name=address`, sorted; brackets around an IPv6 address are dropped."""
        if value is None:
            return None
        hosts = self._from_list(value, path) if isinstance(value, list) else self._from_mapping(value, path)
        lines: list[str] = []
        for host, addresses in hosts:
            if not host or ":" in host or "=" in host:
                raise RefusalError(path, f"{host!r} is no name of a host")
            for address in addresses:
                bracketed = len(address) > 2 and address[0] == "[" and address[-1] == "]"
                lines.append(f"{host}={address[1:-1] if bracketed else address}")
        return list[Value](sorted(lines, key=str.encode))

    def _from_list(self, value: list[Value], path: Path) -> list[tuple[str, list[str]]]:
        hosts: list[tuple[str, list[str]]] = []
        for entry in value:
            line = sprint(entry)
            separator = "=" if "=" in line else ":"
            host, found, addresses = line.partition(separator)
            if not found:
                raise RefusalError(path, f"{line!r} lacks the address: write name=address", entry)
            hosts.append((host, addresses.split(",")))
        return hosts

    def _from_mapping(self, value: Value, path: Path) -> list[tuple[str, list[str]]]:
        if not isinstance(value, dict):
            raise unfit(value, path, self.forms)
        hosts: list[tuple[str, list[str]]] = []
        for host, entry in value.items():
            if isinstance(entry, list):
                hosts.append((host, [sprint(one) for one in entry]))
            elif entry is None or isinstance(entry, str):
                hosts.append((host, [entry or ""]))
            else:
                raise unfit(entry, (*path, host), ("string", "array"))
        return hosts


@dataclass(frozen=True)
class Command(Kind):
    """A command line: a list of words, or text that is split as a shell would. None clears nothing, a list does."""

    forms: tuple[str, ...] = ("string", "array", "null")
    zero_counts: bool = True

    def check(self, value: Value, path: Path) -> None:
        """Text or a list of texts."""
        super().check(value, path)
        if isinstance(value, list):
            STRINGS.check(value, path)

    def decode(self, value: Value, path: Path) -> Value:
        """A list of words."""
        if not isinstance(value, str):
            return STRINGS.decode(value, path)
        try:
            return split_command(value)
        except ValueError as error:
            raise RefusalError(path, str(error), value) from error


@dataclass(frozen=True)
class HealthTest(Kind):
    """The command of a health check; text is run by a shell."""

    forms: tuple[str, ...] = ("string", "array")
    zero_counts: bool = False

    def check(self, value: Value, path: Path) -> None:
        """Text or a list of texts."""
        super().check(value, path)
        if isinstance(value, list):
            STRINGS.check(value, path)

    def decode(self, value: Value, path: Path) -> Value:
        """A list that begins with the kind of the command."""
        return ["CMD-SHELL", value] if isinstance(value, str) else STRINGS.decode(value, path)


@dataclass(frozen=True)
class SshKeys(Kind):
    """Keys for a build, by their ids; text in the project is `id` or `id=path`."""

    forms: tuple[str, ...] = ("object", "array")
    zero_counts: bool = False

    def check(self, value: Value, path: Path) -> None:
        """As a list or a mapping of scalars."""
        MAPPING.check(value, path)

    def decode(self, value: Value, path: Path) -> Value:
        """Sorted by id; compose-go leaves the order to chance."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise unfit(value, path, self.forms)
        return [key if entry in (None, "") else f"{key}={sprint(entry)}" for key, entry in sorted(value.items())]


@dataclass(frozen=True)
class Ulimit(Kind):
    """One limit for both, or a soft and a hard one."""

    forms: tuple[str, ...] = ("integer", "string", "object")
    zero_counts: bool = True

    def check(self, value: Value, path: Path) -> None:
        """A whole number, or both limits."""
        super().check(value, path)
        if not isinstance(value, dict):
            return
        for key, entry in value.items():
            if key in ("soft", "hard"):
                Scalar(("integer", "string"), integer).check(entry, (*path, key))
            elif not key.startswith("x-"):
                raise RefusalError((*path, key), "is no key of a limit: write soft and hard")
        if not {"soft", "hard"} <= value.keys():
            raise RefusalError(path, "needs both soft and hard")

    def decode(self, value: Value, path: Path) -> Value:
        """A number, or a mapping of the limits that are not 0."""
        if not isinstance(value, dict):
            if not isinstance(value, int) or isinstance(value, bool):
                raise RefusalError(path, f"must be a whole number, not {in_words(value)}", value)
            return value or {}
        limits: dict[str, Value] = {}
        for key in ("soft", "hard"):
            entry = value.get(key, 0)
            if not isinstance(entry, int) or isinstance(entry, bool):
                raise RefusalError((*path, key), f"must be a whole number, not {in_words(entry)}", entry)
            if entry:
                limits[key] = entry
        return limits
