"""ECS: clusters, task definitions and services."""

from typing import Any, Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Convert, Read, TagStyle, Wait, tag_calls
from sandbox.aws_types.templates import Context
from sandbox.aws_types.waiting import wait_for

TAGS: Final[TagStyle] = tag_calls(
    "TagResource",
    "UntagResource",
    "resourceArn",
    tags="tags",
    keys="tagKeys",
    create="tags",
    key="key",
    value="value",
    read=Read(operation="ListTagsForResource", params={"resourceArn": "{arn}"}, item="tags"),
)


def _describe_clusters(condition: str) -> Read:
    return Read(
        operation="DescribeClusters",
        params={"clusters": ["{id}"], "include": ["SETTINGS", "CONFIGURATIONS"]},
        item=f"clusters[?status=='ACTIVE'{condition}] | [0]",
        shape="clusters",
    )


CLUSTER: Final = AwsType(
    token="aws:ecs/cluster:Cluster",
    service="ecs",
    create=Call(operation="CreateCluster", item="cluster"),
    id="clusterArn",
    read=_describe_clusters(""),
    gone=("ClusterNotFoundException",),
    renames={"name": "clusterName"},
    unordered=frozenset({"settings"}),
    setters=(Call(operation="UpdateCluster", params={"cluster": "{id}"}),),
    defaults={"settings": [{"name": "containerInsights", "value": "disabled"}]},
    delete=(Call(operation="DeleteCluster", params={"cluster": "{id}"}),),
    autoname=Autoname(max_length=255),
    tags=TAGS,
    outputs={"arn": "clusterArn"},
)

CLUSTER_CAPACITY_PROVIDERS: Final = AwsType(
    token="aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    service="ecs",
    create=Call(operation="PutClusterCapacityProviders"),
    id="{clusterName}",
    read=_describe_clusters(" && (capacityProviders || defaultCapacityProviderStrategy)"),
    gone=("ClusterNotFoundException",),
    renames={"clusterName": "cluster"},
    unread={"clusterName": "the providers were found in it"},
    unordered=frozenset({"defaultCapacityProviderStrategies"}),
    presets={"capacityProviders": [], "defaultCapacityProviderStrategies": []},
    setters=(Call(operation="PutClusterCapacityProviders", params={"cluster": "{id}"}, whole=True),),
    delete=(
        Call(
            operation="PutClusterCapacityProviders",
            params={"cluster": "{id}", "capacityProviders": [], "defaultCapacityProviderStrategy": []},
            ignore=("ClusterNotFoundException",),
        ),
    ),
    unique=("clusterName",),
)


def _proxy_properties(properties: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in properties.items()]


def _proxy_map(found: list[dict[str, str]]) -> dict[str, str]:
    return {pair["name"]: pair["value"] for pair in found}


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
    convert={"proxyConfiguration.properties": Convert(to_aws=_proxy_properties, to_pulumi=_proxy_map)},
    unordered=frozenset(
        {"volumes", "placementConstraints", "containerDefinitions.environment", "containerDefinitions.secrets"}
    ),
    unsent={
        "skipDestroy": "Pulumi's own: read at deletion",
        "trackLatest": "Pulumi's own: which revision a refresh looks at",
    },
    delete=(
        Call(operation="DeregisterTaskDefinition", params={"taskDefinition": "{arn}"}, unless={"skipDestroy": True}),
    ),
    tags=TAGS,
    outputs={
        "arn": "taskDefinitionArn",
        "arnWithoutRevision": "arn:aws:ecs:{region}:{account}:task-definition/{family}",
    },
    returns=("revision",),
)

_ADDRESS: Final = {"cluster": "{cluster?}", "service": "{id}"}
_DESCRIBE: Final = {"cluster": "{cluster?}", "services": ["{id}"]}
_DEPLOYMENT: Final = (
    "alarms",
    "deploymentCircuitBreaker",
    "deploymentConfiguration",
    "deploymentMaximumPercent",
    "deploymentMinimumHealthyPercent",
)
"""Inputs that are one member for ECS: it keeps nothing of what an update leaves out."""
_UPDATED: Final = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategies",
    "deploymentController",
    "desiredCount",
    "enableEcsManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "loadBalancers",
    "networkConfiguration",
    "orderedPlacementStrategies",
    "placementConstraints",
    "platformVersion",
    "propagateTags",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "taskDefinition",
    "volumeConfiguration",
    "vpcLatticeConfigurations",
)
"""Inputs that an update sends alone when they change: the desired count may be somebody else's."""


