"""WAFv2: web ACLs, what they protect and where they log."""

from typing import Any, Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Read, tag_calls
from sandbox.aws_types.templates import Context
from sandbox.plugin import UNKNOWN

_KEY: Final = {"Id": "{id}", "Name": "{name}", "Scope": "{scope}"}


def _lock_token(context: Context) -> Any:
    """WAF changes what it has given out last, and nothing else."""
    if context.lenient:
        return UNKNOWN
    key = {"Id": context.id, "Name": context.lookup("name"), "Scope": context.lookup("scope")}
    return context.call("wafv2", "GetWebACL", key)["LockToken"]


WEB_ACL: Final = AwsType(
    token="aws:wafv2/webAcl:WebAcl",
    service="wafv2",
    create=Call(operation="CreateWebACL", item="Summary"),
    id="Id",
    read=Read(operation="GetWebACL", params=_KEY, item="WebACL"),
    gone=("WAFNonexistentItemException",),
    setters=(Call(operation="UpdateWebACL", params={**_KEY, "LockToken": _lock_token}, whole=True, on_create=False),),
    unordered=frozenset({"rules"}),
    delete=(Call(operation="DeleteWebACL", params={**_KEY, "LockToken": _lock_token}),),
    autoname=Autoname(max_length=128),
    tags=tag_calls(
        "TagResource",
        "UntagResource",
        "ResourceARN",
        read=Read(operation="ListTagsForResource", params={"ResourceARN": "{arn}"}, item="TagInfoForResource.TagList"),
    ),
    returns=("arn", "capacity"),
    read_after=True,
)

WEB_ACL_ASSOCIATION: Final = AwsType(
    token="aws:wafv2/webAclAssociation:WebAclAssociation",
    service="wafv2",
    create=Call(operation="AssociateWebACL"),
    id="{webAclArn},{resourceArn}",
    read=Read(
        operation="GetWebACLForResource",
        params={"ResourceArn": "{resourceArn}"},
        item="WebACL",
        values={"webAclArn": "ARN"},
    ),
    gone=("WAFNonexistentItemException",),
    unique=("resourceArn",),
    delete=(Call(operation="DisassociateWebACL", params={"ResourceArn": "{resourceArn}"}),),
)

_LOGGING: Final = {
    name: f"LoggingConfiguration.{member}"
    for name, member in {
        "resourceArn": "ResourceArn",
        "logDestinationConfigs": "LogDestinationConfigs",
        "redactedFields": "RedactedFields",
        "loggingFilter": "LoggingFilter",
    }.items()
}

WEB_ACL_LOGGING: Final = AwsType(
    token="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    service="wafv2",
    create=Call(operation="PutLoggingConfiguration"),
    id="{resourceArn}",
    read=Read(
        operation="GetLoggingConfiguration",
        params={"ResourceArn": "{id}"},
        item="LoggingConfiguration",
        renames={path: path.partition(".")[2] for path in _LOGGING.values()},
    ),
    gone=("WAFNonexistentItemException",),
    renames=_LOGGING,
    setters=(Call(operation="PutLoggingConfiguration", whole=True, on_create=False),),
    replace_on=frozenset({"resourceArn"}),
    delete=(Call(operation="DeleteLoggingConfiguration", params={"ResourceArn": "{id}"}),),
)

TYPES: Final = (WEB_ACL, WEB_ACL_ASSOCIATION, WEB_ACL_LOGGING)
