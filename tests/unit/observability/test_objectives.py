"""What Prometheus records ahead, and for how long it has to keep samples for that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from observability import objectives
from observability.catalogue import RUNBOOKS, check, describe
from observability.description import Description, DescriptionError, Part, ServiceKind, WatchedService
from observability.engines import engines
from observability.prometheus.rules import rules
from observability.promql import looks_back
from observability.queries import QUERIES
from observability.receivers import Receivers
from observability.settings import ObservabilitySettings
from services.application import built_in

BACKEND = WatchedService(name="backend", kind=ServiceKind.HTTP, port=8000, metrics_path="/metrics")
PAGES = frozenset(path.stem for path in RUNBOOKS.glob("*.md"))


@pytest.fixture
def described() -> Description:
    return describe([BACKEND], "dev")


def test_samples_are_kept_for_longer_than_objectives_look_back(described: Description) -> None:
    furthest = max(looks_back(rule.expression) for rule in described.recordings)

    assert furthest == timedelta(days=30)
    assert timedelta(days=ObservabilitySettings().metrics_retention_days) > furthest


def test_a_retention_below_what_objectives_look_back_is_refused() -> None:
    settings = ObservabilitySettings(parts=frozenset({Part.METRICS}), metrics_retention_days=29)

    with pytest.raises(
        DescriptionError,
        match=r"observability:metrics_retention_days: 29 is too few: recording rule service:available_requests:ratio30d"
        r" looks back 30 days; allowed: 30 or more; raise it",
    ):
        engines(built_in(), settings, Receivers(receivers=(), secrets={}), stack="dev")


def test_who_looks_back_as_far_as_samples_are_kept_is_not_refused() -> None:
    assert describe([BACKEND], "dev", metrics_retention_days=30).metrics_retention_days == 30


def _alert(described: Description) -> Description:
    alert = replace(described.alerts[0], condition="avg_over_time(probe_success[40d]) < 1")
    return replace(described, alerts=(alert,))


def _panel(described: Description) -> Description:
    board = described.metrics_dashboards[1]
    panel = replace(board.panels[0], queries={"x": "probe_success offset 6w"})
    return replace(described, metrics_dashboards=(replace(board, panels=(panel,)),))


@pytest.mark.parametrize(
    ("change", "told"),
    [(_alert, "alert ProbeDown looks back 40 days"), (_panel, "dashboard uptime, panel 'Answers' looks back 42 days")],
)
def test_whatever_looks_back_beyond_the_retention_is_refused(
    described: Description, change: Callable[[Description], Description], told: str
) -> None:
    with pytest.raises(DescriptionError) as refused:
        check(change(described), runbooks=PAGES)

    assert told in str(refused.value)


def test_a_panel_over_a_series_that_nobody_records_is_refused(described: Description) -> None:
    board = described.metrics_dashboards[0]
    panel = replace(board.panels[0], queries={"x": "service:requests:sum7m"})

    with pytest.raises(
        DescriptionError, match="no recording rule has the name service:requests:sum7m; known: service:"
    ):
        check(replace(described, metrics_dashboards=(replace(board, panels=(panel,)),)), runbooks=PAGES)


def test_a_recording_over_a_metric_that_nothing_produces_is_refused(described: Description) -> None:
    rule = replace(described.recordings[0], expression="sum(logs_reqests)")

    with pytest.raises(DescriptionError, match="recording rule service:requests:sum5m: nothing produces the metric"):
        check(replace(described, recordings=(rule, *described.recordings[1:])), runbooks=PAGES)


@pytest.mark.parametrize("parts", [frozenset(Part), frozenset({Part.METRICS})])
def test_requests_are_recorded_as_often_as_they_are_counted_for_and_objectives_before_they_are_stale(
    parts: frozenset[Part],
) -> None:
    """A count over five minutes, recorded every five minutes, has each request once."""
    groups = {group["interval"]: group for group in rules(describe([BACKEND], "dev", parts=parts))["groups"][1:]}
    recorded = {interval: [rule["record"] for rule in group["rules"]] for interval, group in groups.items()}

    assert {query.window for query in QUERIES if query.metric.endswith("_requests")} == {timedelta(minutes=5)}
    assert recorded == {
        "5m": [objectives.REQUESTS, objectives.FAILED, objectives.SLOW],
        "1m": [objectives.AVAILABLE_SHARE, objectives.FAST_SHARE],
    }


@pytest.mark.parametrize(
    ("expression", "back"),
    [
        ("up == 0", timedelta()),
        ("rate(x_total[5m])", timedelta(minutes=5)),
        ("a[5m] / b[30d]", timedelta(days=30)),
        ("avg_over_time(x[1h30m] offset 10m)", timedelta(hours=1, minutes=40)),
        ("max_over_time(rate(x[5m])[1w:1m])", timedelta(days=7)),
        ('x{path="[99d]"}', timedelta()),
    ],
)
def test_how_far_an_expression_looks_back_is_its_longest_range_and_offset(expression: str, back: timedelta) -> None:
    assert looks_back(expression) == back
