"""The worked examples as stacks: the real program over the user's own files, on both targets."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from graph.capture import capture
from graph.resource import Graph, Resource
from services.compose_file import ComposeOptions, load
from services.model import Application
from services.on_aws.fargate import check_task_definition
from services.placeholders import CANARY

EXAMPLES = ("wordpress", "queue", "broker")
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
CONTAINER = "docker:index/container:Container"
VARIABLES = {"WORDPRESS_DATABASE_PASSWORD": {"secure": "x"}}


def file_of(example: str) -> str:
    return f"docs/examples/{example}/compose.yaml"


def described(example: str) -> Application:
    return load(ComposeOptions(files=[file_of(example)], variables={}, secret_variables=VARIABLES))


def stack(name: str, example: str) -> Graph:
    config = {
        "services:compose": file_of(example),
        "services:replicas": None,
        "observability:parts": None,
        "services:variables": VARIABLES,
    }
    return capture(name, config=config)


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def aws(example: str) -> Graph:
    return stack("prod", example)


@pytest.fixture(scope="module")
def docker(example: str) -> Graph:
    return stack("dev", example)


def definitions(graph: Graph) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for resource in graph.of_type(TASK_DEFINITION):
        containers = json.loads(resource.text("containerDefinitions"))
        yield (
            resource,
            {
                "family": resource.name,
                "cpu": resource.text("cpu"),
                "memory": resource.text("memory"),
                "containerDefinitions": containers,
            },
        )


def test_every_service_runs_on_aws_or_is_managed(example: str, aws: Graph) -> None:
    managed = {name for name, service in described(example).services.items() if service.x_aws.managed}
    running = {resource.name for resource, _ in definitions(aws)}
    assert running == described(example).services.keys() - managed
    for name in managed:
        assert [item for item in aws if item.name == name and item.type.startswith(("aws:rds/", "aws:elasticache/"))]


def test_every_task_definition_is_one_that_fargate_takes(aws: Graph) -> None:
    for _, definition in definitions(aws):
        check_task_definition(definition)


def test_every_service_runs_on_docker(example: str, docker: Graph) -> None:
    running = {container.name.rpartition("-")[0] for container in docker.of_type(CONTAINER)}
    assert running == described(example).services.keys()


def test_no_secret_is_in_plain_text_on_either_target(aws: Graph, docker: Graph) -> None:
    for graph in (aws, docker):
        leaked = [f"{item} {path}" for item in graph for path, text in item.plain_texts() if CANARY in text]
        assert leaked == []
        assert CANARY not in json.dumps(graph.exports)


def test_nothing_names_this_machine(aws: Graph) -> None:
    from services.sources import PROJECT

    named = [f"{item} {path}" for item in aws for path, text in item.plain_texts() if str(PROJECT) in text]
    assert named == []
