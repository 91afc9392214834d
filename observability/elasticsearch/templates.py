"""Index templates: one a stream, above the built-in `logs` template (priority 100)."""

from collections.abc import Mapping
from typing import Final

from observability.description import Stream
from observability.elasticsearch.lifecycles import lifecycle_name
from observability.elasticsearch.mappings import mappings, settings
from observability.json_types import Json, Value
from observability.streams import FAILURES_RETENTION_DAYS

PRIORITY: Final = 500
_MAPPINGS: Final = "logs-ecs"
_SETTINGS: Final = "logs-settings"


def component_templates() -> Mapping[str, Json]:
    """Name -> body."""
    return {_MAPPINGS: mappings(), _SETTINGS: settings()}


def index_template(stream: Stream) -> Json:
    """The template of one data stream: its lifecycle, its pipeline, and a failure store.

    What the pipeline or the mapping refuses is kept in the failure store with the reason, and an alert tells of it.
    """
    index: dict[str, Value] = {"lifecycle": {"name": lifecycle_name(stream.retention)}}
    if stream.pipeline is not None:
        index["default_pipeline"] = stream.pipeline
    return {
        "index_patterns": [stream.name],
        "priority": PRIORITY,
        "composed_of": [_MAPPINGS, _SETTINGS],
        "data_stream": {"hidden": False, "allow_custom_routing": False},
        "template": {
            "settings": {"index": index},
            "data_stream_options": {
                "failure_store": {
                    "enabled": True,
                    "lifecycle": {"enabled": True, "data_retention": f"{FAILURES_RETENTION_DAYS}d"},
                }
            },
        },
        "_meta": {"managed_by": "observability", "service": stream.service, "retention": stream.retention},
    }
