"""Structured logs: one JSON object a line on stdout, in the field names of the Elastic Common Schema.

Every line carries an `event.id` that is made here, at the source: delivery further on is at least once, and the id
tells a second copy from a second event. Within a request it carries the request's trace, too.
"""

import logging
import sys
import uuid
from typing import Any, Final

import ecs_logging

from backend import SERVICE_NAME
from backend.settings import LogLevel
from backend.tracing import current

LONGEST_STACK_TRACE: Final = 10_000
"""Characters of a stack trace that are kept, its end: Docker splits lines of more than 16 KiB."""

LONGEST_MESSAGE: Final = 2_000
"""Characters of a message that are kept, its beginning."""

_LEFT_OUT: Final = ("process", "log.original", "log.origin", "color_message")
"""What is the same on each line, said twice, or meant for terminals."""


class EcsFormatter(ecs_logging.StdlibFormatter):
    """Elastic's formatter, with the service, the trace, an id for each event, and the causes of an error."""

    def __init__(self) -> None:
        super().__init__(exclude_fields=_LEFT_OUT)

    def format_to_ecs(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return a record's fields, nested."""
        fields = super().format_to_ecs(record)
        fields["message"] = str(fields["message"])[:LONGEST_MESSAGE]
        fields.setdefault("service", {})["name"] = SERVICE_NAME
        event = fields.setdefault("event", {})
        event["id"] = uuid.uuid4().hex
        event.setdefault("dataset", f"{SERVICE_NAME}.log")
        if span := current():
            fields.setdefault("trace", {})["id"] = span.trace_id
            fields.setdefault("span", {})["id"] = span.span_id
        if record.exc_info and record.exc_info[0] is not None:
            # Elastic's own has neither the chain of causes nor a limit.
            fields["error"]["stack_trace"] = self.formatException(record.exc_info)[-LONGEST_STACK_TRACE:]
            fields["error"]["message"] = str(record.exc_info[1])[:LONGEST_MESSAGE]
        return fields


def configure(level: LogLevel) -> None:
    """Send every logger of the process to stdout in this form."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(EcsFormatter())
    logging.basicConfig(handlers=[handler], level=level.value.upper(), force=True)
    logging.captureWarnings(capture=True)
    # The pool tells of each connection that it lends; what goes wrong it tells as a warning.
    logging.getLogger("psycopg.pool").setLevel(max(logging.WARNING, logging.getLogger().level))
