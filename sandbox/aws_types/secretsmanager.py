"""Secrets Manager: secrets and the versions of their values."""

import base64
from typing import Any, Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Convert, Read, tag_calls
from sandbox.aws_types.templates import Context
from sandbox.plugin import Props

CURRENT: Final = "AWSCURRENT"


def _delete_secret(context: Context) -> None:
    """Delete at once (a recovery window of 0 days) or after the window."""
    days = context.get("recoveryWindowInDays")
    how = {"ForceDeleteWithoutRecovery": True} if days == 0 else {"RecoveryWindowInDays": days}
    _ = context.call("secretsmanager", "DeleteSecret", {"SecretId": context.id, **how})


SECRET: Final = AwsType(
    token="aws:secretsmanager/secret:Secret",
    service="secretsmanager",
    create=Call(operation="CreateSecret"),
    id="ARN",
    read=Read(
        operation="DescribeSecret",
        params={"SecretId": "{id}"},
        # A secret in its recovery window can be described, but its name is all that is left of it.
        item="[@] | [?!DeletedDate] | [0]",
    ),
    gone=("ResourceNotFoundException",),
    setters=(
        Call(operation="UpdateSecret", params={"SecretId": "{id}"}),
        Call(
            operation="PutResourcePolicy",
            params={"SecretId": "{id}"},
            renames={"policy": "ResourcePolicy"},
            clear=Call(operation="DeleteResourcePolicy", params={"SecretId": "{id}"}),
            read=Read(operation="GetResourcePolicy", params={"SecretId": "{id}"}),
        ),
    ),
    defaults={"description": ""},
    presets={"recoveryWindowInDays": 30},
    unsent={"recoveryWindowInDays": "Pulumi's own: read at deletion"},
    delete=(_delete_secret,),
    autoname=Autoname(max_length=512),
    tags=tag_calls("TagResource", "UntagResource", "SecretId", resource="{id}"),
    outputs={"arn": "ARN"},
)


def _version_id(context: Context) -> str:
    return f"{context.lookup('secretId')}|{context.lookup('item')['VersionId']}"


def _retire(context: Context) -> None:
    """Take a version's labels away; AWSCURRENT stays where it is until another version has it."""
    found: Props = context.call("secretsmanager", "DescribeSecret", {"SecretId": context.lookup("secretId")})
    version: str = context.lookup("versionId")
    labels: list[str] = found.get("VersionIdsToStages", {}).get(version, [])
    for label in labels:
        if label != CURRENT:
            params = {"SecretId": context.lookup("secretId"), "VersionStage": label, "RemoveFromVersionId": version}
            _ = context.call("secretsmanager", "UpdateSecretVersionStage", params)


def _encoded(value: Any) -> str:
    return base64.b64encode(value).decode()


SECRET_VERSION: Final = AwsType(
    token="aws:secretsmanager/secretVersion:SecretVersion",
    service="secretsmanager",
    create=Call(operation="PutSecretValue"),
    id=_version_id,
    read=Read(operation="GetSecretValue", params={"SecretId": "{secretId}", "VersionId": "{versionId}"}),
    gone=("ResourceNotFoundException", "InvalidRequestException"),
    unread={"secretId": "the version was found in it"},
    convert={"secretBinary": Convert(to_aws=lambda value: base64.b64decode(value), to_pulumi=_encoded)},
    delete=(_retire,),
    outputs={"arn": "ARN", "versionId": "VersionId"},
    returns=("versionStages",),
)

TYPES: Final = (SECRET, SECRET_VERSION)
