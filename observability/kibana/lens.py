"""Charts of documents as Lens keeps them."""

from typing import Final

from observability.description import LogPanel, LogPanelKind
from observability.json_types import Json, Value

LAYER: Final = "layer"
_TIME: Final = "time"
_VALUE: Final = "value"
_SPLIT: Final = "split"
_TOP: Final = 10
_PERCENTILE: Final = 95


def attributes(panel: LogPanel, data_view: str) -> Json:
    """The `attributes` of a Lens visualisation that a dashboard holds by value."""
    over_time = panel.kind is not LogPanelKind.TOP_VALUES
    columns: dict[str, Json] = {_VALUE: _value(panel)}
    if over_time:
        columns[_TIME] = _time()
    if panel.field is not None and panel.kind is not LogPanelKind.PERCENTILE_OVER_TIME:
        columns[_SPLIT] = _top_values(panel.field)
    return {
        "title": panel.title,
        "visualizationType": "lnsXY" if over_time else "lnsDatatable",
        "type": "lens",
        "references": [{"name": f"indexpattern-datasource-layer-{LAYER}", "type": "index-pattern", "id": data_view}],
        "state": {
            "query": {"query": panel.query, "language": "kuery"},
            "filters": [],
            "datasourceStates": {
                "formBased": {
                    "layers": {
                        LAYER: {
                            "columns": columns,
                            "columnOrder": [name for name in (_SPLIT, _TIME, _VALUE) if name in columns],
                            "incompleteColumns": {},
                        }
                    }
                }
            },
            "visualization": _chart(columns) if over_time else _table(columns),
        },
    }


def _time() -> Json:
    return {
        "label": "@timestamp",
        "dataType": "date",
        "operationType": "date_histogram",
        "sourceField": "@timestamp",
        "isBucketed": True,
        "scale": "interval",
        "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
    }


def _top_values(field: str) -> Json:
    return {
        "label": f"Top values of {field}",
        "dataType": "string",
        "operationType": "terms",
        "sourceField": field,
        "isBucketed": True,
        "scale": "ordinal",
        "params": {
            "size": _TOP,
            "orderBy": {"type": "column", "columnId": _VALUE},
            "orderDirection": "desc",
            "otherBucket": True,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
        },
    }


def _value(panel: LogPanel) -> Json:
    if panel.kind is LogPanelKind.PERCENTILE_OVER_TIME:
        return {
            "label": f"95th percentile of {panel.field}",
            "dataType": "number",
            "operationType": "percentile",
            "sourceField": panel.field,
            "isBucketed": False,
            "scale": "ratio",
            "params": {"percentile": _PERCENTILE},
        }
    return {
        "label": "Lines",
        "dataType": "number",
        "operationType": "count",
        "sourceField": "___records___",
        "isBucketed": False,
        "scale": "ratio",
        "params": {"emptyAsNull": True},
    }


def _chart(columns: dict[str, Json]) -> Json:
    kind = "bar_stacked" if _SPLIT in columns else "line"
    layer: dict[str, Value] = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": kind,
        "xAccessor": _TIME,
        "accessors": [_VALUE],
    }
    if _SPLIT in columns:
        layer["splitAccessor"] = _SPLIT
    return {
        "preferredSeriesType": kind,
        "legend": {"isVisible": True, "position": "right"},
        "valueLabels": "hide",
        "layers": [layer],
    }


def _table(columns: dict[str, Json]) -> Json:
    return {
        "layerId": LAYER,
        "layerType": "data",
        "columns": [{"columnId": name} for name in (_SPLIT, _VALUE) if name in columns],
    }
