"""What is fetched or built once, and used by every later run.

A part lies in `.tools/engines/<name>-<digest>`, where the digest is of everything that it is made of: a new version or
another flag makes another folder. Two runs at once make it once.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "tools" / "engines"
CACHE = ROOT / ".tools" / "engines"
_TIMEOUT_SECONDS = 540


class CannotBeHadError(Exception):
    """The machine lacks a tool, or a registry refuses: the text says which."""


def part(name: str, made_of: Sequence[str], make: Callable[[Path], None]) -> Path:
    """The folder of a part, made by `make(folder)` if it is not there; the test is skipped if it cannot be had."""
    digest = hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder
        growing = CACHE / f"{name}-{digest}.growing"
        shutil.rmtree(growing, ignore_errors=True)
        growing.mkdir()
        tell(f"{name}: not on this machine yet, fetching it into .tools/engines")
        begun = time.monotonic()
        try:
            make(growing)
        except CannotBeHadError as error:
            pytest.skip(f"{name} cannot be had here, what it would show was NOT tested: {error}")
        growing.rename(folder)
        tell(f"{name}: ready after {time.monotonic() - begun:.0f} s")
    return folder


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a step of a part's making; its output is shown only when it fails."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise CannotBeHadError(f"{command[0]}: {error}") from None
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines()
        telling = [line for line in lines if "rror" in line] or lines
        raise CannotBeHadError(f"{Path(command[0]).name} failed: {' | '.join(telling[-3:])}")


def tool(*names: str) -> Path:
    """The first of these programs that is on PATH."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise CannotBeHadError(f"{' or '.join(names)} is not installed")


def tell(text: str) -> None:
    """Progress, past pytest's capturing of output."""
    print(f"[engines] {text}", file=sys.__stderr__, flush=True)
