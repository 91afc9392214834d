"""The plan: what would run, in the words of each target."""

from typing import Any

import pytest

from services.model import Application
from services.plan import Row, plan
from tests.unit.services.support_examples import IMAGE, application

SERVICES: dict[str, Any] = {
    "web": {
        "build": {"context": "web", "target": "release"},
        "ports": [{"target": 8080, "published": "80"}, {"target": 53, "published": "53", "protocol": "udp"}],
        "depends_on": {
            "store": {"condition": "service_healthy"},
            "job": {"condition": "service_completed_successfully"},
        },
        "deploy": {"replicas": 2, "resources": {"limits": {"cpus": 0.5, "memory": "512m"}}},
        "networks": {"edge": {}, "back": {}},
        "volumes": [{"source": "data", "target": "/data"}],
        "tmpfs": ["/tmp"],
        "x-aws": {"scaling": {"max_replicas": 5}},
    },
    "job": {"image": IMAGE, "deploy": {"resources": {"limits": {"cpus": 64}}}},
}


def described() -> Application:
    return application({"services": SERVICES, "networks": {"back": {"internal": True}}, "volumes": {"data": {}}})


def row(target: str, service: str) -> Row:
    [found] = [one for one in plan(described(), target) if one.service == service]
    return found


@pytest.mark.parametrize(
    ("target", "runs", "size", "ports", "volumes"),
    [
        (
            "docker",
            "container x 2",
            "0.5 CPU, 512 MiB",
            ["127.0.0.1:80 -> 8080", "127.0.0.1:53 -> 53/udp"],
            ["data at /data", "memory at /tmp"],
        ),
        (
            "aws",
            "ECS service x 2 to 5",
            "0.5 vCPU, 1024 MiB",
            ["https /* -> 8080", "not published 53 -> 53/udp"],
            ["EFS data at /data", "task storage at /tmp"],
        ),
    ],
)
def test_a_row_says_what_a_service_becomes(
    target: str, runs: str, size: str, ports: list[str], volumes: list[str]
) -> None:
    assert row(target, "web") == Row(
        service="web",
        runs=runs,
        image="build web (release)",
        size=size,
        ports=ports,
        networks=["edge", "back (internal)"],
        volumes=volumes,
        after=["store healthy", "job done"],
    )


def test_services_stand_in_the_order_in_which_they_start() -> None:
    names = [found.service for found in plan(described(), "docker")]
    assert names.index("web") > max(names.index("store"), names.index("job"))


def test_a_circle_leaves_the_order_of_the_file() -> None:
    circle = application({"services": {"web": {"depends_on": {"store": {}}}, "store": {"depends_on": {"web": {}}}}})
    assert [found.service for found in plan(circle, "docker")] == ["web", "store"]


def test_jobs_are_told_apart_and_a_size_that_no_task_has_is_said() -> None:
    assert row("docker", "job").runs == "job"
    assert (row("aws", "job").runs, row("aws", "job").size) == ("ECS task, a job", "none fits")
    assert row("docker", "store").size == "no limit"
    assert row("docker", "store").image == "shop/web:1@sha256:0000000…"
