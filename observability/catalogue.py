"""The one description of a stack: the tables joined with its services, and held to fit together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

from observability import objectives, producers
from observability.alerts import ALERTS
from observability.alerts.measured import MEASURED
from observability.dashboards import LOG_DASHBOARDS, METRICS_DASHBOARDS
from observability.description import (
    EVERY_PART,
    METRICS_RETENTION_DAYS,
    Alert,
    Description,
    DescriptionError,
    MetricsDashboard,
    Owner,
    Panel,
    Part,
    Producer,
    Recording,
    RetentionClass,
    Stream,
    Target,
    WatchedService,
    stream_part,
)
from observability.parts import own_services
from observability.probes import probes
from observability.producers import PRODUCERS
from observability.promql import looks_back, metrics_of
from observability.queries import QUERIES
from observability.redaction import REDACTIONS
from observability.streams import RETENTION, streams

RUNBOOKS: Final = Path(__file__).parents[1] / "docs" / "runbooks"
_Rule = TypeVar("_Rule", Alert, Recording)


def describe(
    services: Sequence[WatchedService],
    namespace: str,
    target: Target = Target.DOCKER,
    parts: frozenset[Part] = EVERY_PART,
    elasticsearch_nodes: int = 1,
    metrics_retention_days: int = METRICS_RETENTION_DAYS,
) -> Description:
    """Everything that is watched of these services, and of those that watch, in the stack `namespace`.

    Alerts, panels and metrics of a part that the stack does not have are left out; a dashboard without panels, too.

    Raises:
        DescriptionError: Parts do not fit together; the text has a line for each that does not.
    """
    watched = (*services, *own_services(services, target, parts, elasticsearch_nodes))
    had = frozenset(_had(watched, parts))
    running = {name: item for name, item in PRODUCERS.items() if name in had and target in item.targets}
    recordings = _rules(objectives.RECORDINGS, objectives.MEASURED, had)
    description = Description(
        namespace=stream_part(namespace),
        target=target,
        parts=parts,
        services=watched,
        retention=RETENTION,
        streams=tuple(streams(watched, namespace)),
        producers=running,
        queries=QUERIES,
        alerts=_rules(ALERTS, MEASURED, had),
        recordings=recordings,
        metrics_retention_days=metrics_retention_days,
        probes=tuple(probes(watched)),
        redactions=REDACTIONS,
        log_dashboards=LOG_DASHBOARDS if Part.LOGS in parts else (),
        metrics_dashboards=tuple(_shown(METRICS_DASHBOARDS, running, recordings)),
    )
    check(description, runbooks=frozenset(path.stem for path in RUNBOOKS.glob("*.md")))
    return description


def _had(watched: Iterable[WatchedService], parts: frozenset[Part]) -> Iterator[str]:
    """The producers of a stack with these parts, on one target or another."""
    measured = any(service.metrics_path is not None for service in watched)
    for name, item in PRODUCERS.items():
        if item.parts <= parts and (name != producers.SERVICES or measured):
            yield name


def _rules(rules: Iterable[_Rule], otherwise: Iterable[_Rule], had: frozenset[str]) -> tuple[_Rule, ...]:
    """The rules whose producers are had; `otherwise` has others for names that none of them has.

    Unknown producers are `check`'s to refuse.
    """

    def possible(given: Iterable[_Rule]) -> list[_Rule]:
        return [rule for rule in given if had and had >= set(rule.producers) & set(PRODUCERS)]

    chosen = possible(rules)
    names = {rule.name for rule in chosen}
    return (*chosen, *(rule for rule in possible(otherwise) if rule.name not in names))


def _shown(
    boards: Iterable[MetricsDashboard], running: Mapping[str, Producer], recordings: Sequence[Recording]
) -> Iterator[MetricsDashboard]:
    """The dashboards with the panels that have values; none without any. Unknown names are `check`'s to refuse."""
    lacking = {rule.name for rule in (*objectives.RECORDINGS, *objectives.MEASURED)} - {
        rule.name for rule in recordings
    }

    def has_values(panel: Panel) -> bool:
        read = {metric for query in panel.queries.values() for metric in metrics_of(query)}
        return running.keys() >= set(panel.producers) & set(PRODUCERS) and not read & lacking

    for board in boards:
        if panels := tuple(filter(has_values, board.panels)):
            yield replace(board, panels=panels)


