"""Judges Compose files for a target and shows what would run: `python -m services check`. No Pulumi here."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services import rules, secret_values
from services.compose.values import dotted
from services.compose_file import ComposeOptions, load
from services.model import Application
from services.on_aws import rules as rules_on_aws
from services.on_docker import limits
from services.plan import Row, plan
from services.problems import ApplicationError, Problem
from services.support import NAMES, Ignored, fates_of


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A reason not to deploy. `place` is `file:line:column`; empty where a key was implied."""

    place: str
    key: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a target makes of an application."""

    target: str
    rows: Sequence[Row]
    refusals: Sequence[Refusal]
    warnings: Sequence[str]
    ignored: Mapping[str, str]
    """Key -> why ignoring it loses nothing."""


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What is judged, beside the files: settings that a stack would have."""

    strict_secrets: bool = False
    allow_image_tags: bool = False


def check(options: ComposeOptions, targets: Collection[str], settings: CheckOptions) -> tuple[str, list[Verdict]]:
    """Return the application's name and the verdict of each target.

    Raises:
        ComposeError: The files cannot be loaded.
        ApplicationError: They say what no target can do.
    """
    application = load(options)
    variables = {*options.variables, *options.secret_variables}
    return application.name, [verdict(application, target, variables, settings) for target in targets]


def verdict(application: Application, target: str, variables: Collection[str], settings: CheckOptions) -> Verdict:
    """Judge an application for one target."""
    refusals: list[Refusal] = []
    warnings: tuple[str, ...] = ()
    judged = application
    try:
        judged, warnings = secret_values.guarded(application, strict=settings.strict_secrets)
    except ApplicationError as error:
        refusals += _refusals(application, error.problems)
    try:
        rules.check(judged, variables, target)
    except ApplicationError as error:
        refusals += _refusals(application, error.problems)
    refusals += _refusals(application, _JUDGES[target](judged, settings))
    return Verdict(
        target=target,
        rows=plan(judged, target),
        refusals=list(dict.fromkeys(refusals)),
        warnings=warnings,
        ignored=dict(_ignored(application, target)),
    )


def _refusals(application: Application, problems: Collection[Problem]) -> list[Refusal]:
    return [
        Refusal(place=application.place(problem.path).removesuffix(": "), key=dotted(problem.path), text=problem.text)
        for problem in problems
    ]


def _on_aws(application: Application, settings: CheckOptions) -> Collection[Problem]:
    return rules_on_aws.problems(application, allow_image_tags=settings.allow_image_tags)


def _on_docker(application: Application, settings: CheckOptions) -> Collection[Problem]:
    _ = settings
    return limits.problems(application)


_JUDGES: Final = {"aws": _on_aws, "docker": _on_docker}
"""Target -> its own rules."""


def _ignored(application: Application, target: str) -> Iterator[tuple[str, str]]:
    for path, found in fates_of(application, target).items():
        if isinstance(found, Ignored):
            yield dotted(path), found.because


def as_json(name: str, verdicts: Sequence[Verdict]) -> str:
    """The verdicts for machines."""
    return json.dumps({"application": name, "targets": [asdict(verdict) for verdict in verdicts]}, indent=2)


def show(console: Console, name: str, verdict: Verdict) -> None:
    """Print a verdict for people: what would run, what is ignored, what is warned of, what is refused."""
    table = Table(title=f"{name} on {NAMES[verdict.target]}", title_justify="left", title_style="bold")
    for heading in ("service", "runs as", "image", "ports", "networks", "volumes", "starts after"):
        table.add_column(heading, overflow="fold")
    for row in verdict.rows:
        table.add_row(
            f"[bold]{escape(row.service)}[/]",
            f"{escape(row.runs)}\n[dim]{escape(row.size)}[/]",
            escape(row.image),
            *(escape("\n".join(cells)) for cells in (row.ports, row.networks, row.volumes, row.after)),
        )
    console.print(table)
    by_reason: dict[str, list[str]] = {}
    for key, because in verdict.ignored.items():
        by_reason.setdefault(because, []).append(key)
    for because, keys in by_reason.items():
        console.print(f"[dim]ignored:[/] {escape(', '.join(keys))} [dim]({escape(because)})[/]", highlight=False)
    for warning in verdict.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False)
    for refusal in verdict.refusals:
        place = f"{refusal.place}: " if refusal.place else ""
        key = f"{refusal.key}: " if refusal.key else ""
        console.print(f"[red]refused:[/] {escape(f'{place}{key}{refusal.text}')}", highlight=False)
    count = len(verdict.refusals)
    if count:
        console.print(f"[red]✗[/] {NAMES[verdict.target]} refuses it for {count} reason{'s' * (count > 1)}.\n")
    else:
        console.print(f"[green]✓[/] {NAMES[verdict.target]} can run it.\n")
