"""The commands for a stack on a Docker engine: the same as in the cloud, but the engine is the reader's and stays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final, cast

from docker.errors import NotFound
from rich.console import Console

from sandbox import interrupted, recovery
from sandbox.commands import Sandbox
from sandbox.docker_engine import DockerEngine, plain_words
from sandbox.engine import Engine, EngineError, World
from sandbox.environment import pulumi_environment
from sandbox.errors import SandboxError
from sandbox.files import SandboxFiles, read_json, write_json
from sandbox.plugin import Plugin
from sandbox.report import Step
from sandbox.workspace import StackCopy

CONTAINER: Final = "docker:index/container:Container"
NETWORK: Final = "docker:index/network:Network"
VOLUME: Final = "docker:index/volume:Volume"

_WRONG_PASSWORD: Final = ("password authentication failed", "Access denied for user")
_HINT: Final = (
    "\nThe database's volume was initialised with another password, which only its first start sets (volumes outlive "
    "`make down`, the sandbox's generated passwords do not outlive .sandbox/). Start with an empty database: "
    "make down STACK={stack} VOLUMES=1 && make up STACK={stack}. Or change the password in the database."
)


def make_docker_sandbox(
    engine: Engine, console: Console, environ: Mapping[str, str], stand_ins: Mapping[str, str] | None = None
) -> "DockerSandbox":
    """The sandbox of a stack on the Docker engine that `environ` leads to.

    stand_ins: repository of an image -> local image in its place, for a machine that reaches no registry.
    """

    def plugins(url: str, region: str, project: Path) -> Sequence[Plugin]:
        return docker_plugins(DockerEngine.connect(environ), project, stand_ins)

    return DockerSandbox(
        engine=replace(
            engine,
            files=SandboxFiles(engine.files.project, part="docker"),
            plugins=plugins,
            environment=docker_environment,
            heals=True,
            hooks_at_destroy=True,
        ),
        console=console,
        environ=environ,
    )


def docker_plugins(docker: DockerEngine, project: Path, stand_ins: Mapping[str, str] | None = None) -> Sequence[Plugin]:
    """The providers of a stack on the engine."""
    from sandbox.docker_build_provider import DockerBuildProvider
    from sandbox.docker_provider import DockerProvider
    from sandbox.random_provider import RandomProvider
    from sandbox.tls_provider import TlsProvider

    return (
        DockerProvider(engine=docker, project=project, stand_ins=stand_ins),
        DockerBuildProvider(engine=docker, project=project, stand_ins=stand_ins),
        RandomProvider(),
        TlsProvider(),
    )


def docker_environment(files: SandboxFiles, *, endpoint_url: str, region: str, stack: str) -> dict[str, str]:
    """What the CLI, the program's hooks and the reader's docker command need."""
    return {"DOCKER_HOST": endpoint_url, **pulumi_environment(files, stack)}


@dataclass(kw_only=True)
class DockerSandbox(Sandbox):
    """A stack on a Docker engine. Its volumes outlive `down`, unless that is told to remove them."""

    world: ClassVar[str] = "the engine"
    about_outputs: ClassVar[str] = ""

    def up(self) -> None:
        """Brings the stack up; a database's refusal of the password gets its explanation."""
        try:
            super().up()
        except EngineError as error:
            if any(words in str(error) for words in _WRONG_PASSWORD):
                raise EngineError(f"{error}{_HINT.format(stack=self.engine.stack)}") from error
            raise

    def down(self, *, volumes: bool = False) -> None:
        """Destroys the stack, and looks whether something of it is left. Does nothing when nothing is up."""
        with self._at_work("down") as copy:
            docker = self._enter(copy)
            resources = self.engine.resources()
            if resources:
                self._destroy(docker, protected=any(item.get("protect") for item in resources))
            if self.engine.state() is not None:
                self.engine.remove(docker)
            kept = self._volumes() | _ids(resources, VOLUME)
            if volumes:
                self._remove_volumes(docker, kept)
                kept = frozenset[str]()
            elif kept:
                self.screen.line(
                    f"Volumes keep their data: {', '.join(sorted(kept))}. "
                    f"To remove them: make down STACK={copy.stack} VOLUMES=1"
                )
            write_json(self._volumes_file, {"volumes": sorted(kept)})
            self._forget_files()
            if left := list(_left(docker, resources)):
                raise SandboxError(f"Something was left behind on the engine: {', '.join(left)}.")
            self.screen.line(
                "Nothing is left on the engine but images and build cache." if resources else "Nothing is up."
            )

    def reset(self) -> None:
        """Removes the containers and networks that the state knows, and sets it aside. Volumes stay."""
        with self._at_work("reset") as copy:
            docker = DockerEngine.connect(self.environ)
            resources = self.engine.resources()
            for identifier in _ids(resources, CONTAINER) | _labelled(docker, copy.stack):
                _remove(docker.api.remove_container, identifier, force=True)
            for identifier in _ids(resources, NETWORK):
                _remove(docker.api.remove_network, identifier)
            write_json(self._volumes_file, {"volumes": sorted(self._volumes() | _ids(resources, VOLUME))})
            if (self.files.state / ".pulumi").exists():
                self.screen.line(f"The state was set aside as {recovery.set_state_aside(self.files).name}.")
            self._forget_files()
            self.screen.line("The stack's containers and networks are gone from the engine; volumes stay.")

    def status(self) -> None:
        """Says which engine it is, how the stack's containers are, and how the last command ended."""
        copy = self.engine.copy()
        docker = DockerEngine.connect(self.environ)
        rows = [("engine", f"Docker {docker.version} at {docker.url}")]
        state = self.engine.state() if self.files.root.exists() else None
        resources = self.engine.resources() if state is not None else []
        if not resources:
            rows.append(("stack", f"{copy.stack}: not there; `make up STACK={copy.stack}` makes it"))
        else:
            rows.append(("stack", f"{copy.stack}: {len(resources)} resources"))
        if pending := len((state or {}).get("pending_operations") or []):
            rows.append(("trouble", f"{pending} operations never ended; the next command mends that"))
        rows += [("", line) for line in sorted(_container_lines(docker, resources))]
        last = read_json(self.files.last_result(copy.stack))
        if last is not None:
            rows.append(("last", f"{last['command']} at {last['at']}, {last['seconds']} s: {last['result']}"))
        self.screen.rows(rows)

    # --- the engine as the stack's world ------------------------------------------------------------------------------

    def _refuse(self) -> None:
        """Nothing here reaches an account; but without an engine nothing is to be written."""
        DockerEngine.connect(self.environ)

    def _enter(self, copy: StackCopy) -> DockerEngine:
        docker = DockerEngine.connect(self.environ)
        recovery.release_dead_lock(self.engine, self._repaired)
        restored = recovery.mend_state_file(self.engine, self._repaired)
        interrupted.mend_interrupted_update(self.engine, docker, self._repaired, restored=restored)
        return docker

    def _steps(self, world: World) -> Sequence[tuple[str, str]]:
        stack = self.engine.stack
        return (
            ("look at the containers", f"docker ps --filter label=infra.stack={stack}"),
            (
                "read what a service says",
                f"docker logs --follow $(docker ps -q --filter label=infra.stack={stack} ...)",
            ),
            *((("log in", self._logins()),) if "logins" in self.engine.outputs() else ()),
        )

    def _logins(self) -> str:
        """How the passwords are shown that the stack made for its reader."""
        file = self.files.env.relative_to(self.files.project)
        return f"source {file} && pulumi stack output --stack {self.engine.stack} --show-secrets logins"

    def _show_notices(self, changed: Sequence[Step]) -> None:
        """Images are really built here."""

    def _destroy(self, docker: DockerEngine, *, protected: bool) -> None:
        if protected:
            self.screen.line("Lift protection (components:protection false, up --continue-on-error)")
            self._lift_protection(docker)
        with self.screen.progress("destroy") as progress:
            self.engine.destroy(docker, progress)

    @property
    def _volumes_file(self) -> Path:
        return self.files.root / f"volumes-{self.engine.stack}.json"

    def _volumes(self) -> frozenset[str]:
        """Volumes that earlier stacks of this name have left."""
        known = read_json(self._volumes_file) or {}
        return frozenset(cast("list[str]", known.get("volumes") or []))

    def _remove_volumes(self, docker: DockerEngine, names: frozenset[str]) -> None:
        for name in sorted(names):
            with plain_words(f"volume {name}"):
                _remove(docker.api.remove_volume, name)
            self.screen.line(f"Volume {name} is gone, and its data with it.")


