"""KMS keys: one a purpose, each usable only through the services that the purpose names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.policy import Statement, policy_document
from components.protection import Protection

KeyPurpose: TypeAlias = Literal["logs", "data", "secrets", "images", "storage"]

ADMINISTRATION = tuple(
    f"kms:{operation}"
    for operation in (
        "CancelKeyDeletion",
        "CreateAlias",
        "DeleteAlias",
        "DescribeKey",
        "DisableKey",
        "DisableKeyRotation",
        "EnableKey",
        "EnableKeyRotation",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListGrants",
        "ListKeyPolicies",
        "ListKeyRotations",
        "ListResourceTags",
        "PutKeyPolicy",
        "RevokeGrant",
        "RotateKeyOnDemand",
        "ScheduleKeyDeletion",
        "TagResource",
        "UntagResource",
        "UpdateAlias",
        "UpdateKeyDescription",
    )
)
"""What administrators do to a key; none of it decrypts anything."""

USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""What encrypting and decrypting with a key takes."""


@dataclass(frozen=True, kw_only=True)
class _Purpose:
    """`via`: services on whose behalf the account's identities may use the key; `principal`: a service that uses it
    itself, for resources under `context_resource` alone."""

    description: str
    via: tuple[str, ...] = ()
    principal: str | None = None
    context_key: str = ""
    context_service: str = ""
    context_resource: str = ""


PURPOSES: Mapping[KeyPurpose, _Purpose] = {
    # CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
    "logs": _Purpose(
        description="CloudWatch log groups",
        principal="logs",
        context_key="kms:EncryptionContext:aws:logs:arn",
        context_service="logs",
        context_resource="log-group:*",
    ),
    "data": _Purpose(description="Databases, their snapshots and insights, and caches", via=("rds", "elasticache")),
    "secrets": _Purpose(description="Secrets Manager secrets", via=("secretsmanager",)),
    "images": _Purpose(description="Container image repositories", via=("ecr",)),
    "storage": _Purpose(description="Buckets and file systems", via=("s3", "elasticfilesystem")),
}


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """Inputs of `Keys`."""

    project: str
    stack: str
    account: Account
    protection: Protection


class Keys(pulumi.ComponentResource):
    """One symmetric KMS key and alias a purpose, rotated every year.

    A key's policy leaves the decision to the account's IAM policies, but only through the services of its purpose.
    Deletion takes 30 days where protection is on, 7 otherwise.
    """

    logs: aws.kms.Key
    data: aws.kms.Key
    secrets: aws.kms.Key
    images: aws.kms.Key
    storage: aws.kms.Key

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:keys:Keys", name, None, opts)
        keys = {purpose: self._key(name, purpose, args) for purpose in get_args(KeyPurpose)}
        self.logs = keys["logs"]
        self.data = keys["data"]
        self.secrets = keys["secrets"]
        self.images = keys["images"]
        self.storage = keys["storage"]
        self.register_outputs({purpose: key.arn for purpose, key in keys.items()})

    def _key(self, name: str, purpose: KeyPurpose, args: KeysArgs) -> aws.kms.Key:
        key = aws.kms.Key(
            f"{name}-{purpose}",
            description=f"{args.project} {args.stack}: {PURPOSES[purpose].description}",
            policy=policy_document(key_policy(PURPOSES[purpose], args.account)),
            enable_key_rotation=True,
            deletion_window_in_days=args.protection.key_deletion_window_days,
            opts=args.protection.stateful(pulumi.ResourceOptions(parent=self)),
        )
        _ = aws.kms.Alias(
            f"{name}-{purpose}",
            name=f"alias/{args.project}-{args.stack}-{purpose}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key


def key_policy(purpose: _Purpose, account: Account) -> tuple[Statement, ...]:
    """Return the statements of a key's policy. Its resource is always `*`: in a key policy that is the key itself."""
    root = {"AWS": account.arn("iam", "root", region="")}
    statements = [Statement(sid="Administration", principals=root, actions=ADMINISTRATION, resources=("*",))]
    if purpose.via:
        via = [f"{service}.{account.region}.amazonaws.com" for service in purpose.via]
        statements.append(
            Statement(
                sid="UseThroughServices",
                principals=root,
                # Services retire the grants that they made (Amazon ECR User Guide, "Encryption at rest").
                actions=(*USE, "kms:RetireGrant"),
                resources=("*",),
                conditions={"StringEquals": {"kms:ViaService": via}},
            )
        )
        statements.append(
            Statement(
                sid="GrantsForServices",
                principals=root,
                actions=("kms:CreateGrant",),
                resources=("*",),
                conditions={"StringEquals": {"kms:ViaService": via}, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            )
        )
    if purpose.principal is not None:
        statements.append(
            Statement(
                sid="UseByService",
                principals={"Service": f"{purpose.principal}.{account.region}.amazonaws.com"},
                actions=USE,
                resources=("*",),
                conditions={
                    "ArnLike": {purpose.context_key: account.arn(purpose.context_service, purpose.context_resource)}
                },
            )
        )
    return tuple(statements)
