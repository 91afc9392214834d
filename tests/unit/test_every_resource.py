"""What holds for every resource of the prod stack, whatever it is."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from components.naming import FIXED_NAMES
from components.settings import LogSettings
from graph.capture import capture
from graph.resource import STACK_TYPE, Graph, Resource
from services.model import Application, Network, NetworkAttachment, Service
from services.placeholders import CANARY
from tests.unit.names import SNAPSHOT, UPDATE, names

TAGS = {
    "Project": "infra",
    "Stack": "prod",
    "Owner": "platform-team",
    "CostCenter": "1000",
    "DataClassification": "internal",
    "ManagedBy": "pulumi",
    "Repository": "infra",
}
STATEFUL = {
    "aws:ecr/repository:Repository",
    "aws:efs/fileSystem:FileSystem",
    "aws:kms/key:Key",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
}
NAME_INPUTS = {
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyName",
    "aws:rds/instance:Instance": "identifier",
    "aws:s3/bucket:Bucket": "bucket",
}
LAST_RESORTS = {
    "aws:ecr/repository:Repository": ("forceDelete", False, True),
    "aws:lb/loadBalancer:LoadBalancer": ("enableDeletionProtection", True, False),
    "aws:rds/instance:Instance": ("deletionProtection", True, False),
    "aws:s3/bucket:Bucket": ("forceDestroy", False, True),
    "aws:secretsmanager/secret:Secret": ("recoveryWindowInDays", 30, 0),
}
DIGEST = re.compile(r"^[^\s@]+@sha256:[0-9a-f]{64}$")
NOT_A_VALUE = re.compile(r"\bNone\b|Output<|pulumi\.output|<object")


@pytest.fixture(scope="module")
def unprotected() -> Graph:
    return capture("prod", config={"components:protection": False})


def test_the_graph_is_as_large_as_it_should_be(prod: Graph) -> None:
    assert sum(resource.custom for resource in prod) >= 120


def test_every_taggable_resource_has_the_seven_tags(prod: Graph) -> None:
    taggable = [resource for resource in prod if prod.taggable(resource)]
    assert len({resource.type for resource in taggable}) > 25
    lacking = {str(resource): TAGS.items() - prod.tags_of(resource).items() for resource in taggable}
    assert {name: tags for name, tags in lacking.items() if tags} == {}


def test_every_aws_resource_is_made_by_the_tagging_provider(prod: Graph) -> None:
    provider = prod.one("pulumi:providers:aws", "aws")
    assert [
        str(resource) for resource in prod if resource.type.startswith("aws:") and resource.provider != provider.urn
    ] == []


def test_tasks_take_their_tags_from_their_service(prod: Graph) -> None:
    services = prod.of_type("aws:ecs/service:Service")
    assert [service.inputs["propagateTags"] for service in services] == ["SERVICE"] * len(services)
    assert all(service.inputs["enableEcsManagedTags"] for service in services)


def test_every_resource_belongs_to_one_of_our_components(prod: Graph) -> None:
    def is_component(resource: Resource | None) -> bool:
        return resource is not None and resource.type.startswith("infra:") and not resource.custom

    below_stack = [resource for resource in prod if resource.parent == prod.stack.urn]
    assert [str(item) for item in below_stack if not is_component(item) and not item.type.startswith("pulumi:")] == []
    others = [item for item in prod if item.type != STACK_TYPE and item.parent != prod.stack.urn]
    assert [str(item) for item in others if not is_component(prod.parent(item))] == []


def test_every_component_registers_that_it_is_complete(prod: Graph) -> None:
    assert [str(item) for item in prod if item.type.startswith("infra:") and not item.outputs_registered] == []


def test_names_are_autonames_unless_they_are_listed(prod: Graph) -> None:
    fixed = {item.type for item in prod if item.custom and NAME_INPUTS.get(item.type, "name") in item.inputs}
    assert fixed - {"pulumi:providers:aws"} == set(FIXED_NAMES)


def test_types_and_names_are_the_committed_ones(prod: Graph) -> None:
    committed = set(SNAPSHOT.read_text(encoding="utf-8").splitlines())
    found = set(names(prod))
    gone, new = sorted(committed - found), sorted(found - committed)
    assert (gone, new) == ([], []), (
        "types or names changed; each name that is gone is a deletion unless its resource has an alias.\n"
        f"gone: {gone}\nnew: {new}\nwhen that is meant: {UPDATE}"
    )


def test_no_two_resources_have_one_path(prod: Graph) -> None:
    assert [name for name, count in Counter(names(prod)).items() if count > 1] == []


def test_no_input_holds_a_value_that_was_not_there(prod: Graph) -> None:
    found = {f"{item} {path}": text for item in prod for path, text in item.plain_texts() if NOT_A_VALUE.search(text)}
    assert found == {}


def test_stateful_resources_and_no_others_are_protected(prod: Graph) -> None:
    assert {item.urn for item in prod if item.protect} == {item.urn for item in prod if item.type in STATEFUL}


def test_nothing_is_protected_without_protection(unprotected: Graph) -> None:
    assert [str(item) for item in unprotected if item.protect] == []


@pytest.mark.parametrize("type_", LAST_RESORTS)
def test_aws_protects_data_exactly_under_protection(type_: str, prod: Graph, unprotected: Graph) -> None:
    key, on, off = LAST_RESORTS[type_]
    assert {json.dumps(item.inputs[key]) for item in prod.of_type(type_)} == {json.dumps(on)}
    assert {json.dumps(item.inputs[key]) for item in unprotected.of_type(type_)} == {json.dumps(off)}


def test_the_last_snapshot_is_taken_exactly_under_protection(prod: Graph, unprotected: Graph) -> None:
    [with_snapshot], [without] = (graph.of_type("aws:rds/instance:Instance") for graph in (prod, unprotected))
    assert not with_snapshot.inputs["skipFinalSnapshot"]
    assert with_snapshot.text("finalSnapshotIdentifier")
    assert without.inputs["skipFinalSnapshot"]


def test_log_groups_are_encrypted_and_do_not_keep_logs_for_ever(prod: Graph) -> None:
    key = prod.one("aws:kms/key:Key", "keys-logs")
    groups = prod.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert [group.name for group in groups if group.inputs["kmsKeyId"] != key.outputs["arn"]] == []
    for group in groups:
        days = group.inputs["retentionInDays"]
        assert LogSettings.model_validate({"retention_days": days}).retention_days == days


def test_what_can_be_encrypted_is_encrypted(prod: Graph) -> None:
    assert all(item.inputs["storageEncrypted"] for item in prod.of_type("aws:rds/instance:Instance"))
    assert all(item.inputs["kmsKeyId"] for item in prod.of_type("aws:secretsmanager/secret:Secret"))
    assert all(item.inputs["enableKeyRotation"] for item in prod.of_type("aws:kms/key:Key"))
    encrypted = {
        item.text("bucket")
        for item in prod.of_type(
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        )
    }
    assert encrypted == {str(item.outputs["bucket"]) for item in prod.of_type("aws:s3/bucket:Bucket")}


def test_no_secret_is_in_plain_text_anywhere(prod: Graph) -> None:
    secrets = [item for item in prod if CANARY in json.dumps(item.inputs)]
    assert {item.type for item in secrets} >= {
        "aws:rds/instance:Instance",
        "aws:secretsmanager/secretVersion:SecretVersion",
    }
    leaked = [f"{item} {path}" for item in secrets for path, text in item.plain_texts() if CANARY in text]
    assert leaked == []
    assert CANARY not in json.dumps(prod.exports)
    assert all(CANARY not in message for message in prod.messages)


def test_containers_run_images_by_digest(prod: Graph) -> None:
    found = [container["image"] for container in _containers(prod)]
    assert len(found) >= 4
    assert [image for image in found if not DIGEST.match(image)] == []


def test_containers_have_read_only_roots_and_bounded_capabilities(prod: Graph) -> None:
    for container in _containers(prod):
        assert container["readonlyRootFilesystem"], container["name"]
        assert container["linuxParameters"]["capabilities"]["drop"], container["name"]
        assert not container.get("privileged"), container["name"]


def test_services_scale_exactly_where_the_model_says(prod: Graph, application: Application) -> None:
    scaled = {name for name, service in application.services.items() if service.x_aws.scaling}
    targets = prod.of_type("aws:appautoscaling/target:Target")
    assert {target.name for target in targets} == scaled
    for service in prod.of_type("aws:ecs/service:Service"):
        assert ("desiredCount" in service.ignore_changes) == (service.name in scaled), service.name


def test_failed_deployments_roll_back(prod: Graph) -> None:
    for service in prod.of_type("aws:ecs/service:Service"):
        assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}, service.name


def test_dependencies_grow_with_the_services_and_not_with_their_square(application: Application) -> None:
    def edges(extra: int) -> int:
        graph = capture("prod", application=_with_more_services(application, extra))
        return sum(len(resource.dependencies) for resource in graph)

    two, four, six = edges(2), edges(4), edges(6)
    assert six - four == four - two


def test_two_captures_of_one_program_are_equal(prod: Graph) -> None:
    again = capture("prod")
    assert {item.urn: item for item in again} == {item.urn: item for item in prod}
    assert again.exports == prod.exports


def _containers(graph: Graph) -> list[Mapping[str, Any]]:
    definitions = graph.of_type("aws:ecs/taskDefinition:TaskDefinition")
    return [container for item in definitions for container in json.loads(item.text("containerDefinitions"))]


def _with_more_services(application: Application, count: int) -> Application:
    """Workers on a network of their own, with one size and no ports, so that each declares the same."""
    worker = Service(image="worker@sha256:" + "0" * 64, networks={"workers": NetworkAttachment()})
    services = {**application.services, **{f"worker-{number}": worker for number in range(count)}}
    networks = {**application.networks, "workers": Network(internal=True)}
    return application.model_copy(update={"services": services, "networks": networks})