def check(description: Description, *, runbooks: frozenset[str]) -> None:
    """Hold the parts of a description against each other; `runbooks` are the pages that exist.

    Raises:
        DescriptionError: One line for each part that does not fit: what it is, what is allowed, what to do.
    """
    problems = [
        *_duplicates("service", [item.name for item in description.services]),
        *_duplicates("data stream", [item.name for item in description.streams]),
        *_duplicates("alert", [item.name for item in description.alerts]),
        *_stream_problems(description.streams, description.retention),
        *(problem for alert in description.alerts for problem in _alert_problems(alert, runbooks)),
        *_duplicates("recording rule", [item.name for item in description.recordings]),
        *_unwatched(description),
        *_unproduced_metrics(description),
        *_forgotten(description),
    ]
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise DescriptionError(f"observability has {len(problems)} problem{'s' * (len(problems) > 1)}:\n{lines}")


def _duplicates(kind: str, names: Sequence[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{kind} {name}: described more than once; names that differ in - and _ alone are the same stream"


def _stream_problems(streams: Iterable[Stream], retention: Mapping[str, RetentionClass]) -> Iterator[str]:
    for stream in streams:
        if stream.retention not in retention:
            yield (
                f"stream {stream.name}: {stream.retention!r} is no retention class; "
                f"known: {', '.join(sorted(retention))}; choose one, or add it to observability/streams.py"
            )


def _alert_problems(alert: Alert, runbooks: frozenset[str]) -> Iterator[str]:
    if alert.runbook not in runbooks:
        yield f"alert {alert.name}: docs/runbooks/{alert.runbook}.md does not exist; write it, or name a page that does"
    if missing := sorted(set(Target) - set(alert.owner)):
        yield f"alert {alert.name}: nobody evaluates it on {', '.join(missing)}; give it an owner there"


def _unwatched(description: Description) -> Iterator[str]:
    """Alerts that Prometheus shall evaluate on the target although a producer does not run there."""
    for alert in description.alerts:
        if alert.owner.get(description.target) is Owner.PROMETHEUS:
            for name in sorted(set(alert.producers) & set(PRODUCERS) - set(description.producers)):
                yield (
                    f"alert {alert.name}: its producer {name} does not run on {description.target}; "
                    f"let {Owner.CLOUDWATCH} own it there"
                )


def _expressions(description: Description) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Everything that Prometheus is asked: where it stands, the expression, its producers."""
    for alert in description.alerts:
        yield f"alert {alert.name}", alert.condition, alert.producers
    for recording in description.recordings:
        yield f"recording rule {recording.name}", recording.expression, recording.producers
    for board in description.metrics_dashboards:
        for panel in board.panels:
            for query in panel.queries.values():
                yield f"dashboard {board.slug}, panel {panel.title!r}", query, panel.producers


def _unproduced_metrics(description: Description) -> Iterator[str]:
    recorded = frozenset(recording.name for recording in description.recordings)
    for where, expression, names in _expressions(description):
        yield from _unproduced(where, expression, names, recorded)


def _forgotten(description: Description) -> Iterator[str]:
    """What looks back the furthest, where Prometheus does not keep samples for so long."""
    kept = timedelta(days=description.metrics_retention_days)
    back = {where: looks_back(expression) for where, expression, _ in _expressions(description)}
    furthest = max(back, key=lambda where: back[where], default="")
    if furthest and back[furthest] > kept:
        days = -(-back[furthest] // timedelta(days=1))
        yield (
            f"observability:metrics_retention_days: {description.metrics_retention_days} is too few: {furthest} looks "
            f"back {days} days; allowed: {days} or more; raise it, or take the key out"
        )


def _unproduced(where: str, expression: str, names: Sequence[str], recorded: frozenset[str]) -> Iterator[str]:
    """The metrics of an expression that none of the named producers has, and that nobody records."""
    known: dict[str, Producer] = {}
    for name in names:
        if name in PRODUCERS:
            known[name] = PRODUCERS[name]
        else:
            yield f"{where}: {name!r} is no producer; known: {', '.join(sorted(PRODUCERS))}"
    produced = {metric for producer in known.values() for metric in producer.metrics}
    for metric in sorted(metrics_of(expression) - produced - recorded):
        if ":" in metric:
            yield (
                f"{where}: no recording rule has the name {metric}; known: {', '.join(sorted(recorded)) or 'none'}; "
                "use one of them, or add it to observability/objectives.py"
            )
            continue
        yield (
            f"{where}: nothing produces the metric {metric}; "
            f"{', '.join(names) or 'no producer'} has: {', '.join(sorted(produced)) or 'none'}"
        )
