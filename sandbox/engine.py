"""The real Pulumi CLI on a stack of the project, with the program inline, moto as the cloud and our providers.

One `Engine` is one stack in one sandbox. Its operations are the CLI's: up, preview, refresh, destroy. Each works on
the copy of the stack files, in an environment that reaches nothing but this machine, and leaves both as they were.
"""

import json
import logging
import re
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from pulumi.automation import ConfigValue, Deployment, LocalWorkspace, Stack
from pulumi.automation.errors import CommandError

from sandbox import plugin, serving
from sandbox.command import EngineCommand, find_cli
from sandbox.environment import SCRUBBED, engine_environment, write_env_file
from sandbox.errors import BadInputError, BusyError, SandboxError
from sandbox.files import SandboxFiles, environment
from sandbox.journal import Journal, JournaledPlugin
from sandbox.program import Program, WatchedProgram, project_program
from sandbox.watch import OnEvent, Watch, last_lines
from sandbox.workspace import StackCopy, copy_stack, mark_written, throwaway_values, write_work_files

Plugins = Callable[[str, str, Path], Sequence[plugin.Plugin]]
"""endpoint URL, region, the project's folder -> the providers of a run"""


class Environment(Protocol):
    """Variables that lead the CLI, the program's hooks and other tools to the stack's world."""

    def __call__(self, files: SandboxFiles, *, endpoint_url: str, region: str, stack: str) -> dict[str, str]:
        """Name -> value; no secret is in it."""
        ...


class World(Protocol):
    """What a stack is brought up in: the cloud of the sandbox, or a Docker engine."""

    @property
    def url(self) -> str:
        """Where it is reached."""
        ...

    @property
    def region(self) -> str:
        """The region of AWS that it stands for; empty where there is none."""
        ...


def sandbox_plugins(endpoint_url: str, region: str, project: Path) -> Sequence[plugin.Plugin]:
    """The sandbox's own providers."""
    from sandbox.image_provider import DockerBuildProvider
    from sandbox.provider import AwsProvider
    from sandbox.random_provider import RandomProvider
    from sandbox.refusals import REFUSALS
    from sandbox.tls_provider import TlsProvider

    return (
        AwsProvider(endpoint_url=endpoint_url, region=region, refusals=REFUSALS),
        DockerBuildProvider(endpoint_url=endpoint_url, region=region, project_dir=project),
        RandomProvider(),
        TlsProvider(),
    )


class EngineError(SandboxError):
    """The engine's operation failed; the text is its diagnostics, condensed."""


class StoppedError(SandboxError):
    """The reader stopped the operation."""

    exit_code = 130


@dataclass(frozen=True, kw_only=True)
class Result:
    """How an operation ended well."""

    changes: Mapping[str, int]
    """Operation (`create`, `same`, ...) -> number of resources."""
    outputs: Mapping[str, object] = field(default_factory=dict[str, object])
    """Stack outputs; secret ones are `[secret]`."""
    warnings: Sequence[str] = ()


