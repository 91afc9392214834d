"""EFS: file systems, their mount targets, access points and policies."""

from typing import Final

from sandbox.aws_types.base import AwsType, Call, Read, Wait, tag_calls
from sandbox.aws_types.waiting import until_gone

_TAGS: Final = tag_calls("TagResource", "UntagResource", "ResourceId", resource="{id}")

_FILE_SYSTEM: Final = Read(
    operation="DescribeFileSystems",
    params={"FileSystemId": "{id}"},
    item="FileSystems[0]",
)

FILE_SYSTEM: Final = AwsType(
    token="aws:efs/fileSystem:FileSystem",
    service="efs",
    create=Call(operation="CreateFileSystem"),
    id="FileSystemId",
    read=_FILE_SYSTEM,
    gone=("FileSystemNotFound",),
    setters=(
        Call(
            operation="PutLifecycleConfiguration",
            params={"FileSystemId": "{id}"},
            clear=Call(operation="PutLifecycleConfiguration", params={"FileSystemId": "{id}", "LifecyclePolicies": []}),
            read=Read(operation="DescribeLifecycleConfiguration", params={"FileSystemId": "{id}"}),
        ),
        Call(operation="UpdateFileSystem", params={"FileSystemId": "{id}"}, whole=True),
    ),
    renames={"availabilityZoneName": "AvailabilityZoneName"},
    unordered=frozenset({"lifecyclePolicies"}),
    wait=Wait(read=_FILE_SYSTEM, until="LifeCycleState=='available'", fails="LifeCycleState=='error'"),
    delete=(
        Call(operation="DeleteFileSystem", params={"FileSystemId": "{id}"}),
        until_gone("efs", "DescribeFileSystems", {"FileSystemId": "{id}"}, "FileSystemNotFound"),
    ),
    tags=_TAGS,
    outputs={
        "arn": "arn:aws:elasticfilesystem:{region}:{account}:file-system/{id}",
        "dnsName": "{id}.efs.{region}.amazonaws.com",
        "ownerId": "{account}",
    },
    returns=("creationToken", "kmsKeyId", "performanceMode", "throughputMode"),
)

_MOUNT_TARGET: Final = Read(operation="DescribeMountTargets", params={"MountTargetId": "{id}"}, item="MountTargets[0]")

MOUNT_TARGET: Final = AwsType(
    token="aws:efs/mountTarget:MountTarget",
    service="efs",
    create=Call(operation="CreateMountTarget"),
    id="MountTargetId",
    read=_MOUNT_TARGET,
    gone=("MountTargetNotFound",),
    setters=(
        Call(
            operation="ModifyMountTargetSecurityGroups",
            params={"MountTargetId": "{id}"},
            read=Read(operation="DescribeMountTargetSecurityGroups", params={"MountTargetId": "{id}"}),
        ),
    ),
    unique=("fileSystemId", "subnetId"),
    wait=Wait(read=_MOUNT_TARGET, until="LifeCycleState=='available'", fails="LifeCycleState=='error'"),
    delete=(
        Call(operation="DeleteMountTarget", params={"MountTargetId": "{id}"}),
        until_gone("efs", "DescribeMountTargets", {"MountTargetId": "{id}"}, "MountTargetNotFound"),
    ),
    outputs={
        "fileSystemArn": "arn:aws:elasticfilesystem:{region}:{account}:file-system/{fileSystemId}",
        "dnsName": "{fileSystemId}.efs.{region}.amazonaws.com",
        "ownerId": "{account}",
    },
    returns=("ipAddress", "networkInterfaceId", "availabilityZoneName", "availabilityZoneId"),
)

ACCESS_POINT: Final = AwsType(
    token="aws:efs/accessPoint:AccessPoint",
    service="efs",
    create=Call(operation="CreateAccessPoint"),
    id="AccessPointId",
    read=Read(operation="DescribeAccessPoints", params={"AccessPointId": "{id}"}, item="AccessPoints[0]"),
    gone=("AccessPointNotFound",),
    delete=(Call(operation="DeleteAccessPoint", params={"AccessPointId": "{id}"}),),
    tags=_TAGS,
    outputs={
        "arn": "AccessPointArn",
        "fileSystemArn": "arn:aws:elasticfilesystem:{region}:{account}:file-system/{fileSystemId}",
        "ownerId": "{account}",
    },
)

FILE_SYSTEM_POLICY: Final = AwsType(
    token="aws:efs/fileSystemPolicy:FileSystemPolicy",
    service="efs",
    create=Call(operation="PutFileSystemPolicy"),
    id="{fileSystemId}",
    read=Read(operation="DescribeFileSystemPolicy", params={"FileSystemId": "{id}"}),
    gone=("FileSystemNotFound", "PolicyNotFound"),
    setters=(Call(operation="PutFileSystemPolicy", params={"FileSystemId": "{id}"}, whole=True),),
    unread={"bypassPolicyLockoutSafetyCheck": "how the policy was put, not what it is"},
    delete=(Call(operation="DeleteFileSystemPolicy", params={"FileSystemId": "{id}"}),),
)

TYPES: Final = (FILE_SYSTEM, MOUNT_TARGET, ACCESS_POINT, FILE_SYSTEM_POLICY)