def _ids(resources: Sequence[Mapping[str, Any]], kind: str) -> frozenset[str]:
    return frozenset(str(item["id"]) for item in resources if item["type"] == kind and item.get("id"))


def _labelled(docker: DockerEngine, stack: str) -> frozenset[str]:
    """Containers of the stack by their label, known to the state or not."""
    found = docker.api.containers(all=True, filters={"label": f"infra.stack={stack}"})
    return frozenset(str(item["Id"]) for item in found)


def _remove(remove: Any, identifier: str, **options: Any) -> None:
    try:
        remove(identifier, **options)
    except NotFound:
        return


def _left(docker: DockerEngine, resources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What of the stack's containers and networks the engine still has."""
    inspections = {CONTAINER: docker.api.inspect_container, NETWORK: docker.api.inspect_network}
    for kind, inspect in inspections.items():
        for identifier in _ids(resources, kind):
            try:
                found = inspect(identifier)
            except NotFound:
                continue
            yield str(found["Name"]).lstrip("/")


def _container_lines(docker: DockerEngine, resources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """`backend-1  running, healthy` of each container."""
    for item in resources:
        if item["type"] != CONTAINER:
            continue
        name = str(item["urn"]).split("::", 3)[3]
        try:
            state = docker.api.inspect_container(str(item["id"]))["State"]
        except NotFound:
            yield f"{name:20}gone; `make up` makes it anew"
            continue
        health = cast("dict[str, str]", state.get("Health") or {}).get("Status")
        ended = "" if state["Running"] else f" with exit code {state['ExitCode']}"
        yield f"{name:20}{state['Status']}{ended}{f', {health}' if health and not ended else ''}"
