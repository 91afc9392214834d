"""What holds for the dev stack: the same application on a Docker engine, and who watches it."""

import json
import re

import pytest

from graph.resource import STACK_TYPE, Graph, Resource
from observability.description import EVERY_PART
from observability.engines import engines
from observability.receivers import Receivers
from observability.settings import ObservabilitySettings
from services.application import built_in
from services.model import Application
from services.placeholders import CANARY

CONTAINER = "docker:index/container:Container"
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def service_of(container: Resource) -> str:
    return container.name.rpartition("-")[0]


@pytest.fixture(scope="module")
def application() -> Application:
    """The built-in application, which both stacks deploy, with the engines."""
    nobody = Receivers(receivers=(), secrets={})
    found = engines(built_in(), ObservabilitySettings(parts=EVERY_PART), nobody, stack="dev")
    return found.added_to(built_in())


def test_the_application_and_who_watches_it_are_deployed(dev: Graph, application: Application) -> None:
    assert {service_of(container) for container in dev.of_type(CONTAINER)} == set(application.services)
    assert set(built_in().services) < set(application.services)


def test_nothing_of_aws_is_declared_or_asked(dev: Graph) -> None:
    assert [str(resource) for resource in dev if resource.type.startswith(("aws:", "pulumi:providers:aws"))] == []
    assert dev.invokes == ()


def test_every_resource_belongs_to_a_component(dev: Graph) -> None:
    for resource in dev:
        parent = dev.parent(resource)
        if resource.type == STACK_TYPE:
            assert parent is None
        elif parent is dev.stack:
            assert resource.type.startswith(("infra:", "pulumi:providers:")), str(resource)
        else:
            assert parent is not None
            assert parent.type.startswith("infra:"), str(resource)


def test_no_secret_is_in_plain_text(dev: Graph) -> None:
    leaked = [f"{item} {path}" for item in dev for path, text in item.plain_texts() if CANARY in text]
    assert leaked == []
    logins = dev.exports["logins"]
    assert isinstance(logins, dict)
    assert {("logins", page, "password") for page in logins} == dev.secret_exports
    assert CANARY not in json.dumps({name: value for name, value in dev.exports.items() if name != "logins"})


def test_foreign_images_are_pinned_by_digest(dev: Graph, application: Application) -> None:
    foreign = {service.image for service in application.services.values() if service.build is None}
    pulled = {item.text("name") for item in dev.of_type("docker:index/remoteImage:RemoteImage")}
    assert foreign <= pulled
    assert [image for image in foreign if image is None or not DIGEST.search(image)] == []


def test_networks_are_internal_exactly_where_the_model_says(dev: Graph, application: Application) -> None:
    found = {item.name: item.inputs["internal"] for item in dev.of_type("docker:index/network:Network")}
    assert found == {name: network.internal for name, network in application.networks.items()}


def test_only_published_ports_are_bound_and_only_to_this_machine(dev: Graph, application: Application) -> None:
    for container in dev.of_type(CONTAINER):
        ports = container.inputs.get("ports", [])
        assert isinstance(ports, list)
        declared = application.services[service_of(container)].ports
        assert [(port["internal"], port["external"], port["ip"]) for port in ports if isinstance(port, dict)] == [
            (port.target, port.published, "127.0.0.1") for port in declared
        ]


def test_containers_wait_for_what_they_depend_on(dev: Graph, application: Application) -> None:
    checked = 0
    for container in dev.of_type(CONTAINER):
        awaited = {dev.by_urn[urn] for urn in container.dependencies}
        for other in application.services[service_of(container)].depends_on:
            ready = {item for item in awaited if item.name.startswith(f"{other}-")}
            assert ready, f"{container.name} does not wait for {other}"
            if other in application.one_shot_services:
                assert any(item.hooks for item in ready), f"{container.name} does not wait for the end of {other}"
            checked += 1
    assert checked >= 14
