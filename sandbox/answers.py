"""The cloud's memory of calls that bear a key (`sandbox.call_keys`): each is carried out once."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.test import run_wsgi_app

from sandbox.call_keys import HEADER

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
_ENVIRON: Final = f"HTTP_{HEADER.upper().replace('-', '_')}"


@dataclass(frozen=True)
class Answer:
    """What the cloud said."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        start_response(self.status, self.headers)
        return [self.body]


class Remembering:
    """A WSGI application that gives a call whose key it knows the answer that it gave before. Not for many threads."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application
        self._answers: dict[str, dict[str, Answer]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        key: str | None = environ.get(_ENVIRON)
        if key is None:
            return self._application(environ, start_response)
        known = self._answers.setdefault(key.split("/")[0], {})
        if key not in known:
            body, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            known[key] = Answer(status, list(headers), b"".join(body))
        return known[key](environ, start_response)

    def forget(self, but: Collection[str]) -> None:
        """Only calls under these tokens will be repeated."""
        self._answers = {token: answers for token, answers in self._answers.items() if token in but}
