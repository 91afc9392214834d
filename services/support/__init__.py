"""What becomes of every key of the Compose Specification on each target: one table.

It drives validation (`check`), the messages of refusals, and docs/reference/compose-support.md. No key is dropped in
silence: a key has an effect, or is ignored for a reason that loses nothing, or is refused with a remedy.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from services.compose.values import Path
from services.model import Application
from services.problems import Problem
from services.support.aws import AWS
from services.support.docker import DOCKER
from services.support.fates import Column, Fate, Ignored, Mapped, Rejected
from services.support.keys import LOADED, fate, model_patterns, row_of, set_keys
from services.support.managed import MANAGED, MANAGED_NAMES

COLUMNS: Final[Mapping[str, Column]] = {"docker": DOCKER, "aws": AWS}
"""Target (of `services:target`) -> its column."""


def rejected(application: Application, target: str) -> Iterator[Problem]:
    """Every key that the application sets and the target cannot do."""
    for path, found in fates_of(application, target).items():
        if isinstance(found, Rejected):
            yield Problem(path, f"is not possible on {NAMES[target]}: {found.remedy}")


def fates_of(application: Application, target: str) -> Mapping[Path, Fate]:
    """What becomes of each key that an application sets. A key stands for what lies below it and has no own row.

    A managed service has a column of its own on AWS.
    """
    found = dict[Path, Fate]()
    for path, pattern in set_keys(application):
        column = _column(application, target, path, pattern)
        row = row_of(column, pattern)
        if row and pattern not in LOADED:
            found.setdefault(path[: row.count(".") + 1], column[row])
    return found


def _column(application: Application, target: str, path: Path, pattern: str) -> Column:
    """The column that decides on a key."""
    if target == "aws" and pattern.startswith("services.*."):
        managed = application.services[str(path[1])].x_aws.managed
        if managed is not None:
            return MANAGED[managed]
    return COLUMNS[target]


NAMES: Final[Mapping[str, str]] = {"docker": "Docker", "aws": "AWS"}

__all__ = [
    "COLUMNS",
    "LOADED",
    "MANAGED",
    "MANAGED_NAMES",
    "NAMES",
    "Column",
    "Fate",
    "Ignored",
    "Mapped",
    "Rejected",
    "fate",
    "fates_of",
    "model_patterns",
    "rejected",
    "set_keys",
]
