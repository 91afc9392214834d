"""ECS: task definitions."""

from typing import Final

from sandbox.aws_types.base import AwsType, Call, Read, tag_calls

TASK_DEFINITION: Final = AwsType(
    token="aws:ecs/taskDefinition:TaskDefinition",
    service="ecs",
    create=Call(operation="RegisterTaskDefinition", item="taskDefinition"),
    id="family",
    read=Read(
        operation="DescribeTaskDefinition",
        params={"taskDefinition": "{arn}"},
        item="[taskDefinition] | [?status=='ACTIVE'] | [0]",
        shape="taskDefinition",
    ),
    gone=("ClientException",),
    renames={
        "volumes.hostPath": "volumes.host.sourcePath",
        "volumes.configureAtLaunch": "volumes.configuredAtLaunch",
    },
    unordered=frozenset({"volumes", "containerDefinitions.environment", "containerDefinitions.secrets"}),
    unsent={
        "skipDestroy": "Pulumi's own: read at deletion",
        "trackLatest": "Pulumi's own: which revision a refresh looks at",
    },
    delete=(
        Call(
            operation="DeregisterTaskDefinition",
            params={"taskDefinition": "{arn}"},
            when={"skipDestroy": None},
        ),
    ),
    tags=tag_calls(
        "TagResource",
        "UntagResource",
        "resourceArn",
        tags="tags",
        keys="tagKeys",
        create="tags",
        key="key",
        value="value",
        read=Read(operation="ListTagsForResource", params={"resourceArn": "{arn}"}, item="tags"),
    ),
    outputs={
        "arn": "taskDefinitionArn",
        "arnWithoutRevision": "arn:aws:ecs:{region}:{account}:task-definition/{family}",
    },
    returns=("revision",),
)

TYPES: Final = (TASK_DEFINITION,)
