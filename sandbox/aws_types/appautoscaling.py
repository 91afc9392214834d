"""Application Auto Scaling: what may be scaled, and by what rule."""

from typing import Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Read, tag_calls

SERVICE: Final = "application-autoscaling"
_DIMENSION: Final = {
    "ServiceNamespace": "{serviceNamespace}",
    "ResourceId": "{resourceId}",
    "ScalableDimension": "{scalableDimension}",
}
_UNIQUE: Final = ("serviceNamespace", "resourceId", "scalableDimension")

TARGET: Final = AwsType(
    token="aws:appautoscaling/target:Target",
    service=SERVICE,
    create=Call(operation="RegisterScalableTarget"),
    id="{resourceId}",
    read=Read(
        operation="DescribeScalableTargets",
        params={
            "ServiceNamespace": "{serviceNamespace}",
            "ResourceIds": ["{resourceId}"],
            "ScalableDimension": "{scalableDimension}",
        },
        item="ScalableTargets[0]",
    ),
    gone=("ObjectNotFoundException",),
    setters=(Call(operation="RegisterScalableTarget", params=_DIMENSION),),
    delete=(Call(operation="DeregisterScalableTarget", params=_DIMENSION),),
    unique=_UNIQUE,
    tags=tag_calls(
        "TagResource",
        "UntagResource",
        "ResourceARN",
        map=True,
        read=Read(operation="ListTagsForResource", params={"ResourceARN": "{arn}"}, item="Tags"),
    ),
    outputs={"arn": "ScalableTargetARN"},
    read_after=True,
)

POLICY: Final = AwsType(
    token="aws:appautoscaling/policy:Policy",
    service=SERVICE,
    create=Call(operation="PutScalingPolicy"),
    id="{name}",
    read=Read(
        operation="DescribeScalingPolicies",
        params={**_DIMENSION, "PolicyNames": ["{id}"]},
        item="ScalingPolicies[?PolicyName=='{id}'] | [0]",
    ),
    gone=("ObjectNotFoundException",),
    renames={"name": "PolicyName"},
    presets={"policyType": "StepScaling"},
    setters=(Call(operation="PutScalingPolicy", params={**_DIMENSION, "PolicyName": "{id}"}, whole=True),),
    delete=(Call(operation="DeleteScalingPolicy", params={**_DIMENSION, "PolicyName": "{id}"}),),
    autoname=Autoname(max_length=256),
    unique=("name", *_UNIQUE),
    outputs={"arn": "PolicyARN", "alarmArns": "Alarms[].AlarmARN"},
)

TYPES: Final = (TARGET, POLICY)
