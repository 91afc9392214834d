"""Networks that fail."""

import ssl
from collections import Counter
from enum import StrEnum

import httpx


class Fault(StrEnum):
    """What happens to a call."""

    NOT_SENT = "the connection breaks before the engine gets the call"
    ANSWER_LOST = "the engine does it, and its answer is lost"
    OVERLOADED = "the engine answers 503"
    NO_ROOM = "the engine answers 429"


class FailsOnceEach(httpx.BaseTransport):
    """Every call fails the first time it is made, and works the second time."""

    def __init__(self, trust: ssl.SSLContext, fault: Fault) -> None:
        self.real = httpx.HTTPTransport(verify=trust)
        self.fault = fault
        self.calls: Counter[str] = Counter()
        self.failed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.failed = not self.failed
        if not self.failed:
            return self.real.handle_request(request)
        self.calls[f"{request.method} {request.url.path}"] += 1
        match self.fault:
            case Fault.NOT_SENT:
                raise httpx.ConnectError("connection reset")
            case Fault.ANSWER_LOST:
                self.real.handle_request(request).read()
                raise httpx.ReadError("connection reset")
            case Fault.OVERLOADED:
                return httpx.Response(503, json={"error": {"reason": "no master"}}, request=request)
            case Fault.NO_ROOM:
                return httpx.Response(429, json={"error": {"reason": "disk usage exceeded"}}, request=request)

    def close(self) -> None:
        self.real.close()


class Killed(BaseException):
    """The process ends here, without any chance to clean up."""


class KilledAt(httpx.BaseTransport):
    """The process is killed at a call, after the engine has done it."""

    def __init__(self, trust: ssl.SSLContext, call: int) -> None:
        self.real = httpx.HTTPTransport(verify=trust)
        self.left = call

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.real.handle_request(request)
        self.left -= 1
        if self.left == 0:
            raise Killed
        return response

    def close(self) -> None:
        self.real.close()
