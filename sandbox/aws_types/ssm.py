"""Systems Manager: parameters."""

from typing import Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Read, tag_calls
from sandbox.aws_types.templates import Context

_DESCRIPTION: Final = Read(
    operation="DescribeParameters",
    params={"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["{id}"]}]},
    item="Parameters[0]",
    values={
        "type": "Type",
        "description": "Description",
        "keyId": "KeyId",
        "allowedPattern": "AllowedPattern",
        "tier": "Tier",
        "dataType": "DataType",
    },
)
_VALUE: Final = Read(
    operation="GetParameter",
    params={"Name": "{id}", "WithDecryption": True},
    item="Parameter",
    values={"value": "Value", "insecureValue": "Value"},
)


def _arn(context: Context) -> str:
    name = str(context.lookup("name")).removeprefix("/")
    return f"arn:aws:ssm:{context.region}:{context.account}:parameter/{name}"


PARAMETER: Final = AwsType(
    token="aws:ssm/parameter:Parameter",
    service="ssm",
    create=Call(operation="PutParameter", read=_VALUE),
    id="{name}",
    read=_DESCRIPTION,
    gone=("ParameterNotFound",),
    renames={"insecureValue": "Value"},
    setters=(
        Call(operation="PutParameter", params={"Name": "{id}", "Overwrite": True}, whole=True, read=_DESCRIPTION),
    ),
    # A parameter's type and a higher tier cannot be taken back.
    replace_on=frozenset({"type"}),
    defaults={"description": ""},
    delete=(Call(operation="DeleteParameter", params={"Name": "{id}"}),),
    autoname=Autoname(max_length=1011),
    tags=tag_calls(
        "AddTagsToResource",
        "RemoveTagsFromResource",
        "ResourceId",
        resource="{id}",
        read=Read(
            operation="ListTagsForResource",
            params={"ResourceType": "Parameter", "ResourceId": "{id}"},
            item="TagList",
        ),
        constants={"ResourceType": "Parameter"},
    ),
    outputs={"arn": _arn, "version": "Version"},
    read_after=True,
    volatile=("version",),
)

TYPES: Final = (PARAMETER,)
