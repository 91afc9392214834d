"""What the identities of the prod stack may do, read from the policies themselves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from components.access import WILDCARD_RESOURCES
from graph.capture import capture
from graph.resource import Graph, Resource

POLICIES = {
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
}
"""Policies of resources: type -> the input that holds it."""


def statements(resource: Resource, key: str) -> Iterator[Mapping[str, Any]]:
    yield from json.loads(resource.text(key))["Statement"]


def listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def identity_statements(graph: Graph) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for policy in graph.of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in statements(policy, "policy"):
            yield policy, statement


def test_permissions_are_inline_policies_of_roles_and_nothing_else(prod: Graph) -> None:
    iam = {resource.type for resource in prod if resource.type.startswith("aws:iam/")}
    assert iam == {"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"}
    for role in prod.of_type("aws:iam/role:Role"):
        assert not role.inputs.keys() & {"managedPolicyArns", "inlinePolicies"}, role.name


def test_no_action_is_a_wildcard(prod: Graph) -> None:
    actions = [action for _, statement in identity_statements(prod) for action in listed(statement["Action"])]
    assert len(actions) > 10
    assert [action for action in actions if "*" in action or "?" in action or action.count(":") != 1] == []


def test_nothing_is_allowed_by_what_it_is_not(prod: Graph) -> None:
    for policy, statement in identity_statements(prod):
        assert not statement.keys() & {"NotAction", "NotResource", "NotPrincipal"}, policy.name


def test_only_listed_actions_have_no_resource(prod: Graph) -> None:
    wild = {
        action
        for _, statement in identity_statements(prod)
        if "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }
    assert wild
    assert wild <= set(WILDCARD_RESOURCES)


def test_every_resource_of_a_permission_names_its_service_and_kind(prod: Graph) -> None:
    for policy, statement in identity_statements(prod):
        for resource in listed(statement["Resource"]):
            if resource != "*":
                assert resource.count(":") >= 5, f"{policy.name}: {resource}"
                assert "*" not in resource.split(":", 5)[2], f"{policy.name}: {resource}"
                assert not resource.split(":", 5)[5].startswith("*"), f"{policy.name}: {resource}"


def test_every_role_is_assumed_by_one_service_for_this_account_only(prod: Graph) -> None:
    for role in prod.of_type("aws:iam/role:Role"):
        for statement in statements(role, "assumeRolePolicy"):
            assert statement["Action"] == ["sts:AssumeRole"], role.name
            assert list(statement["Principal"]) == ["Service"], role.name
            assert isinstance(statement["Principal"]["Service"], str), role.name
            assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012", role.name


def test_every_workload_has_roles_of_its_own(prod: Graph) -> None:
    definitions = prod.of_type("aws:ecs/taskDefinition:TaskDefinition")
    arns = [item.text(key) for item in definitions for key in ("taskRoleArn", "executionRoleArn")]
    assert len(set(arns)) == len(arns) == 2 * len(definitions)
    assert set(arns) <= {str(role.outputs["arn"]) for role in prod.of_type("aws:iam/role:Role")}


def test_a_secret_is_read_only_by_the_services_that_mount_it(prod: Graph) -> None:
    readers = {
        policy.name
        for policy, statement in identity_statements(prod)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
    }
    assert readers == {"backend-execution", "migrate-execution"}


def test_policies_of_resources_let_nobody_in_without_a_bound(prod: Graph) -> None:
    seen = 0
    for type_, key in POLICIES.items():
        for resource in prod.of_type(type_):
            for statement in statements(resource, key):
                seen += 1
                if statement["Effect"] == "Allow" and statement["Principal"] == "*":
                    assert statement.get("Condition") or "*" not in listed(statement["Resource"]), resource.name
                assert "NotPrincipal" not in statement, resource.name
    assert seen > 10


def test_buckets_refuse_plain_connections(prod: Graph) -> None:
    policies = {item.text("bucket"): item for item in prod.of_type("aws:s3/bucketPolicy:BucketPolicy")}
    for bucket in prod.of_type("aws:s3/bucket:Bucket"):
        denied = [
            item for item in statements(policies[str(bucket.outputs["bucket"])], "policy") if item["Effect"] == "Deny"
        ]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [item["Condition"] for item in denied], bucket.name


@pytest.mark.parametrize("boundary", [None, "arn:aws:iam::123456789012:policy/boundary"])
def test_every_role_has_the_boundary_exactly_when_it_is_set(boundary: str | None) -> None:
    graph = capture("prod", config={"components:permissions_boundary_arn": boundary})
    roles = graph.of_type("aws:iam/role:Role")
    assert len(roles) >= 8
    assert [role.name for role in roles if role.inputs.get("permissionsBoundary") != boundary] == []
