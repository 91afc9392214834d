"""What each command does, free of how it was typed: `up`, `preview`, `refresh`, `status`, `down`.

Every command first makes sure that nothing real is in reach and that what an earlier command left is mended.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, cast

from rich.console import Console

from sandbox import interrupted, recovery
from sandbox.cloud import Cloud
from sandbox.engine import Engine, Result, World
from sandbox.environment import refuse_real_cloud
from sandbox.errors import BadInputError, BusyError, SandboxError
from sandbox.files import SandboxFiles, read_json, write_json
from sandbox.image_provider import IMAGE_TYPE, NOTICE
from sandbox.journal import Journal
from sandbox.lock import sandbox_lock
from sandbox.report import DONE_WORDS, PLANNED_WORDS, QUIET, Step, count_words
from sandbox.screen import Screen
from sandbox.workspace import EDGE, StackCopy

NO_CHANGE = "No change: the stack is as the program says."


@dataclass(kw_only=True)
class Sandbox:
    """One stack's sandbox, as the commands see it."""

    engine: Engine
    console: Console
    environ: Mapping[str, str]
    repairs: list[str] = field(default_factory=list[str])
    world: ClassVar[str] = "the cloud"
    about_outputs: ClassVar[str] = " (as AWS would have them: nothing answers at these addresses here)"

    @property
    def screen(self) -> Screen:
        """Where the reader sees what happens."""
        return Screen(self.console)

    @property
    def files(self) -> SandboxFiles:
        """Where things are."""
        return self.engine.files

    def up(self) -> None:
        """Brings the stack up and says what there is now and what to do next."""
        with self._at_work("up") as copy:
            world = self._enter(copy)
            with self.screen.progress(f"up {copy.stack}") as progress:
                result = self.engine.up(world, progress)
            changed = [step for step in progress.steps.steps if step.operation not in QUIET]
            if changed:
                self.screen.table(progress.steps.steps)
            else:
                self.screen.line(NO_CHANGE)
            self._show_notices(changed)
            self.screen.warnings(result.warnings)
            self.screen.outputs(result.outputs, self.about_outputs)
            self.screen.next_steps(
                (
                    *self._steps(world),
                    ("change something, see the plan", f"make preview STACK={copy.stack}"),
                    ("take it down", f"make down STACK={copy.stack}"),
                )
            )
            self._remember(copy.stack, "up", result, progress.seconds)

    def preview(self) -> None:
        """Says what an `up` would do."""
        with self._at_work("preview") as copy:
            world = self._enter(copy)
            with self.screen.progress(f"preview {copy.stack}", planning=True) as progress:
                result = self.engine.preview(world, progress)
            self.screen.warnings(result.warnings)
            changing = [step for step in progress.steps.steps if step.operation != "same"]
            if changing:
                self.screen.table(changing, planning=True)
            else:
                self.screen.line(NO_CHANGE)
            self._remember(copy.stack, "preview", result, progress.seconds)

    def refresh(self) -> None:
        """Takes into the state what was changed behind Pulumi's back, and says it."""
        with self._at_work("refresh") as copy:
            world = self._enter(copy)
            with self.screen.progress(f"refresh {copy.stack}") as progress:
                result = self.engine.refresh(world, progress)
            drifted = [step for step in progress.steps.steps if step.operation in ("update", "delete")]
            self.screen.warnings(result.warnings)
            if drifted:
                self.screen.line(f"{len(drifted)} resources differ from what the last `up` left; `make up` heals them.")
            else:
                self.screen.line(f"No drift: {self.world} is as the state says.")
            self._remember(copy.stack, "refresh", result, progress.seconds)

    def down(self, *, volumes: bool = False) -> None:
        """Lifts protection, destroys, asks the cloud what is left, ends it. Does nothing when nothing is up."""
        if volumes:
            raise BadInputError(f"--volumes is for a stack on a Docker engine; `{self.engine.stack}` is in the cloud.")
        with self._at_work("down") as copy:
            cloud = Cloud.attach(self.files, copy.region)
            if cloud is None:
                self._down_without_cloud()
                return
            self._mend(cloud)
            if self.engine.resources():
                if self.engine.protected():
                    self.screen.line(
                        "Step 1 of 2: lift protection (components:protection false, up --continue-on-error)"
                    )
                    self._lift_protection(cloud)
                else:
                    # An `up` would make anew what a destroy that was cut has deleted.
                    self.screen.line("Step 1 of 2: lift protection: nothing is protected (any more)")
                self.screen.line("Step 2 of 2: destroy")
                with self.screen.progress("destroy") as progress:
                    self.engine.destroy(cloud, progress)
            if self.engine.state() is not None:
                self.engine.remove(cloud)
                self.engine.journal.forget()
            if self._others_up():
                self.screen.line("Other stacks are still up in this sandbox: the cloud stays for them.")
                return
            leftovers = cloud.leftovers()
            self.screen.leftovers(leftovers)
            cloud.stop()
            self._forget_files()
            self.screen.line("The cloud has ended.")
            if leftovers.left:
                raise SandboxError("Something was left behind; see the list above.")

    def reset(self) -> None:
        """Ends the cloud whatever is in it, and sets every stack's state aside: the way out when `down` is stuck."""
        with self._at_work("reset") as copy:
            cloud = Cloud.attach(self.files, copy.region)
            if cloud is not None:
                cloud.stop()
                self.screen.line("The cloud has ended, and everything in it with it.")
            if (self.files.state / ".pulumi").exists():
                self.screen.line(f"The state was set aside as {recovery.set_state_aside(self.files).name}.")
            self._forget_files()

    def status(self) -> None:
        """Says whether the cloud is up, what is in the stack and how the last command ended."""
        copy = self.engine.copy()
        cloud = Cloud.attach(self.files, copy.region) if self.files.root.exists() else None
        rows = [("cloud", f"up at {cloud.url} (process {cloud.pid}); look at it: {cloud.page}" if cloud else "not up")]
        state = self.engine.state()
        if state is None:
            rows.append(("stack", f"{copy.stack}: not there; `make up` makes it"))
        else:
            rows.append(("stack", f"{copy.stack}: {len(self.engine.resources())} resources"))
            pending = len(state.get("pending_operations") or [])
            if pending:
                rows.append(("trouble", f"{pending} operations never ended; the next command mends that"))
            if cloud is None and self.engine.resources():
                rows.append(("trouble", "the cloud of this state is gone; the next `make up` builds anew"))
        last = read_json(self.files.last_result(copy.stack))
        if last is not None:
            rows.append(("last", f"{last['command']} at {last['at']}, {last['seconds']} s: {last['result']}"))
        self.screen.rows(rows)
        if cloud is not None:
            self.screen.outputs(self.engine.outputs(), self.about_outputs)

    # --- what every command shares ------------------------------------------------------------------------------------

    @contextmanager
    def _at_work(self, command: str) -> Generator[StackCopy]:
        """The sandbox is this command's alone; input errors come before anything is written."""
        self._refuse()
        copy = self.engine.copy()
        self.files.prepare()
        with sandbox_lock(self.files, f"{command} --stack {copy.stack}"):
            try:
                yield copy
            except SandboxError as error:
                self._remember(copy.stack, command, None, 0.0, str(error).splitlines()[0])
                raise

    def _refuse(self) -> None:
        """Refuses to begin where that would be dangerous."""
        refuse_real_cloud(self.environ)

    def _enter(self, copy: StackCopy) -> World:
        """The stack's world, with what an earlier command left mended."""
        cloud = Cloud.attach(self.files, copy.region)
        if cloud is None:
            with self.console.status("starting the cloud (moto)"):
                cloud = Cloud.start(self.files, copy.region)
            self.screen.line(
                f"The cloud is up: moto at {cloud.url}. Jobs are not executed there: they end well at once."
            )
        self._mend(cloud)
        zone = cast("dict[str, Any]", copy.config.get(EDGE) or {}).get("hosted_zone")
        if isinstance(zone, str):
            cloud.ensure_hosted_zone(zone)
        return cloud

    def _mend(self, cloud: Cloud) -> None:
        recovery.match_state_to_cloud(self.files, cloud, self._repaired)
        recovery.release_dead_lock(self.engine, self._repaired)  # first: its owner may still be writing the state
        restored = recovery.mend_state_file(self.engine, self._repaired)
        interrupted.mend_interrupted_update(self.engine, cloud, self._repaired, restored=restored)
        cloud.forget_answers(but=[item.token for path in self.files.journals() for item in Journal(path).cut()])

    def _repaired(self, text: str) -> None:
        self.repairs.append(text)
        self.screen.mended(text)

    def _lift_protection(self, cloud: World) -> None:
        """What fails on the way (a job, a rollout) is told, and does not stand in the way of a teardown."""
        try:
            with self.screen.progress("lift protection") as progress:
                self.engine.lift_protection(cloud, progress)
        except (BadInputError, BusyError):
            raise
        except SandboxError as error:
            self.screen.line(f"Not everything came up on the way, which a teardown does not need: {error}")

    def _down_without_cloud(self) -> None:
        if self.engine.state() is None:
            self.screen.line("Nothing is up.")
        else:
            aside = recovery.set_state_aside(self.files)
            self.screen.line(
                f"The cloud had ended already, everything in it with it. Its state is kept as {aside.name}."
            )
        self._forget_files()

    def _others_up(self) -> bool:
        folder = self.engine.state_file.parent
        return any(path.suffix == ".json" for path in folder.glob("*.json")) if folder.exists() else False

    def _forget_files(self) -> None:
        self.files.env.unlink(missing_ok=True)
        self.engine.journal.forget()

    def _show_notices(self, changed: Sequence[Step]) -> None:
        if any(step.kind == IMAGE_TYPE for step in changed):
            self.screen.line(NOTICE)

    def _steps(self, world: World) -> Sequence[tuple[str, str]]:
        """What can be done with this world: what -> how."""
        return (
            ("look at the cloud", f"{world.url}/moto-api/"),
            ("use aws, boto3, pulumi on it", "source .sandbox/env"),
        )

    def _remember(
        self, stack: str, command: str, result: Result | None, seconds: float, problem: str | None = None
    ) -> None:
        counts = count_words(result.changes, PLANNED_WORDS if command == "preview" else DONE_WORDS) if result else ""
        write_json(
            self.files.last_result(stack),
            {
                "command": command,
                "at": datetime.now().astimezone().isoformat(timespec="seconds"),
                "seconds": round(seconds, 1),
                "result": problem or counts,
            },
        )
