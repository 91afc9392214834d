"""The command line: `python -m services check compose.yaml`, `python -m services export`."""

from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.markup import escape

from services import check as checking
from services.compose_file import ComposeOptions
from services.placeholders import placeholder
from services.sources import PROJECT
from services.support import COLUMNS

app = typer.Typer(
    help="Compose files, before they are deployed; and the built-in application as one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
REFUSED = 2
"""Exit code: a file cannot be loaded, or a target refuses it."""
_PAGE_WIDTH = 160
"""Characters of a line where there is no terminal."""


class Format(StrEnum):
    """How a verdict is printed."""

    TABLE = "table"
    JSON = "json"


class Target(StrEnum):
    """Which target judges."""

    AWS = "aws"
    DOCKER = "docker"
    BOTH = "both"


@app.callback()
def main() -> None:
    """Compose files, before they are deployed."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Compose files; each overrides those before it.")],
    target: Annotated[Target, typer.Option(help="Where it is to run.")] = Target.BOTH,
    output: Annotated[Format, typer.Option("--format", help="For people, or for machines.")] = Format.TABLE,
    profile: Annotated[list[str] | None, typer.Option(help="An active profile.")] = None,
    env_file: Annotated[list[Path] | None, typer.Option(help="A file of variables, in place of .env.")] = None,
    variable: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as in services:variables.")] = None,
    secret: Annotated[list[str] | None, typer.Option(help="Name of a secret variable of the stack.")] = None,
    shell: Annotated[list[str] | None, typer.Option(help="Name of a variable to take from the shell.")] = None,
    strict_secrets: Annotated[bool, typer.Option("--strict-secrets", help="Refuse secrets in plain.")] = False,
    allow_image_tags: Annotated[
        bool, typer.Option("--allow-image-tags", help="Let AWS run images that are named by tag.")
    ] = False,
) -> None:
    """Load Compose files, say what would run on each target, and every reason why not. Exit code 2: refused."""
    errors = Console(stderr=True, soft_wrap=True)
    try:
        options = _options(files, profile or [], env_file, variable or [], secret or [], shell or [])
        settings = checking.CheckOptions(strict_secrets=strict_secrets, allow_image_tags=allow_image_tags)
        targets = list(COLUMNS) if target is Target.BOTH else [target.value]
        judgement = checking.check(options, targets, settings)
    except BadOptionError as error:
        errors.print(f"[red]error:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(REFUSED) from None
    if output is Format.JSON:
        print(checking.as_json(judgement))
    elif judgement.problems:
        for problem in judgement.problems:
            errors.print(f"[red]error:[/] {escape(str(problem))}", highlight=False)
        for refusal in {str(refusal): None for verdict in judgement.verdicts for refusal in verdict.refusals}:
            errors.print(f"[red]refused:[/] {escape(refusal)}", highlight=False)
    else:
        console = Console()
        if not console.is_terminal:
            console = Console(width=_PAGE_WIDTH, soft_wrap=True)
        checking.show(console, judgement)
    if judgement.is_refused:
        raise typer.Exit(REFUSED)


_EXPORT_NOTES = """\
The built-in application with the replicas of {stack}, without its logging and monitoring.
Written by `python -m services export`. Up: docker compose up --build --detach --wait frontend
(`--wait` without a name takes the end of a job for a failure.)
Each secret is a file, readable for everybody in the containers: openssl rand -hex 16 > {folder}/NAME"""


@app.command()
def export(
    stack: Annotated[str, typer.Option(help="The stack whose numbers of replicas are taken.")] = "dev",
    secrets: Annotated[
        str, typer.Option(help="Folder of the secrets' files, as the file names it.")
    ] = "./.secrets/compose",
) -> None:
    """Print the built-in application as a Compose file for `docker compose`."""
    from services.application import built_in
    from services.export import compose_file

    file = PROJECT / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        Console(stderr=True, soft_wrap=True).print(f"[red]error:[/] there is no stack {escape(stack)}: no {file.name}")
        raise typer.Exit(REFUSED)
    replicas = yaml.safe_load(file.read_text(encoding="utf-8"))["config"].get("services:replicas", {})
    notes = _EXPORT_NOTES.format(stack=file.name, folder=secrets)
    print(compose_file(built_in(), replicas=replicas, secrets=PurePosixPath(secrets), notes=notes), end="")


class BadOptionError(ValueError):
    """An option of the command line that cannot be used; the text says which and why."""


def _options(
    files: list[Path],
    profiles: list[str],
    env_files: list[Path] | None,
    variables: list[str],
    secrets: list[str],
    shell: list[str],
) -> ComposeOptions:
    for variable in variables:
        if "=" not in variable:
            raise BadOptionError(f"--variable {variable}: write NAME=VALUE, or --secret {variable}")
    plain = dict(variable.split("=", 1) for variable in variables)
    return ComposeOptions(
        files=[str(file.absolute()) for file in files],
        profiles=profiles,
        env_files=None if env_files is None else [str(file.absolute()) for file in env_files],
        variables={**plain, **{name: placeholder(name) for name in secrets}},
        secret_variables=secrets,
        shell=shell,
    )


if __name__ == "__main__":
    app(prog_name="python -m services")
