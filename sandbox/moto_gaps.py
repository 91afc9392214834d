"""Inputs that moto's operations take and forget, kept in its own models; and small operations that it lacks.

ECS: settings of a service at its creation. RDS: Performance Insights, subnet groups that are modified, parameters that
are reset. Cloud Map: an instance that is registered again. Application Auto Scaling: tags. Load balancers: the target
group that a changed rule forwards to. CloudWatch Logs: AssociateKmsKey and its opposite.
"""

# moto is untyped where it matters here: its response and backend classes take and give plain objects.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from collections.abc import Callable
from typing import Any, Final

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import ELBv2Backend
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse
from moto.servicediscovery.models import ServiceDiscoveryBackend

_SERVICE: Final = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
)
"""Members of CreateService that moto drops (its UpdateService keeps them)."""

_INSIGHTS: Final = {
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
}
"""Parameter of CreateDBInstance and ModifyDBInstance -> attribute of the instance that is described."""


def add_ecs_settings() -> None:
    """A new ECS service keeps all settings."""
    create: Callable[[Any], Any] = EC2ContainerServiceResponse.create_service

    def create_service(self: Any) -> Any:
        result = create(self)
        cluster = str(self._get_param("cluster") or "default").split("/")[-1]
        service = self.ecs_backend.services[f"{cluster}:{self._get_param('serviceName')}"]
        for member in _SERVICE:
            value = self._get_param(member)
            if value is not None:
                setattr(service, camelcase_to_underscores(member), value)
        return result

    EC2ContainerServiceResponse.create_service = create_service


def add_rds() -> None:
    """Instances keep Performance Insights, modified subnet groups stay, parameters can be reset."""
    create: Callable[[Any, Any], Any] = RDSBackend.create_db_instance
    modify: Callable[[Any, Any, Any], Any] = RDSBackend.modify_db_instance
    modify_group: Callable[..., Any] = RDSBackend.modify_db_subnet_group

    def keep(database: Any, given: Any) -> Any:
        for parameter, attribute in _INSIGHTS.items():
            if given.get(parameter) is not None:
                setattr(database, attribute, given[parameter])
        return database

    def create_db_instance(self: Any, db_kwargs: Any) -> Any:
        return keep(create(self, db_kwargs), db_kwargs)

    def modify_db_instance(self: Any, db_instance_identifier: str, db_kwargs: Any) -> Any:
        return keep(modify(self, db_instance_identifier, db_kwargs), db_kwargs)

    def modify_db_subnet_group(self: Any, subnet_name: str, description: str, subnets: Any) -> Any:
        group = modify_group(self, subnet_name, description, subnets)
        self.subnet_groups[subnet_name] = group
        return group

    def reset_db_parameter_group(self: Any) -> Any:
        name = self.params.get("DBParameterGroupName")
        group = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})[0]
        for parameter in self.params.get("Parameters", []):
            group.parameters.pop(parameter.original_dict()["ParameterName"], None)
        return ActionResult({"DBParameterGroupName": name})

    RDSBackend.create_db_instance = create_db_instance
    RDSBackend.modify_db_instance = modify_db_instance
    RDSBackend.modify_db_subnet_group = modify_db_subnet_group
    setattr(RDSResponse, "reset_db_parameter_group", reset_db_parameter_group)  # noqa: B010 - a class that lacks it


def add_cloud_map_registrations() -> None:
    """An instance that is registered again takes the place of itself."""
    register: Callable[..., str] = ServiceDiscoveryBackend.register_instance

    def register_instance(
        self: Any, service_id: str, instance_id: str, creator_request_id: str, attributes: dict[str, str]
    ) -> str:
        service = self.get_service(service_id)
        service.instances = [item for item in service.instances if item.instance_id != instance_id]
        return register(self, service_id, instance_id, creator_request_id, attributes)

    ServiceDiscoveryBackend.register_instance = register_instance


def add_scaling_tags() -> None:
    """Scalable targets have tags."""
    responses: Any = ApplicationAutoScalingResponse
    register: Callable[[Any], str] = responses.register_scalable_target

    def tags_of(response: Any, arn: str) -> dict[str, str]:
        targets = response.applicationautoscaling_backend.targets.values()
        target = next(item for of_dimension in targets for item in of_dimension.values() if item.arn == arn)
        return vars(target).setdefault("tags", {})

    def register_scalable_target(self: Any) -> str:
        result = register(self)
        tags_of(self, json.loads(result)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return result

    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"Tags": tags_of(self, self._get_param("ResourceARN"))})

    def tag_resource(self: Any) -> str:
        tags_of(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self: Any) -> str:
        for key in self._get_param("TagKeys"):
            tags_of(self, self._get_param("ResourceARN")).pop(key, None)
        return "{}"

    for handler in (register_scalable_target, list_tags_for_resource, tag_resource, untag_resource):
        setattr(responses, handler.__name__, handler)


def add_rules_that_move() -> None:
    """A rule that is changed attaches the target groups that it now forwards to, as a new rule does."""
    modify: Callable[..., Any] = ELBv2Backend.modify_rule

    def modify_rule(self: Any, rule_arn: str, conditions: Any, actions: Any) -> Any:
        rule = modify(self, rule_arn, conditions, actions)
        balancers = [item.arn for item in self.load_balancers.values() if rule.listener_arn in item.listeners]
        for action in (item for item in rule.actions if item.type == "forward"):
            for arn in self._get_target_group_arns_from(action_data=action.data):
                attached: list[str] = self.target_groups[arn].load_balancer_arns
                attached.extend(balancer for balancer in balancers if balancer not in attached)
        return rule

    ELBv2Backend.modify_rule = modify_rule


def add_log_keys() -> None:
    """AssociateKmsKey and DisassociateKmsKey of CloudWatch Logs."""

    def backend(self: Any) -> LogsBackend:
        return self.logs_backend

    def group_of(self: Any) -> Any:
        identifier: str | None = self._get_param("resourceIdentifier")
        name = self._get_param("logGroupName") or (identifier or "").split(":log-group:")[-1].removesuffix(":*")
        groups: dict[str, Any] = backend(self).groups
        if name not in groups:
            raise ResourceNotFoundException
        return groups[name]

    def associate_kms_key(self: Any) -> Any:
        group_of(self).kms_key_id = self._get_param("kmsKeyId")
        return ""

    def disassociate_kms_key(self: Any) -> Any:
        group_of(self).kms_key_id = None
        return ""

    setattr(LogsResponse, "associate_kms_key", associate_kms_key)  # noqa: B010 - a class that lacks them
    setattr(LogsResponse, "disassociate_kms_key", disassociate_kms_key)  # noqa: B010


def add_all() -> None:
    """Adds everything; once, before the server starts."""
    add_ecs_settings()
    add_rds()
    add_cloud_map_registrations()
    add_scaling_tags()
    add_rules_that_move()
    add_log_keys()
