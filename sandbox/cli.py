"""The command line: python -m sandbox up|preview|refresh|status|down|reset|env."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from sandbox.commands import Sandbox
from sandbox.described import required_variables
from sandbox.engine import Engine
from sandbox.errors import BadInputError, SandboxError
from sandbox.files import SandboxFiles

app = typer.Typer(
    help="Brings a stack up on this machine: the real Pulumi engine, moto as the cloud, or your Docker engine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
StackOption = Annotated[str, typer.Option("--stack", "-s", envvar="STACK", help="The stack: Pulumi.<stack>.yaml.")]
VolumesOption = Annotated[
    bool, typer.Option("--volumes", help="Remove the volumes of a Docker engine, and their data.")
]
PROJECT = Path(__file__).resolve().parent.parent
TARGET = "services:target"


def make_sandbox(stack: str, console: Console) -> Sandbox:
    """The sandbox of this repository's stack: in the cloud, or on a Docker engine, as its target says."""
    engine = Engine(files=SandboxFiles(PROJECT), stack=stack, required_variables=required_variables(PROJECT, stack))
    if engine.copy().config.get(TARGET) == "docker":
        from sandbox.docker_commands import make_docker_sandbox

        return make_docker_sandbox(engine, console, dict(os.environ))
    return Sandbox(engine=engine, console=console, environ=dict(os.environ))


def _console(*, stderr: bool = False) -> Console:
    """Wraps at words on a terminal; elsewhere a line is a line."""
    console = Console(stderr=stderr)
    console.soft_wrap = not console.is_terminal
    return console


def _run(stack: str, act: Callable[[Sandbox], None]) -> None:
    """Runs a command; its error is one message on standard error and an exit code."""
    console, errors = _console(), _console(stderr=True)
    try:
        act(make_sandbox(stack, console))
    except SandboxError as error:
        errors.print(f"[red]error:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt as error:
        errors.print("Stopped.")
        raise typer.Exit(130) from error


@app.command()
def up(stack: StackOption = "prod") -> None:
    """Bring the stack up, or to what the program says now."""
    _run(stack, lambda sandbox: sandbox.up())


@app.command()
def preview(stack: StackOption = "prod") -> None:
    """Show what an `up` would change."""
    _run(stack, lambda sandbox: sandbox.preview())


@app.command()
def refresh(stack: StackOption = "prod") -> None:
    """Find and adopt what was changed behind Pulumi's back."""
    _run(stack, lambda sandbox: sandbox.refresh())


@app.command()
def status(stack: StackOption = "prod") -> None:
    """Tell whether the cloud is up and what is in the stack."""
    _run(stack, lambda sandbox: sandbox.status())


@app.command()
def down(stack: StackOption = "prod", volumes: VolumesOption = False) -> None:
    """Lift protection, destroy, check that nothing is left, end the cloud."""
    _run(stack, lambda sandbox: sandbox.down(volumes=volumes))


@app.command()
def reset(stack: StackOption = "prod") -> None:
    """End the cloud whatever is in it and set the state aside: the way out when `down` is stuck."""
    _run(stack, lambda sandbox: sandbox.reset())


@app.command()
def env(stack: StackOption = "prod") -> None:
    """Print the shell lines that point aws, boto3 and pulumi at the sandbox."""

    def show(sandbox: Sandbox) -> None:
        if not sandbox.files.env.exists():
            raise BadInputError("The sandbox is not up, so there is nothing to point at: make up")
        typer.echo(sandbox.files.env.read_text(encoding="utf-8"), nl=False)

    _run(stack, show)
