"""Everything that a reader can get wrong before `up`: one clear error, and no resource is registered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from graph.capture import capture
from graph.mocks import Recorder
from graph.stack_file import StackFileError
from services.application import built_in
from services.model import Application, Condition, Dependency, NetworkAttachment, Port
from services.rules import ApplicationError
from services.x_aws import Size
from settings import SettingsError

CURRENT = built_in()


def changed(service: str, **update: object) -> Application:
    """The built-in application with one service that is described otherwise."""
    services = {**CURRENT.services, service: CURRENT.services[service].model_copy(update=update)}
    return CURRENT.model_copy(update={"services": services})


def sized(cpu_units: int, memory_mib: int) -> Application:
    extension = CURRENT.services["backend"].x_aws
    size = Size(cpu_units=cpu_units, memory_mib=memory_mib)
    return changed("backend", x_aws=extension.model_copy(update={"size": size}))


@dataclass(frozen=True, kw_only=True)
class Mistake:
    what: str
    error: type[Exception]
    problem: str
    """The problem's whole line."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    application: Application | None = None
    placeholders: bool = True


def setting(what: str, key: str, value: object, problem: str) -> Mistake:
    """A mistake below one key of the stack file; `a:b.c.d` is written out as mappings."""
    head, *parts = key.split(".")
    for part in reversed(parts):
        value = {part: value}
    return Mistake(what=what, error=SettingsError, problem=problem, config={head: value})


def model(what: str, application: Application, problem: str) -> Mistake:
    return Mistake(what=what, error=ApplicationError, problem=problem, application=application)


