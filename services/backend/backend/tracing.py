"""W3C trace context: a request continues the trace that its `traceparent` names, or begins one.

OpenTelemetry's API carries the context, so that anything that speaks it (an instrumented client, an SDK with an
exporter) finds the same trace.
"""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()


@dataclass(frozen=True, kw_only=True)
class Span:
    """This service's part of a trace, as lower-case hexadecimal text: 32 and 16 digits."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """The span in the form of the header (W3C Trace Context, "traceparent Header")."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


@contextmanager
def span(headers: Mapping[str, str]) -> Generator[Span]:
    """Enter a span below the one that the headers name; below none where they name none or are malformed.

    `headers` have lower-case names.
    """
    # From an empty context: what is current belongs to whoever called us in this process, not to the request.
    parent = trace.get_current_span(_PROPAGATOR.extract(headers, context.Context())).get_span_context()
    own = SpanContext(
        trace_id=parent.trace_id if parent.is_valid else _random(16),
        span_id=_random(8),
        is_remote=False,
        trace_flags=parent.trace_flags if parent.is_valid else TraceFlags(TraceFlags.DEFAULT),
        trace_state=parent.trace_state,
    )
    token = context.attach(trace.set_span_in_context(NonRecordingSpan(own)))
    try:
        yield _shown(own)
    finally:
        context.detach(token)


def current() -> Span | None:
    """Return the span that the running code is in."""
    found = trace.get_current_span().get_span_context()
    return _shown(found) if found.is_valid else None


def _shown(found: SpanContext) -> Span:
    return Span(
        trace_id=trace.format_trace_id(found.trace_id),
        span_id=trace.format_span_id(found.span_id),
        sampled=bool(found.trace_flags.sampled),
    )


def _random(size_bytes: int) -> int:
    """Return a random identifier; zero is no valid one."""
    return secrets.randbelow((1 << 8 * size_bytes) - 1) + 1
