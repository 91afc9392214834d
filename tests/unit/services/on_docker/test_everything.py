"""One application that uses everything a Docker engine can do, through the real program."""

import pytest

from graph.capture import capture
from graph.resource import Graph
from services import compose_file
from services.model import Application
from services.on_docker import limits
from services.placeholders import CANARY
from services.sources import PROJECT
from services.support import COLUMNS, LOADED, Mapped, fate, model_patterns, rejected, set_keys
from tests.unit.compose.reference import Request, compare
from tests.unit.services.on_docker.deployed import CONTAINER, NETWORK, VOLUME

FILE = "tests/unit/compose/apps/on_docker/compose.yaml"
DIRECTORY = PROJECT / "tests/unit/compose/apps/on_docker"


@pytest.fixture(scope="module")
def everything() -> Application:
    return compose_file.load(
        compose_file.ComposeOptions(
            files=(FILE,),
            variables={"API_KEY": CANARY, "SITE": "site"},
            secret_variables=frozenset({"API_KEY", "SITE"}),
        )
    )


@pytest.fixture(scope="module")
def graph() -> Graph:
    variables = {"API_KEY": {"secure": ""}, "SITE": "shop"}
    return capture(
        "dev",
        config={
            "services:compose": FILE,
            "services:variables": variables,
            "services:replicas": None,
            "observability:parts": None,
        },
    )


def test_docker_compose_reads_the_file_as_we_do() -> None:
    request = Request(name="app", directory=DIRECTORY, files=("compose.yaml",), variables={"API_KEY": "k", "SITE": "s"})
    found = compare([request])
    assert (found.different, found.loaded) == ({}, 1)


def test_it_sets_every_key_that_has_an_effect_on_docker(everything: Application) -> None:
    used = {pattern for _, pattern in set_keys(everything)}
    mapped = {key for key in model_patterns() if key not in LOADED and isinstance(fate(COLUMNS["docker"], key), Mapped)}
    # The loader puts the variable's value in its place.
    assert sorted(mapped - used) == ["configs.*.environment"]


def test_nothing_of_it_is_refused(everything: Application) -> None:
    assert list(rejected(everything, "docker")) == []
    assert limits.problems(everything) == []


def test_every_service_has_its_containers(graph: Graph) -> None:
    assert {container.name for container in graph.of_type(CONTAINER)} == {
        "agent-1",
        "api-1",
        "api-2",
        "migrate-1",
        "proxy-1",
        "store-1",
        "trainer-1",
        "watcher-1",
    }


def test_what_is_external_is_not_declared(graph: Graph) -> None:
    assert {network.name for network in graph.of_type(NETWORK)} == {"edge", "back"}
    assert {volume.name for volume in graph.of_type(VOLUME)} == {"data"}


def test_no_secret_and_no_config_is_in_plain(graph: Graph) -> None:
    assert [(str(item), path) for item in graph for path, text in item.plain_texts() if CANARY in text] == []
    assert not any("welcome" in text for item in graph for _, text in item.plain_texts())
    assert CANARY not in repr(graph.exports)


def test_every_published_port_has_an_endpoint(graph: Graph) -> None:
    endpoints = graph.exports["endpoints"]
    assert isinstance(endpoints, dict)
    assert set(endpoints) == {"proxy", "proxy:443", "proxy:53/udp", "proxy:9000"}
    assert (endpoints["proxy"], endpoints["proxy:443"]) == ("tcp://127.0.0.1:8080", "https://127.0.0.1:8443")


def test_the_program_says_the_same_twice(graph: Graph) -> None:
    variables = {"API_KEY": {"secure": ""}, "SITE": "shop"}
    again = capture(
        "dev",
        config={
            "services:compose": FILE,
            "services:variables": variables,
            "services:replicas": None,
            "observability:parts": None,
        },
    )
    assert {repr(item) for item in again} == {repr(item) for item in graph}