MISTAKES = (
    setting(
        "a misspelt setting",
        "components:network.cidrr",
        "10.0.0.0/16",
        "components:network.cidrr: 'cidrr' is no setting; did you mean 'cidr'? "
        "known: cidr, flow_log_retention_days, nat, secondary_cidrs, zones",
    ),
    setting(
        "a misspelt key",
        "components:protecton",
        True,
        "components:protecton: 'protecton' is no setting; did you mean 'protection'? "
        "known: database, edge, images, logs, network, permissions_boundary_arn, protection, tags",
    ),
    setting(
        "a misspelt namespace",
        "servces:target",
        "aws",
        "servces:target: 'servces' is no namespace; did you mean 'services'? known: aws, components, services",
    ),
    setting(
        "a VPC too small for its zones",
        "components:network.cidr",
        "10.0.0.0/24",
        "components:network.cidr: '10.0.0.0/24' is too small for the zones: 4 tiers of 8 zone slots with at least 16 "
        'addresses each need /23 or larger; choose /16 to /23 (is "10.0.0.0/24")',
    ),
    setting(
        "a VPC of public addresses",
        "components:network.cidr",
        "8.8.0.0/16",
        "components:network.cidr: '8.8.0.0/16' is not private address space; choose a block inside one of 10.0.0.0/8, "
        '172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 (is "8.8.0.0/16")',
    ),
    setting(
        "a secondary block that overlaps",
        "components:network.secondary_cidrs",
        ["10.0.128.0/17"],
        "components:network.secondary_cidrs: '10.0.128.0/17' overlaps '10.0.0.0/16'; choose a block that shares no "
        'address with it (is ["10.0.128.0/17"])',
    ),
    setting(
        "one zone",
        "components:network.zones",
        ["a"],
        "components:network.zones: a is too few: load balancers and database subnet groups need at least two zones; "
        'name two or more of a, b, c, d, e, f, g, h (is ["a"])',
    ),
    setting(
        "a mode of NAT that is none",
        "components:network.nat",
        "each",
        "components:network.nat: 'each' is not allowed; allowed: none, single, per_az; choose none (no way out), "
        'single (one NAT gateway) or per_az (one in each zone) (is "each")',
    ),
    setting(
        "a period that CloudWatch does not offer",
        "components:logs.retention_days",
        100,
        "components:logs.retention_days: 100 is not allowed; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, "
        "400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; choose one of the periods that CloudWatch Logs "
        "offers (is 100)",
    ),
    setting(
        "a hosted zone that does not hold the domain",
        "components:edge.hosted_zone",
        "example.org",
        "components:edge.hosted_zone: 'example.org' does not hold the domain 'app.example.com'; name the hosted zone "
        'that the domain ends in (is "example.org")',
    ),
    setting("no region", "aws:region", None, "aws:region is not set. Set it: pulumi config set 'aws:region' VALUE"),
    setting(
        "a secret where none may be",
        "components:tags.owner",
        {"secure": "v1:abc"},
        "components:tags: only services:variables may hold secrets: write it in plain",
    ),
    Mistake(
        what="a secret without a value",
        error=ApplicationError,
        placeholders=False,
        problem="secrets.database-password: has no value, its variable DATABASE_PASSWORD is not set: "
        "pulumi config set --secret --path 'services:variables.DATABASE_PASSWORD'",
    ),
    Mistake(
        what="an image for a service that is none",
        error=ApplicationError,
        config={"services:images": {"backnd": "repository@sha256:" + "0" * 64}},
        problem="services:images.backnd: there is no such service; known: backend, database, frontend, migrate",
    ),
    Mistake(
        what="published ports without a load balancer",
        error=ApplicationError,
        config={"components:edge": None},
        problem="services.frontend.ports: 8080 is published, but the stack has no load balancer: set "
        "components:edge.domain and components:edge.hosted_zone",
    ),
    model(
        "processor units that Fargate does not offer",
        sized(300, 512),
        "services.backend.x-aws.size: 300 CPU units are not a size of Fargate; the nearest are 256, 512: use one",
    ),
    model(
        "a pair that Fargate does not offer",
        sized(256, 4096),
        "services.backend.x-aws.size: 256 CPU units with 4096 MiB are not a size of Fargate; with 256 units the "
        "nearest is 2048 MiB: use that",
    ),
    model(
        "no health check where a dependant waits for health",
        changed("backend", healthcheck=None),
        "services.frontend.depends_on.backend: waits for health, but services.backend has no healthcheck: give it "
        "one, or wait for service_started",
    ),
    model(
        "a cycle",
        changed("database", depends_on={"backend": Dependency(condition=Condition.STARTED)}),
        "services.database.depends_on: a cycle, database -> backend -> database: take one of these dependencies out",
    ),
    model(
        "two services that publish one port",
        changed("backend", ports=(Port(target=8000, published=8080, app_protocol="http"),)),
        "services.frontend.ports[0].published: 8080/tcp is published by services.backend already: choose another port",
    ),
    model(
        "a port that is not HTTP",
        changed("backend", ports=(Port(target=8000, published=9000),)),
        "services.backend.ports[0]: 9000/tcp is not HTTP, and the load balancer publishes HTTP only: set app_protocol "
        "to http, bind it to host_ip 127.0.0.1, or move it to expose",
    ),
    model(
        "a network that is not declared",
        changed("backend", networks={"dta": NetworkAttachment()}),
        "services.backend.networks: 'dta' is not declared: declare it, or use one of: data, edge",
    ),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_a_mistake_is_one_clear_error_and_touches_nothing(mistake: Mistake) -> None:
    recorder = Recorder(region="eu-central-1")
    with pytest.raises(mistake.error) as error:
        _ = capture(
            "prod",
            config=mistake.config,
            application=mistake.application,
            placeholders=mistake.placeholders,
            recorder=recorder,
        )
    headline, *problems = str(error.value).splitlines()
    assert problems == [f"  - {mistake.problem}"]
    assert "1 problem" in headline
    assert recorder.registered_count == 0


@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("services:target", "cloud"),
        ("aws:region", "europe"),
        ("components:protection", "ja"),
        ("components:database.storage_gib", 1),
        ("components:edge.domain", "app_example"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_its_key(key: str, bad: object) -> None:
    head, *parts = key.split(".")
    config = {head: {parts[0]: bad} if parts else bad}
    recorder = Recorder(region="eu-central-1")
    with pytest.raises(SettingsError) as error:
        _ = capture("prod", config=config, recorder=recorder)
    headline, problem = str(error.value).splitlines()
    assert headline == "Pulumi.prod.yaml has 1 problem:"
    assert problem.startswith(f"  - {key}: ")
    assert str(bad) in problem
    assert recorder.registered_count == 0


def test_every_mistake_is_reported_at_once() -> None:
    wrong = {"components:network": {"cidr": "10.0.0.0/24", "nat": "each"}, "aws:region": None}
    with pytest.raises(SettingsError, match="3 problems") as error:
        _ = capture("prod", config=wrong)
    assert all(key in str(error.value) for key in ("network.cidr", "network.nat", "aws:region"))


def test_a_stack_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(StackFileError, match="there is no stack 'staging'; stacks of this project: dev, prod"):
        _ = capture("staging")
