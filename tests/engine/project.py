"""A copy of the whole project in a folder of its own, and the real command line in it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.cloud import Cloud
from sandbox.files import SandboxFiles

REPOSITORY = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"
COPIED = ("components", "graph", "observability", "sandbox", "services", "tests/engine")
UNCOPIED = shutil.ignore_patterns("__pycache__", "dist", "node_modules", "tests")
LONGEST_SECONDS = 240
QUIET = frozenset({"same", "replace", "refresh", "read"})
"""Operations that change nothing; `replace` is told besides the two operations that it consists of."""


def short(urn: str) -> str:
    """`ecs:TaskDefinition backend` of a URN."""
    kind = urn.split("::")[2].split("$")[-1]
    package, module, name = kind.split(":")
    return f"{module.split('/')[0] if package in ('aws', 'infra') else package}:{name} {urn.split('::', 3)[3]}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str
    events: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """Everything that the command said."""
        return self.out + self.err

    @property
    def planned(self) -> frozenset[str]:
        """`operation type name` of everything that a preview would change."""
        return self._changes("planned")

    @property
    def done(self) -> frozenset[str]:
        """`operation type name` of everything that was changed."""
        return self._changes("done")

    @property
    def failed(self) -> frozenset[str]:
        """`type name` of the resources whose operation failed."""
        return frozenset(short(event["urn"]) for event in self.events if event["phase"] == "failed")

    @property
    def drift(self) -> Mapping[str, frozenset[str]]:
        """`type name` -> properties that a refresh found changed; none for a resource that is gone."""
        found = [event for event in self.events if event["phase"] == "done" and event["op"] in ("update", "delete")]
        return {
            short(event["urn"]): frozenset(re.split(r"[.\[]", key)[0] for key in event["changed"]) for event in found
        }

    def changed(self, resource: str) -> frozenset[str]:
        """Top-level properties of `type name` that change."""
        found = [event for event in self.events if event.get("urn") and short(event["urn"]) == resource]
        return frozenset(re.split(r"[.\[]", key)[0] for event in found for key in event["changed"])

    def _changes(self, phase: str) -> frozenset[str]:
        return frozenset(
            f"{event['op']} {short(event['urn'])}"
            for event in self.events
            if event["phase"] == phase and event["op"] not in QUIET and "pulumi:pulumi:Stack" not in event["urn"]
        )


@dataclass(frozen=True, kw_only=True)
class Running:
    """A command that is at work."""

    process: "subprocess.Popen[str]"
    recording: Path

    def end(self) -> Outcome:
        """Waits for its end."""
        out, err = self.process.communicate(timeout=LONGEST_SECONDS)
        return Outcome(code=self.process.returncode, out=out, err=err, events=self.events())

    def events(self) -> list[dict[str, Any]]:
        """The engine's events so far; a last line that is not whole yet is left out."""
        if not self.recording.exists():
            return []
        lines = self.recording.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def made(self) -> int:
        """Number of resources of AWS that were made so far."""
        return sum(
            event["phase"] == "done" and event["op"] == "create" and "::aws:" in event["urn"].replace("$", "::")
            for event in self.events()
        )


