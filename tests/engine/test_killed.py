"""What a process that was killed leaves is mended by the next command."""

import json
import os
import re
import signal
import socket

import pytest

from sandbox.injections import ApiFault, Silence
from sandbox.polling import wait_until
from tests.engine.project import Project, Running

pytestmark = pytest.mark.slow

NOTHING_LEFT = "Nothing is left but what AWS itself makes."


def at_work(project: Project, made: int) -> Running:
    """An `up` that has made this many resources and goes on."""
    running = project.start("up")
    assert wait_until(lambda: running.made() >= made or running.process.poll() is not None, seconds=120)
    assert running.process.poll() is None, running.end().text
    return running


def kill_at(project: Project, command: str, call: str) -> None:
    """Kills a command at its worst moment: the cloud has carried this call out, and the answer is still to come."""
    cloud = project.cloud
    service, operation = call.split(":")
    cloud.inject(Silence(service=service, operation=operation))
    running = project.start(command)
    met = lambda: cloud.injections()[0]["withheld"] == 1  # noqa: E731
    assert wait_until(lambda: met() or running.process.poll() is not None, seconds=120), call
    assert running.process.poll() is None, running.end().text
    running.process.send_signal(signal.SIGKILL)
    running.end()
    cloud.clear_injections()


def engine_of(project: Project) -> int:
    """The process of the Pulumi CLI that holds the stack's lock."""
    (lock,) = (project.files.state / ".pulumi/locks/organization/infra/prod").glob("*.json")
    return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])


def test_an_up_that_was_killed_is_mended_and_finished_by_the_next_and_down_leaves_nothing(project: Project) -> None:
    running = at_work(project, 60)
    running.process.send_signal(signal.SIGKILL)
    running.end()
    password = json.loads(project.files.secrets.read_text())["prod"]["services:variables.DATABASE_PASSWORD"]
    kept = [path for path in project.files.root.rglob("*") if path.is_file() and path != project.files.secrets]
    assert [path for path in kept if password.encode() in path.read_bytes()] == []

    outcome = project.well("up")
    assert "mended:" in outcome.out
    assert project.well("preview").planned == frozenset()
    assert NOTHING_LEFT in project.well("down").out


def test_an_up_that_was_killed_at_creation_after_creation_goes_on_each_time_and_is_finished(project: Project) -> None:
    project.start_cloud()
    for call in ("servicediscovery:CreatePrivateDnsNamespace", "rds:CreateDBInstance", "ecs:CreateService"):
        kill_at(project, "up", call)
    outcome = project.well("up")
    assert re.search("they were removed: .*aws:ecs/service:Service backend", outcome.out)
    assert project.well("preview").planned == frozenset()
    assert NOTHING_LEFT in project.well("down").out


def test_a_change_and_a_teardown_that_were_killed_are_finished_by_the_next(project: Project) -> None:
    project.start_cloud()
    kill_at(project, "up", "elbv2:CreateLoadBalancer")
    assert re.search("they were removed: .*aws:lb/loadBalancer:LoadBalancer edge", project.well("up").out)
    project.edit("services/frontend/service.py", '"BACKEND_PORT": "8000"', '"BACKEND_PORT": "8000", "RELEASE": "2"')
    kill_at(project, "up", "ecs:UpdateService")
    outcome = project.well("up")
    assert "the state was refreshed from the cloud" in outcome.out
    assert project.well("preview").planned == frozenset()
    assert project.well("refresh").drift == {}
    kill_at(project, "down", "rds:DeleteDBInstance")
    outcome = project.well("down")
    assert "nothing is protected" in outcome.out
    assert [change for change in outcome.done if not change.startswith("delete ")] == []
    assert NOTHING_LEFT in outcome.out


def test_an_engine_that_was_killed_is_told_and_its_half_made_stack_goes_down(project: Project) -> None:
    running = at_work(project, 100)
    os.kill(engine_of(project), signal.SIGKILL)
    outcome = running.end()
    assert outcome.code == 1
    assert "The Pulumi engine was killed (signal 9)" in outcome.err
    assert "Traceback" not in outcome.text
    assert NOTHING_LEFT in project.well("down").out


def test_a_cloud_that_was_killed_is_told_and_the_next_up_builds_anew_on_another_port(project: Project) -> None:
    running = at_work(project, 40)
    cloud = project.cloud
    os.kill(cloud.pid, signal.SIGKILL)
    outcome = running.end()
    assert outcome.code == 1
    assert "Traceback" not in outcome.text
    assert project.attach() is None

    with socket.create_server(("127.0.0.1", cloud.port)):
        outcome = project.well("up")
    assert "The cloud of the last command is gone" in outcome.out
    assert project.cloud.port != cloud.port
    assert project.well("preview").planned == frozenset()
    assert len(list(project.files.root.glob("state.aside-*"))) == 1


def test_a_half_written_state_is_set_aside_and_the_next_up_finishes(project: Project) -> None:
    cloud = project.start_cloud()
    cloud.inject(ApiFault(nth=100))
    assert project.run("up").code == 1
    cloud.clear_injections()
    state = project.files.state / ".pulumi/stacks/infra/prod.json"
    whole = state.read_bytes()
    state.write_bytes(whole[: len(whole) // 2])

    outcome = project.well("up")
    assert "is damaged" in outcome.out
    assert project.well("preview").planned == frozenset()
    assert NOTHING_LEFT in project.well("down").out
