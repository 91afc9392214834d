"""The dev stack with logging and monitoring, through the real Pulumi engine: who watches is up, sees, and tells."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from observability import producers
from tests.docker.conftest import TestEngine
from tests.docker.project import eventually
from tests.docker.watched import Watched

pytestmark = pytest.mark.slow

MOST_SECONDS_TO_SEARCHABLE = 60
"""All lines since the start of the stack come first."""

MOST_SECONDS_TO_TOLD = 90
JOBS = ("bootstrap-elasticsearch-1", "bootstrap-kibana-1", "migrate-1")
WITHOUT_HEALTH = ("fluent-bit-1",)
"""Its image has no program that could ask."""


@pytest.fixture(scope="module")
def watched(observing: TestEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The stack, which is up, and somebody who is told of alerts."""
    stack = Watched.configured(tmp_path_factory.mktemp("watched") / "project", observing)
    try:
        stack.project.well("up")
        with stack.listening():
            yield stack
    finally:
        stack.project.discard()


def test_everything_is_healthy_or_done_and_nothing_started_twice(watched: Watched) -> None:
    for name in watched.containers():
        state = watched.project.inspect(name)
        assert state["RestartCount"] == 0, name
        if name in JOBS:
            assert (state["State"]["Status"], state["State"]["ExitCode"]) == ("exited", 0), name
        elif name not in WITHOUT_HEALTH:
            assert watched.project.healthy(name), name


def test_every_target_of_prometheus_is_up_and_every_probe_succeeds(watched: Watched) -> None:
    def failing() -> list[str]:
        found = watched.samples("up == 0 or probe_success == 0")
        return [f"{item['job']} {item['instance']}" for item in found]

    eventually(lambda: not failing() and len(watched.samples("probe_success")) > 0, "every target")
    probed = {item["service"] for item in watched.samples("probe_success == 1")}
    assert probed == {name.removesuffix("-1") for name in watched.containers() if name not in JOBS}


def test_programs_produce_the_metrics_that_they_are_said_to(watched: Watched) -> None:
    absent = {producers.CADVISOR, producers.GRAFANA} if watched.project.stand_ins else set[str]()
    wanted = {metric for name, made in producers.PRODUCERS.items() if name not in absent for metric in made.metrics}

    def missing() -> set[str]:
        return wanted - set(watched.ask(watched.prometheus, "/api/v1/label/__name__/values")["data"])

    eventually(lambda: not missing(), f"the metrics {missing()}")


def test_a_request_is_found_in_elasticsearch_with_its_fields_and_one_trace(watched: Watched) -> None:
    """The way of a line: the engine's file, Fluent Bit, Logstash or its stand-in, Elasticsearch with its pipelines."""
    mark = f"mark-{uuid.uuid4().hex}"
    url = f"http://127.0.0.1:{watched.frontend}/api/tasks"
    assert httpx.post(url, json={"title": "logged"}, headers={"user-agent": mark}).status_code == 201

    def found() -> Mapping[str, dict[str, Any]]:
        lines = watched.documents("logs-*.access-*", f"user_agent.original:{mark}")
        return {line["service"]["name"]: line for line in lines}

    eventually(lambda: set(found()) == {"backend", "frontend"}, "the lines", seconds=MOST_SECONDS_TO_SEARCHABLE)
    assert found()["backend"]["trace"] == found()["frontend"]["trace"]
    line = found()["backend"]
    assert line["http"]["request"] == {"method": "POST"}
    assert line["http"]["response"] == {"status_code": 201}
    assert line["url"] == {"path": "/api/tasks"}
    assert line["event"]["duration"] > 0
    assert (line["log"]["level"], line["message"]) == ("info", "POST /api/tasks 201")
    assert line["data_stream"] == {
        "type": "logs",
        "dataset": "backend.access",
        "namespace": watched.project.stack.replace("-", "_"),
    }
    assert watched.documents("logs-*", "event.kind:pipeline_error AND service.name:(backend OR frontend)") == []


def test_a_dead_backend_is_told_to_the_webhook_and_so_is_its_return(watched: Watched) -> None:
    backend = watched.project.container("backend-1")
    stopped = datetime.now(UTC)

    def told(status: str) -> bool:
        return any(
            alert["status"] == status and datetime.fromisoformat(alert["startsAt"]) > stopped
            for alert in watched.told("ProbeDown", "backend")
        )

    watched.project.docker("stop", backend)
    try:
        eventually(lambda: told("firing"), "the alert", seconds=MOST_SECONDS_TO_TOLD)
    finally:
        watched.project.docker("start", backend)
    eventually(lambda: told("resolved"), "the end of the alert", seconds=MOST_SECONDS_TO_TOLD)


def test_a_second_preview_is_empty_and_a_refresh_finds_no_difference(watched: Watched) -> None:
    assert watched.project.well("preview").planned == frozenset()
    assert watched.project.well("refresh").drift == {}


def test_a_changed_description_runs_the_bootstrap_anew_and_renews_nothing_else(watched: Watched) -> None:
    watched.project.edit("observability/streams.py", "days=30, why=", "days=31, why=")
    assert watched.project.well("up").done == {
        "create-replacement docker:Container bootstrap-elasticsearch-1",
        "delete-replaced docker:Container bootstrap-elasticsearch-1",
        "update pulumi:Stash bootstrap-elasticsearch-completed",
    }
    policy = watched.elasticsearch("_ilm/policy/logs-application")
    assert policy["logs-application"]["policy"]["phases"]["delete"]["min_age"] == "31d"


def test_down_leaves_nothing(watched: Watched) -> None:
    networks = {str(item["id"]) for item in watched.project.of_type("docker:index/network:Network")}
    watched.close()
    watched.project.well("down", "--volumes")
    assert watched.project.containers() == []
    assert not networks & set(watched.project.docker("network", "ls", "--no-trunc", "--quiet").split())
    left = [name for name in watched.project.docker("volume", "ls", "--quiet").split() if watched.project.stack in name]
    assert left == []
