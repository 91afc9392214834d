"""The trace context of a request, against OpenTelemetry's own reading of the header."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from backend.tracing import current, span

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{PARENT}-01"

traceparents = st.one_of(
    st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", fullmatch=True),
    st.from_regex(r"[0-9a-fA-F]{1,3}-[0-9a-fA-F]{30,33}-[0-9a-f]{14,17}-[0-9a-f]{1,3}(-.*)?", fullmatch=True),
    st.text(max_size=80),
)


def test_a_valid_header_is_continued_under_a_span_of_our_own() -> None:
    with span({"traceparent": VALID}) as own:
        assert (own.trace_id, own.sampled) == (TRACE, True)
        assert own.span_id != PARENT
        assert own.traceparent == f"00-{TRACE}-{own.span_id}-01"


@given(traceparents)
@example("")
@example(f"00-{'0' * 32}-{PARENT}-01")
@example(f"00-{TRACE}-{'0' * 16}-01")
@example(f"ff-{TRACE}-{PARENT}-01")
@example(f"{VALID}-more")
@example(VALID.upper())
def test_whatever_the_header_says_the_span_is_valid_and_of_its_trace_where_that_is_valid(header: str) -> None:
    read = TraceContextTextMapPropagator().extract({"traceparent": header}, context.Context())
    parent = trace.get_current_span(read).get_span_context()
    with span({"traceparent": header}) as own:
        assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]", own.traceparent)
        assert (own.trace_id == trace.format_trace_id(parent.trace_id)) is parent.is_valid


def test_a_request_without_a_header_begins_a_trace_even_inside_of_another() -> None:
    with span({}) as outer, span({}) as inner:
        assert inner.trace_id != outer.trace_id
        assert not inner.sampled


def test_the_running_code_knows_its_span_and_none_afterwards() -> None:
    assert current() is None
    with span({"traceparent": VALID}) as own:
        assert current() == own
    assert current() is None


def test_an_outgoing_request_carries_our_span_and_the_state_that_came_with_it() -> None:
    with span({"traceparent": VALID, "tracestate": "vendor=1"}) as own:
        outgoing: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(outgoing)
    assert outgoing == {"traceparent": own.traceparent, "tracestate": "vendor=1"}
