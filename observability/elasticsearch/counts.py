"""The count exporter's input: what it asks Elasticsearch, and the streams that a value is told of."""

from observability.description import CountQuery, Description
from observability.json_types import Json

_MOST_STREAMS = 1000


def counts(description: Description) -> Json:
    """`queries`: metric, help, index expression, and the search; `streams`: a stream's labels by its name."""
    return {
        "queries": [_query(query, description) for query in description.queries],
        "streams": {
            stream.name: {"stream": stream.name, "dataset": stream.dataset, "service": stream.service}
            for stream in description.streams
        },
    }


def _query(query: CountQuery, description: Description) -> Json:
    seconds = int(query.window.total_seconds())
    streams = [stream.name for stream in description.streams_of(query.classes)]
    # A refused document lies as it came below `document`; its stream is the one that it was sent to.
    field = "document.index" if query.failures else "data_stream.dataset"
    # A line's own time is its service's; a refused document's is the time of the refusal.
    arrived = "@timestamp" if query.failures else "event.ingested"
    return {
        "metric": query.metric,
        "help": query.help,
        "streams": streams,
        "index": ",".join(f"{name}::failures" for name in streams) if query.failures else ",".join(streams),
        "by": "stream" if query.failures else "dataset",
        "search": {
            "size": 0,
            "query": {"bool": {"filter": [{"range": {arrived: {"gte": f"now-{seconds}s"}}}, *query.filters]}},
            "aggs": {"streams": {"terms": {"field": field, "size": _MOST_STREAMS}}},
        },
    }
