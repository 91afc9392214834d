"""What AWS removes together with a resource and moto forgets, added to moto's classes in the cloud's process.

Without it a teardown would seem to leave things behind that no account would show.
"""

# moto is untyped where it matters here: its backends take and give plain objects.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.ec2.models import EC2Backend
from moto.route53.models import route53_backends
from moto.servicediscovery.models import ServiceDiscoveryBackend
from moto.utilities.utils import get_partition


def add_cleanup() -> None:
    """Adds every removal; once, before the server starts."""
    _vpc_takes_its_default_acl()
    _nat_gateway_takes_its_interface()
    _namespace_takes_its_hosted_zone()
    _scaling_policy_replaces_its_alarms()


def _vpc_takes_its_default_acl() -> None:
    delete: Callable[..., Any] = EC2Backend.delete_vpc

    def delete_vpc(self: Any, vpc_id: str) -> Any:
        deleted = delete(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
            if acl.default not in (False, "false"):
                del self.network_acls[acl.id]
        return deleted

    EC2Backend.delete_vpc = delete_vpc


def _nat_gateway_takes_its_interface() -> None:
    delete: Callable[..., Any] = EC2Backend.delete_nat_gateway

    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        gateway = delete(self, nat_gateway_id)
        self.enis.pop(vars(gateway)["_eni"].id, None)
        return gateway

    EC2Backend.delete_nat_gateway = delete_nat_gateway


def _namespace_takes_its_hosted_zone() -> None:
    delete: Callable[..., str] = ServiceDiscoveryBackend.delete_namespace

    def delete_namespace(self: Any, namespace_id: str) -> str:
        namespace = self.namespaces.get(namespace_id)
        operation = delete(self, namespace_id)
        zone_id = str((namespace.dns_properties or {}).get("HostedZoneId", ""))
        zones: dict[str, Any] = route53_backends[self.account_id][get_partition(self.region_name)].zones
        zones.pop(zone_id.replace("/hostedzone/", ""), None)
        return operation

    ServiceDiscoveryBackend.delete_namespace = delete_namespace


def _scaling_policy_replaces_its_alarms() -> None:
    put: Callable[..., Any] = ApplicationAutoscalingBackend.put_scaling_policy

    def put_scaling_policy(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(self.policies)
        policy = put(self, *args, **kwargs)
        for key, old in before.items():
            if self.policies.get(key) is not old:
                old.delete_alarms(self.account_id, self.region_name)
        return policy

    ApplicationAutoscalingBackend.put_scaling_policy = put_scaling_policy
