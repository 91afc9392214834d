"""Permissions as named abilities, and the roles that are given them.

An ability's docstring says its blast radius: the worst that a holder can do with it. A role has no statement that is
not an ability of this module.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.context import Context
from components.policy import Conditions, Statement, policy_document

WILDCARD_RESOURCES: Mapping[str, str] = {
    "ecr:GetAuthorizationToken": "the token is the account's; ECR offers no resource to name",
    "ssmmessages:CreateControlChannel": "Session Manager's channels have no resource to name",
    "ssmmessages:CreateDataChannel": "Session Manager's channels have no resource to name",
    "ssmmessages:OpenControlChannel": "Session Manager's channels have no resource to name",
    "ssmmessages:OpenDataChannel": "Session Manager's channels have no resource to name",
}
"""Actions that AWS offers no resource for, with the reason (Service Authorization Reference). No other action may be
allowed on `*`."""


class AccessError(ValueError):
    """A permission that this project refuses to grant."""


def check_statement(sid: str, actions: Sequence[str], resources: Sequence[object]) -> None:
    """Check one statement of an identity policy. Resources that are not text yet (Outputs) are passed over.

    Raises:
        AccessError: no action or resource, a wildcard in an action, or `*` as the resource of an action that is not
            in `WILDCARD_RESOURCES`.
    """
    if not actions or not resources:
        raise AccessError(f"{sid}: a permission needs at least one action and one resource; name them")
    for action in actions:
        if "*" in action or "?" in action:
            raise AccessError(f"{sid}: action {action!r} has a wildcard; name each action")
    if "*" in resources:
        unlisted = [action for action in actions if action not in WILDCARD_RESOURCES]
        if unlisted:
            raise AccessError(
                f"{sid}: resource '*' is refused for {', '.join(unlisted)}; name the resources, or, where AWS offers "
                "none, list the action in WILDCARD_RESOURCES with the reason"
            )


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One thing that an identity may do.

    Raises:
        AccessError: see `check_statement`.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...]
    conditions: Conditions = field(default_factory=dict[str, Mapping[str, pulumi.Input[str]]])

    def __post_init__(self) -> None:
        check_statement(self.sid, self.actions, self.resources)

    def statement(self) -> Statement:
        """Return the permission as a statement; a resource that turns out to be `*` is refused there, too."""
        checked = tuple(self._checked(resource) for resource in self.resources)
        return Statement(sid=self.sid, actions=self.actions, resources=checked, conditions=self.conditions)

    def _checked(self, resource: pulumi.Input[str]) -> pulumi.Input[str]:
        if isinstance(resource, str):
            return resource

        def check(value: str) -> str:
            check_statement(self.sid, self.actions, [value])
            return value

        return pulumi.Output.from_input(resource).apply(check)


def write_logs(group: aws.cloudwatch.LogGroup) -> tuple[Permission, ...]:
    """Append to one log group. Blast radius: false or excessive entries in that group; nothing can be read."""
    return (
        Permission(
            sid="WriteLogs",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(pulumi.Output.concat(group.arn, ":log-stream:*"),),
        ),
    )


def deliver_flow_logs(group: aws.cloudwatch.LogGroup, account: Account) -> tuple[Permission, ...]:
    """Deliver VPC flow logs to one log group. Blast radius: false entries there; names of the region's log groups.

    Source: Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs", less what it does not need.
    """
    return (
        *write_logs(group),
        Permission(
            sid="ListLogStreams",
            actions=("logs:DescribeLogStreams",),
            resources=(pulumi.Output.concat(group.arn, ":*"),),
        ),
        Permission(
            sid="ListLogGroups",
            actions=("logs:DescribeLogGroups",),
            resources=(account.arn("logs", "log-group:*"),),
        ),
    )


def write_rds_metrics(account: Account) -> tuple[Permission, ...]:
    """Let RDS deliver enhanced monitoring. Blast radius: false operating system metrics in `RDSOSMetrics`.

    Source: the AWS managed policy AmazonRDSEnhancedMonitoringRole, bound to this account and region.
    """
    return (
        Permission(
            sid="KeepLogGroup",
            actions=("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
            resources=(account.arn("logs", "log-group:RDS*"),),
        ),
        Permission(
            sid="WriteMetrics",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"),
            resources=(account.arn("logs", "log-group:RDS*:log-stream:*"),),
        ),
    )


def read_secret(secret: aws.secretsmanager.Secret, key: aws.kms.Key, account: Account) -> tuple[Permission, ...]:
    """Read one secret. Blast radius: that secret's value; its key decrypts nothing else for the holder."""
    return (
        Permission(sid="ReadSecret", actions=("secretsmanager:GetSecretValue",), resources=(secret.arn,)),
        Permission(
            sid="DecryptSecret",
            actions=("kms:Decrypt",),
            resources=(key.arn,),
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"secretsmanager.{account.region}.amazonaws.com",
                    "kms:EncryptionContext:SecretARN": secret.arn,
                }
            },
        ),
    )


