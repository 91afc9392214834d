"""Runs any program without a cloud until it has drained, and gives what it declared."""

import asyncio
import contextvars
import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager

from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import Settings, configure, set_root_resource
from pulumi.runtime.stack import run_in_stack

from graph.mocks import Recorder
from graph.resource import Graph
from graph.stack_file import StackConfig


def record(program: Callable[[], object], config: StackConfig, recorder: Recorder | None = None) -> Graph:
    """Run any program with a configuration, and return the drained graph. Raises what the program raises."""
    monitor = recorder or Recorder(region=config.values.get("aws:region", "eu-central-1"))
    with _collector_as_before():
        contextvars.copy_context().run(_run, program, config, monitor)
    return monitor.graph()


@contextmanager
def _collector_as_before() -> Generator[None]:
    """A program may tune the collector for a process that ends with it; here the next one follows.

    What it froze and nobody uses any more would stay: some megabytes a run.
    """
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _run(program: Callable[[], object], config: StackConfig, monitor: Recorder) -> None:
    configure(
        Settings(
            project=config.project,
            stack=config.stack,
            monitor=monitor,
            engine=monitor,
            dry_run=False,
            organization="organization",
        )
    )
    set_root_resource(None)  # pyright: ignore[reportArgumentType] (how Pulumi itself clears it)
    set_all_config(dict(config.values), sorted(config.secret_keys))

    def run_once() -> None:
        program()

    with asyncio.Runner() as runner:
        # What fails besides the error that is raised is a consequence of it.
        runner.get_loop().set_exception_handler(lambda _loop, _context: None)
        runner.run(run_in_stack(run_once))
