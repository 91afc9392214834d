"""IAM: roles and their inline policies; STS's caller identity."""

from typing import Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Function, Items, Read, tag_calls
from sandbox.aws_types.templates import Context


def _detach_policies(context: Context) -> None:
    """Detach what the program attached, or everything where it asked for that."""
    attached: list[str] = context.get("managedPolicyArns") or []
    if context.get("forceDetachPolicies"):
        listed = context.call("iam", "ListAttachedRolePolicies", {"RoleName": context.id})
        attached = [policy["PolicyArn"] for policy in listed["AttachedPolicies"]]
    for arn in attached:
        context.call("iam", "DetachRolePolicy", {"RoleName": context.id, "PolicyArn": arn})


ROLE: Final = AwsType(
    token="aws:iam/role:Role",
    service="iam",
    create=Call(operation="CreateRole", item="Role"),
    id="RoleName",
    read=Read(
        operation="GetRole",
        params={"RoleName": "{id}"},
        item="Role",
        renames={"PermissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn"},
    ),
    gone=("NoSuchEntity",),
    renames={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
    setters=(
        Call(
            operation="UpdateAssumeRolePolicy",
            params={"RoleName": "{id}"},
            renames={"assumeRolePolicy": "PolicyDocument"},
        ),
        # UpdateRole sets what it is not given back to its default: it always takes all.
        Call(operation="UpdateRole", params={"RoleName": "{id}"}, whole=True),
        Call(
            operation="PutRolePermissionsBoundary",
            params={"RoleName": "{id}"},
            clear=Call(operation="DeleteRolePermissionsBoundary", params={"RoleName": "{id}"}),
        ),
        Items(
            input="managedPolicyArns",
            add=Call(operation="AttachRolePolicy", params={"RoleName": "{id}", "PolicyArn": "{item}"}),
            remove=Call(operation="DetachRolePolicy", params={"RoleName": "{id}", "PolicyArn": "{item}"}),
            read=Read(
                operation="ListAttachedRolePolicies",
                params={"RoleName": "{id}"},
                values={"managedPolicyArns": "AttachedPolicies[].PolicyArn"},
            ),
        ),
    ),
    unsent={"forceDetachPolicies": "Pulumi's own: read at deletion"},
    delete=(_detach_policies, Call(operation="DeleteRole", params={"RoleName": "{id}"})),
    autoname=Autoname(max_length=64),
    tags=tag_calls("TagRole", "UntagRole", "RoleName", resource="{id}"),
    outputs={"uniqueId": "RoleId"},
    returns=("arn", "createDate"),
)

ROLE_POLICY: Final = AwsType(
    token="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    create=Call(operation="PutRolePolicy"),
    id="{role}:{name}",
    read=Read(operation="GetRolePolicy", params={"RoleName": "{role}", "PolicyName": "{name}"}),
    gone=("NoSuchEntity",),
    renames={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
    setters=(Call(operation="PutRolePolicy", params={"RoleName": "{role}", "PolicyName": "{name}"}),),
    delete=(Call(operation="DeleteRolePolicy", params={"RoleName": "{role}", "PolicyName": "{name}"}),),
    autoname=Autoname(max_length=128),
    unique=("role", "name"),
)

TYPES: Final = (ROLE, ROLE_POLICY)

FUNCTIONS: Final = (
    Function(
        token="aws:index/getCallerIdentity:getCallerIdentity",
        service="sts",
        read=Read(operation="GetCallerIdentity"),
        outputs={"accountId": "Account", "arn": "Arn", "userId": "UserId", "id": "Account"},
    ),
)
