"""Temporary directories: `tmpfs`, and mounts of that type. On Fargate they are on the task's own disk; pure."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.compose.values import Path
from services.model import Service
from services.problems import Problem

ANYBODY: Final = 0o1777
"""Everybody may write; nobody may take away what belongs to another."""

_WITHOUT_EFFECT: Final = frozenset({"rw", "size", "nr_blocks", "nr_inodes"})
"""Options that bound memory: there is none to be used up, as the directory is on the task's disk."""


@dataclass(frozen=True, kw_only=True)
class TemporaryDirectory:
    """An empty directory of a task: where it is, and its permission bits."""

    path: str
    mode: int = ANYBODY

    @property
    def volume(self) -> str:
        """The name of its volume. A hash tells apart what hyphens for slashes would make one."""
        plain = re.sub(r"[^a-zA-Z0-9]+", "-", self.path).rstrip("-")
        if re.fullmatch(r"(/[a-zA-Z0-9]+)+", self.path):
            return f"tmpfs{plain}"
        return f"tmpfs{plain}-{hashlib.sha256(self.path.encode()).hexdigest()[:6]}"


def temporary_directories(service: Service) -> list[TemporaryDirectory]:
    """Return the temporary directories of a service; `problems` has found nothing."""
    found = [
        TemporaryDirectory(path=path, mode=int(_options(options).get("mode", f"{ANYBODY:o}"), 8))
        for path, _, options in (entry.partition(":") for entry in service.tmpfs)
    ]
    mounts = [mount for mount in service.volumes if mount.type == "tmpfs"]
    return found + [TemporaryDirectory(path=mount.target, mode=mount.tmpfs.mode or ANYBODY) for mount in mounts]


def problems(service: Service) -> Iterator[Problem]:
    """What a temporary directory on Fargate cannot be; the paths begin below the service."""
    seen: dict[str, Path] = {}
    for index, entry in enumerate(service.tmpfs):
        path, _, options = entry.partition(":")
        if re.fullmatch(r"(/[^\s/:]+)+/?", path) is None:
            yield Problem(("tmpfs", index), f"{path!r} is no absolute path without spaces: name one")
        for name, value in _options(options).items():
            if name == "mode" and re.fullmatch(r"[0-7]{1,4}", value) is None:
                yield Problem(("tmpfs", index), f"mode={value}: write permission bits as octal digits, as in 1777")
            elif name != "mode" and name not in _WITHOUT_EFFECT:
                yield Problem(
                    ("tmpfs", index),
                    f"the option {name!r} is not possible on Fargate, where the directory is on the task's disk: "
                    "take it out; mode is possible, and size has no effect",
                )
        seen.setdefault(path, ("tmpfs", index))
    for index, mount in enumerate(service.volumes):
        if mount.type == "tmpfs" and mount.target in seen:
            yield Problem(("volumes", index), f"{mount.target!r} is under tmpfs already: take one of them out")


def _options(text: str) -> dict[str, str]:
    """Option -> value of `mode=1777,size=64m`."""
    return {name: value for name, _, value in (option.partition("=") for option in text.split(",") if option)}
