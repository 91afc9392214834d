"""What a provider of the sandbox is: the operations that the engine asks for, in plain Python values.

A `Plugin` sees `dict`, `list`, `str` (`Secret` where it is one), `int`, `float`, `bool`, `None` and `UNKNOWN`;
`sandbox.serving` answers the engine's protocol around it.
"""

# ruff: noqa: D102
# The protocol names the methods and `id`; the signatures are public markers.

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Self, cast

Props = dict[str, Any]
"""Inputs or outputs of a resource, by their camelCase wire names."""


class Unknown:
    """A value that is not known before `up`. There is one instance: `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class Secret(str):
    """A text that nobody is to read: the engine gets the property that holds it marked, the journal does not get it.

    What the engine sent as a secret is one; a provider makes one of what it generates.
    """

    __slots__ = ()


def secrets_of(value: object) -> frozenset[str]:
    """The secret texts in a value."""
    if isinstance(value, Mapping):
        return frozenset[str]().union(*map(secrets_of, cast(Mapping[str, object], value).values()))
    if isinstance(value, list):
        return frozenset[str]().union(*map(secrets_of, cast(list[object], value)))
    return frozenset({str(value)}) if isinstance(value, Secret) else frozenset()


def has_unknown(value: object) -> bool:
    """Whether `value` is, or contains, a value that is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in cast(Mapping[str, object], value).values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in cast(list[object], value))
    return value is UNKNOWN


class ProviderError(Exception):
    """What the user reads when an operation fails. Raised by plugins, shown without a traceback."""


class InitializationError(ProviderError):
    """The resource exists, but a later step of its creation failed: the engine keeps it and updates it next time."""

    def __init__(self, *, id: str, inputs: Props, outputs: Props, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.id, self.inputs, self.outputs, self.reasons = id, inputs, outputs, tuple(reasons)


@dataclass(frozen=True, kw_only=True)
class Urn:
    """A resource's URN, its type token and its logical name."""

    text: str

    @property
    def type(self) -> str:
        return self.text.split("::")[2].split("$")[-1]

    @property
    def name(self) -> str:
        return self.text.split("::", 3)[3]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An input that was refused: which property, and why in the reader's words."""

    property: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The inputs as the engine is to keep them, and what is wrong with them."""

    inputs: Props
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Changed property paths: `updates` in place, `replaces` by a new resource."""

    updates: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path -> add, delete or update."""
    delete_before_replace: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """A resource as it is. An empty id: it is gone."""

    id: str
    inputs: Props = field(default_factory=dict[str, Any])
    outputs: Props = field(default_factory=dict[str, Any])


class Plugin(ABC):
    """A provider of one package. Methods are called from many threads at once."""

    package: ClassVar[str]
    version: ClassVar[str]

    @abstractmethod
    def configure(self, config: Props) -> Self:
        """The plugin that answers for one provider resource with this configuration (each has its own connection)."""

    @abstractmethod
    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """Complete and validate inputs before anything is created. `old` is empty for a new or replaced resource."""

    @abstractmethod
    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        """What changes, and what of it needs a replacement."""

    @abstractmethod
    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        """Create; gives id and outputs. In a preview nothing is touched and what cannot be known is `UNKNOWN`."""

    @abstractmethod
    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """The resource as it is now."""

    @abstractmethod
    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """Update in place; gives the outputs."""

    @abstractmethod
    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Delete; succeeds when it is gone already."""

    def resume(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        """Finish a creation that was cut in the middle; gives id and outputs, as `create` does.

        Its calls bear the keys that they had (`sandbox.call_keys`), so `create` finds what it has made; a provider
        whose cloud knows no keys has to look for it. A `ProviderError` means that nothing was made.
        """
        return self.create(urn, inputs, preview=False)

    def discard(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Delete what no state has ever known, whatever protects it."""
        self.delete(urn, id, inputs, outputs)

    @abstractmethod
    def invoke(self, token: str, args: Props) -> Props:
        """Answer a function call of the program."""
