"""What becomes of a key on a target."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Mapped:
    """The key has an effect on the target: `to` names it in the target's words."""

    to: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """The key has no effect on the target, and nothing is lost by that: `because` says why."""

    because: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The target cannot do it: an application that sets the key is refused with `remedy`."""

    remedy: str


Fate: TypeAlias = Mapped | Ignored | Rejected

Column: TypeAlias = Mapping[str, Fate]
"""Pattern of a key's path -> its fate. A row covers what lies below its path, unless a longer row says otherwise."""