def _assign(public: bool) -> str:
    return "ENABLED" if public else "DISABLED"


def _drain(context: Context) -> None:
    """Take the number of tasks to none, so that the deletion does not cut them off."""
    if context.get("schedulingStrategy") != "DAEMON":
        _ = context.call("ecs", "UpdateService", {**_address(context), "desiredCount": 0})


def _delete_service(context: Context) -> None:
    """Delete, and wait until the last task has drained."""
    _ = context.call("ecs", "DeleteService", {**_address(context), "force": bool(context.get("forceDelete"))})
    _ = wait_for(context, "ecs", "DescribeServices", _DESCRIBE, "length(services[?status!='INACTIVE']) == `0`")


def _address(context: Context) -> dict[str, Any]:
    cluster = {"cluster": context.get("cluster")} if context.get("cluster") else {}
    return {**cluster, "service": context.id}


_SERVICE: Final = Read(
    operation="DescribeServices",
    params=_DESCRIBE,
    item="services[?status=='ACTIVE'] | [0]",
    shape="services",
    renames={"cluster": "clusterArn", "role": "roleArn"},
    values={"volumeConfiguration": "deployments[0].volumeConfigurations[0]"},
)

SERVICE: Final = AwsType(
    token="aws:ecs/service:Service",
    service="ecs",
    create=Call(operation="CreateService", item="service"),
    id="serviceArn",
    read=_SERVICE,
    gone=("ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException"),
    renames={
        "name": "serviceName",
        "iamRole": "role",
        "orderedPlacementStrategies": "placementStrategy",
        "alarms": "deploymentConfiguration.alarms",
        "deploymentCircuitBreaker": "deploymentConfiguration.deploymentCircuitBreaker",
        "deploymentMaximumPercent": "deploymentConfiguration.maximumPercent",
        "deploymentMinimumHealthyPercent": "deploymentConfiguration.minimumHealthyPercent",
        **{
            f"networkConfiguration.{name}": f"networkConfiguration.awsvpcConfiguration.{name}"
            for name in ("subnets", "securityGroups", "assignPublicIp")
        },
        "serviceConnectConfiguration.services.tls.issuerCertAuthority.awsPcaAuthorityArn": (
            "serviceConnectConfiguration.services.tls.issuerCertificateAuthority.awsPcaAuthorityArn"
        ),
    },
    convert={
        "networkConfiguration.assignPublicIp": Convert(to_aws=_assign, to_pulumi=lambda found: bool(found == "ENABLED"))
    },
    unordered=frozenset({"loadBalancers", "capacityProviderStrategies", "placementConstraints"}),
    unsent={
        "forceDelete": "Pulumi's own: read at deletion",
        "waitForSteadyState": "Pulumi's own: waited for after every change",
        "sigintRollback": "Pulumi's own: what an interruption of the wait does; the sandbox's is over at once",
    },
    presets={"forceDelete": False, "waitForSteadyState": False},
    setters=(
        Call(operation="UpdateService", params=_ADDRESS, inputs=_DEPLOYMENT, whole=True),
        Call(
            operation="UpdateService",
            params={**_ADDRESS, "forceNewDeployment": "{forceNewDeployment?}"},
            inputs=_UPDATED,
            triggers=("forceNewDeployment", "triggers"),
            on_create=False,
        ),
    ),
    defaults={
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "deploymentMaximumPercent": 200,
        "deploymentMinimumHealthyPercent": 100,
        "enableEcsManagedTags": False,
        "enableExecuteCommand": False,
        "healthCheckGracePeriodSeconds": 0,
        "loadBalancers": [],
        "orderedPlacementStrategies": [],
        "placementConstraints": [],
        "propagateTags": "NONE",
        "serviceConnectConfiguration": {"enabled": False},
        "serviceRegistries": [],
        "vpcLatticeConfigurations": [],
    },
    wait=Wait(
        read=_SERVICE,
        until="runningCount == desiredCount && length(deployments) == `1`",
        when={"waitForSteadyState": True},
    ),
    delete=(_drain, _delete_service),
    autoname=Autoname(max_length=255),
    tags=TAGS,
    outputs={"arn": "serviceArn"},
)

TYPES: Final = (CLUSTER, CLUSTER_CAPACITY_PROVIDERS, TASK_DEFINITION, SERVICE)
