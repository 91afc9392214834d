"""Where PostgreSQL's programs are: on PATH, where Debian installs them, or unpacked here from Debian's packages."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = Path(__file__).parents[3] / ".tools"
DPKG_STATUS = Path("/var/lib/dpkg/status")

_LIMIT_SECONDS = 300


class UnavailableError(RuntimeError):
    """There is no PostgreSQL here and none can be had; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Programs:
    """The directory of `initdb` and `pg_ctl`, and the environment that they need."""

    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def find() -> Programs:
    """Return the programs of this machine, or get them from Debian's archive into `.tools/postgresql`, once.

    Raises:
        UnavailableError: None of that is possible.
    """
    if found := shutil.which("pg_ctl"):
        return Programs(directory=Path(found).resolve().parent)
    return _below(Path("/")) or unpacked(TOOLS / "postgresql")


def _below(root: Path) -> Programs | None:
    """The newest version below a root."""
    versions = sorted(root.glob("usr/lib/postgresql/*/bin"), key=lambda path: int(path.parent.name))
    if not versions:
        return None
    libraries = ":".join(str(path) for path in root.glob("usr/lib/*-linux-gnu*"))
    return Programs(directory=versions[-1], environment={} if root == Path("/") else {"LD_LIBRARY_PATH": libraries})


def unpacked(directory: Path, status: Path = DPKG_STATUS) -> Programs:
    """Return the programs below `directory`, where Debian's packages are unpacked if they are not yet.

    `status` is dpkg's list of what the machine has: what else the server needs is fetched with it. No root is needed.

    Raises:
        UnavailableError: This is no Debian, or its archive cannot be reached.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = directory / "root"
        if not root.exists():
            _unpack(directory, status, root)
    programs = _below(root)
    if programs is None:
        raise UnavailableError(f"Debian's packages hold no PostgreSQL: remove {directory} and try again")
    return programs


def _unpack(directory: Path, status: Path, root: Path) -> None:
    if shutil.which("apt-get") is None or not status.exists():
        raise UnavailableError("needs PostgreSQL, which cannot be fetched without apt-get: install it")
    state, cache, part = directory / "state", directory / "cache", directory / "part"
    for path in (state / "lists/partial", cache / "archives/partial"):
        path.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(part, ignore_errors=True)
    apt = ["apt-get", "--quiet=2"]
    for option in (f"Dir::State={state}", f"Dir::State::status={status}", f"Dir::Cache={cache}", "Debug::NoLocking=1"):
        apt += ["--option", option]
    _run(*apt, "update")
    _run(*apt, "install", "--download-only", "--yes", "--no-install-recommends", "postgresql")
    for package in sorted((cache / "archives").glob("*.deb")):
        _run("dpkg-deb", "--extract", str(package), str(part))
    part.rename(root)


def _run(*command: str) -> None:
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=_LIMIT_SECONDS,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
        )
    except subprocess.CalledProcessError as error:
        told = error.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UnavailableError(f"needs PostgreSQL, and {command[0]} cannot get it: {told[0]}") from None
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"needs PostgreSQL, and {command[0]} took more than {_LIMIT_SECONDS} s") from None
