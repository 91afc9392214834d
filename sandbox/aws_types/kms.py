"""KMS: keys and their aliases."""

from typing import Final

from sandbox.aws_types.base import AwsType, Call, Convert, Read, tag_calls

_ROTATION: Final = Read(
    operation="GetKeyRotationStatus",
    params={"KeyId": "{id}"},
    values={"enableKeyRotation": "KeyRotationEnabled", "rotationPeriodInDays": "RotationPeriodInDays"},
)

KEY: Final = AwsType(
    token="aws:kms/key:Key",
    service="kms",
    create=Call(operation="CreateKey", item="KeyMetadata"),
    id="KeyId",
    read=Read(
        operation="DescribeKey",
        params={"KeyId": "{id}"},
        item="[KeyMetadata] | [?KeyState!='PendingDeletion'] | [0]",
        shape="KeyMetadata",
        values={"isEnabled": "Enabled"},
    ),
    gone=("NotFoundException",),
    setters=(
        Call(operation="UpdateKeyDescription", params={"KeyId": "{id}"}),
        Call(
            operation="PutKeyPolicy",
            params={"KeyId": "{id}", "PolicyName": "default"},
            read=Read(operation="GetKeyPolicy", params={"KeyId": "{id}", "PolicyName": "default"}),
        ),
        Call(
            operation="EnableKeyRotation",
            params={"KeyId": "{id}"},
            triggers=("enableKeyRotation",),
            when={"enableKeyRotation": True},
            whole=True,
            read=_ROTATION,
        ),
        Call(
            operation="DisableKeyRotation",
            params={"KeyId": "{id}"},
            triggers=("enableKeyRotation",),
            when={"enableKeyRotation": False},
            read=_ROTATION,
        ),
        Call(operation="EnableKey", params={"KeyId": "{id}"}, triggers=("isEnabled",), when={"isEnabled": True}),
        Call(operation="DisableKey", params={"KeyId": "{id}"}, triggers=("isEnabled",), when={"isEnabled": False}),
    ),
    defaults={"enableKeyRotation": False, "isEnabled": True, "description": ""},
    unsent={"deletionWindowInDays": "Pulumi's own: read at deletion"},
    delete=(
        Call(
            operation="ScheduleKeyDeletion",
            params={"KeyId": "{id}", "PendingWindowInDays": "{deletionWindowInDays?}"},
            # A key that waits for its deletion already.
            ignore=("KMSInvalidStateException",),
        ),
    ),
    tags=tag_calls(
        "TagResource",
        "UntagResource",
        "KeyId",
        resource="{id}",
        key="TagKey",
        value="TagValue",
        read=Read(operation="ListResourceTags", params={"KeyId": "{id}"}, item="Tags"),
    ),
    returns=("arn", "keyId"),
)

ALIAS: Final = AwsType(
    token="aws:kms/alias:Alias",
    service="kms",
    create=Call(operation="CreateAlias"),
    id="{name}",
    read=Read(operation="ListAliases", item="Aliases[?AliasName=='{id}'] | [0]", shape="Aliases"),
    gone=("NotFoundException",),
    renames={"name": "AliasName"},
    # AWS answers with the key's id, also where its ARN was given.
    convert={"targetKeyId": Convert(to_aws=lambda key: str(key).rsplit("/", maxsplit=1)[-1])},
    setters=(Call(operation="UpdateAlias", params={"AliasName": "{id}"}),),
    delete=(Call(operation="DeleteAlias", params={"AliasName": "{id}"}),),
    unique=("name",),
    outputs={
        "arn": "arn:aws:kms:{region}:{account}:{name}",
        "targetKeyArn": "arn:aws:kms:{region}:{account}:key/{targetKeyId}",
    },
    volatile=("targetKeyArn",),
)

TYPES: Final = (KEY, ALIAS)
