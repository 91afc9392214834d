"""A copy of the whole project with a stack of its own on a Docker engine, and what the engine tells of it."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import yaml

from sandbox.files import SandboxFiles
from sandbox.polling import wait_until
from tests.docker.recorded import STAND_INS
from tests.engine.project import REPOSITORY, Project, Running

_COPIED = (
    "components",
    "docs/runbooks",
    "graph",
    "observability",
    "sandbox",
    "services",
    "tests/engine",
    "tests/docker",
)
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "tests", "node_modules")


@dataclass(frozen=True)
class DockerProject(Project):
    """The copy. Commands run in it as a reader runs them in a clone."""

    engine: Mapping[str, str] = field(default_factory=dict[str, str])
    """What leads to the engine: DOCKER_HOST and the like."""
    stand_ins: Mapping[str, str] = field(default_factory=dict[str, str])
    stack: str = field(default_factory=lambda: f"tested-{secrets.token_hex(3)}")
    """A name of its own: on a reader's engine, `dev` would meet theirs."""

    @classmethod
    def made(cls, folder: Path, engine: Mapping[str, str], stand_ins: Mapping[str, str]) -> "DockerProject":
        """Copies what the program and the sandbox consist of; the set-up is shared. Nobody watches the stack."""
        folder.mkdir(parents=True)
        for name in _COPIED:
            shutil.copytree(REPOSITORY / name, folder / name, ignore=_LEFT_OUT)
        (folder / "tests/__init__.py").touch()
        for path in [*REPOSITORY.glob("*.py"), REPOSITORY / "Pulumi.yaml"]:
            shutil.copy2(path, folder)
        for name in (".tools", ".venv"):
            (folder / name).symlink_to(REPOSITORY / name)
        project = cls(folder, engine=engine, stand_ins=stand_ins)
        shutil.copy2(REPOSITORY / "Pulumi.dev.yaml", folder / f"Pulumi.{project.stack}.yaml")
        project.configure("observability:parts", None)
        return project

    @property
    def files(self) -> SandboxFiles:
        """Its sandbox."""
        return SandboxFiles(self.folder, part="docker")

    def start(self, command: str, *options: str, **variables: str) -> Running:
        """Begins a command."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
        environ |= {**self.engine, STAND_INS: json.dumps(dict(self.stand_ins)), "STACK": self.stack}
        recording = self.folder / f"events-{len(list(self.folder.glob('events-*'))):03}.jsonl"
        recording.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.docker.recorded", str(recording), command, *options],
            cwd=self.folder,
            env={**environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Running(process=process, recording=recording)

    def python(self, *arguments: str) -> str:
        """What a Python command in the copy prints."""
        done = subprocess.run([sys.executable, *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def configure(self, key: str, value: object) -> None:
        """Sets `services:compose` and the like in the stack file; None takes the key away."""
        path = self.folder / f"Pulumi.{self.stack}.yaml"
        content = cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))
        if value is None:
            content["config"].pop(key, None)
        else:
            content["config"][key] = value
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def compose(self, content: Mapping[str, Any]) -> None:
        """A Compose file in place of the built-in application."""
        (self.folder / "compose.yaml").write_text(yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")
        self.configure("services:compose", "compose.yaml")
        self.configure("services:replicas", None)

    def discard(self) -> None:
        """Removes everything of the stack from the engine, its volumes and images' tags too."""
        kinds = {"container": "container", "network": "network", "volume": "volume"}
        mine = {kind: self._labelled(kind) for kind in kinds}
        for item in cast("list[dict[str, Any]]", self.state().get("resources") or []):
            kind = str(item["type"]).rpartition(":")[2].lower()
            if kind in kinds:
                mine[kind].add(str(item["id"]))
        for kind in kinds:
            if mine[kind]:
                self.docker(kind, "rm", "--force", *sorted(mine[kind]), check=False)

    def _labelled(self, kind: str) -> set[str]:
        options = ["--all"] if kind == "container" else []
        return set(self.docker(kind, "ls", "--quiet", *options, "--filter", f"label=infra.stack={self.stack}").split())

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The state's resources of a type."""
        resources = cast("list[dict[str, Any]]", self.state().get("resources") or [])
        return [item for item in resources if item["type"] == kind]

    # --- the engine ---------------------------------------------------------------------------------------------------

    def docker(self, *arguments: str, check: bool = True) -> str:
        """A docker command's standard output; with its errors where `check` is off."""
        done = subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.engine},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}: {done.stderr}"
        return done.stdout if check else done.stdout + done.stderr

    def container(self, name: str) -> str:
        """The id of the container that the program calls `name`, as in backend-1."""
        found = self.of_type("docker:index/container:Container")
        return next(str(item["id"]) for item in found if item["urn"].endswith(f"::{name}"))

    def network(self, name: str) -> str:
        """The id of the network that the program calls `name`."""
        found = self.of_type("docker:index/network:Network")
        return next(str(item["id"]) for item in found if item["urn"].endswith(f"::{name}"))

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine tells of the container."""
        return cast("list[dict[str, Any]]", json.loads(self.docker("inspect", self.container(name))))[0]

    def execute(self, name: str, *command: str) -> str:
        """What a command inside the container says, whether it fails or not."""
        return self.docker("exec", self.container(name), *command, check=False)

    def containers(self) -> list[str]:
        """Names of the stack's containers on the engine, running or not."""
        listed = self.docker("ps", "--all", "--filter", f"label=infra.stack={self.stack}", "--format", "{{.Names}}")
        return sorted(listed.split())

    def state(self) -> dict[str, Any]:
        """The stack's state."""
        path = self.files.state / f".pulumi/stacks/infra/{self.stack}.json"
        if not path.exists():
            return {}
        return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8"))["checkpoint"]["latest"] or {})

    def events_of_first_up(self) -> list[dict[str, Any]]:
        """The engine's events of the first command, in order."""
        lines = (self.folder / "events-000.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def healthy(self, name: str, seconds: float = 60) -> bool:
        """Whether the container became healthy in time."""
        return wait_until(
            lambda: self.inspect(name)["State"]["Health"]["Status"] == "healthy", seconds=seconds, every_seconds=0.2
        )


def eventually(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Fails unless the condition becomes true in time; connections that break meanwhile do not matter."""

    def holds() -> bool:
        try:
            return condition()
        except httpx.TransportError:
            return False

    assert wait_until(holds, seconds=seconds, every_seconds=0.2), f"{what}: not within {seconds:.0f} s"
