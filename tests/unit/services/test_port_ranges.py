"""A range of published ports that is refused is one reason, whose remedy works when it is followed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from services.compose_file import ComposeOptions, load
from services.model import Application
from services.on_aws import rules as rules_on_aws
from services.on_docker import limits
from services.problems import ApplicationError
from services.rules import check

IMAGE = "example/web:1@sha256:" + "a" * 64


class Read(Protocol):
    def __call__(self, **services: Mapping[str, object]) -> Application: ...


@pytest.fixture
def application(tmp_path: Path) -> Read:
    def read(**services: Mapping[str, object]) -> Application:
        file = tmp_path / "compose.yaml"
        _ = file.write_text(json.dumps({"services": {name: {"image": IMAGE, **one} for name, one in services.items()}}))
        return load(ComposeOptions(files=[str(file)], variables={}))

    return read


def on_aws(application: Application) -> list[str]:
    return [str(problem) for problem in rules_on_aws.problems(application)]


def on_docker(application: Application) -> list[str]:
    return [str(problem) for problem in limits.problems(application)]


PUBLIC = {"x-aws": {"expose": "public"}}


def test_a_range_that_nobody_asked_for_is_one_reason(application: Read) -> None:
    assert on_aws(application(web={"ports": ("3000-3004:4000-4004",)})) == [
        "services.web.ports: 3000-3004/tcp is not published without being asked for: set x-aws.expose to public (the "
        "internet) or internal (the stack's network), bind it to host_ip 127.0.0.1, or move it to expose"
    ]
    assert on_aws(application(web={"ports": ("3000-3004:4000-4004",), **PUBLIC})) == []


def test_a_range_of_more_ports_than_are_published_of_a_service_is_not_told_to_publish_them(application: Read) -> None:
    assert on_aws(application(web={"ports": ("3000-3010:3000-3010",)})) == [
        "services.web.ports: 3000-3010/tcp is not published without being asked for: bind it to host_ip 127.0.0.1, or "
        "move it to expose (x-aws.expose would publish 5 ports of a service)"
    ]
    assert on_aws(application(web={"ports": ("127.0.0.1:3000-3010:3000-3010",)})) == []
    assert on_aws(application(web={"ports": (), "expose": ("3000-3010",)})) == []
    assert on_aws(application(web={"ports": ("3000-3010:3000-3010",), **PUBLIC})) == [
        "services.web.ports: 11 ports are published, and ECS registers a service for 5: leave that many, and move the "
        "others to expose"
    ]


def test_ranges_apart_from_each_other_and_of_other_protocols_are_reasons_of_their_own(application: Read) -> None:
    found = on_aws(application(web={"ports": ("8-11:8-11", "20-21:20-21", "20-21:20-21/udp", "30:30")}))
    assert [text.split(" is ")[0] for text in found] == [
        "services.web.ports: 8-11/tcp",
        "services.web.ports: 20-21/tcp",
        "services.web.ports[8]: 30/tcp",
        "services.web.ports: 20-21/udp",
    ]


def test_a_range_of_a_protocol_that_ecs_does_not_know_is_one_reason(application: Read) -> None:
    assert on_aws(application(web={"ports": ("6000-6002:6000-6002/sctp",)})) == [
        "services.web.ports: ECS knows TCP and UDP alone: choose one of them for 6000-6002"
    ]


def test_a_range_of_a_job_is_one_reason(application: Read) -> None:
    job = {"ports": ("6000-6002:6000-6002",), "deploy": {"mode": "replicated-job"}, "restart": "no"}
    assert on_aws(application(web=job)) == [
        "services.web.ports: a job runs to its end and cannot be published: take out 6000-6002",
    ]


def test_datagrams_to_a_range_are_one_reason(application: Read) -> None:
    assert on_aws(application(web={"ports": ("500-502:500-502/udp",), "expose": ("80",), **PUBLIC})) == [
        "services.web.ports: 500-502/udp: datagrams keep the address of their client, so the network lets them through "
        "to services that have a way out, and to ports from 1024 on: use such a port, on a network that is not internal"
    ]
    assert on_aws(application(web={"ports": ("5000-5002:5000-5002/udp",), **PUBLIC})) == [
        "services.web.ports: whether a task lives that takes 5000-5002/udp can only be asked over TCP: add a TCP port "
        "that it answers on to expose"
    ]


def test_a_range_of_listeners_that_another_service_has_is_one_reason(application: Read) -> None:
    one, other = ({"ports": (f"3000-3003:{first}000-{first}003",), **PUBLIC} for first in (4, 5))
    assert on_aws(application(one=one, other=other)) == [
        "services.other.ports: 3000-3003 is published by services.one for 4000-4003, and a load balancer has one "
        "listener a port: publish 5000-5003 on another one"
    ]


def test_a_range_of_the_host_that_another_service_has_is_one_reason(application: Read) -> None:
    with pytest.raises(ApplicationError) as error:
        check(application(one={"ports": ("3000-3010:1-11",)}, other={"ports": ("3008-3012:1-5",)}), (), "docker")
    assert [str(problem) for problem in error.value.problems] == [
        "services.other.ports: 3008-3010/tcp is published by services.one already: choose another range"
    ]


def test_a_range_that_two_containers_would_share_is_one_reason(application: Read) -> None:
    assert on_docker(application(web={"ports": ("3000-3010:1-11",), "scale": 2})) == [
        "services.web.deploy.replicas: 2 containers cannot share the host's port 3000-3010: set replicas to 1, or take "
        "out the ports of the host in services.web.ports so that each container gets a port of its own"
    ]
    assert on_docker(application(web={"ports": ("1-11",), "scale": 2})) == []


def test_a_range_that_is_published_again_is_one_reason(application: Read) -> None:
    assert on_docker(application(web={"ports": ("3000-3010:1-11", "4000-4010:1-11")})) == [
        "services.web.ports: 1-11/tcp is published before, and the provider knows one port for each: publish it once, "
        "with host_ip '0.0.0.0' for every address"
    ]
