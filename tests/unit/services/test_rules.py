"""Each rule with an application that breaks it, and the sentence that the reader gets."""

from collections.abc import Collection, Mapping
from typing import Any

import pulumi
import pytest

from services.application import built_in, load
from services.model import Application, Condition, Protocol
from services.problems import ApplicationError
from services.rules import check, required_variables
from services.settings import ServicesSettings, TargetName
from services.support import COLUMNS

WEB: Mapping[str, Any] = {"image": "web:1", "networks": {"edge": {}}, "expose": (80,)}
HEALTHY: Mapping[str, Any] = {"healthcheck": {"test": ("CMD", "true")}}


def application(services: Mapping[str, Mapping[str, Any]], **parts: Any) -> Application:
    whole = {name: {**WEB, **service} for name, service in services.items()}
    return Application.model_validate({"name": "shop", "services": whole, "networks": {"edge": {}}, **parts})


def settings(**update: Any) -> ServicesSettings:
    return ServicesSettings(target=TargetName.DOCKER, **update)


def problems(described: Application, variables: Collection[str] = (), target: str = "aws") -> list[str]:
    with pytest.raises(ApplicationError) as error:
        check(described, variables, target)
    first, *lines = str(error.value).splitlines()
    assert first == f"application 'shop' has {len(lines)} problem{'s' * (len(lines) > 1)}:"
    return [line.removeprefix("  - ") for line in lines]


def waits(condition: Condition) -> dict[str, Any]:
    return {"depends_on": {"store": {"condition": condition}}}


VARIABLES = {"DATABASE_PASSWORD": "x", "DATABASE_APP_PASSWORD": "x", "DATABASE_METRICS_PASSWORD": "x"}


def wait_for(*names: str) -> dict[str, Any]:
    return {"depends_on": {name: {} for name in names}}


def test_the_built_in_application_breaks_no_rule() -> None:
    for target in COLUMNS:
        check(built_in(), VARIABLES, target)


