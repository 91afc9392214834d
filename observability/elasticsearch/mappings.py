"""Mappings in the names of the Elastic Common Schema, and the settings that every stream shares.

Source: https://www.elastic.co/docs/reference/ecs (9.x), the field sets that the pipelines fill.
"""

from collections.abc import Mapping
from typing import Final

from observability.json_types import Json, Value

_KEYWORD: Final[Json] = {"type": "keyword", "ignore_above": 1024}
_LONG: Final[Json] = {"type": "long"}
_IP: Final[Json] = {"type": "ip"}
_DATE: Final[Json] = {"type": "date"}
_TEXT: Final[Json] = {"type": "match_only_text"}
_PATH: Final[Json] = {"type": "keyword", "ignore_above": 4096}
_STACK: Final[Json] = {"type": "keyword", "index": False, "doc_values": False}
_DETAILS: Final[Json] = {"type": "flattened", "ignore_above": 1024}

FIELDS: Mapping[str, Json] = {
    "@timestamp": _DATE,
    "message": _TEXT,
    "labels": {"type": "object", "dynamic": True},
    "details": _DETAILS,
    "tags": _KEYWORD,
    "event.id": _KEYWORD,
    "event.kind": _KEYWORD,
    "event.module": _KEYWORD,
    "event.category": _KEYWORD,
    "event.action": _KEYWORD,
    "event.outcome": _KEYWORD,
    "event.reason": _PATH,
    "event.duration": _LONG,
    "event.ingested": _DATE,
    "event.created": _DATE,
    "log.level": _KEYWORD,
    "log.logger": _KEYWORD,
    "log.iostream": _KEYWORD,
    "error.message": _TEXT,
    "error.type": _KEYWORD,
    "error.code": _KEYWORD,
    "error.stack_trace": _STACK,
    "service.name": _KEYWORD,
    "service.version": _KEYWORD,
    "service.environment": _KEYWORD,
    "container.id": _KEYWORD,
    "process.pid": _LONG,
    "process.name": _KEYWORD,
    "process.thread.id": _LONG,
    "process.thread.name": _KEYWORD,
    "trace.id": _KEYWORD,
    "transaction.id": _KEYWORD,
    "span.id": _KEYWORD,
    "http.version": _KEYWORD,
    "http.request.id": _KEYWORD,
    "http.request.method": _KEYWORD,
    "http.request.referrer": _PATH,
    "http.response.status_code": _LONG,
    "http.response.body.bytes": _LONG,
    "url.path": _PATH,
    "url.query": _PATH,
    "url.original": _PATH,
    "url.domain": _KEYWORD,
    "client.ip": _IP,
    "client.port": _LONG,
    "client.address": _KEYWORD,
    "user.id": _KEYWORD,
    "user.name": _KEYWORD,
    "user_agent.original": _PATH,
    "nginx.error.connection_id": _LONG,
    "postgresql.log.database": _KEYWORD,
    "postgresql.log.query": _TEXT,
    "data_stream.type": _KEYWORD,
    "data_stream.dataset": _KEYWORD,
    "data_stream.namespace": _KEYWORD,
}
"""Field -> its mapping. `labels` take any keyword; whatever else a line says is below `details`."""

OBJECTS: Final = tuple(sorted({name.split(".", 1)[0] for name in FIELDS if "." in name}))
"""The top-level fields that are objects: a line that has plain text there would be refused."""

_MOST_FIELDS: Final = 1000


def mappings() -> Json:
    """The body of a component template: explicit fields, and keywords for every further text."""
    return {
        "template": {
            "mappings": {
                "date_detection": False,
                "dynamic_templates": [
                    {"text_as_keyword": {"match_mapping_type": "string", "mapping": {**_KEYWORD}}},
                ],
                "properties": _nested(FIELDS),
            }
        },
        "_meta": {"managed_by": "observability"},
    }


def settings() -> Json:
    """The body of a component template: what every stream is stored like.

    A malformed number or a field too many costs that field, never the line. One replica appears with a second node.
    """
    return {
        "template": {
            "settings": {
                "index": {
                    "auto_expand_replicas": "0-1",
                    "codec": "best_compression",
                    "mapping": {
                        "ignore_malformed": "true",
                        "total_fields": {"limit": str(_MOST_FIELDS), "ignore_dynamic_beyond_limit": "true"},
                    },
                    "refresh_interval": "1s",
                }
            }
        },
        "_meta": {"managed_by": "observability"},
    }


def _nested(fields: Mapping[str, Json]) -> Json:
    """`{"a.b": m}` as `{"a": {"properties": {"b": m}}}`: the form in which Elasticsearch gives mappings back."""
    tree: dict[str, Value] = {}
    below: dict[str, dict[str, Json]] = {}
    for name, mapping in fields.items():
        first, _, rest = name.partition(".")
        if rest:
            below.setdefault(first, {})[rest] = mapping
        else:
            tree[first] = mapping
    return {**tree, **{first: {"properties": _nested(rest)} for first, rest in below.items()}}
