"""Grafana dashboards in Grafana's own JSON (schema version 41, Grafana 12)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from observability.description import Bad, Description, MetricsDashboard, Panel, PanelKind
from observability.grafana.sources import PROMETHEUS_UID
from observability.json_types import Json, Value

COLUMNS: Final = 24
HEIGHT: Final = 8
_SCHEMA_VERSION: Final = 41
_SOURCE: Final[Json] = {"type": "prometheus", "uid": PROMETHEUS_UID}
_COLOURS: Final[Mapping[int, Sequence[str]]] = {
    0: ("green",),
    1: ("green", "red"),
    2: ("green", "yellow", "red"),
}
"""Number of thresholds -> the colours between them, from good to bad."""


def dashboards(description: Description) -> dict[str, Json]:
    """File name -> dashboard."""
    return {f"{board.slug}.json": _dashboard(board) for board in description.metrics_dashboards}


def _dashboard(board: MetricsDashboard) -> Json:
    return {
        "uid": f"observability-{board.slug}",
        "title": board.title,
        "description": board.question,
        "tags": ["observability"],
        "editable": False,
        "graphTooltip": 1,
        "schemaVersion": _SCHEMA_VERSION,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "timezone": "browser",
        "panels": [
            _panel(number, panel, position)
            for number, (panel, position) in enumerate(zip(board.panels, layout(board.panels), strict=True), 1)
        ],
    }


def layout(panels: Sequence[Panel]) -> Iterator[tuple[int, int]]:
    """The column and row of each panel: from left to right, a new row where one does not fit."""
    column = row = 0
    for panel in panels:
        if column + panel.width > COLUMNS:
            column, row = 0, row + HEIGHT
        yield column, row
        column += panel.width


def _panel(number: int, panel: Panel, position: tuple[int, int]) -> Json:
    column, row = position
    body: dict[str, Value] = {
        "id": number,
        "type": str(panel.kind),
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": column, "y": row, "w": panel.width, "h": HEIGHT},
        "targets": [
            _target(letter, legend, expression, panel.kind)
            for letter, (legend, expression) in zip("ABCDEFGH", panel.queries.items(), strict=False)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
    }
    if panel.kind is PanelKind.LINES:
        body["options"] = {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    return body


def _defaults(panel: Panel) -> Json:
    defaults: dict[str, Value] = {"unit": str(panel.unit), "thresholds": _thresholds(panel)}
    if panel.thresholds and panel.kind is PanelKind.LINES:
        # Lines keep their own colours. Without a style, Grafana draws no threshold among them.
        defaults["custom"] = {"thresholdsStyle": {"mode": "dashed+area"}}
    elif panel.thresholds:
        # Each kind has a default of its own; that of a timeline is from green, the least, to red.
        defaults["color"] = {"mode": "thresholds"}
    return defaults


def _target(letter: str, legend: str, expression: str, kind: PanelKind) -> Json:
    target: dict[str, Value] = {
        "refId": letter,
        "datasource": _SOURCE,
        "expr": expression,
        "legendFormat": legend,
    }
    if kind is PanelKind.TABLE:
        target |= {"instant": True, "format": "table"}
    elif kind is PanelKind.NUMBER:
        target |= {"instant": True, "range": False}
    return target


def _thresholds(panel: Panel) -> Json:
    """Each step's colour holds from its value on, the first one's from below."""
    colours = _COLOURS[len(panel.thresholds)]
    if panel.bad is Bad.BELOW:
        colours = colours[::-1]
    steps = zip(colours, (None, *panel.thresholds), strict=True)
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in steps]}