BROKEN: list[tuple[str, Application, str]] = [
    (
        "a network that is not declared",
        application({"web": {"networks": {"edgy": {}}}}),
        "services.web.networks: 'edgy' is not declared: declare it, or use one of: edge",
    ),
    (
        "a volume that is not declared",
        application({"web": {"volumes": ({"source": "data", "target": "/data"},)}}),
        "services.web.volumes: 'data' is not declared: declare it, or use one of: none",
    ),
    (
        "a secret that is not declared",
        application({"web": {"secrets": ({"source": "key"},)}}),
        "services.web.secrets: 'key' is not declared: declare it, or use one of: none",
    ),
    (
        "a dependency that is not declared",
        application({"web": wait_for("store")}),
        "services.web.depends_on: 'store' is not declared: declare it, or use one of: web",
    ),
    (
        "an endpoint of a service that is not declared",
        application({"web": {"x-aws": {"endpoints": {"HOST": "store"}}}}),
        "services.web.x-aws.endpoints: 'store' is not declared: declare it, or use one of: web",
    ),
    (
        "health of a service without a health check",
        application({"web": waits(Condition.HEALTHY), "store": {}}),
        "services.web.depends_on.store: waits for health, but services.store has no healthcheck: "
        "give it one, or wait for service_started",
    ),
    (
        "a job that is restarted",
        application({"web": {"restart": "always", "deploy": {"mode": "replicated-job"}}}),
        "services.web.deploy.mode: replicated-job runs to its end, but restart is 'always', so it never does: "
        "set restart to 'no' or 'on-failure'",
    ),
    (
        "the end of a service that is restarted",
        application({"web": waits(Condition.COMPLETED), "store": {"restart": "always"}}),
        "services.web.depends_on.store: waits for the end, but services.store.restart is 'always', "
        "so it never ends: set restart to 'no' or 'on-failure'",
    ),
    (
        "a cycle",
        application({"web": wait_for("a"), "a": wait_for("b"), "b": wait_for("a")}),
        "services.a.depends_on: a cycle, a -> b -> a: take one of these dependencies out",
    ),
    (
        "a service that waits for itself",
        application({"web": wait_for("web")}),
        "services.web.depends_on: a cycle, web -> web: take one of these dependencies out",
    ),
    (
        "a dependency that nobody can reach",
        application({"web": wait_for("store"), "api": wait_for("store"), "store": {"expose": ()}}),
        "services.store: api, web depends on it, but it declares no port, so nobody can reach it: "
        "add the port it listens on to services.store.expose; if it ends, wait for service_completed_successfully; if "
        "it listens on none, take the dependency out",
    ),
    (
        "one host port for two services",
        application(
            {
                "web": {"ports": ({"target": 1, "published": 8080},)},
                "api": {"ports": ({"target": 2, "published": 8080},)},
            }
        ),
        "services.api.ports[0].published: 8080/tcp is published by services.web already: choose another port",
    ),
    (
        "two services for the same requests",
        application(
            {
                "web": {"ports": ({"target": 1, "published": 80},), "x-aws": {"route": {"path": "/a"}}},
                "api": {"ports": ({"target": 2, "published": 443},), "x-aws": {"route": {"path": "/a"}}},
            }
        ),
        "services.api.x-aws.route.path: '/a' belongs to services.web: choose another path",
    ),
    (
        "two ports of a service for the same requests",
        application({"web": {"ports": tuple({"target": n, "app_protocol": "http"} for n in (8000, 8001))}}),
        "services.web.ports: 8000 and 8001 would get the same requests of the load balancer, which itself ends TLS and "
        "redirects HTTP: publish the one that speaks HTTP",
    ),
    (
        "an alias that is another service's name",
        application({"web": {"networks": {"edge": {"aliases": ("api",)}}}, "api": {}}),
        "services.web.networks.edge.aliases: 'api' is a name of services.api already, "
        "and all names share one DNS namespace: choose another alias",
    ),
    (
        "an alias of two services",
        application(
            {name: {"networks": {"edge": {"aliases": ("shop",)}}} for name in ("web", "api")},
        ),
        "services.api.networks.edge.aliases: 'shop' is a name of services.web already, "
        "and all names share one DNS namespace: choose another alias",
    ),
    (
        "a range of more ports than a security group can have",
        application({"web": {"expose": ("1000-1100/udp",)}}),
        "services.web.expose[0]: 101 ports; each is a rule of a security group, and 100 are possible in a range: write "
        "the ports that are used",
    ),
    (
        "more networks than a task can have",
        application({"web": {"networks": {f"n{n}": {} for n in range(5)}}}, networks={f"n{n}": {} for n in range(5)}),
        "services.web.networks: 5 networks; at most 4 are possible, as AWS allows five security groups a task: "
        "share networks between services",
    ),
    (
        "a secret without a value",
        application({"web": {}}, secrets={"key": {"environment": "API_KEY"}}),
        "secrets.key: has no value, its variable API_KEY is not set: "
        "pulumi config set --secret --path 'services:variables.API_KEY' (to check a file: --secret API_KEY)",
    ),
]


ONLY_ON = {
    "one host port for two services": "docker",
    "a dependency that nobody can reach": "aws",
    "two services for the same requests": "aws",
    "two ports of a service for the same requests": "aws",
    "an alias that is another service's name": "aws",
    "an alias of two services": "aws",
    "a range of more ports than a security group can have": "aws",
    "more networks than a task can have": "aws",
}
"""What is broken -> the one target that cannot do it."""


@pytest.mark.parametrize("target", COLUMNS)
@pytest.mark.parametrize(("what", "described", "sentence"), BROKEN, ids=[case[0].replace(" ", "_") for case in BROKEN])
def test_a_broken_rule_is_told_with_key_and_remedy(
    what: str, described: Application, sentence: str, target: str
) -> None:
    if ONLY_ON.get(what, target) == target:
        assert problems(described, target=target) == [sentence]
    else:
        check(described, (), target)


