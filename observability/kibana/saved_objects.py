"""Saved objects as NDJSON: a data view, a saved search a list of lines, and the dashboards.

Ids are fixed, so an import replaces what an earlier one made and adds nothing twice. Kibana keeps nested state as JSON
text. Source: Kibana's saved objects API, https://www.elastic.co/docs/api/doc/kibana (9.x), and its Lens state.
"""

import json
from collections.abc import Iterator
from typing import Final

from observability.description import Description, LogDashboard, LogPanel, LogPanelKind
from observability.json_types import Json, Value
from observability.kibana import lens

DATA_VIEW: Final = "observability-logs"
COLUMNS: Final = 48
HEIGHT: Final = 15
_MIGRATED: Final[Json] = {"coreMigrationVersion": "8.8.0", "managed": False}


def ndjson(description: Description) -> str:
    """The import file: one object a line."""
    return "".join(f"{json.dumps(item, sort_keys=True)}\n" for item in saved_objects(description))


def saved_objects(description: Description) -> Iterator[Json]:
    """Every object; those that others refer to come first."""
    yield _data_view(description)
    for board in description.log_dashboards:
        for number, panel in enumerate(board.panels, 1):
            if panel.kind is LogPanelKind.LINES:
                yield _search(_search_id(board, number), panel)
        yield _dashboard(board)


def _data_view(description: Description) -> Json:
    return {
        **_MIGRATED,
        "type": "index-pattern",
        "id": DATA_VIEW,
        "attributes": {
            "title": f"logs-*-{description.namespace}",
            "name": f"Logs of {description.namespace}",
            "timeFieldName": "@timestamp",
        },
        "references": [],
    }


def _search_id(board: LogDashboard, number: int) -> str:
    return f"observability-{board.slug}-{number}"


def _search(identity: str, panel: LogPanel) -> Json:
    source: Json = {
        "query": {"query": panel.query, "language": "kuery"},
        "filter": [],
        "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index",
    }
    return {
        **_MIGRATED,
        "type": "search",
        "id": identity,
        "attributes": {
            "title": panel.title,
            "columns": list(panel.columns),
            "sort": [[panel.first_by, "desc"]],
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
        },
        "references": [
            {"name": "kibanaSavedObjectMeta.searchSourceJSON.index", "type": "index-pattern", "id": DATA_VIEW}
        ],
    }


def _dashboard(board: LogDashboard) -> Json:
    panels: list[Json] = []
    references: list[Json] = []
    for number, (panel, (column, row)) in enumerate(zip(board.panels, layout(board), strict=True), 1):
        index = str(number)
        place: Json = {"x": column, "y": row, "w": panel.width, "h": HEIGHT, "i": index}
        if panel.kind is LogPanelKind.LINES:
            panels.append({"type": "search", "panelIndex": index, "gridData": place, "panelRefName": f"panel_{index}"})
            references.append({"name": f"{index}:panel_{index}", "type": "search", "id": _search_id(board, number)})
        else:
            attributes: dict[str, Value] = {**lens.attributes(panel, DATA_VIEW)}
            panels.append(
                {
                    "type": "lens",
                    "panelIndex": index,
                    "gridData": place,
                    "embeddableConfig": {"attributes": attributes, "enhancements": {}},
                    "title": panel.title,
                }
            )
            references.append(
                {
                    "name": f"{index}:indexpattern-datasource-layer-{lens.LAYER}",
                    "type": "index-pattern",
                    "id": DATA_VIEW,
                }
            )
    source: Json = {"query": {"query": "", "language": "kuery"}, "filter": []}
    return {
        **_MIGRATED,
        "type": "dashboard",
        "id": f"observability-{board.slug}",
        "attributes": {
            "title": board.title,
            "description": board.question,
            "panelsJSON": json.dumps(panels),
            "optionsJSON": json.dumps({"useMargins": True, "syncColors": False, "hidePanelTitles": False}),
            "timeRestore": True,
            "timeFrom": "now-24h",
            "timeTo": "now",
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
        },
        "references": references,
    }


def layout(board: LogDashboard) -> Iterator[tuple[int, int]]:
    """The column and row of each panel: from left to right, a new row where one does not fit."""
    column = row = 0
    for panel in board.panels:
        if column + panel.width > COLUMNS:
            column, row = 0, row + HEIGHT
        yield column, row
        column += panel.width
