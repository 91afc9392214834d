"""compose-go, built from tools/compose_reference, and the comparison of our loader with it."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from services.compose import ComposeError, load

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "tools" / "compose_reference"
BINARY = ROOT / ".tools" / "compose_reference"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of both loaders; paths are relative to `directory`."""

    name: str
    directory: Path
    files: tuple[str, ...]
    project_directory: str | None = None
    project_name: str | None = None
    profiles: tuple[str, ...] = ()
    env_files: tuple[str, ...] | None = None
    variables: Mapping[str, str] | None = None

    def absolute(self, path: str) -> str:
        return os.path.normpath(self.directory / path)

    def line(self) -> str:
        """The request as the reference reads it."""
        directory = self.absolute(self.project_directory) if self.project_directory else None
        return json.dumps(
            {
                "files": [self.absolute(file) for file in self.files],
                "project_directory": directory or "",
                "project_name": self.project_name or "",
                "profiles": list(self.profiles),
                "env_files": [self.absolute(file) for file in self.env_files or ()],
                "environment": dict(self.variables or {}),
                "working_directory": str(self.directory),
            }
        )

    def ours(self) -> "Answer":
        """What our loader makes of it."""
        try:
            project = load(
                [self.absolute(file) for file in self.files],
                project_directory=self.absolute(self.project_directory) if self.project_directory else None,
                project_name=self.project_name,
                profiles=self.profiles,
                env_files=None if self.env_files is None else [self.absolute(file) for file in self.env_files],
                variables=self.variables,
            )
        except ComposeError as error:
            return Answer(error=str(error))
        return Answer(project=dict(project.model))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A project, or why there is none."""

    project: Mapping[str, Any] | None = None
    error: str | None = None

    def text(self) -> str:
        """The project as text that is equal for equal JSON; whole floats print as integers."""
        return json.dumps(_numbers(self.project), sort_keys=True, indent=1, ensure_ascii=False)


def _numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _numbers(entry) for key, entry in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_numbers(entry) for entry in cast("list[Any]", value)]
    return value


def build() -> Path:
    """The reference's binary, built when its sources have changed. Skips the test when there is no Go."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go on this machine: the loader was NOT compared with compose-go")
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")))
    stamp = BINARY.with_suffix(".sum")
    BINARY.parent.mkdir(exist_ok=True)
    with BINARY.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (BINARY.exists() and stamp.exists() and stamp.read_text() == digest.hexdigest()):
            subprocess.run([go, "build", "-o", str(BINARY), "."], cwd=SOURCE, check=True)
            stamp.write_text(digest.hexdigest())
    return BINARY


def ask(requests: Iterable[Request]) -> list[Answer]:
    """What compose-go makes of each request, in one process."""
    lines = "".join(f"{request.line()}\n" for request in requests)
    done = subprocess.run([str(build()), "-batch"], input=lines, capture_output=True, text=True, check=True)
    return [Answer(**json.loads(line)) for line in done.stdout.splitlines()]


_EXTENSIONS = '"#extensions"'
"""What compose-go makes of keys that begin with `x-` in mappings of the user's own names: a deliberate difference."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How two loaders answered the same requests."""

    compared: int
    """Requests on which they must agree: all but those of the one deliberate difference."""
    loaded: int
    """Those of them that both load, to the same project."""
    different: Mapping[str, tuple[Answer, Answer]]
    """Those on which they do not agree, with our answer and theirs."""


def compare(requests: Sequence[Request]) -> Comparison:
    """Ask both loaders."""
    different: dict[str, tuple[Answer, Answer]] = {}
    compared = loaded = 0
    for request, theirs in zip(requests, ask(requests), strict=True):
        if _EXTENSIONS in theirs.text():
            continue
        compared += 1
        ours = request.ours()
        if (ours.error is None) != (theirs.error is None) or (ours.error is None and ours.text() != theirs.text()):
            different[request.name] = (ours, theirs)
        else:
            loaded += ours.error is None
    return Comparison(compared=compared, loaded=loaded, different=different)
