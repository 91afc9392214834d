"""KMS: keys."""

from typing import Final

from sandbox.aws_types.base import AwsType, Call, Read, tag_calls

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

TYPES: Final = (KEY,)
