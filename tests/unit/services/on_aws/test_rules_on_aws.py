import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from components.settings import ComponentsSettings
from services.application import built_in
from services.model import (
    Application,
    Deploy,
    Healthcheck,
    NetworkAttachment,
    Port,
    ResourceLimits,
    Resources,
    SecretMount,
    Service,
    Volume,
    VolumeMount,
)
from services.on_aws import rules
from services.on_aws.rules import problems
from services.problems import ApplicationError
from services.sources import PROJECT
from services.units import GIB, MIB
from services.x_aws import Route, Scaling, ServiceOnAws, Size

IMAGE = "example/web:1@sha256:" + "a" * 64
TAGS = {"owner": "o", "cost_center": "1", "data_classification": "i", "repository": "r"}
EDGE = {"domain": "app.example.com", "hosted_zone": "example.com"}


def web(**changes: Any) -> Service:
    return Service(image=changes.pop("image", IMAGE), networks={"edge": NetworkAttachment()}, **changes)


def with_services(**services: Service) -> Application:
    application = built_in()
    return application.model_copy(
        update={"services": {**application.services, **services}, "volumes": {"data": Volume()}}
    )


def settings(edge: Mapping[str, str] | None = EDGE) -> ComponentsSettings:
    return ComponentsSettings.model_validate({"network": {"cidr": "10.0.0.0/16"}, "tags": TAGS, "edge": edge})


def check(application: Application, settings: ComponentsSettings, *, stack: str = "prod") -> None:
    rules.check(application, settings, project="infra", stack=stack)


def test_the_built_in_application_can_run_on_aws() -> None:
    check(built_in(), settings())


CHECK = Healthcheck(test=("CMD", "true"))
REFUSED: list[tuple[str, Service, str]] = [
    (
        "interval",
        web(healthcheck=CHECK.model_copy(update={"interval": timedelta(seconds=1)})),
        r"services\.web\.healthcheck\.interval: 1 s is outside 5 to 300 s",
    ),
    (
        "timeout",
        web(healthcheck=CHECK.model_copy(update={"timeout": timedelta(seconds=90)})),
        r"services\.web\.healthcheck\.timeout: 90 s is outside 2 to 60 s",
    ),
    (
        "start period",
        web(healthcheck=CHECK.model_copy(update={"start_period": timedelta(minutes=6)})),
        r"healthcheck\.start_period: 360 s is outside 0 to 300 s",
    ),
    ("stop grace", web(stop_grace_period=timedelta(minutes=3)), r"services\.web\.stop_grace_period: 180 s is outside"),
    (
        "fraction",
        web(healthcheck=CHECK.model_copy(update={"interval": timedelta(seconds=7.5)})),
        r"healthcheck\.interval: 7\.5 s is no whole number",
    ),
    ("tag only", web(image="nginx:1"), r"services\.web\.image: 'nginx:1' names no digest"),
    (
        "size pair",
        web(x_aws=ServiceOnAws(size=Size(cpu_units=256, memory_mib=4096))),
        r"services\.web\.x-aws\.size: .*2048 MiB",
    ),
    (
        "too large",
        web(deploy=Deploy(resources=ResourceLimits(limits=Resources(cpus=64, memory=GIB)))),
        r"services\.web\.deploy\.resources\.limits: 64 processors",
    ),
    (
        "secret elsewhere",
        web(secrets=(SecretMount(source="database-password", target="/etc/password"),)),
        r"services\.web\.secrets\[0\]\.target: '/etc/password'",
    ),
    ("tcp port", web(ports=(Port(target=5672, published=5672),)), r"services\.web\.ports\[0\]: 5672/tcp is not HTTP"),
    (
        "database on a volume",
        web(image="redis:8@sha256:" + "a" * 64, volumes=(VolumeMount(source="data", target="/data"),)),
        r"services\.web\.volumes: redis keeps its data",
    ),
    (
        "named user with a volume",
        web(user="node", volumes=(VolumeMount(source="data", target="/data"),)),
        r"services\.web\.user: 'node' is no number",
    ),
    ("tmpfs options", web(tmpfs=("/tmp:size=64m",)), r"services\.web\.tmpfs\[0\]: '/tmp:size=64m'"),
    ("ends", web(restart="no"), r"services\.web\.restart: 'no'"),
    (
        "fewer than the least",
        web(deploy=Deploy(replicas=3), x_aws=ServiceOnAws(scaling=Scaling(max_replicas=2))),
        r"services\.web\.x-aws\.scaling\.max_replicas: 2 is less than deploy\.replicas \(3\)",
    ),
    ("unknown engine", web(image="mongo:8", x_aws=ServiceOnAws(managed="rds")), r"services\.web\.image: RDS cannot"),
    (
        "no version",
        web(image="postgres:latest", x_aws=ServiceOnAws(managed="rds")),
        r"the tag 'latest' has no major version",
    ),
    (
        "no user",
        web(image="postgres:17.2", x_aws=ServiceOnAws(managed="rds")),
        r"services\.web\.environment\.POSTGRES_USER: is not set",
    ),
    (
        "plain password",
        web(
            image="postgres:17.2",
            environment={"POSTGRES_USER": "a", "POSTGRES_DB": "a", "POSTGRES_PASSWORD": "x"},
            x_aws=ServiceOnAws(managed="rds"),
        ),
        r"services\.web\.environment\.POSTGRES_PASSWORD: RDS takes the password from a secret",
    ),
    (
        "reserved user",
        web(image="postgres:17", environment={"POSTGRES_USER": "admin"}, x_aws=ServiceOnAws(managed="rds")),
        r"'admin' is reserved by RDS",
    ),
]


