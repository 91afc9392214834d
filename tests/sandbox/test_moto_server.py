"""The server around moto: one request at a time, a keyed call once, an answer that never comes."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Semaphore, Thread
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sandbox.answers import Remembering
from sandbox.call_keys import HEADER, attempt
from sandbox.calls import AwsError, Clients
from sandbox.moto_server import OneAtATime
from sandbox.plugin import ProviderError
from tests.sandbox.conftest import REGION


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


class Counting:
    """Answers with the number of the request."""

    def __init__(self) -> None:
        self.requests = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests += 1
        start_response(f"{200 + self.requests} Said", [("X-Number", str(self.requests))])
        return [b"answer ", str(self.requests).encode()]


def ask(application: Remembering, key: str | None = None) -> tuple[str, str | None, bytes]:
    """Status, number and body of an answer."""
    environ = EnvironBuilder(headers=[(HEADER, key)] if key else []).get_environ()
    body, status, headers = run_wsgi_app(application, environ)
    return status, headers.get("X-Number"), b"".join(body)


def test_a_call_with_a_key_is_carried_out_once_and_answered_the_same_until_it_is_forgotten() -> None:
    application = Remembering(Counting())
    first = ask(application, "token/1/CreateVpc")
    assert first == ("201 Said", "1", b"answer 1")
    assert ask(application, "token/1/CreateVpc") == first
    assert ask(application, "token/2/CreateVpc")[1] == "2"
    assert ask(application, "token/1/CreateTags")[1] == "3", "another operation is another call"
    assert ask(application)[1] == "4"
    assert ask(application)[1] == "5", "without a key every call is a new one"
    application.forget(but=["token"])
    assert ask(application, "token/1/CreateVpc") == first
    application.forget(but=["other"])
    assert ask(application, "token/1/CreateVpc")[1] == "6"


def test_calls_of_an_attempt_are_made_once_refusals_too_and_those_of_another_attempt_again(
    endpoint: str, shared_clients: Clients
) -> None:
    def make(cidr: str) -> str:
        return shared_clients.call("ec2", "CreateVpc", {"CidrBlock": cidr})["Vpc"]["VpcId"]

    with attempt("one") as calls:
        made = make("10.0.0.0/16"), make("10.0.0.0/16")
        assert calls.acted
    assert made[0] != made[1]
    with attempt("one"):
        assert (make("10.0.0.0/16"), make("10.0.0.0/16")) == made
    with attempt("two"):
        assert make("10.0.0.0/16") not in made

    with attempt("three") as calls:
        with pytest.raises(AwsError, match="ResourceNotFoundException"):
            shared_clients.call("logs", "PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": 1})
        shared_clients.call("ec2", "DescribeVpcs", {})
        assert not calls.acted
    shared_clients.call("logs", "CreateLogGroup", {"logGroupName": "g"})
    with attempt("three"), pytest.raises(AwsError, match="ResourceNotFoundException"):
        shared_clients.call("logs", "PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": 1})


def test_a_call_whose_answer_never_came_may_have_acted() -> None:
    nobody = Clients(endpoint_url="http://127.0.0.1:1", region=REGION)
    with attempt("lost") as calls:
        with pytest.raises(ProviderError, match="does not answer"):
            nobody.call("ec2", "DescribeVpcs", {})
        assert not calls.acted
        with pytest.raises(ProviderError, match="does not answer"):
            nobody.call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"})
        assert calls.acted


def test_a_server_whose_starter_was_killed_meanwhile_does_not_stay(tmp_path: Path) -> None:
    ready = tmp_path / "cloud.json"
    command = ["--port", "0", "--region", REGION, "--token", "t", "--ready", str(ready), "--parent", "0"]
    ended = subprocess.run([sys.executable, "-m", "sandbox.moto_server", *command], timeout=60, check=False)
    assert ended.returncode == 0
    assert not ready.exists()
