"""ElastiCache: replication groups of Valkey and Redis, clusters of memcached, and the subnets that they are in."""

from typing import Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Read, TagStyle, Wait, tag_calls
from sandbox.aws_types.templates import Context
from sandbox.aws_types.waiting import until_gone

SERVICE: Final = "elasticache"
TAGS: Final[TagStyle] = tag_calls(
    "AddTagsToResource",
    "RemoveTagsFromResource",
    "ResourceName",
    read=Read(operation="ListTagsForResource", params={"ResourceName": "{arn}"}, item="TagList"),
)
MANAGED: Final = "Managed by Pulumi"

SUBNET_GROUP: Final = AwsType(
    token="aws:elasticache/subnetGroup:SubnetGroup",
    service=SERVICE,
    create=Call(operation="CreateCacheSubnetGroup", item="CacheSubnetGroup"),
    id="CacheSubnetGroupName",
    read=Read(
        operation="DescribeCacheSubnetGroups",
        params={"CacheSubnetGroupName": "{id}"},
        item="CacheSubnetGroups[0]",
        values={"subnetIds": "Subnets[].SubnetIdentifier"},
    ),
    gone=("CacheSubnetGroupNotFoundFault",),
    renames={"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"},
    presets={"description": MANAGED},
    setters=(Call(operation="ModifyCacheSubnetGroup", params={"CacheSubnetGroupName": "{id}"}, whole=True),),
    delete=(Call(operation="DeleteCacheSubnetGroup", params={"CacheSubnetGroupName": "{id}"}),),
    autoname=Autoname(max_length=255),
    tags=TAGS,
    outputs={"arn": "ARN"},
    returns=("vpcId",),
)

_OF_THE_MEMBERS: Final = "DescribeReplicationGroups does not say it: it is the member clusters'"
_AT_DELETION: Final = "Pulumi's own: read at deletion"
_WITH_CHANGES: Final = "Pulumi's own: said with every modification"
_GROUP: Final = Read(
    operation="DescribeReplicationGroups",
    params={"ReplicationGroupId": "{id}"},
    item="ReplicationGroups[0]",
    values={
        "automaticFailoverEnabled": "AutomaticFailover=='enabled'",
        "multiAzEnabled": "MultiAZ=='enabled'",
        "numCacheClusters": "length(MemberClusters)",
    },
)


def _delete_group(context: Context) -> None:
    """Delete; with a name for it, a last snapshot is taken."""
    snapshot = context.get("finalSnapshotIdentifier")
    params = {"ReplicationGroupId": context.id, "RetainPrimaryCluster": False}
    named = {} if snapshot is None else {"FinalSnapshotIdentifier": snapshot}
    _ = context.call(SERVICE, "DeleteReplicationGroup", {**params, **named})


REPLICATION_GROUP: Final = AwsType(
    token="aws:elasticache/replicationGroup:ReplicationGroup",
    service=SERVICE,
    create=Call(operation="CreateReplicationGroup", item="ReplicationGroup"),
    id="ReplicationGroupId",
    read=_GROUP,
    gone=("ReplicationGroupNotFoundFault",),
    renames={
        "description": "ReplicationGroupDescription",
        "nodeType": "CacheNodeType",
        "subnetGroupName": "CacheSubnetGroupName",
        "maintenanceWindow": "PreferredMaintenanceWindow",
    },
    presets={"applyImmediately": False},
    unsent={"finalSnapshotIdentifier": _AT_DELETION, "applyImmediately": _WITH_CHANGES},
    unread={
        "authToken": "AWS tells nobody",
        "description": "it comes back under another name than it is sent",
        "engineVersion": _OF_THE_MEMBERS,
        "maintenanceWindow": _OF_THE_MEMBERS,
        "port": _OF_THE_MEMBERS,
        "securityGroupIds": _OF_THE_MEMBERS,
        "subnetGroupName": _OF_THE_MEMBERS,
    },
    setters=(
        Call(
            operation="ModifyReplicationGroup",
            params={"ReplicationGroupId": "{id}", "ApplyImmediately": "{applyImmediately}"},
            read=_GROUP,
        ),
    ),
    wait=Wait(read=_GROUP, until="Status=='available'", fails="Status=='create-failed'"),
    delete=(
        _delete_group,
        until_gone(
            SERVICE, "DescribeReplicationGroups", {"ReplicationGroupId": "{id}"}, "ReplicationGroupNotFoundFault"
        ),
    ),
    autoname=Autoname(input="replicationGroupId", max_length=40),
    unique=("replicationGroupId",),
    tags=TAGS,
    outputs={
        "arn": "ARN",
        "primaryEndpointAddress": "NodeGroups[0].PrimaryEndpoint.Address",
        "readerEndpointAddress": "NodeGroups[0].ReaderEndpoint.Address",
        "memberClusters": "MemberClusters",
    },
    read_after=True,
)

_CLUSTER: Final = Read(
    operation="DescribeCacheClusters",
    params={"CacheClusterId": "{id}"},
    item="CacheClusters[0]",
    values={"securityGroupIds": "SecurityGroups[].SecurityGroupId", "port": "ConfigurationEndpoint.Port"},
)

CLUSTER: Final = AwsType(
    token="aws:elasticache/cluster:Cluster",
    service=SERVICE,
    create=Call(operation="CreateCacheCluster", item="CacheCluster"),
    id="CacheClusterId",
    read=_CLUSTER,
    gone=("CacheClusterNotFound", "CacheClusterNotFoundFault"),
    renames={
        "clusterId": "CacheClusterId",
        "nodeType": "CacheNodeType",
        "subnetGroupName": "CacheSubnetGroupName",
        "maintenanceWindow": "PreferredMaintenanceWindow",
    },
    presets={"applyImmediately": False},
    unsent={"applyImmediately": _WITH_CHANGES},
    setters=(
        Call(
            operation="ModifyCacheCluster",
            params={"CacheClusterId": "{id}", "ApplyImmediately": "{applyImmediately}"},
            read=_CLUSTER,
        ),
    ),
    wait=Wait(read=_CLUSTER, until="CacheClusterStatus=='available'"),
    delete=(
        Call(operation="DeleteCacheCluster", params={"CacheClusterId": "{id}"}),
        until_gone(SERVICE, "DescribeCacheClusters", {"CacheClusterId": "{id}"}, "CacheClusterNotFound"),
    ),
    autoname=Autoname(input="clusterId", max_length=50),
    unique=("clusterId",),
    tags=TAGS,
    outputs={
        "arn": "ARN",
        "clusterAddress": "ConfigurationEndpoint.Address",
        "configurationEndpoint": (
            "ConfigurationEndpoint && join(':', [ConfigurationEndpoint.Address, to_string(ConfigurationEndpoint.Port)])"
        ),
    },
    read_after=True,
)

TYPES: Final = (SUBNET_GROUP, REPLICATION_GROUP, CLUSTER)