@pytest.mark.parametrize(("service", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_aws_refuses_is_named_by_its_key_with_a_remedy(service: Service, text: str) -> None:
    found = problems(with_services(web=service))
    assert len(found) == 1, found
    with pytest.raises(ApplicationError, match=text):
        check(with_services(web=service), settings())


def test_a_port_on_loopback_is_not_published() -> None:
    service = web(ports=(Port(target=5672, published=5672, host_ip="127.0.0.1"),))
    assert problems(with_services(web=service)) == []


def test_a_volume_has_one_owner() -> None:
    mounts = (VolumeMount(source="data", target="/data"),)
    found = problems(with_services(one=web(user="1:1", volumes=mounts), two=web(user="2:2", volumes=mounts)))
    assert found
    assert "volumes.data: one, two run as different users" in str(found[0])


def test_the_name_of_the_preparing_container_is_taken() -> None:
    assert [str(problem) for problem in problems(with_services(**{"mount-files": web()}))] == [
        "services.mount-files: the name belongs to the container that prepares volumes: choose another"
    ]


def test_publishing_needs_a_load_balancer() -> None:
    with pytest.raises(ApplicationError, match=r"set components:edge\.domain"):
        check(built_in(), settings(edge=None))


def test_a_host_without_a_certificate_is_refused() -> None:
    service = web(
        ports=(Port(target=80, published=80),), x_aws=ServiceOnAws(route=Route(host="other.example.com", path="/o*"))
    )
    with pytest.raises(ApplicationError, match=r"route\.host: .*not 'other\.example\.com'"):
        check(with_services(web=service), settings())


def test_two_services_on_one_path_are_refused() -> None:
    with pytest.raises(ApplicationError, match=r"route\.path: '/\*' belongs to services\.frontend"):
        check(with_services(web=web(ports=(Port(target=80, published=80),))), settings())


def test_memory_is_the_limit_that_compose_says() -> None:
    limits = ResourceLimits(limits=Resources(cpus=0.25, memory=512 * MIB))
    assert problems(with_services(web=web(deploy=Deploy(resources=limits)))) == []


@pytest.mark.parametrize("name", ["my.project", "feature_x", "Prod", "1st", "a--b", "a-"])
def test_a_stack_whose_name_cannot_be_part_of_names_at_aws_is_refused(name: str) -> None:
    with pytest.raises(ApplicationError, match=rf"the stack's name '{name}' becomes part of names at AWS"):
        check(built_in(), settings(), stack=name)


def test_an_application_is_judged_without_pulumi() -> None:
    """`python -m services check` answers in less than a second."""
    program = "import services.on_aws.rules, sys; sys.exit('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=PROJECT).returncode == 0
