"""Elastic Load Balancing: load balancers, listeners, their rules, and target groups."""

from collections.abc import Mapping
from typing import Any, Final, cast

from sandbox.aws_types.base import Autoname, AwsType, Call, Convert, Read, TagStyle, tag_calls
from sandbox.aws_types.lb_attributes import LISTENER as LISTENER_ATTRIBUTES
from sandbox.aws_types.lb_attributes import LOAD_BALANCER as LOAD_BALANCER_ATTRIBUTES
from sandbox.aws_types.lb_attributes import TARGET_GROUP as TARGET_GROUP_ATTRIBUTES
from sandbox.aws_types.lb_attributes import attribute_defaults, attributes_call
from sandbox.aws_types.templates import Context
from sandbox.aws_types.waiting import until_gone

SERVICE: Final = "elbv2"
TAGS: Final[TagStyle] = tag_calls(
    "AddTags",
    "RemoveTags",
    "ResourceArns",
    resource=["{id}"],
    read=Read(operation="DescribeTags", params={"ResourceArns": ["{id}"]}, item="TagDescriptions[0].Tags"),
)


def _suffix(kind: str) -> Any:
    """An output: the part of the ARN that CloudWatch's dimensions use."""

    def cut(context: Context) -> str:
        arn: str = context.lookup("item")[f"{kind}Arn"]
        after = arn.split(":")[-1]
        return after.removeprefix("loadbalancer/")

    return cut


LOAD_BALANCER: Final = AwsType(
    token="aws:lb/loadBalancer:LoadBalancer",
    service=SERVICE,
    create=Call(operation="CreateLoadBalancer", item="LoadBalancers[0]"),
    id="LoadBalancerArn",
    read=Read(
        operation="DescribeLoadBalancers",
        params={"LoadBalancerArns": ["{id}"]},
        item="LoadBalancers[0]",
        values={"subnets": "AvailabilityZones[].SubnetId"},
    ),
    gone=("LoadBalancerNotFound",),
    renames={"loadBalancerType": "Type", "internal": "Scheme"},
    convert={
        "internal": Convert(
            to_aws=lambda internal: "internal" if internal else "internet-facing",
            to_pulumi=lambda scheme: bool(scheme == "internal"),
        )
    },
    presets={"loadBalancerType": "application", "internal": False},
    setters=(
        attributes_call(
            "ModifyLoadBalancerAttributes",
            "DescribeLoadBalancerAttributes",
            "LoadBalancerArn",
            LOAD_BALANCER_ATTRIBUTES,
        ),
        Call(operation="SetSubnets", params={"LoadBalancerArn": "{id}"}, inputs=("subnets", "subnetMappings")),
        Call(operation="SetSecurityGroups", params={"LoadBalancerArn": "{id}"}, inputs=("securityGroups",)),
        Call(operation="SetIpAddressType", params={"LoadBalancerArn": "{id}"}, inputs=("ipAddressType",)),
    ),
    defaults={**attribute_defaults(LOAD_BALANCER_ATTRIBUTES), "ipAddressType": "ipv4"},
    delete=(
        Call(operation="DeleteLoadBalancer", params={"LoadBalancerArn": "{id}"}),
        until_gone(SERVICE, "DescribeLoadBalancers", {"LoadBalancerArns": ["{id}"]}, "LoadBalancerNotFound"),
    ),
    autoname=Autoname(max_length=32),
    tags=TAGS,
    outputs={
        "arn": "LoadBalancerArn",
        "arnSuffix": _suffix("LoadBalancer"),
        "dnsName": "DNSName",
        "zoneId": "CanonicalHostedZoneId",
    },
    returns=("vpcId",),
)

TARGET_GROUP: Final = AwsType(
    token="aws:lb/targetGroup:TargetGroup",
    service=SERVICE,
    create=Call(operation="CreateTargetGroup", item="TargetGroups[0]"),
    id="TargetGroupArn",
    read=Read(operation="DescribeTargetGroups", params={"TargetGroupArns": ["{id}"]}, item="TargetGroups[0]"),
    gone=("TargetGroupNotFound",),
    renames={
        "healthCheck": ".",
        "healthCheck.enabled": "HealthCheckEnabled",
        "healthCheck.healthyThreshold": "HealthyThresholdCount",
        "healthCheck.interval": "HealthCheckIntervalSeconds",
        "healthCheck.matcher": "Matcher.HttpCode",
        "healthCheck.path": "HealthCheckPath",
        "healthCheck.port": "HealthCheckPort",
        "healthCheck.protocol": "HealthCheckProtocol",
        "healthCheck.timeout": "HealthCheckTimeoutSeconds",
        "healthCheck.unhealthyThreshold": "UnhealthyThresholdCount",
    },
    presets={"targetType": "instance"},
    setters=(
        Call(operation="ModifyTargetGroup", params={"TargetGroupArn": "{id}"}, inputs=("healthCheck",)),
        attributes_call(
            "ModifyTargetGroupAttributes",
            "DescribeTargetGroupAttributes",
            "TargetGroupArn",
            TARGET_GROUP_ATTRIBUTES,
        ),
    ),
    defaults=attribute_defaults(TARGET_GROUP_ATTRIBUTES),
    delete=(Call(operation="DeleteTargetGroup", params={"TargetGroupArn": "{id}"}),),
    autoname=Autoname(max_length=32),
    tags=TAGS,
    outputs={
        "arn": "TargetGroupArn",
        "arnSuffix": _suffix("TargetGroup"),
        "loadBalancerArns": "LoadBalancerArns",
    },
)


