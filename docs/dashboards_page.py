"""`docs/reference/dashboards.md`, and a picture of each dashboard, from the description of what is watched."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from docs.layout_picture import Sketch, Tile, picture
from observability.dashboards import LOG_DASHBOARDS, METRICS_DASHBOARDS
from observability.description import (
    Bad,
    LogDashboard,
    LogPanel,
    LogPanelKind,
    MetricsDashboard,
    Panel,
    PanelKind,
    Unit,
)
from observability.grafana import dashboards as grafana
from observability.kibana import saved_objects as kibana

_HEAD = """\
# Dashboards

Where each panel is, and how it shows its values: the layout that Grafana and Kibana get, with panels as wide as they
are there. No values are real. What each dashboard answers, and the metrics behind it: [what is
watched](observability.md).

This page and its pictures are generated from the code: `make docs`.
"""

_METRICS: Final[Mapping[PanelKind, Sketch]] = {
    PanelKind.LINES: Sketch.LINES,
    PanelKind.NUMBER: Sketch.NUMBER,
    PanelKind.TABLE: Sketch.TABLE,
    PanelKind.TIMELINE: Sketch.STATES,
}
_LOGS: Final[Mapping[LogPanelKind, Sketch]] = {
    LogPanelKind.COUNT_OVER_TIME: Sketch.BARS,
    LogPanelKind.TOP_VALUES: Sketch.RANKING,
    LogPanelKind.PERCENTILE_OVER_TIME: Sketch.LINES,
    LogPanelKind.LINES: Sketch.DOCUMENTS,
}
_UNITS: Final[Mapping[Unit, str]] = {
    Unit.SHORT: "",
    Unit.PERCENT: "%",
    Unit.SECONDS: "s",
    Unit.BYTES: "B",
    Unit.REQUESTS_PER_SECOND: "requests/s",
    Unit.PER_SECOND: "/s",
    Unit.DAYS: "days",
}

_LIMITS: Final[Mapping[Bad, float]] = {Bad.ABOVE: 0.85, Bad.BELOW: 0.08}
"""Where a threshold is drawn, as a share of the height: all is well in every sketch."""


def render() -> str:
    """The page; its pictures are in `PICTURES`."""
    return _HEAD + _section("Grafana", "grafana", METRICS_DASHBOARDS) + _section("Kibana", "kibana", LOG_DASHBOARDS)


def _section(heading: str, engine: str, boards: tuple[MetricsDashboard, ...] | tuple[LogDashboard, ...]) -> str:
    shown = "".join(
        f"\n### {board.title}\n\n{board.question}\n\n![{_told(board)}](../{_name(engine, board)})\n" for board in boards
    )
    return f"\n## {heading}\n{shown}"


def _told(board: MetricsDashboard | LogDashboard) -> str:
    """The picture in words."""
    return f"Panels: {', '.join(panel.title for panel in board.panels)}".replace("]", "")


def _name(engine: str, board: MetricsDashboard | LogDashboard) -> str:
    return f"images/dashboards/{engine}-{board.slug}.svg"


def _metrics_picture(board: MetricsDashboard) -> str:
    tiles = [
        _metrics_tile(panel, place) for panel, place in zip(board.panels, grafana.layout(board.panels), strict=True)
    ]
    return picture(board.title, board.question, grafana.COLUMNS, tiles)


def _metrics_tile(panel: Panel, place: tuple[int, int]) -> Tile:
    return Tile(
        title=panel.title,
        sketch=_METRICS[panel.kind],
        unit=_UNITS[panel.unit],
        column=place[0],
        row=place[1] // grafana.HEIGHT,
        width=panel.width,
        names=[legend.replace("{{", "{").replace("}}", "}") for legend in panel.queries],
        split=len(panel.queries) > 1 or any("{{" in legend for legend in panel.queries),
        limit=_LIMITS[panel.bad] if panel.thresholds else None,
    )


def _logs_picture(board: LogDashboard) -> str:
    tiles = [_logs_tile(panel, place) for panel, place in zip(board.panels, kibana.layout(board), strict=True)]
    return picture(board.title, board.question, kibana.COLUMNS, tiles)


def _logs_tile(panel: LogPanel, place: tuple[int, int]) -> Tile:
    over = {
        LogPanelKind.COUNT_OVER_TIME: f"by {panel.field}" if panel.field else "",
        LogPanelKind.TOP_VALUES: f"of {panel.field}",
        LogPanelKind.PERCENTILE_OVER_TIME: f"95th percentile of {panel.field}",
        LogPanelKind.LINES: "",
    }
    return Tile(
        title=panel.title,
        sketch=_LOGS[panel.kind],
        unit=over[panel.kind],
        column=place[0],
        row=place[1] // kibana.HEIGHT,
        width=panel.width,
        names=("@timestamp", *panel.columns) if panel.kind is LogPanelKind.LINES else (),
        split=panel.kind is LogPanelKind.COUNT_OVER_TIME and panel.field is not None,
    )


def _pictures() -> Iterator[tuple[str, Callable[[], str]]]:
    for board in METRICS_DASHBOARDS:
        yield _name("grafana", board), partial(_metrics_picture, board)
    for board in LOG_DASHBOARDS:
        yield _name("kibana", board), partial(_logs_picture, board)


PICTURES: Final[Mapping[str, Callable[[], str]]] = dict(_pictures())
"""Picture, relative to `docs/` -> what draws it."""
