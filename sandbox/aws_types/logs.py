"""CloudWatch Logs: log groups."""

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
    ),
    unsent={"skipDestroy": "Pulumi's own: read at deletion"},
    delete=(Call(operation="DeleteLogGroup", params={"logGroupName": "{id}"}),),
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

TYPES: Final = (LOG_GROUP,)
