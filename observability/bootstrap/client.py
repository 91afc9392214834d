"""HTTP with a deadline: what may pass is tried again, what will not is told at once."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from observability.bootstrap.documents import as_object
from observability.bootstrap.errors import BootstrapError

_PASSING: Final = frozenset({408, 425, 429, 502, 503, 504})
"""Answers of an engine that starts, is overloaded, or has no room at the moment."""
_CALL_SECONDS: Final = 30
_SHOWN_CHARACTERS: Final = 600


class _TryAgainError(Exception):
    """The call may succeed later."""


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A moment after which nothing is tried again."""

    seconds: float
    begun: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until then; 0 when it is over."""
        return max(0.0, self.begun + self.seconds - time.monotonic())


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status and body of an answer; the body is None when it is no JSON."""

    status: int
    body: Any
    text: str

    @property
    def reason(self) -> str:
        """What the engine says is wrong, in one line: Elasticsearch's `error.reason`, or Kibana's `message`."""
        body = as_object(self.body)
        said: Any = self.text if body is None else body.get("message") or body.get("error") or body
        error = as_object(said)
        if error is not None:
            said = error.get("reason") or error.get("message") or error
            cause = as_object(error.get("caused_by"))
            if cause is not None and "reason" in cause:
                said = f"{said}: {cause['reason']}"
        return " ".join(str(said).split())[:_SHOWN_CHARACTERS]


class Engine:
    """One engine, and who we are there."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        ca_file: Path | None,
        user: str,
        password: str,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        first_wait_seconds: float = 0.5,
    ) -> None:
        self.name = name
        self.deadline = deadline
        self._user = user
        self._ca_file = ca_file
        self._first_wait_seconds = first_wait_seconds
        self._client = httpx.Client(
            base_url=url,
            auth=(user, password),
            headers={**(headers or {})},
            timeout=_CALL_SECONDS,
            verify=_trust(ca_file),
            transport=transport,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        allowed: frozenset[int] = frozenset({200, 201}),
        auth: tuple[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """Ask, again and again until the deadline if need be.

        Raises:
            BootstrapError: The answer is none of `allowed` and will not change, or the deadline is over.
        """
        what = f"{self.name}: {method} {path}"
        if body is not None:
            more["json"] = body
        if auth is not None:
            more["auth"] = auth
        attempts = Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            wait=wait_exponential_jitter(multiplier=self._first_wait_seconds, max=5, jitter=self._first_wait_seconds),
            stop=self._is_over,
            reraise=True,
        )
        try:
            return attempts(self._once, what, method, path, allowed, more)
        except _TryAgainError as error:
            raise BootstrapError(f"{error}; gave up after {self.deadline.seconds:.0f} s") from None

    def _is_over(self, _: RetryCallState) -> bool:
        return self.deadline.left <= 0

    def _once(self, what: str, method: str, path: str, allowed: frozenset[int], more: Mapping[str, Any]) -> Answer:
        try:
            response = self._client.request(method, path, **more)
        except httpx.TransportError as error:
            if _is_about_trust(error):
                raise BootstrapError(
                    f"{what}: its certificate is not trusted ({error}); it must be signed by the authority in "
                    f"{self._ca_file or 'the system'}, name this host, and not have expired"
                ) from None
            raise _TryAgainError(f"{what}: no answer: {error or type(error).__name__}") from None
        answer = _answer(response)
        if answer.status in allowed:
            return answer
        told = f"{what}: {answer.status} {_phrase(answer.status)}: {answer.reason}"
        if answer.status in _PASSING:
            raise _TryAgainError(told)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise BootstrapError(
                f"{told}; the password of {self._user!r} is wrong: "
                "it must be the one whose hash is in the nodes' file config/users"
            )
        if answer.status == HTTPStatus.FORBIDDEN and "blocked by" in answer.reason:
            raise BootstrapError(f"{told}; nothing can be changed there: lift the block, or make room on its disk")
        if answer.status == HTTPStatus.FORBIDDEN:
            raise BootstrapError(f"{told}; the user {self._user!r} may not do this")
        raise BootstrapError(told)


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Trust one authority and no other.

    Raises:
        BootstrapError: The file cannot be read, or holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise BootstrapError(f"the certificate authority {ca_file} cannot be read: {error}") from None


def _is_about_trust(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _answer(response: httpx.Response) -> Answer:
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    return Answer(status=response.status_code, body=body, text=response.text)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
