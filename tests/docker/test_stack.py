"""The dev stack at work on a Docker engine: what reaches what, what stays, and what happens when a part goes away."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from tests.docker.conftest import Stack
from tests.docker.project import DockerProject, eventually

pytestmark = pytest.mark.slow
BACKEND_PORT = 8000
CONTAINERS = ("database-1", "backend-1", "frontend-1")
DEFAULT_ROUTE = "00000000"
"""As /proc/net/route writes the destination."""


def add(stack: Stack, title: str) -> str:
    """A task made through the page's own way: its id."""
    answer = httpx.post(f"{stack.url}/api/tasks", json={"title": title})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def titles(stack: Stack) -> set[str]:
    """What the first page of the list holds."""
    answer = httpx.get(f"{stack.url}/api/tasks")
    assert answer.status_code == 200, answer.text
    return {str(task["title"]) for task in answer.json()["items"]}


def address(project: DockerProject, name: str, network: str) -> str:
    """The container's address on a network that the program calls `network`."""
    networks = project.inspect(name)["NetworkSettings"]["Networks"]
    return next(str(item["IPAddress"]) for key, item in networks.items() if key.rpartition("-")[0].endswith(network))


def test_a_task_goes_from_the_page_s_server_through_the_api_into_the_database_and_back(stack: Stack) -> None:
    page = httpx.get(stack.url)
    assert (page.status_code, "text/html" in page.headers["content-type"]) == (200, True)
    identifier = add(stack, "end to end")
    assert "end to end" in titles(stack)
    assert httpx.delete(f"{stack.url}/api/tasks/{identifier}").status_code == 204
    assert "end to end" not in titles(stack)


def test_the_frontend_cannot_reach_the_database(stack: Stack) -> None:
    """curl's exit codes: 0 an answer, 6 no such name, 7 no way there, 28 no connection in time."""

    def asks(host: str, port: int) -> str:
        ask = f"curl --silent --output /dev/null --connect-timeout 3 http://{host}:{port}/; echo $?"
        return stack.project.execute("frontend-1", "sh", "-c", ask).strip()

    assert asks("backend", BACKEND_PORT) == "0"
    assert asks("database", 5432) in {"6", "28"}
    assert asks(address(stack.project, "database-1", "data"), 5432) in {"7", "28"}


def test_the_backend_reaches_the_database(stack: Stack) -> None:
    connect = "import socket; socket.create_connection(('database', 5432), 2); print('connected')"
    assert stack.project.execute("backend-1", "python", "-c", connect) == "connected\n"


def test_the_internal_network_has_no_way_out(stack: Stack) -> None:
    ways = {name: stack.project.execute(name, "cut", "-f", "2", "/proc/net/route").split() for name in CONTAINERS}
    assert DEFAULT_ROUTE in ways["frontend-1"], "a container on `edge` has a way out"
    assert DEFAULT_ROUTE not in ways["database-1"]
    outside = stack.project.execute("database-1", "bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80")
    assert "Network is unreachable" in outside


def test_only_the_frontend_is_published_and_only_on_this_machine(stack: Stack) -> None:
    for name in ("database-1", "backend-1"):
        bound = stack.project.inspect(name)["NetworkSettings"]["Ports"]
        assert not any(bound.values()), name
    bound = stack.project.inspect("frontend-1")["NetworkSettings"]["Ports"]
    assert [item["HostIp"] for items in bound.values() for item in items or ()] == ["127.0.0.1"]


def test_a_user_without_rights_in_a_read_only_container_reads_its_secret_and_writes_nothing(stack: Stack) -> None:
    project = stack.project
    (secret,) = project.execute("backend-1", "sh", "-c", "cat /run/secrets/*").split()
    assert secret.startswith("sandbox-")
    assert project.execute("backend-1", "id", "-u").strip() == "10001"
    for path in ("/app/x", "/run/secrets/x", "/etc/x"):
        assert "Read-only file system" in project.execute("backend-1", "touch", path)
    shown = json.dumps(project.inspect("backend-1"))
    assert secret not in shown
    assert secret not in json.dumps(project.state())


def test_a_process_that_dies_is_started_again(stack: Stack) -> None:
    before = stack.project.inspect("backend-1")
    # From within: what `docker kill` ends stays ended.
    stack.project.execute("backend-1", "python", "-c", "import os, signal; os.kill(1, signal.SIGTERM)")

    def restarted() -> bool:
        now = stack.project.inspect("backend-1")
        return now["RestartCount"] == before["RestartCount"] + 1 and now["State"]["Running"]

    eventually(restarted, "the restart")
    assert stack.project.healthy("backend-1")
    eventually(lambda: httpx.get(f"{stack.url}/api/tasks").status_code == 200, "an answer")


def test_refresh_finds_what_was_changed_by_hand_and_up_heals_it(stack: Stack) -> None:
    project = stack.project
    project.docker("update", "--memory", "300m", "--memory-swap", "300m", project.container("frontend-1"))
    project.docker("rm", "--force", project.container("backend-1"))
    drift = project.run("refresh").drift
    assert drift["docker:Container frontend-1"] >= {"memory", "memorySwap"}
    assert drift["docker:Container backend-1"] == frozenset()
    assert set(drift) == {"docker:Container frontend-1", "docker:Container backend-1"}
    project.well("up")
    assert project.inspect("frontend-1")["HostConfig"]["Memory"] == 512 * 2**20
    assert project.well("preview").planned == frozenset()
    eventually(lambda: httpx.get(f"{stack.url}/api/tasks").status_code == 200, "an answer")


