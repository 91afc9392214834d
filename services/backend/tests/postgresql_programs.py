"""Where PostgreSQL's programs are: on PATH, where Debian installs them, or unpacked from Debian's packages."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.debian import UnavailableError, libraries, unpacked

__all__ = ["Programs", "UnavailableError", "find"]


@dataclass(frozen=True, kw_only=True)
class Programs:
    """The directory of `initdb` and `pg_ctl`, and the environment that they need."""

    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def find() -> Programs:
    """Return the programs of this machine, or get them from Debian's archive into `.tools`, once.

    Raises:
        UnavailableError: None of that is possible.
    """
    if found := shutil.which("pg_ctl"):
        return Programs(directory=Path(found).resolve().parent)
    return below(Path("/")) or fetched()


def fetched() -> Programs:
    """Return the programs of Debian's packages, with libraries that the machine lacks.

    Raises:
        UnavailableError: The packages cannot be had, or hold no server.
    """
    programs = below(unpacked("postgresql", ["postgresql"]))
    if programs is None:
        raise UnavailableError("Debian's packages hold no PostgreSQL")
    if closed := [path for path in programs.directory.parents if os.geteuid() == 0 and not path.stat().st_mode & 1]:
        raise UnavailableError(f"root runs no PostgreSQL server, and others may not enter {closed[-1]}")
    return programs


def below(root: Path) -> Programs | None:
    """Return the newest version below a root."""
    versions = sorted(root.glob("usr/lib/postgresql/*/bin"), key=lambda path: int(path.parent.name))
    if not versions:
        return None
    environment = {} if root == Path("/") else {"LD_LIBRARY_PATH": libraries(root)}
    return Programs(directory=versions[-1], environment=environment)
