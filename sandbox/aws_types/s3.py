"""S3: buckets and their settings."""

from dataclasses import replace
from typing import Any, Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Read, Step, TagStyle
from sandbox.aws_types.templates import OMIT, Context

GONE: Final = ("NoSuchBucket", "404")


def _location(context: Context) -> Any:
    """Outside us-east-1 a bucket's region is told in the request; there it must not be."""
    return OMIT if context.region == "us-east-1" else {"LocationConstraint": context.region}


def _empty(context: Context) -> None:
    """Delete every version of every object, where `forceDestroy` allows it."""
    if not context.get("forceDestroy"):
        return
    while True:
        listed = context.call("s3", "ListObjectVersions", {"Bucket": context.id})
        found = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
        if not found:
            return
        objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
        context.call("s3", "DeleteObjects", {"Bucket": context.id, "Delete": {"Objects": objects, "Quiet": True}})


BUCKET: Final = AwsType(
    token="aws:s3/bucket:Bucket",
    service="s3",
    create=Call(
        operation="CreateBucket",
        inputs=("bucket", "objectLockEnabled"),
        params={"CreateBucketConfiguration": _location},
    ),
    id="{bucket}",
    read=Read(operation="HeadBucket", params={"Bucket": "{id}"}),
    gone=GONE,
    renames={"objectLockEnabled": "ObjectLockEnabledForBucket"},
    unsent={"forceDestroy": "Pulumi's own: read at deletion"},
    delete=(_empty, Call(operation="DeleteBucket", params={"Bucket": "{id}"})),
    autoname=Autoname(input="bucket", max_length=63),
    tags=TagStyle(
        create=None,
        replaces_all=True,
        tag=Call(operation="PutBucketTagging", params={"Bucket": "{id}", "Tagging": {"TagSet": "{tags}"}}),
        untag=Call(operation="DeleteBucketTagging", params={"Bucket": "{id}"}),
        read=Read(operation="GetBucketTagging", params={"Bucket": "{id}"}, item="TagSet", gone=("NoSuchTagSet",)),
    ),
    outputs={
        "arn": "arn:aws:s3:::{id}",
        "bucketDomainName": "{id}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{id}.s3.{region}.amazonaws.com",
        "region": "{region}",
        "bucketRegion": "{region}",
    },
)


def bucket_setting(token: str, put: str, get: Read, delete: Step) -> AwsType:
    """The type of a setting that is put on a bucket as a whole, and whose id is the bucket's name.

    For more, `dataclasses.replace` the result.
    """
    return AwsType(
        token=token,
        service="s3",
        create=Call(operation=put),
        id="{bucket}",
        read=get,
        setters=(Call(operation=put, params={"Bucket": "{id}"}, whole=True),),
        gone=GONE,
        unread={"bucket": "the setting was found on it"},
        delete=(delete,),
    )


BUCKET_VERSIONING: Final = bucket_setting(
    "aws:s3/bucketVersioning:BucketVersioning",
    "PutBucketVersioning",
    Read(
        operation="GetBucketVersioning",
        params={"Bucket": "{id}"},
        renames={"VersioningConfiguration": ""},
    ),
    Call(
        operation="PutBucketVersioning",
        params={"Bucket": "{id}", "VersioningConfiguration": {"Status": "Suspended"}},
    ),
)

_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

BUCKET_PUBLIC_ACCESS_BLOCK: Final = replace(
    bucket_setting(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "PutPublicAccessBlock",
        Read(
            operation="GetPublicAccessBlock",
            params={"Bucket": "{id}"},
            item="PublicAccessBlockConfiguration",
            values={name: f"{name[:1].upper()}{name[1:]}" for name in _BLOCKS},
            gone=("NoSuchPublicAccessBlockConfiguration",),
        ),
        Call(operation="DeletePublicAccessBlock", params={"Bucket": "{id}"}),
    ),
    renames={name: f"PublicAccessBlockConfiguration.{name[:1].upper()}{name[1:]}" for name in _BLOCKS},
    presets=dict.fromkeys(_BLOCKS, False),
)

BUCKET_OWNERSHIP_CONTROLS: Final = replace(
    bucket_setting(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "PutBucketOwnershipControls",
        Read(
            operation="GetBucketOwnershipControls",
            params={"Bucket": "{id}"},
            item="OwnershipControls",
            renames={"OwnershipControls.Rules": "Rules"},
            gone=("OwnershipControlsNotFoundError",),
        ),
        Call(operation="DeleteBucketOwnershipControls", params={"Bucket": "{id}"}),
    ),
    renames={"rule": "OwnershipControls.Rules"},
)

BUCKET_ENCRYPTION: Final = replace(
    bucket_setting(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "PutBucketEncryption",
        Read(
            operation="GetBucketEncryption",
            params={"Bucket": "{id}"},
            item="ServerSideEncryptionConfiguration",
            renames={"ServerSideEncryptionConfiguration.Rules": "Rules"},
            gone=("ServerSideEncryptionConfigurationNotFoundError",),
        ),
        Call(operation="DeleteBucketEncryption", params={"Bucket": "{id}"}),
    ),
    renames={"rules": "ServerSideEncryptionConfiguration.Rules"},
)

BUCKET_LIFECYCLE: Final = replace(
    bucket_setting(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        Read(
            operation="GetBucketLifecycleConfiguration",
            params={"Bucket": "{id}"},
            renames={"LifecycleConfiguration.Rules": "Rules"},
            gone=("NoSuchLifecycleConfiguration",),
        ),
        Call(operation="DeleteBucketLifecycle", params={"Bucket": "{id}"}),
    ),
    renames={"rules": "LifecycleConfiguration.Rules"},
)

BUCKET_POLICY: Final = bucket_setting(
    "aws:s3/bucketPolicy:BucketPolicy",
    "PutBucketPolicy",
    Read(operation="GetBucketPolicy", params={"Bucket": "{id}"}, gone=("NoSuchBucketPolicy",)),
    Call(operation="DeleteBucketPolicy", params={"Bucket": "{id}"}),
)

_LOGGING: Final = "BucketLoggingStatus.LoggingEnabled"

BUCKET_LOGGING: Final = replace(
    bucket_setting(
        "aws:s3/bucketLogging:BucketLogging",
        "PutBucketLogging",
        Read(
            operation="GetBucketLogging",
            params={"Bucket": "{id}"},
            item="LoggingEnabled",
            renames={f"{_LOGGING}.{member}": member for member in ("TargetBucket", "TargetPrefix")},
        ),
        Call(operation="PutBucketLogging", params={"Bucket": "{id}", "BucketLoggingStatus": {}}),
    ),
    renames={"targetBucket": f"{_LOGGING}.TargetBucket", "targetPrefix": f"{_LOGGING}.TargetPrefix"},
)

TYPES: Final = (
    BUCKET,
    BUCKET_VERSIONING,
    BUCKET_PUBLIC_ACCESS_BLOCK,
    BUCKET_OWNERSHIP_CONTROLS,
    BUCKET_ENCRYPTION,
    BUCKET_LIFECYCLE,
    BUCKET_POLICY,
    BUCKET_LOGGING,
)
