"""python -m tests.sandbox.tiny_cli PROJECT COMMAND: the sandbox's commands on the tiny project, as a process to kill.

TINY_STUCK names a bucket whose creation hangs: after the cloud has made it, it says so in PROJECT/stuck and waits for
PROJECT/release.
TINY_COLOUR is the program's colour.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sandbox.commands import Sandbox
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.files import SandboxFiles
from sandbox.plugin import Plugin, Props, Urn
from sandbox.polling import wait_until
from tests.sandbox.tiny import TinyPlugin, TinyProgram


class StuckPlugin(TinyPlugin):
    """Holds the answer to the creation of one bucket back."""

    project: Path = Path()

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        done = super().create(urn, inputs, preview)
        if not preview and urn.name == os.environ.get("TINY_STUCK"):
            (self.project / "stuck").write_text("")
            wait_until((self.project / "release").exists, seconds=120)
        return done


def plugins(endpoint_url: str, region: str, project: Path) -> Sequence[Plugin]:
    """The provider of a run."""
    plugin = StuckPlugin(endpoint_url=endpoint_url, region=region)
    plugin.project = project
    return (plugin,)


def main(project: str, command: str) -> int:
    """Runs the command; what the command line would exit with."""
    program = TinyProgram(colour=os.environ.get("TINY_COLOUR", "red"))
    engine = Engine(files=SandboxFiles(Path(project)), stack="prod", program=program, plugins=plugins)
    sandbox = Sandbox(engine=engine, console=Console(soft_wrap=True), environ=dict(os.environ))
    try:
        getattr(sandbox, command)()
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
