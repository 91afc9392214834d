"""Cloud Map: private DNS namespaces, the names in them and what these stand for.

Namespaces and instances are made and deleted by operations that AWS works off later: each is waited for.
"""

from typing import Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Read, TagStyle, tag_calls
from sandbox.aws_types.templates import Context
from sandbox.aws_types.waiting import wait_for
from sandbox.plugin import Props, ProviderError

SERVICE: Final = "servicediscovery"
TAGS: Final[TagStyle] = tag_calls(
    "TagResource",
    "UntagResource",
    "ResourceARN",
    read=Read(operation="ListTagsForResource", params={"ResourceARN": "{arn}"}, item="Tags"),
)


def _finished(context: Context) -> Props:
    """The operation that the last response names, once AWS has worked it off."""
    operation = context.lookup("response")["OperationId"]
    found: Props = wait_for(
        context,
        SERVICE,
        "GetOperation",
        {"OperationId": operation},
        "Operation.Status == 'SUCCESS'",
        "Operation.Status == 'FAIL'",
    )
    return found["Operation"]


def _finish(context: Context) -> None:
    _ = _finished(context)


def _namespace_id(context: Context) -> str:
    targets = _finished(context)["Targets"]
    if "NAMESPACE" not in targets:
        raise ProviderError(f"{context.name}: the operation that made the namespace does not name it")
    return targets["NAMESPACE"]


PRIVATE_DNS_NAMESPACE: Final = AwsType(
    token="aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
    service=SERVICE,
    create=Call(operation="CreatePrivateDnsNamespace"),
    id=_namespace_id,
    read=Read(operation="GetNamespace", params={"Id": "{id}"}, item="Namespace"),
    gone=("NamespaceNotFound",),
    setters=(
        Call(
            operation="UpdatePrivateDnsNamespace",
            params={"Id": "{id}"},
            renames={"description": "Namespace.Description"},
            then=_finish,
        ),
    ),
    delete=(Call(operation="DeleteNamespace", params={"Id": "{id}"}, then=_finish),),
    autoname=Autoname(max_length=253),
    tags=TAGS,
    outputs={
        "arn": "arn:aws:servicediscovery:{region}:{account}:namespace/{id}",
        "hostedZone": "Properties.DnsProperties.HostedZoneId",
    },
    read_after=True,
)


def _empty(context: Context) -> None:
    """Deregister every instance, where `forceDestroy` allows it."""
    if not context.get("forceDestroy"):
        return
    for instance in context.call(SERVICE, "ListInstances", {"ServiceId": context.id})["Instances"]:
        params = {"ServiceId": context.id, "InstanceId": instance["Id"]}
        _finish(
            Context(
                call=context.call,
                region=context.region,
                account=context.account,
                name=context.name,
                extra={"response": context.call(SERVICE, "DeregisterInstance", params)},
            )
        )


NAME: Final = AwsType(
    token="aws:servicediscovery/service:Service",
    service=SERVICE,
    create=Call(operation="CreateService", item="Service"),
    id="Id",
    read=Read(operation="GetService", params={"Id": "{id}"}, item="Service"),
    gone=("ServiceNotFound",),
    setters=(
        Call(
            operation="UpdateService",
            params={"Id": "{id}"},
            inputs=("description", "dnsConfig", "healthCheckConfig"),
            renames={
                "description": "Service.Description",
                "dnsConfig": "Service.DnsConfig",
                "healthCheckConfig": "Service.HealthCheckConfig",
            },
            # What an update leaves out is taken away.
            whole=True,
            then=_finish,
        ),
    ),
    replace_on=frozenset({"dnsConfig.namespaceId", "dnsConfig.routingPolicy"}),
    presets={"forceDestroy": False},
    unsent={"forceDestroy": "Pulumi's own: read at deletion"},
    delete=(_empty, Call(operation="DeleteService", params={"Id": "{id}"})),
    autoname=Autoname(max_length=127),
    tags=TAGS,
    returns=("arn",),
)

INSTANCE: Final = AwsType(
    token="aws:servicediscovery/instance:Instance",
    service=SERVICE,
    create=Call(operation="RegisterInstance", then=_finish),
    id="{instanceId}",
    read=Read(
        operation="GetInstance",
        params={"ServiceId": "{serviceId}", "InstanceId": "{id}"},
        item="Instance",
        renames={"InstanceId": "Id"},
    ),
    gone=("InstanceNotFound", "ServiceNotFound"),
    unread={"serviceId": "the instance was found in it"},
    setters=(
        Call(
            operation="RegisterInstance",
            params={"ServiceId": "{serviceId}", "InstanceId": "{id}"},
            inputs=("attributes",),
            then=_finish,
        ),
    ),
    delete=(
        Call(
            operation="DeregisterInstance",
            params={"ServiceId": "{serviceId}", "InstanceId": "{id}"},
            then=_finish,
        ),
    ),
    unique=("serviceId", "instanceId"),
)

TYPES: Final = (PRIVATE_DNS_NAMESPACE, NAME, INSTANCE)