def test_an_image_for_a_service_that_does_not_exist_is_told() -> None:
    images = {"wbe": f"web@sha256:{'0' * 64}"}
    with pytest.raises(pulumi.RunError, match=r"services:images\.wbe: there is no such service; known: backend"):
        _ = load(settings(variables=VARIABLES, images=images))


def test_every_problem_is_told_at_once() -> None:
    described = application(
        {"web": {**wait_for("store"), "networks": {"edgy": {}}}}, secrets={"key": {"environment": "K"}}
    )
    assert len(problems(described)) == 3


def test_four_networks_are_possible() -> None:
    names: dict[str, Any] = {f"n{n}": {} for n in range(4)}
    check(application({"web": {"networks": names}}, networks=names), (), "aws")


def test_services_are_told_apart_by_path_or_host_whatever_port_they_publish_on_aws() -> None:
    ports = ({"target": 80, "published": 80},)
    routes: dict[str, Any] = {"a": {}, "b": {"path": "/b/*"}, "c": {"host": "c.example.org"}}
    described = application({name: {"ports": ports, "x-aws": {"route": route}} for name, route in routes.items()})
    check(described, (), "aws")


def test_one_host_port_on_two_addresses_or_protocols_is_no_conflict() -> None:
    ports = (
        {"target": 1, "published": 53, "host_ip": "127.0.0.1"},
        {"target": 2, "published": 53, "host_ip": "127.0.0.2"},
        {"target": 2, "published": 53, "host_ip": "127.0.0.1", "protocol": Protocol.UDP},
    )
    described = application({"web": {"ports": ports[:1]}, "api": {"ports": ports[1:]}})
    check(described, (), "docker")


@pytest.mark.parametrize(
    ("one", "other"), [(None, "127.0.0.1"), (None, "0.0.0.0"), ("0.0.0.0", "127.0.0.2"), ("::1", "::")]
)
def test_one_host_port_on_every_address_is_taken_on_each(one: str | None, other: str) -> None:
    ports = [({"target": 1, "published": 53, "host_ip": address},) for address in (one, other)]
    assert problems(application({"web": {"ports": ports[0]}, "api": {"ports": ports[1]}}), target="docker") == [
        "services.api.ports[0].published: 53/tcp is published by services.web already: choose another port"
    ]


def test_one_service_may_have_one_alias_on_several_networks() -> None:
    networks = {"edge": {"aliases": ("www",)}, "back": {"aliases": ("www",)}}
    check(application({"web": {"networks": networks}}, networks={"edge": {}, "back": {}}), (), "aws")


def test_a_job_needs_no_port() -> None:
    described = application({"web": waits(Condition.COMPLETED), "store": {"expose": (), "restart": "no"}})
    check(described, (), "aws")


def test_health_of_a_service_with_a_health_check_can_be_waited_for() -> None:
    check(application({"web": waits(Condition.HEALTHY), "store": HEALTHY}), (), "docker")


def test_two_roads_to_one_service_are_no_cycle() -> None:
    described = application({"web": wait_for("a", "b"), "a": wait_for("c"), "b": wait_for("c"), "c": {}})
    check(described, (), "docker")


def test_required_variables_are_those_of_the_secrets() -> None:
    assert required_variables(built_in()) == set(VARIABLES)


def test_replicas_of_a_service_that_is_not_there_are_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"services:replicas.fronted: there is no such service; known: backend"):
        _ = load(settings(variables=VARIABLES, replicas={"fronted": 1}))


def test_a_stack_has_its_own_number_of_replicas() -> None:
    described = load(settings(variables=VARIABLES, replicas={"frontend": 5}))
    assert described.services["frontend"].deploy.replicas == 5
    assert described.services["backend"] == built_in().services["backend"]