def _actions(name: str) -> dict[str, str]:
    """How the blocks of an action are called by AWS; `name` is the input."""
    target = name[:1].upper() + name[1:]
    return {
        f"{name}.authenticateCognito": f"{target}.AuthenticateCognitoConfig",
        f"{name}.authenticateOidc": f"{target}.AuthenticateOidcConfig",
        f"{name}.fixedResponse": f"{target}.FixedResponseConfig",
        f"{name}.forward": f"{target}.ForwardConfig",
        f"{name}.forward.stickiness": f"{target}.ForwardConfig.TargetGroupStickinessConfig",
        f"{name}.forward.stickiness.duration": (f"{target}.ForwardConfig.TargetGroupStickinessConfig.DurationSeconds"),
        f"{name}.forward.targetGroups.arn": f"{target}.ForwardConfig.TargetGroups.TargetGroupArn",
        f"{name}.jwtValidation": f"{target}.JwtValidationConfig",
        f"{name}.redirect": f"{target}.RedirectConfig",
    }


LISTENER: Final = AwsType(
    token="aws:lb/listener:Listener",
    service=SERVICE,
    create=Call(operation="CreateListener", item="Listeners[0]"),
    id="ListenerArn",
    read=Read(operation="DescribeListeners", params={"ListenerArns": ["{id}"]}, item="Listeners[0]"),
    gone=("ListenerNotFound",),
    renames={"certificateArn": "Certificates.CertificateArn", **_actions("defaultActions")},
    presets={"protocol": "HTTP"},
    setters=(
        Call(operation="ModifyListener", params={"ListenerArn": "{id}"}),
        attributes_call("ModifyListenerAttributes", "DescribeListenerAttributes", "ListenerArn", LISTENER_ATTRIBUTES),
    ),
    defaults=attribute_defaults(LISTENER_ATTRIBUTES),
    delete=(Call(operation="DeleteListener", params={"ListenerArn": "{id}"}),),
    # Two listeners of a load balancer cannot have one port.
    unique=("loadBalancerArn", "port"),
    tags=TAGS,
    outputs={"arn": "ListenerArn"},
)

_CONDITIONS: Final[Mapping[str, str]] = {
    "hostHeader": "host-header",
    "httpHeader": "http-header",
    "httpRequestMethod": "http-request-method",
    "pathPattern": "path-pattern",
    "queryStrings": "query-string",
    "sourceIp": "source-ip",
}
"""Block of a condition -> AWS's field, from which the name of its member follows."""


def _member(field: str) -> str:
    return "".join(part.capitalize() for part in field.split("-")) + "Config"


def _conditions(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """AWS's conditions: a field and the block that goes with it."""
    found: list[dict[str, Any]] = []
    for condition in given:
        for block, value in condition.items():
            if value is None:
                continue
            field = _CONDITIONS.get(block, block)
            config: dict[str, Any] = (
                {"Values": [_upper(pair) for pair in cast(list[dict[str, Any]], value)]}
                if isinstance(value, list)
                else _upper(value)
            )
            found.append({"Field": field, _member(field): config})
    return found


def _upper(block: dict[str, Any]) -> dict[str, Any]:
    return {key[:1].upper() + key[1:]: value for key, value in block.items() if value is not None}


def _lower(block: dict[str, Any]) -> dict[str, Any]:
    return {key[:1].lower() + key[1:]: value for key, value in block.items()}


def _condition_blocks(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks that AWS's conditions come from."""
    blocks = {field: block for block, field in _CONDITIONS.items()}
    made: list[dict[str, Any]] = []
    for condition in found:
        field: str = condition["Field"]
        config: dict[str, Any] = condition.get(_member(field)) or {"Values": condition.get("Values")}
        inner: Any = [_lower(pair) for pair in config["Values"]] if field == "query-string" else _lower(config)
        made.append({blocks[field]: inner})
    return made


LISTENER_RULE: Final = AwsType(
    token="aws:lb/listenerRule:ListenerRule",
    service=SERVICE,
    create=Call(operation="CreateRule", item="Rules[0]"),
    id="RuleArn",
    read=Read(operation="DescribeRules", params={"RuleArns": ["{id}"]}, item="Rules[0]"),
    gone=("RuleNotFound",),
    renames=_actions("actions"),
    convert={"conditions": Convert(to_aws=_conditions, to_pulumi=_condition_blocks)},
    unordered=frozenset({"conditions"}),
    unread={"listenerArn": "a rule's ARN holds its listener's; DescribeRules does not say it"},
    setters=(
        Call(operation="ModifyRule", params={"RuleArn": "{id}"}),
        Call(
            operation="SetRulePriorities",
            params={"RulePriorities": [{"RuleArn": "{id}", "Priority": "{priority}"}]},
            inputs=(),
            triggers=("priority",),
            on_create=False,
        ),
    ),
    delete=(Call(operation="DeleteRule", params={"RuleArn": "{id}"}),),
    unique=("listenerArn", "priority"),
    tags=TAGS,
    outputs={"arn": "RuleArn"},
)

TYPES: Final = (LOAD_BALANCER, TARGET_GROUP, LISTENER, LISTENER_RULE)
