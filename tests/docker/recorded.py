"""python -m tests.docker.recorded FILE COMMAND ...: the real command line; what the engine does goes to FILE.

INFRA_TEST_STAND_INS holds local images that stand in for official ones where no registry can be reached.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import cast

from rich.console import Console

from sandbox import docker_commands
from sandbox.cli import app
from sandbox.engine import Engine
from tests.engine.recorded import RecordedEngine, Recorder

STAND_INS = "INFRA_TEST_STAND_INS"


def main(path: str, *arguments: str) -> None:
    """Runs the command line with another engine."""
    make = docker_commands.make_docker_sandbox
    stand_ins = cast("Mapping[str, str]", json.loads(os.environ.get(STAND_INS, "{}")))

    def make_recorded(engine: Engine, console: Console, environ: Mapping[str, str]) -> docker_commands.DockerSandbox:
        sandbox = make(engine, console, environ, stand_ins)
        given = {item.name: getattr(sandbox.engine, item.name) for item in fields(Engine) if item.init}
        recorded = RecordedEngine(**given)
        recorded.recorder = Recorder(Path(path))
        sandbox.engine = recorded
        return sandbox

    docker_commands.make_docker_sandbox = make_recorded  # pyright: ignore[reportAttributeAccessIssue]
    app(list(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
