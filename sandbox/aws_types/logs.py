"""CloudWatch Logs: log groups, and policies that let services write to them."""

from typing import Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Read, tag_calls

_ARN: Final = "arn:aws:logs:{region}:{account}:log-group:{id}"

LOG_GROUP: Final = AwsType(
    token="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    create=Call(operation="CreateLogGroup"),
    id="{name}",
    read=Read(
        operation="DescribeLogGroups",
        params={"logGroupNamePrefix": "{id}"},
        item="logGroups[?logGroupName=='{id}'] | [0]",
        shape="logGroups",
    ),
    gone=("ResourceNotFoundException",),
    renames={"name": "logGroupName"},
    setters=(
        Call(
            operation="PutRetentionPolicy",
            params={"logGroupName": "{id}"},
            clear=Call(operation="DeleteRetentionPolicy", params={"logGroupName": "{id}"}),
        ),
        Call(
            operation="AssociateKmsKey",
            params={"logGroupName": "{id}"},
            clear=Call(operation="DisassociateKmsKey", params={"logGroupName": "{id}"}),
        ),
        Call(operation="PutLogGroupDeletionProtection", params={"logGroupIdentifier": "{id}"}),
    ),
    defaults={"deletionProtectionEnabled": False},
    unsent={"skipDestroy": "Pulumi's own: read at deletion"},
    delete=(Call(operation="DeleteLogGroup", params={"logGroupName": "{id}"}, unless={"skipDestroy": True}),),
    autoname=Autoname(max_length=512),
    tags=tag_calls(
        "TagResource",
        "UntagResource",
        "resourceArn",
        resource=_ARN,
        tags="tags",
        keys="tagKeys",
        create="tags",
        map=True,
        read=Read(operation="ListTagsForResource", params={"resourceArn": _ARN}, item="tags"),
    ),
    outputs={"arn": _ARN},
)

LOG_RESOURCE_POLICY: Final = AwsType(
    token="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    service="logs",
    create=Call(operation="PutResourcePolicy", item="resourcePolicy"),
    id="{policyName}",
    read=Read(
        operation="DescribeResourcePolicies",
        item="resourcePolicies[?policyName=='{id}'] | [0]",
        shape="resourcePolicies",
    ),
    gone=("ResourceNotFoundException",),
    setters=(Call(operation="PutResourcePolicy", params={"policyName": "{id}"}),),
    delete=(Call(operation="DeleteResourcePolicy", params={"policyName": "{id}"}),),
    unique=("policyName",),
)

TYPES: Final = (LOG_GROUP, LOG_RESOURCE_POLICY)
