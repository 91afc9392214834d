"""Storage that outlives tasks: buckets for objects and file systems for volumes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.address_plan import ZoneLetter
from components.context import Context
from components.firewall import security_group
from components.policy import Statement, policy_document

BucketEncryption: TypeAlias = Literal["kms", "sse-s3"]
"""`kms`: the stack's storage key. `sse-s3`: for services that deliver logs and cannot use a key of ours."""


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Inputs of `Bucket`.

    `grants` turns the bucket's ARN into the statements of services that may use it. `expire_after_days` deletes
    objects; a deleted or overwritten version is kept for `keep_versions_days` more.
    """

    context: Context
    encryption: BucketEncryption = "kms"
    grants: Callable[[pulumi.Output[str]], Sequence[Statement]] | None = None
    expire_after_days: int | None = None
    keep_versions_days: int = 30
    access_log_bucket: aws.s3.Bucket | None = None


class Bucket(pulumi.ComponentResource):
    """A private, versioned, encrypted bucket that is reached over TLS only and knows no ACLs.

    `policy` is public because a service that checks the bucket (a load balancer's access logs) must wait for it.
    """

    bucket: aws.s3.Bucket
    policy: aws.s3.BucketPolicy

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:storage:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(
            name,
            force_destroy=args.context.protection.force_destroy,
            opts=args.context.protection.stateful(child),
        )
        bucket = self.bucket.bucket
        blocked = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        _ = aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        _ = aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket, rules=[_encryption_rule(args)], opts=child
        )
        _ = aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket,
            rules=_lifecycle_rules(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        statements = [_tls_only(self.bucket.arn), *(args.grants(self.bucket.arn) if args.grants else ())]
        self.policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket,
            policy=policy_document(statements),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[blocked]),
        )
        if args.access_log_bucket is not None:
            _ = aws.s3.BucketLogging(
                name,
                bucket=bucket,
                target_bucket=args.access_log_bucket.bucket,
                target_prefix=f"{name}/",
                opts=child,
            )
        self.register_outputs({"bucket": bucket, "arn": self.bucket.arn})


def _encryption_rule(args: BucketArgs) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs
    if args.encryption == "sse-s3":
        return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default(sse_algorithm="AES256")
        )
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default(
            sse_algorithm="aws:kms", kms_master_key_id=args.context.keys.storage.arn
        ),
        bucket_key_enabled=True,
    )


def _lifecycle_rules(args: BucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    everything = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    tidy = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="tidy",
        status="Enabled",
        filter=everything,
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=args.keep_versions_days
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=7
        ),
    )
    if args.expire_after_days is None:
        return [tidy]
    expire = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="expire",
        status="Enabled",
        filter=everything,
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expire_after_days),
    )
    return [tidy, expire]


def _tls_only(bucket_arn: pulumi.Output[str]) -> Statement:
    return Statement(
        sid="TlsOnly",
        effect="Deny",
        principals="*",
        actions=("s3:*",),
        resources=(bucket_arn, pulumi.Output.concat(bucket_arn, "/*")),
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


@dataclass(frozen=True, kw_only=True)
class FileSystemArgs:
    """Inputs of `FileSystem`. `subnets` holds one subnet a zone: a mount target each."""

    context: Context
    vpc: aws.ec2.Vpc
    subnets: Mapping[ZoneLetter, aws.ec2.Subnet]


class FileSystem(pulumi.ComponentResource):
    """An encrypted EFS file system with a mount target a zone, used through access points over TLS only.

    `security_group` admits nobody: who mounts it is admitted on port 2049 by `firewall.admit`. A task that mounts it
    depends on `mount_targets`.
    """

    file_system: aws.efs.FileSystem
    security_group: aws.ec2.SecurityGroup
    mount_targets: Sequence[aws.efs.MountTarget]

    def __init__(self, name: str, args: FileSystemArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:storage:FileSystem", name, None, opts)
        self._name = name
        self._protection = args.context.protection
        child = pulumi.ResourceOptions(parent=self)
        self.file_system = aws.efs.FileSystem(
            name,
            encrypted=True,
            kms_key_id=args.context.keys.storage.arn,
            throughput_mode="elastic",
            lifecycle_policies=[
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_ia="AFTER_30_DAYS"),
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ],
            tags={"Name": name},
            opts=args.context.protection.stateful(child),
        )
        _ = aws.efs.FileSystemPolicy(
            name,
            file_system_id=self.file_system.id,
            policy=policy_document(_file_system_policy(self.file_system.arn, args.context)),
            opts=child,
        )
        self.security_group = security_group(
            f"{name}-mount-targets", vpc=args.vpc, description=f"Mount targets of the file system {name}", opts=child
        )
        self.mount_targets = [
            aws.efs.MountTarget(
                f"{name}-{zone}",
                file_system_id=self.file_system.id,
                subnet_id=subnet.id,
                security_groups=[self.security_group.id],
                opts=child,
            )
            for zone, subnet in args.subnets.items()
        ]
        self.register_outputs({"file_system_id": self.file_system.id, "arn": self.file_system.arn})

    def access_point(self, name: str, *, uid: int, gid: int) -> aws.efs.AccessPoint:
        """Declare the directory `/<name>` as a volume: everything in it belongs to `uid` and `gid`, mode 0750."""
        return aws.efs.AccessPoint(
            f"{self._name}-{name}",
            file_system_id=self.file_system.id,
            posix_user=aws.efs.AccessPointPosixUserArgs(uid=uid, gid=gid),
            root_directory=aws.efs.AccessPointRootDirectoryArgs(
                path=f"/{name}",
                creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                    owner_uid=uid, owner_gid=gid, permissions="0750"
                ),
            ),
            tags={"Name": f"{self._name}-{name}"},
            opts=self._protection.stateful(pulumi.ResourceOptions(parent=self)),
        )


def _file_system_policy(arn: pulumi.Output[str], context: Context) -> tuple[Statement, ...]:
    """Let identities of this account mount it, as their own policies say; refuse root and everything without TLS."""
    return (
        Statement(
            sid="OwnAccountByMountTarget",
            principals={"AWS": context.account.arn("iam", "root", region="")},
            actions=("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
            resources=(arn,),
            conditions={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        ),
        Statement(
            sid="TlsOnly",
            effect="Deny",
            principals="*",
            actions=("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
            resources=(arn,),
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