@dataclass
class Load:
    """Requests that are sent until the server takes no more connections."""

    answered: list[int] = field(default_factory=list[int])
    lost: list[str] = field(default_factory=list[str])

    def send(self, url: str, enough: Callable[[], bool]) -> None:
        """New tasks one after the other, each on a connection of its own."""
        for number in itertools.count():
            if enough():
                return
            try:
                with socket.create_connection((httpx.URL(url).host, BACKEND_PORT), 5) as connection:
                    self.answered.append(self._ask(connection, f"load {threading.get_ident()} {number}"))
            except ConnectionRefusedError:
                return
            except OSError as error:
                self.lost.append(str(error))

    @staticmethod
    def _ask(connection: socket.socket, title: str) -> int:
        """The status of the answer, 0 where none comes; nothing is lost before the whole request is sent."""
        body = json.dumps({"title": title}).encode()
        head = ("POST /api/tasks HTTP/1.1", "Host: backend", "Content-Type: application/json", "Connection: close")
        connection.sendall("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        connection.settimeout(30)
        first = connection.makefile("rb").readline().split()
        return int(first[1]) if len(first) > 1 else 0


class Accepted:
    """A request that the server has begun to read: it asked for the body, which is not sent yet."""

    def __init__(self, host: str) -> None:
        self._body = json.dumps({"title": "accepted"}).encode()
        self._connection = socket.create_connection((host, BACKEND_PORT), 5)
        self._connection.settimeout(30)
        head = ("POST /api/tasks HTTP/1.1", "Host: backend", "Content-Type: application/json", "Connection: close")
        more = (f"Content-Length: {len(self._body)}", "Expect: 100-continue", "", "")
        self._connection.sendall("\r\n".join([*head, *more]).encode())
        self._answer = self._connection.makefile("rb")
        assert self._answer.readline().split()[1] == b"100"
        self._answer.readline()

    def finished(self) -> int:
        """The status of the answer to the whole request."""
        with self._connection:
            self._connection.sendall(self._body)
            return int(self._answer.readline().split()[1])


def refuses(host: str) -> bool:
    """Whether the server takes no more connections."""
    try:
        socket.create_connection((host, BACKEND_PORT), 5).close()
    except OSError:
        return True
    return False


def test_every_request_that_was_accepted_before_sigterm_is_answered(stack: Stack) -> None:
    project = stack.project
    host = address(project, "backend-1", "edge")
    accepted = [Accepted(host) for _ in range(8)]
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(project.docker, "stop", project.container("backend-1"))
        eventually(lambda: refuses(host), "the end of new connections")
        assert not stopped.done()
        assert [request.finished() for request in accepted] == [201] * 8
        stopped.result()
    assert project.inspect("backend-1")["State"]["ExitCode"] in (0, 143)
    project.well("up")


def test_no_request_that_the_backend_carried_out_under_load_loses_its_answer_to_sigterm(stack: Stack) -> None:
    project = stack.project
    identifier = project.container("backend-1")
    url = f"http://{address(project, 'backend-1', 'edge')}:{BACKEND_PORT}"
    deadline = time.monotonic() + 60
    load = Load()

    def served() -> int:
        return project.docker("logs", identifier).count('"message":"POST /api/tasks 201"')

    before = served()
    with ThreadPoolExecutor(8) as pool:
        sending = [pool.submit(load.send, url, lambda: time.monotonic() > deadline) for _ in range(8)]
        eventually(lambda: len(load.answered) > 50, "load")
        project.docker("stop", identifier)
        for one in sending:
            one.result()
    assert set(load.answered) <= {201, 503}
    # The kernel may have taken connections that the backend did not come to: they are reset, and it never knew them.
    assert set(load.lost) <= {"[Errno 104] Connection reset by peer"}
    assert load.answered.count(201) == served() - before > 50
    assert project.inspect("backend-1")["State"]["ExitCode"] in (0, 143)
    project.well("up")


@contextmanager
def watched(url: str) -> Generator[list[httpx.Response]]:
    """The answers to a request that is sent again and again."""
    answers: list[httpx.Response] = []
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=30) as client:
            while not done.wait(0.05):
                answers.append(client.get(url))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        done.set()
        thread.join()


def test_while_the_backend_is_replaced_the_frontend_says_when_to_retry_and_finds_the_new_one_by_itself(
    stack: Stack,
) -> None:
    project = stack.project
    add(stack, "outlives its container")
    before = (project.container("backend-1"), address(project, "backend-1", "edge"))
    project.edit("services/backend/service.py", '"DATABASE_PORT": "5432",', '"DATABASE_PORT": "5432", "X": "1",')
    with watched(f"{stack.url}/api/tasks") as answers:
        done = project.well("up").done
        eventually(lambda: answers[-1].status_code == 200, "an answer of the new backend")
    after = (project.container("backend-1"), address(project, "backend-1", "edge"))
    assert "create-replacement docker:Container backend-1" in done
    assert not any("Container frontend-1" in change or "Container database-1" in change for change in done)
    assert before[0] != after[0]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    # The kernel may have taken one connection that the old backend did not come to: its answer is lost, and told so.
    others = [answer.status_code for answer in answers if answer.status_code not in (200, 503)]
    assert others in ([], [502])
    assert "outlives its container" in titles(stack)
    project.restore()
    project.well("up")


def test_data_outlives_a_replaced_database_and_down_and_up(stack: Stack) -> None:
    project = stack.project
    add(stack, "kept")
    before = project.container("database-1")
    project.edit("services/database/service.py", "retries=10,", "retries=11,")
    assert "create-replacement docker:Container database-1" in project.well("up").done
    assert project.container("database-1") != before
    eventually(lambda: "kept" in titles(stack), "the data after the replacement")
    project.restore()
    down = project.well("down")
    assert f"Volumes keep their data: app-{stack.project.stack}-database-data" in down.out
    assert project.containers() == []
    project.well("up")
    eventually(lambda: "kept" in titles(stack), "the data after down and up")
