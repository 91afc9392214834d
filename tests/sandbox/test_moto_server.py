"""The server around moto."""

from collections.abc import Iterable
from threading import Event, Semaphore, Thread
from typing import Any

from sandbox.moto_server import OneAtATime


def test_a_request_waits_until_the_one_before_it_is_answered() -> None:
    entered, release = Semaphore(0), Event()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        entered.release()
        release.wait(timeout=10)
        return [b"done"]

    application = OneAtATime(answer)
    answers: list[Iterable[bytes]] = []
    requests = [Thread(target=lambda: answers.append(application({}, None))) for _ in range(2)]
    for request in requests:
        request.start()
    assert entered.acquire(timeout=10)
    assert not entered.acquire(timeout=0.3), "a second request was let in beside the first"
    release.set()
    for request in requests:
        request.join(timeout=10)
    assert answers == [[b"done"], [b"done"]]
