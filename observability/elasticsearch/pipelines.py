"""Ingest pipelines: a line becomes a document of the Elastic Common Schema.

A line arrives as `message` with `@timestamp`, `event.id`, `service.name`, `log.iostream` and `data_stream.*`. It is
redacted first, parsed by its stream's format, and moved to the stream of its retention class last. A line that cannot
be parsed stays as it came (redacted), with `error.message` and `event.kind: pipeline_error`: none is dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from observability.description import LogFormat, Redaction, Stream
from observability.elasticsearch import painless
from observability.json_types import Json, Value
from observability.streams import pipeline_name

REDACT: Final = "logs-redact"
FINISH: Final = "logs-finish"
_PARSED: Final = "_parsed"
_SCRATCH: Final = (_PARSED, "_own_time", "_time", "_zone", "_rest", "_seconds")
"""Fields between the steps; none of them is kept."""
_LONG: Final = "^([\\s\\S]{500})[\\s\\S]+$"
"""An error's text may quote the whole line."""
_NOT_CLOSED: Final = "!ctx.message.trim().endsWith('}')"

_ARRIVED: Final[Json] = {"set": {"field": "event.ingested", "value": "{{{_ingest.timestamp}}}"}}
"""When the line came here: `@timestamp` is what the line says, by its service's clock. Counts are of arrivals."""

_POSTGRESQL_LEVELS: Final = (
    "DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION"
)
_HAS_DATE: Final = "ctx.message != null && ctx.message.length() > 10 && ctx.message.charAt(4) == (char) '-'"
"""What the image's start-up scripts print has no date, and is text."""


def pipelines(redactions: Iterable[Redaction], streams: Iterable[Stream]) -> Mapping[str, Json]:
    """Name -> body of every pipeline; those that others call come first."""
    return {
        REDACT: _pipeline("Takes secrets and personal data out of the raw line.", _redact(redactions), kept=False),
        FINISH: _pipeline(
            "Makes levels alike, notes the arrival, and moves the line to the stream of its retention class.",
            _finish([stream.dataset for stream in streams if "." in stream.dataset]),
            kept=False,
        ),
        pipeline_name(LogFormat.JSON): _entry("JSON in ECS names, or plain text.", _json()),
        pipeline_name(LogFormat.NGINX): _entry("nginx: access lines (JSON or combined) and error lines.", _nginx()),
        pipeline_name(LogFormat.POSTGRESQL): _entry("PostgreSQL's log with the prefix '%m [%p] '.", _postgresql()),
    }


def _pipeline(description: str, processors: Sequence[Json], *, kept: bool = True) -> Json:
    body: dict[str, Value] = {
        "description": description,
        "processors": list(processors),
        "_meta": {"managed_by": "observability"},
    }
    if kept:
        body["on_failure"] = [
            _set("error.message", "{{{_ingest.on_failure_message}}}"),
            {"gsub": {"field": "error.message", "pattern": _LONG, "replacement": "$1..."}},
            _set("event.kind", "pipeline_error"),
            _ARRIVED,
            {"remove": {"field": [*_SCRATCH], "ignore_missing": True}},
        ]
    return body


def _entry(description: str, processors: Sequence[Json]) -> Json:
    """A pipeline where lines arrive: redact, parse, finish."""
    return _pipeline(description, [_call(REDACT), *processors, _call(FINISH)])


def _redact(redactions: Iterable[Redaction]) -> list[Json]:
    return [
        {
            "gsub": {
                "tag": item.name,
                "field": "message",
                "pattern": item.pattern,
                "replacement": item.replacement,
                "ignore_missing": True,
            }
        }
        for item in redactions
    ]


def _json() -> list[Json]:
    return [
        *_parse_json(),
        _script(
            "fields of ECS, the others below labels and details", painless.MERGE, condition=f"ctx.{_PARSED} != null"
        ),
        _script("level and stack trace", painless.TEXT, condition=f"ctx.{_PARSED} == null"),
        {"remove": {"field": _PARSED, "ignore_missing": True}},
        *_own_time(),
    ]


