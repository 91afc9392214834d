"""The middleware around the application, around applications that misbehave."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from backend.metrics import Metrics
from backend.shutdown import Shutdown
from backend.telemetry import Telemetry

SCOPE: Scope = {"type": "http", "method": "GET", "path": "/here", "headers": [], "query_string": b""}


class HalfAnswerError(Exception):
    pass


async def nothing() -> Message:
    return {"type": "http.request", "body": b""}


def sent_by(app: object, scope: Scope = SCOPE) -> list[Message]:
    """What is sent when an application is asked."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Telemetry(app, Metrics(), Shutdown())(dict(scope), nothing, send))  # pyright: ignore[reportArgumentType]
    return sent


async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("secret detail")


async def fails_in_the_middle(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise HalfAnswerError


async def says_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    return


def test_an_application_that_fails_is_answered_for() -> None:
    start, body = sent_by(fails)
    assert start["status"] == 500
    assert b"secret detail" not in body["body"]


def test_half_an_answer_is_broken_off_and_not_ended_as_if_it_were_whole() -> None:
    with pytest.raises(HalfAnswerError):
        sent_by(fails_in_the_middle)


def test_a_request_without_an_answer_counts_as_a_failure() -> None:
    metrics = Metrics()
    asyncio.run(Telemetry(says_nothing, metrics, Shutdown())(dict(SCOPE), nothing, lambda _: asyncio.sleep(0)))
    assert b'http_response_status_code="500",http_route=""} 1.0' in metrics.text()


def test_what_is_no_request_is_passed_on() -> None:
    assert sent_by(says_nothing, {"type": "lifespan"}) == []
