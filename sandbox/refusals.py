"""What AWS refuses and moto accepts, with the page that says so.

Rows that look at the inputs alone are asked when a resource is declared, in previews too; rows that ask the sandbox's
cloud right before it is created or changed (in a preview what they look for may not be there yet), or deleted. How each
is found out stands in `sandbox.refusal_finders`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from sandbox.aws_types.templates import Caller
from sandbox.plugin import Props
from sandbox.refusal_finders import (
    Finder,
    certificate_is_issued,
    database_name,
    database_password,
    fargate,
    group_is_unused,
    groups_exist,
    key_exists,
    log_bucket,
    log_group_named,
    longest_name,
    parameter_size,
    policy_size,
    scaling_range,
    subnets_in_zones,
    targets_have_a_balancer,
)


class Occasion(Enum):
    """When a row is asked."""

    DECLARE = auto()
    CHANGE = auto()
    """Right before a creation or an update."""
    DELETE = auto()
    """Right before a deletion; the inputs hold the `id` too."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One rule of AWS for one type that moto does not enforce."""

    token: str
    rule: str
    source: str
    find: Finder
    """What AWS would say of these inputs; `None` when it would accept them."""
    occasion: Occasion = Occasion.DECLARE

    def check(self, inputs: Props, ask: Caller) -> str | None:
        """The refusal in the reader's words with its source; `None` when AWS would accept."""
        problem = self.find(inputs, ask)
        return None if problem is None else f"{problem} (AWS: {self.source})"


_ELB: Final = "https://docs.aws.amazon.com/elasticloadbalancing/latest"
_FARGATE: Final = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
_LOGS_KEY: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
_KMS: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"
_RDS: Final = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
_SG: Final = "https://docs.aws.amazon.com/vpc/latest/userguide/working-with-security-groups.html"

_KEY_USERS: Final[Sequence[tuple[str, str]]] = (
    ("aws:secretsmanager/secret:Secret", "kmsKeyId"),
    ("aws:rds/instance:Instance", "kmsKeyId"),
    ("aws:rds/instance:Instance", "performanceInsightsKmsKeyId"),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "kmsKeyId"),
    ("aws:ecr/repository:Repository", "encryptionConfigurations.kmsKey"),
    ("aws:efs/fileSystem:FileSystem", "kmsKeyId"),
)
"""Types and the inputs of them that name a KMS key."""

_GROUP_USERS: Final[Sequence[tuple[str, str]]] = (
    ("aws:rds/instance:Instance", "vpcSecurityGroupIds"),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds"),
    ("aws:elasticache/cluster:Cluster", "securityGroupIds"),
    ("aws:lb/loadBalancer:LoadBalancer", "securityGroups"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "securityGroupIds"),
)
"""Types and the inputs of them that name security groups."""

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        token="aws:ecs/taskDefinition:TaskDefinition",
        rule="Fargate takes certain sizes and container parameters only",
        source=_FARGATE,
        find=fargate,
    ),
    Refusal(
        token="aws:lb/loadBalancer:LoadBalancer",
        rule="a load balancer's name has at most 32 characters",
        source=f"{_ELB}/APIReference/API_CreateLoadBalancer.html",
        find=longest_name(32),
    ),
    Refusal(
        token="aws:lb/loadBalancer:LoadBalancer",
        rule="an application load balancer is in two zones at least",
        source=f"{_ELB}/application/application-load-balancers.html",
        find=subnets_in_zones("subnets", 2),
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:lb/loadBalancer:LoadBalancer",
        rule="access logs go to a bucket under SSE-S3 that admits log delivery",
        source=f"{_ELB}/application/enable-access-logging.html",
        find=log_bucket,
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:lb/listener:Listener",
        rule="a listener's certificate has been issued",
        source=f"{_ELB}/application/https-listener-certificates.html",
        find=certificate_is_issued,
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:ecs/service:Service",
        rule="a service's target groups are attached to a load balancer",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
        find=targets_have_a_balancer,
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:cloudwatch/logGroup:LogGroup",
        rule="a log group's key exists and admits CloudWatch Logs",
        source=_LOGS_KEY,
        find=key_exists("kmsKeyId", wanted=("logs.{region}.amazonaws.com",)),
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        rule="the name of WAF's log group begins with aws-waf-logs-",
        source="https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
        find=log_group_named("aws-waf-logs-", "logDestinationConfigs"),
    ),
    Refusal(
        token="aws:rds/subnetGroup:SubnetGroup",
        rule="a database subnet group is in two zones at least",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        find=subnets_in_zones("subnetIds", 2),
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:rds/instance:Instance",
        rule="a master password has 8 to 128 printable characters, some excepted",
        source=_RDS,
        find=database_password,
    ),
    Refusal(
        token="aws:rds/instance:Instance",
        rule="a master user's name is not one that the engine reserves",
        source=_RDS,
        find=database_name,
    ),
    Refusal(
        token="aws:appautoscaling/target:Target",
        rule="the least capacity is not above the greatest",
        source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
        find=scaling_range,
    ),
    Refusal(
        token="aws:ssm/parameter:Parameter",
        rule="a standard parameter has at most 4 KiB",
        source="https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        find=parameter_size,
    ),
    Refusal(
        token="aws:iam/rolePolicy:RolePolicy",
        rule="the inline policies of a role have at most 10,240 characters",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        find=policy_size,
    ),
    *(
        Refusal(
            token=token,
            rule=f"the KMS key of {path} exists and is enabled",
            source=_KMS,
            find=key_exists(path),
            occasion=Occasion.CHANGE,
        )
        for token, path in _KEY_USERS
    ),
    *(
        Refusal(
            token=token,
            rule=f"the groups of {path} exist",
            source=_SG,
            find=groups_exist(path),
            occasion=Occasion.CHANGE,
        )
        for token, path in _GROUP_USERS
    ),
    Refusal(
        token="aws:ec2/securityGroup:SecurityGroup",
        rule="a security group that rules of others name cannot be deleted",
        source=_SG,
        find=group_is_unused,
        occasion=Occasion.DELETE,
    ),
)
"""Every rule. A row has a case in tests/sandbox/test_refusals.py that moto alone would accept."""
