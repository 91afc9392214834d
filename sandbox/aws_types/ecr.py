"""ECR: repositories, what they keep and who may use them, and the password of the registry."""

from base64 import b64decode
from typing import Any, Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Function, Read, tag_calls
from sandbox.aws_types.templates import Context

GONE: Final = ("RepositoryNotFoundException",)

REPOSITORY: Final = AwsType(
    token="aws:ecr/repository:Repository",
    service="ecr",
    create=Call(operation="CreateRepository", item="repository"),
    id="repositoryName",
    read=Read(operation="DescribeRepositories", params={"repositoryNames": ["{id}"]}, item="repositories[0]"),
    gone=GONE,
    renames={"name": "repositoryName"},
    setters=(
        Call(operation="PutImageTagMutability", params={"repositoryName": "{id}"}, whole=True),
        Call(operation="PutImageScanningConfiguration", params={"repositoryName": "{id}"}),
    ),
    defaults={"imageScanningConfiguration": {"scanOnPush": False}},
    presets={"imageTagMutability": "MUTABLE", "forceDelete": False},
    unsent={"forceDelete": "Pulumi's own: read at deletion"},
    delete=(Call(operation="DeleteRepository", params={"repositoryName": "{id}", "force": "{forceDelete}"}),),
    autoname=Autoname(max_length=256),
    tags=tag_calls(
        "TagResource",
        "UntagResource",
        "resourceArn",
        tags="tags",
        keys="tagKeys",
        create="tags",
        read=Read(operation="ListTagsForResource", params={"resourceArn": "{arn}"}, item="tags"),
    ),
    outputs={"arn": "repositoryArn", "repositoryUrl": "repositoryUri"},
    returns=("registryId",),
)


def repository_policy(token: str, put: str, get: str, delete: str, text: str, gone: str) -> AwsType:
    """The type of a document that is put on a repository, and whose id is the repository's name."""
    return AwsType(
        token=token,
        service="ecr",
        create=Call(operation=put),
        id="{repository}",
        read=Read(operation=get, params={"repositoryName": "{id}"}),
        gone=(*GONE, gone),
        renames={"repository": "repositoryName", "policy": text},
        setters=(Call(operation=put, params={"repositoryName": "{id}"}),),
        delete=(Call(operation=delete, params={"repositoryName": "{id}"}),),
        unique=("repository",),
        returns=("registryId",),
    )


LIFECYCLE_POLICY: Final = repository_policy(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "PutLifecyclePolicy",
    "GetLifecyclePolicy",
    "DeleteLifecyclePolicy",
    "lifecyclePolicyText",
    "LifecyclePolicyNotFoundException",
)

REPOSITORY_POLICY: Final = repository_policy(
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "SetRepositoryPolicy",
    "GetRepositoryPolicy",
    "DeleteRepositoryPolicy",
    "policyText",
    "RepositoryPolicyNotFoundException",
)

TYPES: Final = (REPOSITORY, LIFECYCLE_POLICY, REPOSITORY_POLICY)


def _credentials(part: int) -> Any:
    """An output: user name (0) or password (1) of the token."""

    def look(context: Context) -> str:
        token = b64decode(context.get("item")["authorizationToken"]).decode()
        return token.split(":", maxsplit=1)[part]

    return look


FUNCTIONS: Final = (
    Function(
        token="aws:ecr/getAuthorizationToken:getAuthorizationToken",
        service="ecr",
        read=Read(operation="GetAuthorizationToken", item="authorizationData[0]"),
        outputs={
            "id": "{region}",
            "authorizationToken": "authorizationToken",
            "expiresAt": "expiresAt",
            "proxyEndpoint": "proxyEndpoint",
            "userName": _credentials(0),
            "password": _credentials(1),
        },
    ),
)
