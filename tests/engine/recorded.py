"""python -m tests.engine.recorded FILE COMMAND ...: the real command line; what the engine does goes to FILE.

One JSON object a line for each event of the engine. Runs in a copy of the project, as a process that can be killed.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pulumi.automation.events import EngineEvent, StepEventMetadata
from rich.console import Console

from sandbox import cli
from sandbox.commands import Sandbox
from sandbox.engine import Engine, Result
from sandbox.watch import OnEvent


class Recorder:
    """Writes events down and hands them on."""

    def __init__(self, path: Path) -> None:
        self.out = path.open("a", encoding="utf-8", buffering=1)

    def before(self, on_event: OnEvent | None) -> OnEvent:
        """What writes an event down and then calls `on_event`."""

        def act(event: EngineEvent) -> None:
            self.out.write(json.dumps({**_step(event), "event": repr(event)}) + "\n")
            if on_event is not None:
                on_event(event)

        return act


def _step(event: EngineEvent) -> dict[str, Any]:
    """The operation that was planned or done, if the event tells one."""
    if event.resource_pre_event is not None:
        phase = "planned" if event.resource_pre_event.planning else "begun"
        return {"phase": phase, **_operation(event.resource_pre_event.metadata)}
    if event.res_outputs_event is not None and not event.res_outputs_event.planning:
        return {"phase": "done", **_operation(event.res_outputs_event.metadata)}
    if event.res_op_failed_event is not None:
        return {"phase": "failed", **_operation(event.res_op_failed_event.metadata)}
    return {"phase": ""}


def _operation(metadata: StepEventMetadata) -> dict[str, Any]:
    changed = sorted(metadata.detailed_diff or metadata.diffs or ())
    return {"op": metadata.op.value, "urn": metadata.urn, "changed": changed}


class RecordedEngine(Engine):
    """The engine with its events written down."""

    recorder: Recorder

    def up(self, cloud: Any, on_event: OnEvent | None = None) -> Result:
        return super().up(cloud, self.recorder.before(on_event))

    def lift_protection(self, cloud: Any, on_event: OnEvent | None = None) -> Result:
        return super().lift_protection(cloud, self.recorder.before(on_event))

    def preview(self, cloud: Any, on_event: OnEvent | None = None) -> Result:
        return super().preview(cloud, self.recorder.before(on_event))

    def refresh(self, cloud: Any, on_event: OnEvent | None = None) -> Result:
        return super().refresh(cloud, self.recorder.before(on_event))

    def destroy(self, cloud: Any, on_event: OnEvent | None = None) -> Result:
        return super().destroy(cloud, self.recorder.before(on_event))


def main(path: str, *arguments: str) -> None:
    """Runs the command line with another engine."""
    make = cli.make_sandbox

    def make_recorded(stack: str, console: Console) -> Sandbox:
        sandbox = make(stack, console)
        engine = sandbox.engine
        recorded = RecordedEngine(files=engine.files, stack=engine.stack, required_variables=engine.required_variables)
        recorded.recorder = Recorder(Path(path))
        sandbox.engine = recorded
        return sandbox

    cli.make_sandbox = make_recorded
    cli.app(list(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
