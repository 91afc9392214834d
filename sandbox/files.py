"""Where the sandbox keeps its things, below .sandbox/ of the project; and how a file is written so that a kill at any
moment leaves the old content or the new one, never half of it."""

import json
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import cast

from sandbox.errors import SandboxError


@dataclass(frozen=True)
class SandboxFiles:
    """The files of one project's sandbox. `project` is the folder that holds Pulumi.yaml.

    `part` is a folder of its own within: stacks on a Docker engine have their state apart from those in the cloud,
    whose state is worth nothing once the cloud has ended.
    """

    project: Path
    part: str = ""

    @cached_property
    def root(self) -> Path:
        """The one folder that the sandbox writes to."""
        return self.project / ".sandbox" / self.part

    @cached_property
    def work(self) -> Path:
        """The copy of the stack files that the engine works on."""
        return self.root / "work"

    @cached_property
    def state(self) -> Path:
        """The file backend."""
        return self.root / "state"

    @cached_property
    def home(self) -> Path:
        """PULUMI_HOME: keeps the reader's own logins and selections out of this."""
        return self.root / "home"

    @cached_property
    def passphrase(self) -> Path:
        """What the secrets of the state are encrypted with."""
        return self.root / "passphrase"

    @cached_property
    def secrets(self) -> Path:
        """The generated throwaway values, by stack and configuration path."""
        return self.root / "secrets.json"

    @cached_property
    def cloud(self) -> Path:
        """Which process is the cloud, and on which port."""
        return self.root / "cloud.json"

    @cached_property
    def moto_log(self) -> Path:
        """What the cloud was asked, and its troubles."""
        return self.root / "moto.log"

    @cached_property
    def env(self) -> Path:
        """The shell file that points other tools at the sandbox."""
        return self.root / "env"

    @cached_property
    def aws_config(self) -> Path:
        """An empty AWS configuration, so that nobody's own profile plays a part."""
        return self.root / "aws-config"

    @cached_property
    def lock(self) -> Path:
        """Held by the command that is at work."""
        return self.root / "lock"

    def journal(self, stack: str) -> Path:
        """What the providers are about to change in the stack's running update, and what they have created."""
        return self.root / f"journal-{stack}.jsonl"

    def journals(self) -> Iterator[Path]:
        """The journals that are there, of all stacks."""
        return self.root.glob("journal-*.jsonl")

    def last_result(self, stack: str) -> Path:
        """How the last command on the stack ended."""
        return self.root / f"last-{stack}.json"

    def prepare(self) -> None:
        """Makes the folders. Raises SandboxError when this place cannot be written."""
        try:
            for folder in (self.root, self.work, self.state, self.home):
                folder.mkdir(exist_ok=True, parents=True, mode=0o700)
            probe = self.root / f"probe-{os.getpid()}"
            probe.write_text("")
            probe.unlink()
            if not self.passphrase.exists():
                write_private(self.passphrase, secrets.token_urlsafe(24) + "\n")
            if not self.aws_config.exists():
                write_private(self.aws_config, "")
        except OSError as error:
            raise SandboxError(
                f"The sandbox cannot write to {self.root}: {error.strerror or error}.\n"
                "Free the disk or mend the folder's rights and repeat; the sandbox keeps everything there."
            ) from error


def write_private(path: Path, text: str) -> None:
    """Writes the whole file or nothing, readable by its owner only."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    part.replace(path)


def write_json(path: Path, value: object) -> None:
    """Writes `value` as JSON, whole or not at all."""
    write_private(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> dict[str, object] | None:
    """The object in the file, None when there is no file.

    Raises SandboxError when it is there but is not a JSON object.
    """
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise SandboxError(f"{path} is not readable as JSON ({error}): it was damaged.") from error
    if not isinstance(value, dict):
        raise SandboxError(f"{path} does not hold a JSON object: it was damaged.")
    return cast("dict[str, object]", value)


def set_aside(path: Path) -> Path:
    """Renames a file or folder to a dated name beside it and returns that. Nothing is ever deleted."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for name in _numbered(f"{path.name}.aside-{stamp}"):
        target = path.with_name(name)
        if not target.exists():
            path.rename(target)
            return target
    raise AssertionError("an endless sequence ended")


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


@contextmanager
def environment(values: dict[str, str], remove: frozenset[str] = frozenset()) -> Generator[None]:
    """This process's environment with `values` set and `remove` taken out; as it was before, afterwards."""
    before = dict(os.environ)
    try:
        for name in remove:
            os.environ.pop(name, None)
        os.environ.update(values)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
