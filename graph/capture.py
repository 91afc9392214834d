"""Runs the project's own program without a cloud, and gives what it declares."""

import runpy
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from graph.mocks import Recorder
from graph.resource import Graph
from graph.run import record
from graph.stack_file import raw_config, read_stack
from services import application as application_module
from services.application import described_by
from services.model import Application
from services.rules import required_variables

PROJECT = Path(__file__).resolve().parent.parent


def capture(
    stack: str = "prod",
    *,
    config: Mapping[str, object] | None = None,
    application: Application | None = None,
    placeholders: bool = True,
    recorder: Recorder | None = None,
) -> Graph:
    """Run the project's own `__main__.py` for a stack and return the drained graph.

    Args:
        stack: The stack whose file is read.
        config: Laid over the file's configuration, mapping by mapping; None takes a key away.
        application: Deployed in place of the built-in one; not where the stack names Compose files.
        placeholders: Whether secret variables that the application needs and the file lacks get placeholders.
        recorder: Takes the engine's place; to be looked at when the program raises.

    Raises:
        StackFileError: The stack's file is missing or unreadable.
        UnknownInvokeError: The program calls a provider function that has no answer here.
        Exception: Whatever the program raises, as itself.
    """
    described = application or described_by(raw_config(PROJECT, stack, config))
    needed = required_variables(described) if placeholders else frozenset[str]()
    with _application(application or application_module.built_in()):
        return record(_main, read_stack(PROJECT, stack, overrides=config, required_variables=needed), recorder)


def _main() -> None:
    # By path: `import __main__` would be whoever runs this.
    runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")


@contextmanager
def _application(application: Application) -> Generator[None]:
    """The program finds another application where it looks for the built-in one."""
    original = application_module.built_in
    application_module.built_in = lambda: application
    try:
        yield
    finally:
        application_module.built_in = original