@dataclass(kw_only=True)
class Engine:
    """A stack of the project, driven in its sandbox."""

    files: SandboxFiles
    stack: str
    program: Program | None = None
    """None: the project's `__main__.py`."""
    required_variables: Collection[str] = ()
    plugins: Plugins = sandbox_plugins
    environment: Environment = engine_environment
    heals: bool = False
    """Whether `up` first looks at what is there: quick on one machine, and it finds what was removed by hand."""
    hooks_at_destroy: bool = False
    """Whether resources have hooks that run when they are deleted, for which the program has to run."""
    cli: Path | None = None
    """None: the one that the set-up chose for the repository."""
    command: EngineCommand = field(init=False)

    def __post_init__(self) -> None:
        repository = Path(__file__).resolve().parent.parent
        self.command = EngineCommand(self.cli or find_cli(repository))

    @property
    def state_file(self) -> Path:
        """Where the file backend keeps this stack's state."""
        return self.files.state / ".pulumi" / "stacks" / self.copy().project / f"{self.stack}.json"

    @property
    def journal(self) -> Journal:
        """What the stack's running update does, or one that was cut."""
        return Journal(self.files.journal(self.stack))

    def copy(self, protection: bool | None = None) -> StackCopy:
        """The stack's configuration as the engine gets it. Raises BadInputError for what is wrong with the files."""
        return copy_stack(self.files, self.stack, required_variables=self.required_variables, protection=protection)

    def up(self, cloud: World, on_event: OnEvent | None = None) -> Result:
        """Brings the stack to what the program says."""
        with self._opened(cloud) as stack:
            return self._operate(stack, on_event, lambda watch: self._up(stack, watch))

    def lift_protection(self, cloud: World, on_event: OnEvent | None = None) -> Result:
        """An `up` without protection, which goes on where something fails: a job, say, that ends badly every time."""
        with self._opened(cloud, protection=False) as stack:
            return self._operate(stack, on_event, lambda watch: self._up(stack, watch, continue_on_error=True))

    def preview(self, cloud: World, on_event: OnEvent | None = None) -> Result:
        """What an `up` would do; nothing is touched."""
        with self._opened(cloud) as stack:
            return self._operate(stack, on_event, lambda watch: self._told(stack.preview(on_event=watch)))

    def refresh(self, cloud: World, on_event: OnEvent | None = None) -> Result:
        """Takes what the cloud has into the state."""
        with self._opened(cloud) as stack:
            return self._operate(
                stack, on_event, lambda watch: self._told(stack.refresh(on_event=watch, show_secrets=False))
            )

    def destroy(self, cloud: World, on_event: OnEvent | None = None) -> Result:
        """Deletes every resource of the state. Protected ones make it fail."""
        with self._opened(cloud, protection=False) as stack:
            return self._operate(
                stack,
                on_event,
                lambda watch: self._told(
                    stack.destroy(on_event=watch, show_secrets=False, run_program=self.hooks_at_destroy)
                ),
            )

    def remove(self, cloud: World) -> None:
        """Forgets an empty stack."""
        with self._opened(cloud) as stack:
            stack.workspace.remove_stack(self.stack, preserve_config=False)
        (self.files.work / f"Pulumi.{self.stack}.yaml").unlink(missing_ok=True)

    def export(self, cloud: World) -> dict[str, Any]:
        """The stack's state as the engine exports it, secrets encrypted."""
        with self._opened(cloud) as stack:
            return {"version": 3, "deployment": stack.export_stack().deployment}

    def replace_state(self, cloud: World, deployment: dict[str, Any]) -> None:
        """Puts an edited deployment in place of the state."""
        with self._opened(cloud) as stack:
            stack.import_stack(Deployment(version=3, deployment=deployment))

    def state(self) -> dict[str, Any] | None:
        """The state as it lies in the backend, None when the stack was never made.

        Raises SandboxError when the file is damaged.
        """
        try:
            checkpoint = json.loads(self.state_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise SandboxError(f"The state {self.state_file} is damaged: {error}.") from error
        latest = cast("dict[str, Any]", checkpoint).get("checkpoint", {}).get("latest")
        return cast("dict[str, Any]", latest or {})

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the state, the stack itself left out."""
        found = cast("list[dict[str, Any]]", (self.state() or {}).get("resources") or [])
        return [item for item in found if item["type"] != "pulumi:pulumi:Stack"]

    def protected(self) -> bool:
        """Whether something of the state is: by the engine, or by an input of its own that keeps it from deletion."""
        resources = self.resources()
        inputs = [cast("dict[str, object]", item.get("inputs") or {}) for item in resources]
        by_input = any(given.get(name) is True for given in inputs for name in _PROTECTING)
        return by_input or any(item.get("protect") for item in resources)

    def outputs(self) -> dict[str, object]:
        """The stack's outputs in the state; secret ones are `[secret]`."""
        found = cast("list[dict[str, Any]]", (self.state() or {}).get("resources") or [])
        outputs = (item.get("outputs") for item in found if item["type"] == "pulumi:pulumi:Stack")
        return cast("dict[str, object]", _masked(next(outputs, None) or {}))

    def _up(self, stack: Stack, watch: Watch, *, continue_on_error: bool = False) -> Mapping[str, object]:
        _ = stack.up(
            on_event=watch, show_secrets=False, continue_on_error=continue_on_error, refresh=self.heals or None
        )
        # The Automation API tells of a secret output, but not of one inside a mapping.
        return self.outputs()

    @staticmethod
    def _told(_: object) -> Mapping[str, object]:
        return {}

    def _operate(self, stack: Stack, on_event: OnEvent | None, act: Callable[[Watch], Mapping[str, object]]) -> Result:
        watch = Watch(on_event)
        program = cast("WatchedProgram", stack.workspace.program)
        try:
            outputs = act(watch)
        except CommandError as error:
            if self.command.died_by_signal is None:
                self.journal.close()
            raise self._failure(error, watch, program) from error
        self.journal.close()
        return Result(changes=watch.changes, outputs=outputs, warnings=tuple(watch.warnings))

    def _failure(self, error: CommandError, watch: Watch, program: WatchedProgram) -> SandboxError:
        if program.refusal is not None:
            return BadInputError(program.refusal)
        if self.command.interrupted:
            return StoppedError(
                "Stopped. What was done is in the state; the same command goes on from there, `make down` ends it."
            )
        if self.command.died_by_signal is not None:
            return EngineError(
                f"The Pulumi engine was killed (signal {self.command.died_by_signal}). "
                "Repeat the command: the sandbox first mends what was left half done."
            )
        text = str(error)
        if "currently locked by" in text:
            return BusyError(_lock_message(text))
        return EngineError("\n".join(watch.causes or [last_lines(text)]))

    @contextmanager
    def _opened(self, cloud: World, protection: bool | None = None) -> Generator[Stack]:
        """The Automation API's stack on the work copy, in the sandbox's environment, with the providers served."""
        copy = self.copy(protection)
        fresh = write_work_files(self.files, copy)
        variables = self.environment(self.files, endpoint_url=cloud.url, region=copy.region, stack=self.stack)
        write_env_file(self.files, variables)
        values = throwaway_values(self.files, copy)
        journal = Journal(self.files.journal(self.stack), hidden=values.values())
        plugins = self.plugins(cloud.url, copy.region, self.files.project)
        journaled = [JournaledPlugin(item, journal) for item in plugins]
        served = serving.serve(journaled)
        # An engine that ends early leaves the program's server without a peer; the engine itself tells why.
        logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
        try:
            with environment({**variables, "PULUMI_DEBUG_PROVIDERS": served.debug_providers}, remove=SCRUBBED):
                workspace = LocalWorkspace(
                    work_dir=str(self.files.work),
                    pulumi_home=str(self.files.home),
                    program=WatchedProgram(self.program or project_program(self.files.project)),
                    secrets_provider="passphrase",
                    pulumi_command=self.command,
                )
                stack = Stack.create_or_select(self.stack, workspace)
                if fresh:
                    if values:
                        secret = {path: ConfigValue(value, secret=True) for path, value in values.items()}
                        stack.set_all_config(secret, path=True)
                    mark_written(self.files, copy)
                yield stack
        except CommandError as error:
            raise EngineError(last_lines(str(error))) from error
        finally:
            served.stop()


_PROTECTING = ("deletionProtection", "deletionProtectionEnabled", "enableDeletionProtection")
"""Inputs that keep a resource of AWS from its deletion."""
_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key under which the engine's state marks a value as special, secrets among them."""


def _masked(value: object) -> object:
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        return "[secret]" if _SIGNATURE in entries else {name: _masked(inner) for name, inner in entries.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in cast("list[object]", value)]
    return value


def _lock_message(text: str) -> str:
    owner = re.search(r"created by (\S+) \(pid (\d+)\) at (\S+)", text)
    who = f"process {owner[2]} of {owner[1]} since {owner[3]}" if owner else "another process"
    return f"The stack is locked: {who} is changing it. Wait until that has ended."