def _nginx() -> list[Json]:
    address = "(?:%{IP:client.ip}|unix:|%{NOTSPACE:client.address})"
    request = (
        "(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA:event.reason})"
    )
    combined = (
        f'^{address} - (?:-|%{{DATA:user.name}}) \\[%{{HTTPDATE:_time}}\\] "{request}"'
        " %{INT:http.response.status_code:int} (?:-|%{INT:http.response.body.bytes:int})"
        '(?: "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})")?'
        '(?: "(?:-|%{DATA:labels.forwarded_for})")?(?: %{NUMBER:_seconds:double})?$'
    )
    error = (
        "^%{NGINX_TIME:_time} \\[%{LOGLEVEL:log.level}\\] %{POSINT:process.pid:int}#%{NONNEGINT:process.thread.id:int}:"
        "(?: \\*%{NONNEGINT:nginx.error.connection_id:int})? %{REST:_rest}"
    )
    notice = "^%{NGINX_PROGRAM:process.name}: %{REST:_rest}"
    return [
        _set("event.module", "nginx"),
        *_parse_json(),
        _script(
            "fields of ECS, the others below labels and details", painless.MERGE, condition=f"ctx.{_PARSED} != null"
        ),
        {
            "grok": {
                "field": "message",
                "patterns": [combined, error, notice],
                "pattern_definitions": {
                    "NGINX_TIME": "%{YEAR}/%{MONTHNUM}/%{MONTHDAY} %{TIME}",
                    "NGINX_PROGRAM": "(?:nginx|[\\w./-]+\\.(?:sh|envsh))",
                    "REST": "(?:.|\\n)*",
                },
                "if": f"ctx.{_PARSED} == null",
            }
        },
        {"remove": {"field": _PARSED, "ignore_missing": True}},
        _script("message, duration and URL of an nginx line", painless.NGINX),
        {
            "date": {
                "field": "_time",
                "formats": ["dd/MMM/yyyy:HH:mm:ss Z", "yyyy/MM/dd HH:mm:ss"],
                "if": "ctx._time != null",
            }
        },
        *_own_time(),
        {"remove": {"field": ["_time", "_rest", "_seconds"], "ignore_missing": True}},
    ]


def _postgresql() -> list[Json]:
    line = (
        "^%{TIMESTAMP_ISO8601:_time} (?:%{PG_ZONE:_zone}) \\[%{POSINT:process.pid:int}\\]"
        "(?: (?:%{PG_NAME:user.name})?@(?:%{PG_NAME:postgresql.log.database})?)?"
        " ?%{PG_LEVEL:log.level}:\\s+%{REST:_rest}"
    )
    return [
        _set("event.module", "postgresql"),
        {
            "grok": {
                "field": "message",
                "patterns": [line],
                "pattern_definitions": {
                    "PG_ZONE": "[A-Z]{3,5}|[+-]\\d{2}(?::?\\d{2})?",
                    "PG_NAME": "[^\\s@]+",
                    "PG_LEVEL": _POSTGRESQL_LEVELS,
                    "REST": "(?:.|\\n)*",
                },
                "if": _HAS_DATE,
            }
        },
        _script("level and stack trace", painless.TEXT, condition=f"!({_HAS_DATE})"),
        _script("what PostgreSQL says in its message", painless.POSTGRESQL),
        {
            "date": {
                "field": "_time",
                "formats": ["yyyy-MM-dd HH:mm:ss.SSS z", "yyyy-MM-dd HH:mm:ss z", "yyyy-MM-dd HH:mm:ss.SSS X"],
                "if": "ctx._time != null",
            }
        },
        {"remove": {"field": ["_time", "_zone", "_rest"], "ignore_missing": True}},
    ]


def _finish(datasets: Sequence[str]) -> list[Json]:
    """`reroute` ends every pipeline that called it, so it is the last step."""
    return [
        _script("levels alike, class of the line", painless.FINISH, parameters={"datasets": datasets}),
        _ARRIVED,
        {
            "reroute": {
                "tag": "to the stream of its retention class",
                "dataset": ["{{data_stream.dataset}}"],
                "namespace": ["{{data_stream.namespace}}"],
                "if": "ctx.data_stream?.dataset != null && ctx.data_stream.dataset.contains('.')",
            }
        },
    ]


def _parse_json() -> list[Json]:
    """A line that begins as JSON is parsed as a whole or not at all: the processor would take a part, drop the rest."""
    begins = "ctx.message != null && ctx.message.trim().startsWith('{')"
    return [
        {"fail": {"message": "JSON that is cut off, or followed by text", "if": f"{begins} && {_NOT_CLOSED}"}},
        {"json": {"field": "message", "target_field": _PARSED, "if": begins}},
    ]


def _own_time() -> list[Json]:
    """A JSON line's own time; one that cannot be read leaves the time at which the line was written."""
    return [
        {
            "date": {
                "field": "_own_time",
                "formats": ["ISO8601"],
                "if": "ctx._own_time != null",
                "on_failure": [_set("error.message", "the line's own time cannot be read: {{{_own_time}}}")],
            }
        },
        {"remove": {"field": "_own_time", "ignore_missing": True}},
    ]


def _set(field: str, value: str) -> Json:
    return {"set": {"field": field, "value": value}}


def _call(name: str) -> Json:
    return {"pipeline": {"name": name}}


def _script(tag: str, source: str, *, condition: str | None = None, parameters: Json | None = None) -> Json:
    body: dict[str, Value] = {"tag": tag, "lang": "painless", "source": source}
    if parameters is not None:
        body["params"] = parameters
    if condition is not None:
        body["if"] = condition
    return {"script": body}
