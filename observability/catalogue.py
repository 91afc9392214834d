"""The one description of a stack: the tables joined with its services, and held to fit together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from observability.alerts import ALERTS
from observability.dashboards import LOG_DASHBOARDS, METRICS_DASHBOARDS
from observability.description import (
    EVERY_PART,
    Alert,
    Description,
    DescriptionError,
    MetricsDashboard,
    Owner,
    Part,
    Producer,
    RetentionClass,
    Stream,
    Target,
    WatchedService,
    stream_part,
)
from observability.parts import own_services
from observability.probes import probes
from observability.producers import PRODUCERS
from observability.promql import metrics_of
from observability.queries import QUERIES
from observability.redaction import REDACTIONS
from observability.streams import RETENTION, streams

RUNBOOKS: Final = Path(__file__).parents[1] / "docs" / "runbooks"


def describe(
    services: Sequence[WatchedService],
    namespace: str,
    target: Target = Target.DOCKER,
    parts: frozenset[Part] = EVERY_PART,
    elasticsearch_nodes: int = 1,
) -> Description:
    """Everything that is watched of these services, and of those that watch, in the stack `namespace`.

    Alerts, panels and metrics of a part that the stack does not have are left out.

    Raises:
        DescriptionError: Parts do not fit together; the text has a line for each that does not.
    """
    watched = (*services, *own_services(services, target, parts, elasticsearch_nodes))
    description = Description(
        namespace=stream_part(namespace),
        target=target,
        parts=parts,
        services=watched,
        retention=RETENTION,
        streams=tuple(streams(watched, namespace)),
        producers={name: item for name, item in PRODUCERS.items() if target in item.targets and item.parts <= parts},
        queries=QUERIES,
        alerts=tuple(alert for alert in ALERTS if _is_had(alert.producers, parts)),
        probes=tuple(probes(watched)),
        redactions=REDACTIONS,
        log_dashboards=LOG_DASHBOARDS if Part.LOGS in parts else (),
        metrics_dashboards=METRICS_DASHBOARDS if Part.METRICS in parts else (),
    )
    check(description, runbooks=frozenset(path.stem for path in RUNBOOKS.glob("*.md")))
    return description


def _is_had(names: Sequence[str], parts: frozenset[Part]) -> bool:
    """Whether a stack with these parts runs the producers. Unknown ones are `check`'s to refuse."""
    return Part.METRICS in parts and all(PRODUCERS[name].parts <= parts for name in names if name in PRODUCERS)


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
        *_unwatched(description),
        *(problem for board in description.metrics_dashboards for problem in _dashboard_problems(board)),
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
    yield from _unproduced(f"alert {alert.name}", alert.condition, alert.producers)


def _unwatched(description: Description) -> Iterator[str]:
    """Alerts that Prometheus shall evaluate on the target although a producer does not run there."""
    for alert in description.alerts:
        if alert.owner.get(description.target) is Owner.PROMETHEUS:
            for name in sorted(set(alert.producers) & set(PRODUCERS) - set(description.producers)):
                yield (
                    f"alert {alert.name}: its producer {name} does not run on {description.target}; "
                    f"let {Owner.CLOUDWATCH} own it there"
                )


def _dashboard_problems(board: MetricsDashboard) -> Iterator[str]:
    for panel in board.panels:
        for query in panel.queries.values():
            yield from _unproduced(f"dashboard {board.slug}, panel {panel.title!r}", query, panel.producers)


def _unproduced(where: str, expression: str, names: Sequence[str]) -> Iterator[str]:
    """The metrics of an expression that none of the named producers has."""
    known: dict[str, Producer] = {}
    for name in names:
        if name in PRODUCERS:
            known[name] = PRODUCERS[name]
        else:
            yield f"{where}: {name!r} is no producer; known: {', '.join(sorted(PRODUCERS))}"
    produced = {metric for producer in known.values() for metric in producer.metrics}
    for metric in sorted(metrics_of(expression) - produced):
        yield (
            f"{where}: nothing produces the metric {metric}; "
            f"{', '.join(names) or 'no producer'} has: {', '.join(sorted(produced)) or 'none'}"
        )
