"""Judges Compose files for a target and shows what would run: `python -m services check`. No Pulumi here."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services import rules, secret_values
from services.compose import ComposeError
from services.compose.values import dotted
from services.compose_file import ComposeOptions, PartlyRefusedError, load
from services.model import Application
from services.on_aws import port_rules
from services.on_aws import rules as rules_on_aws
from services.on_docker import limits
from services.plan import Row, plan
from services.problems import ApplicationError, Problem, Reason, reasons
from services.remainder import refused_keys
from services.support import NAMES, Ignored, fates_of


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a target makes of an application."""

    target: str
    rows: Sequence[Row] = ()
    refusals: Sequence[Reason]
    ignored: Mapping[str, str] = field(default_factory=dict[str, str])
    """Key -> why ignoring it loses nothing."""
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Setting that the stack has to have -> keys that need it."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What there is to say of an application: warnings, and the verdict of each target.

    With `problems` it is no application; then a verdict has only refusals of keys that a target cannot do.
    """

    application: str = ""
    problems: Sequence[Reason] = ()
    """Why the files cannot be loaded, or what no target can do."""
    warnings: Sequence[str] = ()
    verdicts: Sequence[Verdict] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the files are no application, or a target refuses it."""
        return bool(self.problems) or any(verdict.refusals for verdict in self.verdicts)


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What is judged, beside the files: settings that a stack would have."""

    strict_secrets: bool = False
    allow_image_tags: bool = False


def check(options: ComposeOptions, targets: Collection[str], settings: CheckOptions) -> Judgement:
    """Judge Compose files for some targets."""
    try:
        application = load(options)
    except ComposeError as error:
        refusals = error.refusals
        found = [Reason(place=str(one.position), paths=(one.path,), text=one.reason) for one in refusals]
        return _partly(found, error.left if isinstance(error, PartlyRefusedError) else None, targets)
    except ApplicationError as error:
        return _partly(error.reasons, error.left, targets)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    try:
        application, warnings = secret_values.guarded(application, strict=settings.strict_secrets)
    except ApplicationError as error:
        problems = error.problems
    variables = {*options.variables, *options.secret_variables}
    return Judgement(
        application=application.name,
        warnings=(*application.notices, *warnings),
        verdicts=[_verdict(application, target, variables, settings, problems) for target in targets],
    )


def _partly(problems: Sequence[Reason], left: Application | None, targets: Collection[str]) -> Judgement:
    """Judge files that are no application: of each target, the keys that it cannot do whatever the others say."""
    refused = {path for problem in problems for path in problem.paths}
    verdicts = [
        Verdict(target=target, refusals=reasons(refused_keys(left, refused, target), left.place))
        for target in targets
        if left is not None
    ]
    return Judgement(problems=problems, verdicts=verdicts)


def _verdict(
    application: Application,
    target: str,
    variables: Collection[str],
    settings: CheckOptions,
    problems: Collection[Problem],
) -> Verdict:
    """What a target says; `problems` are those of every target."""
    found = [*problems]
    try:
        rules.check(application, variables, target)
    except ApplicationError as error:
        found += error.problems
    found += _JUDGES[target](application, settings)
    return Verdict(
        target=target,
        rows=plan(application, target),
        refusals=reasons(found, application.place),
        ignored=dict(_ignored(application, target)),
        needs=_NEEDS[target](application),
    )


def _on_aws(application: Application, settings: CheckOptions) -> Collection[Problem]:
    return rules_on_aws.problems(application, allow_image_tags=settings.allow_image_tags)


def _on_docker(application: Application, settings: CheckOptions) -> Collection[Problem]:
    _ = settings
    return limits.problems(application)


_JUDGES: Final = {"aws": _on_aws, "docker": _on_docker}
"""Target -> its own rules."""


def _needed_on_aws(application: Application) -> Mapping[str, Sequence[str]]:
    ports = [
        f"services.{name}.ports" for name in dict.fromkeys(port.service for port in port_rules.routed(application))
    ]
    return dict.fromkeys(port_rules.EDGE_SETTINGS, ports) if ports else {}


def _needed_on_docker(application: Application) -> Mapping[str, Sequence[str]]:
    _ = application
    return {}


_NEEDS: Final = {"aws": _needed_on_aws, "docker": _needed_on_docker}
"""Target -> settings that it needs for an application."""


def _ignored(application: Application, target: str) -> Iterator[tuple[str, str]]:
    for path, found in fates_of(application, target).items():
        if isinstance(found, Ignored):
            yield dotted(path), found.because


def as_json(judgement: Judgement) -> str:
    """The judgement for machines."""
    targets = [
        {**asdict(verdict), "refusals": [_reason(refusal) for refusal in verdict.refusals]}
        for verdict in judgement.verdicts
    ]
    whole = {
        "application": judgement.application,
        "problems": [_reason(problem) for problem in judgement.problems],
        "warnings": judgement.warnings,
        "targets": targets,
    }
    return json.dumps(whole, indent=2)


def _reason(reason: Reason) -> Mapping[str, object]:
    file, line, column = reason.place.rsplit(":", 2) if reason.place else (None, 0, 0)
    where = {"file": file, "line": int(line) or None, "column": int(column) or None}
    return {
        "place": reason.place,
        **where,
        "keys": [dotted(path) for path in reason.paths if path],
        "text": reason.text,
    }


def show(console: Console, judgement: Judgement) -> None:
    """Print a judgement for people: what is warned of, and for each target what would run, and what is refused."""
    for warning in judgement.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False)
    for verdict in judgement.verdicts:
        _show(console, judgement.application, verdict)


def _show(console: Console, name: str, verdict: Verdict) -> None:
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
    if verdict.needs:
        keys = dict.fromkeys(key for keys in verdict.needs.values() for key in keys)
        settings, needing = " and ".join(verdict.needs), ", ".join(keys)
        console.print(f"[dim]needs:[/] {escape(settings)} [dim](for {escape(needing)})[/]", highlight=False)
    for refusal in verdict.refusals:
        console.print(f"[red]refused:[/] {escape(str(refusal))}", highlight=False)
    count = len(verdict.refusals)
    if count:
        console.print(f"[red]✗[/] {NAMES[verdict.target]} refuses it for {count} reason{'s' * (count > 1)}.\n")
    else:
        console.print(f"[green]✓[/] {NAMES[verdict.target]} can run it.\n")