@dataclass(frozen=True)
class Project:
    """The copy. Commands run in it as a reader runs them in a clone."""

    folder: Path
    originals: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Path -> what a file held before it was edited."""

    @classmethod
    def copy(cls, folder: Path) -> "Project":
        """Copies what the program and the sandbox consist of; the set-up is shared."""
        folder.mkdir(parents=True)
        for name in COPIED:
            shutil.copytree(REPOSITORY / name, folder / name, ignore=UNCOPIED)
        (folder / "tests/__init__.py").touch()
        for path in [*REPOSITORY.glob("*.py"), *REPOSITORY.glob("Pulumi*.yaml")]:
            shutil.copy2(path, folder)
        for name in (".tools", ".venv"):
            (folder / name).symlink_to(REPOSITORY / name)
        return cls(folder)

    @property
    def files(self) -> SandboxFiles:
        """Its sandbox."""
        return SandboxFiles(self.folder)

    def start(self, command: str, *options: str, **variables: str) -> Running:
        """Begins a command."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
        number = len(list(self.folder.glob("events-*")))
        recording = self.folder / f"events-{number:03}.jsonl"
        recording.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.recorded", str(recording), command, *options],
            cwd=self.folder,
            env={**environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Running(process=process, recording=recording)

    def run(self, command: str, *options: str, **variables: str) -> Outcome:
        """Runs a command to its end."""
        return self.start(command, *options, **variables).end()

    def well(self, command: str, *options: str, **variables: str) -> Outcome:
        """Runs a command that must end well, without a word on standard error."""
        outcome = self.run(command, *options, **variables)
        assert (outcome.code, outcome.err) == (0, ""), outcome.text
        return outcome

    def attach(self) -> Cloud | None:
        """The cloud of the copy, if it is running."""
        return Cloud.attach(self.files, REGION) if self.files.root.exists() else None

    @property
    def cloud(self) -> Cloud:
        """The cloud of the copy."""
        cloud = self.attach()
        assert cloud is not None, "the cloud is not running"
        return cloud

    def start_cloud(self) -> Cloud:
        """Starts the cloud before any command does, to order failures or to compare what it holds."""
        self.files.prepare()
        cloud = Cloud.start(self.files, REGION)
        cloud.ensure_hosted_zone("example.com")
        return cloud

    def discard(self) -> None:
        """Ends the cloud, whatever is in it."""
        cloud = self.attach()
        if cloud is not None:
            cloud.stop()

    def configure(self, key: str, value: object) -> None:
        """Sets `components:network.zones` and the like in the stack file; None takes the key away."""
        path = self._touch("Pulumi.prod.yaml")
        content = cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))
        *above, last = key.split(".")
        here: dict[str, Any] = content["config"]
        for name in above:
            here = here.setdefault(name, {})
        if value is None:
            here.pop(last, None)
        else:
            here[last] = value
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces the one place of `old` in a file."""
        file = self._touch(path)
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} has {text.count(old)} places of {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def _touch(self, path: str) -> Path:
        self.originals.setdefault(path, (self.folder / path).read_bytes())
        return self.folder / path

    def restore(self) -> None:
        """Undoes `configure` and `edit`."""
        for path, content in self.originals.items():
            (self.folder / path).write_bytes(content)
        self.originals.clear()

    def state(self) -> dict[str, Any]:
        """The stack's state."""
        path = self.files.state / ".pulumi/stacks/infra/prod.json"
        return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8"))["checkpoint"]["latest"] or {})

    def resources(self) -> frozenset[str]:
        """`type name` of everything in the state."""
        found = cast("list[dict[str, Any]]", self.state().get("resources") or [])
        return frozenset(short(item["urn"]) for item in found)

    def identifier(self, resource: str) -> str:
        """The id of `type name`."""
        found = cast("list[dict[str, Any]]", self.state().get("resources") or [])
        return next(str(item["id"]) for item in found if short(item["urn"]) == resource)


def operations(operation: str, *resources: str) -> frozenset[str]:
    """The same operation on each `type name`."""
    return frozenset(f"{operation} {resource}" for resource in resources)


def created(*resources: str) -> frozenset[str]:
    """Each `type name` is made."""
    return operations("create", *resources)


def updated(*resources: str) -> frozenset[str]:
    """Each `type name` changes in place."""
    return operations("update", *resources)


def deleted(*resources: str) -> frozenset[str]:
    """Each `type name` goes away."""
    return operations("delete", *resources)


def replaced(*resources: str) -> frozenset[str]:
    """Each `type name` is made anew, then the old one goes away."""
    return operations("create-replacement", *resources) | operations("delete-replaced", *resources)