def pull_image(repository: aws.ecr.Repository) -> tuple[Permission, ...]:
    """Pull the images of one repository. Blast radius: the code in those images can be read.

    ECR decrypts layers by its own grant on the key, so that the holder needs no right to the key.
    """
    return (
        Permission(
            sid="PullImage",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=(repository.arn,),
        ),
    )


def get_ecr_token() -> tuple[Permission, ...]:
    """Log in to ECR. Blast radius: none by itself; what can be pulled is decided by `pull_image`."""
    return (Permission(sid="GetEcrToken", actions=("ecr:GetAuthorizationToken",), resources=("*",)),)


def open_exec_session() -> tuple[Permission, ...]:
    """Let operators open a shell in the task (ECS Exec). Blast radius: who may call ExecuteCommand is in the task."""
    return (
        Permission(
            sid="OpenExecSession",
            actions=(
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ),
            resources=("*",),
        ),
    )


def mount_file_system(file_system: aws.efs.FileSystem, access_point: aws.efs.AccessPoint) -> tuple[Permission, ...]:
    """Read and write one access point of one file system. Blast radius: the files below that access point."""
    return (
        Permission(
            sid="MountFileSystem",
            actions=("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
            resources=(file_system.arn,),
            conditions={"StringEquals": {"elasticfilesystem:AccessPointArn": access_point.arn}},
        ),
    )


def connect_database(resource_id: pulumi.Input[str], user: str, account: Account) -> tuple[Permission, ...]:
    """Log in to one database as one user by IAM. Blast radius: what that database user may do."""
    arn = pulumi.Output.concat(account.arn("rds-db", "dbuser:"), resource_id, f"/{user}")
    return (Permission(sid="ConnectDatabase", actions=("rds-db:connect",), resources=(arn,)),)


@dataclass(frozen=True, kw_only=True)
class RoleArgs:
    """Inputs of `Role`.

    `service` assumes the role (`ecs-tasks.amazonaws.com`), and only on behalf of this account; `trust_conditions`
    narrow that further.
    """

    context: Context
    service: str
    description: str
    permissions: Sequence[Permission] = ()
    trust_conditions: Conditions = field(default_factory=dict[str, Mapping[str, pulumi.Input[str]]])


class Role(pulumi.ComponentResource):
    """A role that one AWS service assumes for this account, within the stack's permissions boundary.

    Its permissions are one inline policy; a role without permissions has none.
    """

    role: aws.iam.Role
    arn: pulumi.Output[str]
    policy: aws.iam.RolePolicy | None

    def __init__(self, name: str, args: RoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:access:Role", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        equals = {"aws:SourceAccount": args.context.account_id, **args.trust_conditions.get("StringEquals", {})}
        trust = Statement(
            sid="Assume",
            actions=("sts:AssumeRole",),
            principals={"Service": args.service},
            conditions={**args.trust_conditions, "StringEquals": equals},
        )
        self.role = aws.iam.Role(
            name,
            description=args.description,
            assume_role_policy=policy_document([trust]),
            permissions_boundary=args.context.permissions_boundary_arn,
            opts=child,
        )
        self.arn = self.role.arn
        self.policy = None
        if args.permissions:
            self.policy = aws.iam.RolePolicy(
                name,
                role=self.role.name,
                policy=policy_document(permission.statement() for permission in args.permissions),
                opts=child,
            )
        self.register_outputs({"arn": self.arn})
