"""What the count exporter counts in Elasticsearch: every query gives one gauge with a value a stream.

Rate, errors and slowness of every service come from its access lines, so that a service needs no metrics library.
Where a rule needs a percentile, a count does: the 95th percentile is above one second exactly when more than 5 % of
the requests took longer than one second.

All count by arrival: a service whose clock is wrong, and lines that waited while a part of the way was away, are seen
when they come, rather than never.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from observability.description import CountQuery
from observability.streams import ACCESS, APPLICATION, AUDIT

SLOW_SECONDS: Final = 1.0
_NANOSECONDS: Final = 1_000_000_000
_ALL: Final = frozenset({APPLICATION, ACCESS, AUDIT})
_REQUESTS: Final[Mapping[str, object]] = {"exists": {"field": "http.response.status_code"}}
_FIVE_MINUTES: Final = timedelta(minutes=5)

QUERIES: tuple[CountQuery, ...] = (
    CountQuery(
        metric="logs_documents",
        help="Documents that arrived in the last ten minutes.",
        window=timedelta(minutes=10),
        classes=_ALL,
    ),
    CountQuery(
        metric="logs_error_lines",
        help="Lines of level error or worse that arrived in the last five minutes.",
        window=_FIVE_MINUTES,
        classes=frozenset({APPLICATION}),
        filters=({"terms": {"log.level": ["error", "critical", "fatal", "panic", "alert", "emergency"]}},),
    ),
    CountQuery(
        metric="logs_unparsed_lines",
        help="Lines of the last ten minutes, by arrival, that no pipeline could parse: kept with error.message.",
        window=timedelta(minutes=10),
        classes=frozenset({APPLICATION}),
        filters=({"term": {"event.kind": "pipeline_error"}},),
    ),
    CountQuery(
        metric="logs_requests",
        help="Requests whose lines arrived in the last five minutes.",
        window=_FIVE_MINUTES,
        classes=frozenset({ACCESS}),
        filters=(_REQUESTS,),
    ),
    CountQuery(
        metric="logs_failed_requests",
        help="Requests of the last five minutes, by arrival of their lines, that were answered with 500 to 599.",
        window=_FIVE_MINUTES,
        classes=frozenset({ACCESS}),
        filters=({"range": {"http.response.status_code": {"gte": 500, "lt": 600}}},),
    ),
    CountQuery(
        metric="logs_slow_requests",
        help="Requests of the last five minutes, by arrival of their lines, that took longer than one second.",
        window=_FIVE_MINUTES,
        classes=frozenset({ACCESS}),
        filters=(_REQUESTS, {"range": {"event.duration": {"gt": int(SLOW_SECONDS * _NANOSECONDS)}}}),
    ),
    CountQuery(
        metric="logs_failure_store_documents",
        help="Documents that Elasticsearch refused in the last 24 hours and keeps in the failure store.",
        window=timedelta(hours=24),
        classes=_ALL,
        failures=True,
    ),
)
