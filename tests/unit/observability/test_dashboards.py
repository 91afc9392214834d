"""What Grafana's dashboards show: the colours of good and bad values, and the units."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from observability.alerts import ALERTS
from observability.catalogue import describe
from observability.dashboards import METRICS_DASHBOARDS
from observability.description import Bad, DescriptionError, Panel, PanelKind, Part, ServiceKind, Unit, WatchedService
from observability.grafana.dashboards import dashboards
from observability.prometheus.rules import rules
from observability.promql import looks_back

BACKEND = WatchedService(name="backend", kind=ServiceKind.HTTP, port=8000, metrics_path="/metrics")
DATABASE = WatchedService(name="database", kind=ServiceKind.POSTGRES, port=5432)
DESCRIBED = describe([BACKEND, DATABASE], "dev")
COLOURS = {
    "Share of requests answered with 5xx": {0.0: "green", 0.2: "red"},
    "Share of requests slower than one second": {0.0: "green", 0.2: "red"},
    "Error lines in five minutes": {0: "green", 50: "red"},
    "Share of requests answered with 5xx, as the service measures it": {0.0: "green", 0.2: "red"},
    "Duration of requests, 50th and 95th percentile": {0.05: "green", 4: "red"},
    "Processors of hosts, busy": {0.2: "green", 0.95: "red"},
    "Memory of hosts, used": {0.5: "green", 0.95: "red"},
    "Memory of containers, of their limit": {0.5: "green", 0.95: "red"},
    "File systems, free": {0.6: "green", 0.05: "red"},
    "Connections to PostgreSQL, of the most": {0.3: "green", 0.9: "red"},
    "Cluster is red": {0: "green", 1: "red"},
    "Documents in failure stores, 24 hours": {0: "green", 3: "red"},
    "Unparsed lines in ten minutes": {0: "green", 30: "red"},
    "Heap of Elasticsearch": {0.5: "green", 0.85: "yellow", 0.95: "red"},
    "Disk of Elasticsearch, free": {0.5: "green", 0.15: "yellow", 0.05: "red"},
    "Answers": {1: "green", 0: "red"},
    "Availability": {0.999: "green", 0.9: "red"},
    "Answered within one second": {0.99: "green", 0.8: "red"},
    "Error budget that is left": {0.8: "green", -0.5: "red"},
}
"""Panel -> values, good and bad, and the colours in which they are to be shown."""


def _shown() -> Iterator[dict[str, Any]]:
    """Every panel as Grafana gets it."""
    for board in dashboards(DESCRIBED).values():
        yield from board["panels"]


def _panel(title: str) -> dict[str, Any]:
    return next(panel for panel in _shown() if panel["title"] == title)


def _described(title: str) -> Panel:
    return next(panel for board in METRICS_DASHBOARDS for panel in board.panels if panel.title == title)


def _steps(panel: dict[str, Any]) -> list[dict[str, Any]]:
    return panel["fieldConfig"]["defaults"]["thresholds"]["steps"]


def _colour(panel: dict[str, Any], value: float) -> str:
    """The colour of the last step that begins at or below the value: Grafana's `getActiveThreshold`."""
    return [step["color"] for step in _steps(panel) if step["value"] is None or step["value"] <= value][-1]


def test_every_panel_with_a_threshold_has_values_that_are_good_and_bad() -> None:
    assert set(COLOURS) == {panel["title"] for panel in _shown() if len(_steps(panel)) > 1}


@pytest.mark.parametrize("title", COLOURS)
def test_a_good_value_is_green_and_a_bad_one_red(title: str) -> None:
    panel = _panel(title)

    assert {value: _colour(panel, value) for value in COLOURS[title]} == COLOURS[title]


@pytest.mark.parametrize("title", COLOURS)
def test_a_threshold_is_drawn_among_lines_and_colours_everything_else(title: str) -> None:
    defaults = _panel(title)["fieldConfig"]["defaults"]

    if _panel(title)["type"] == PanelKind.LINES:
        assert defaults["custom"] == {"thresholdsStyle": {"mode": "dashed+area"}}
    else:
        assert defaults["color"] == {"mode": "thresholds"}


@pytest.mark.parametrize("thresholds", [(0.2, 0.1), (0.1, 0.1), (1, 2, 3)])
def test_thresholds_that_no_colours_part_are_refused(thresholds: tuple[float, ...]) -> None:
    with pytest.raises(DescriptionError, match=r"panel 'Disk': thresholds .*: give one or two, the smaller one first"):
        Panel(
            title="Disk",
            kind=PanelKind.LINES,
            unit=Unit.PERCENT,
            queries={},
            producers=(),
            thresholds=thresholds,
            bad=Bad.BELOW,
        )


@pytest.mark.parametrize(
    ("services", "slugs"),
    [((BACKEND,), {"services", "uptime", "slo", "resources"}), ((DATABASE,), {"uptime", "resources"})],
)
def test_no_dashboard_is_empty_where_the_stack_has_metrics_alone(
    services: tuple[WatchedService, ...], slugs: set[str]
) -> None:
    boards = dashboards(describe(services, "dev", parts=frozenset({Part.METRICS})))

    assert {name.removesuffix(".json") for name in boards} == slugs
    assert all(board["panels"] for board in boards.values())


def test_without_lines_objectives_are_told_from_what_services_measure() -> None:
    described = describe([BACKEND], "dev", parts=frozenset({Part.METRICS}))

    rendered = json.dumps([rules(described), dashboards(described)])

    assert "http_server_request_duration_seconds_count" in rendered
    assert "logs_" not in rendered
    assert [rule.name for rule in described.recordings] == [rule.name for rule in DESCRIBED.recordings]


def test_no_panel_reads_weeks_of_samples() -> None:
    for panel in _shown():
        for target in panel["targets"]:
            assert looks_back(target["expr"]) <= timedelta(days=1), panel["title"]


def test_a_number_is_asked_for_once_and_not_over_time() -> None:
    numbers = [panel for panel in _shown() if panel["type"] == PanelKind.NUMBER]

    assert numbers
    for panel in numbers:
        assert [(target["instant"], target["range"]) for target in panel["targets"]] == [(True, False)]


def test_only_requests_have_the_unit_of_requests() -> None:
    in_requests = {panel["title"] for panel in _shown() if panel["fieldConfig"]["defaults"]["unit"] == "reqps"}

    assert in_requests == {"Requests", "Requests, as the service measures them"}
    assert _panel("Documents indexed")["fieldConfig"]["defaults"]["unit"] == "cps"
    assert _panel("Fluent Bit: lines read and delivered")["fieldConfig"]["defaults"]["unit"] == "cps"


def test_free_disk_is_shown_of_the_file_systems_that_the_alert_is_about() -> None:
    alert = next(alert for alert in ALERTS if alert.name == "DiskAlmostFull")

    (query,) = _described("File systems, free").queries.values()

    assert alert.condition.startswith(query)
