"""Permissions are bounded when they are written, not when they are found."""

import pulumi
import pytest

from components import access
from components.access import AccessError, Permission, Role, RoleArgs
from components.context import Context
from components.logs import log_group
from components.secrets import Secret, SecretArgs
from components.settings import ComponentsSettings
from tests.unit.components.recording import Graph, record, settings

SECRET_ARN = "arn:aws:mock:eu-central-1:123456789012:password"


@pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get*", "s3:Get?bject"])
def test_a_wildcard_in_an_action_is_always_refused(action: str) -> None:
    with pytest.raises(AccessError, match="has a wildcard"):
        Permission(sid="Wide", actions=(action,), resources=("arn:aws:s3:::bucket",))


def test_a_wildcard_resource_is_refused_where_aws_offers_one() -> None:
    with pytest.raises(AccessError, match="secretsmanager:GetSecretValue"):
        Permission(sid="Wide", actions=("secretsmanager:GetSecretValue",), resources=("*",))


def test_one_unlisted_action_spoils_a_listed_one() -> None:
    actions = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage")
    with pytest.raises(AccessError, match="ecr:BatchGetImage"):
        Permission(sid="Wide", actions=actions, resources=("*",))


@pytest.mark.parametrize("action", access.WILDCARD_RESOURCES)
def test_listed_actions_may_be_allowed_on_everything_and_say_why(action: str) -> None:
    assert Permission(sid="Listed", actions=(action,), resources=("*",))
    assert len(access.WILDCARD_RESOURCES[action]) > 20


@pytest.mark.parametrize(("actions", "resources"), [((), ("arn:x",)), (("s3:GetObject",), ())])
def test_an_empty_permission_is_refused(actions: tuple[str, ...], resources: tuple[str, ...]) -> None:
    with pytest.raises(AccessError, match="at least one"):
        Permission(sid="Empty", actions=actions, resources=resources)


def test_a_wildcard_that_only_shows_up_later_is_refused_too() -> None:
    def program(context: Context, _: ComponentsSettings) -> None:
        late = Permission(sid="Late", actions=("s3:GetObject",), resources=(pulumi.Output.from_input("*"),))
        Role("late", RoleArgs(context=context, service="ecs-tasks.amazonaws.com", description="x", permissions=[late]))

    with pytest.raises(ValueError, match="Late: resource"):
        record(program)


def test_every_ability_says_its_blast_radius() -> None:
    abilities = [
        value
        for value in vars(access).values()
        if callable(value) and getattr(value, "__annotations__", {}).get("return") == tuple[Permission, ...]
    ]
    assert len(abilities) >= 8
    for ability in abilities:
        assert "Blast radius:" in (ability.__doc__ or ""), ability.__name__


@pytest.fixture(scope="module")
def graph() -> Graph:
    def program(context: Context, _: ComponentsSettings) -> None:
        password = Secret("password", SecretArgs(context=context, value="s3cret", description="Password"))
        other = Secret("other", SecretArgs(context=context, value="s3cret", description="Other"))
        group = log_group("backend", context, opts=pulumi.ResourceOptions())
        Role(
            "backend",
            RoleArgs(
                context=context,
                service="ecs-tasks.amazonaws.com",
                description="Runs the backend",
                permissions=(
                    *access.write_logs(group),
                    *access.read_secret(password.secret, context.keys.secrets, context.account),
                    *access.read_secret(other.secret, context.keys.secrets, context.account),
                    *access.get_ecr_token(),
                ),
                trust_conditions={"ArnLike": {"aws:SourceArn": context.account.arn("ecs", "*")}},
            ),
        )
        Role("idle", RoleArgs(context=context, service="ecs-tasks.amazonaws.com", description="Does nothing"))

    return record(program, settings(permissions_boundary_arn="arn:aws:iam::123456789012:policy/boundary"))


def test_a_role_trusts_its_service_only_on_behalf_of_this_account(graph: Graph) -> None:
    (trust,) = graph.one("iam/role:Role", "backend").policy("assumeRolePolicy")
    assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-central-1:123456789012:*"},
    }


def test_every_role_is_within_the_boundary(graph: Graph) -> None:
    for role in graph.of("iam/role:Role"):
        assert role.inputs["permissionsBoundary"] == "arn:aws:iam::123456789012:policy/boundary"


def test_statements_have_different_names_however_often_an_ability_is_given(graph: Graph) -> None:
    sids = [statement["Sid"] for statement in graph.one("RolePolicy", "backend").policy()]
    assert sids == ["WriteLogs", "ReadSecret", "DecryptSecret", "ReadSecret2", "DecryptSecret2", "GetEcrToken"]


def test_a_secrets_reader_can_decrypt_that_secret_alone(graph: Graph) -> None:
    statements = {item["Sid"]: item for item in graph.one("RolePolicy", "backend").policy()}
    assert statements["ReadSecret"]["Resource"] == [SECRET_ARN]
    assert statements["DecryptSecret"]["Condition"]["StringEquals"] == {
        "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com",
        "kms:EncryptionContext:SecretARN": SECRET_ARN,
    }


def test_a_role_without_permissions_has_no_policy(graph: Graph) -> None:
    assert [policy.name for policy in graph.of("RolePolicy")] == ["backend"]
