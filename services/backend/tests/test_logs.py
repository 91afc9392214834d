"""Log lines: what each must hold, and how long they may be."""

import io
import json
import logging
import warnings
from typing import Any

import pytest

from backend import logs
from backend.logs import LONGEST_MESSAGE, LONGEST_STACK_TRACE, EcsFormatter
from backend.settings import LogLevel
from backend.tracing import span


def line(message: str, *arguments: object, error: BaseException | None = None, **fields: Any) -> dict[str, Any]:
    """What the formatter makes of a record."""
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("backend.test", logging.WARNING, __file__, 1, message, arguments, exc_info)
    record.__dict__.update(fields)
    return json.loads(EcsFormatter().format(record))


def caught(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as raised:
        return raised


def test_a_line_is_of_the_service_and_begins_with_what_people_read() -> None:
    told = line("%d of %s", 1, "two")
    assert list(told)[:3] == ["@timestamp", "log.level", "message"]
    assert (told["log.level"], told["message"], told["service"]) == ("warning", "1 of two", {"name": "backend"})
    assert told["event"]["dataset"] == "backend.log"
    assert not {"trace", "span", "error", "process"} & set(told)


def test_a_line_of_a_request_carries_its_trace() -> None:
    with span({}) as own:
        told = line("a")
    assert (told["trace"], told["span"]) == ({"id": own.trace_id}, {"id": own.span_id})


def test_an_error_is_told_with_what_caused_it() -> None:
    told = line("it failed", error=caught(ValueError("the effect"), cause=caught(OSError("the cause"))))["error"]
    assert (told["type"], told["message"]) == ("ValueError", "the effect")
    assert "OSError: the cause" in told["stack_trace"]
    assert "The above exception was the direct cause" in told["stack_trace"]


def test_a_line_stays_below_what_docker_splits() -> None:
    huge = caught(ValueError("x" * 100_000))
    told = line("y" * 100_000, error=huge)
    assert len(told["message"]) == LONGEST_MESSAGE
    assert len(told["error"]["message"]) == LONGEST_MESSAGE
    assert len(told["error"]["stack_trace"]) == LONGEST_STACK_TRACE
    assert len(json.dumps(told)) < 16 * 1024


def test_a_record_that_is_like_an_error_and_has_none_is_told_as_it_is() -> None:
    assert "error" not in line("no error", exc_info=(None, None, None))


def test_warnings_of_python_are_lines_too(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr("sys.stdout", output)
    logs.configure(LogLevel.ERROR)
    logging.getLogger("psycopg.pool").warning("not severe enough")
    logs.configure(LogLevel.INFO)
    logging.getLogger("psycopg.pool").info("each connection that is lent")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    [told] = map(json.loads, output.getvalue().splitlines())
    assert told["log"]["logger"] == "py.warnings"
    assert "DeprecationWarning: old" in told["message"]
