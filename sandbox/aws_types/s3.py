"""S3: buckets and their settings."""

from typing import Any, Final

from sandbox.aws_types.base import OMIT, Autoname, AwsType, Call, Context, Read, Step, TagStyle

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

TYPES: Final = (BUCKET, BUCKET_VERSIONING)
