"""What AWS refuses and moto accepts, with the page that says so.

Rows that look at the inputs alone are asked when a resource is declared, in previews too; rows that ask the sandbox's
cloud right before it is created or changed (in a preview what they look for may not be there yet), or deleted. A row
sees the inputs by their Pulumi names; values that are not known yet are not judged.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, TypeAlias, cast

from sandbox.aws_error import AwsError
from sandbox.aws_types.base import Caller
from sandbox.plugin import Props
from services.on_aws.fargate import check_task_definition
from services.on_aws.sizes import FargateError

Finder: TypeAlias = Callable[[Props, Caller], str | None]
"""Looks at inputs by their Pulumi names; asks the cloud with `Caller` (reading operations only)."""


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


def _texts(value: Any) -> Sequence[str]:
    """Known texts of an input that is one text or a list of them."""
    values = cast(Sequence[Any], value if isinstance(value, list) else [value])
    return [item for item in values if isinstance(item, str)]


def _at(inputs: Props, path: str) -> Any:
    """The value at a dotted path; lists on the way give the list of their elements' values."""
    value: Any = inputs
    for part in path.split("."):
        if isinstance(value, list):
            found = [cast(Props, item).get(part) for item in cast(list[Any], value) if isinstance(item, dict)]
            value = [inner for item in found for inner in (cast(list[Any], item) if isinstance(item, list) else [item])]
        elif isinstance(value, Mapping):
            value = cast(Props, value).get(part)
        else:
            return None
    return value


def _longest_name(limit: int) -> Finder:
    def find(inputs: Props, ask: Caller) -> str | None:
        name = inputs.get("name")
        if isinstance(name, str) and len(name) > limit:
            return f"the name {name!r} has {len(name)} characters, at most {limit} are allowed: shorten it"
        return None

    return find


def _fargate(inputs: Props, ask: Caller) -> str | None:
    if "FARGATE" not in _texts(inputs.get("requiresCompatibilities")):
        return None
    definitions = inputs.get("containerDefinitions")
    if not isinstance(definitions, str):
        return None
    try:
        check_task_definition({**inputs, "containerDefinitions": json.loads(definitions)})
    except FargateError as error:
        return str(error)
    return None


def _key_exists(path: str, *, wanted: Sequence[str] = ()) -> Finder:
    """The key at `path` exists, is enabled and admits the service principals `wanted` (their `{region}` filled)."""

    def find(inputs: Props, ask: Caller) -> str | None:
        for key in _texts(_at(inputs, path)):
            try:
                metadata = ask("kms", "DescribeKey", {"KeyId": key})["KeyMetadata"]
            except AwsError:
                return f"{path}: there is no KMS key {key}"
            if metadata["KeyState"] != "Enabled":
                return f"{path}: the KMS key {key} is {metadata['KeyState']}"
            region = str(metadata["Arn"]).split(":")[3]
            policy = json.loads(
                ask("kms", "GetKeyPolicy", {"KeyId": metadata["KeyId"], "PolicyName": "default"})["Policy"]
            )
            for principal in (name.format(region=region) for name in wanted):
                if principal not in _allowed_services(policy):
                    return f"{path}: the policy of the KMS key {key} does not let {principal} use it"
        return None

    return find


def _allowed_services(policy: Props) -> Iterator[str]:
    statements: Any = policy.get("Statement") or []
    for statement in cast(list[Props], statements if isinstance(statements, list) else [statements]):
        principal: Any = statement.get("Principal")
        if statement.get("Effect") == "Allow" and isinstance(principal, Mapping):
            yield from _texts(cast(Props, principal).get("Service"))


def _groups_exist(path: str) -> Finder:
    def find(inputs: Props, ask: Caller) -> str | None:
        for group in _texts(_at(inputs, path)):
            try:
                ask("ec2", "DescribeSecurityGroups", {"GroupIds": [group]})
            except AwsError:
                return f"{path}: there is no security group {group}"
        return None

    return find


def _subnets_in_zones(path: str, zones: int) -> Finder:
    def find(inputs: Props, ask: Caller) -> str | None:
        value: Any = _at(inputs, path)
        subnets = _texts(value)
        if not subnets or len(subnets) != len(cast(list[Any], value)):
            return None
        try:
            found = ask("ec2", "DescribeSubnets", {"SubnetIds": list(subnets)})["Subnets"]
        except AwsError as error:
            return f"{path}: {error.reason}"
        covered = {str(subnet["AvailabilityZone"]) for subnet in found}
        if len(covered) < zones:
            return f"{path}: the subnets are in {', '.join(sorted(covered))}; at least {zones} zones are needed"
        return None

    return find


def _log_bucket(inputs: Props, ask: Caller) -> str | None:
    bucket = _at(inputs, "accessLogs.bucket")
    if not isinstance(bucket, str) or not _at(inputs, "accessLogs.enabled"):
        return None
    try:
        rules = ask("s3", "GetBucketEncryption", {"Bucket": bucket})["ServerSideEncryptionConfiguration"]["Rules"]
    except AwsError as error:
        return f"accessLogs.bucket: {bucket}: {error.reason}"
    algorithms = {rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}
    if algorithms != {"AES256"}:
        return (
            f"accessLogs.bucket: {bucket} is encrypted by {', '.join(sorted(algorithms))}; only SSE-S3 (AES256) works"
        )
    try:
        policy: Props = json.loads(ask("s3", "GetBucketPolicy", {"Bucket": bucket})["Policy"])
    except AwsError:
        policy = {}
    if "logdelivery.elasticloadbalancing.amazonaws.com" not in _allowed_services(policy):
        return f"accessLogs.bucket: the policy of {bucket} does not let load balancers deliver their logs"
    return None


def _log_group_named(prefix: str, path: str) -> Finder:
    def find(inputs: Props, ask: Caller) -> str | None:
        for arn in _texts(_at(inputs, path)):
            name = arn.split(":log-group:")[-1]
            if not name.startswith(prefix):
                return f"{path}: the log group's name is {name!r}, it must begin with {prefix!r}"
        return None

    return find


def _targets_have_a_balancer(inputs: Props, ask: Caller) -> str | None:
    for arn in _texts(_at(inputs, "loadBalancers.targetGroupArn")):
        try:
            group = ask("elbv2", "DescribeTargetGroups", {"TargetGroupArns": [arn]})["TargetGroups"][0]
        except AwsError:
            return f"loadBalancers: there is no target group {arn}"
        if not group.get("LoadBalancerArns"):
            return f"loadBalancers: the target group {group['TargetGroupName']} is attached to no load balancer yet"
    return None


def _certificate_is_issued(inputs: Props, ask: Caller) -> str | None:
    for arn in _texts(inputs.get("certificateArn")):
        try:
            status = ask("acm", "DescribeCertificate", {"CertificateArn": arn})["Certificate"]["Status"]
        except AwsError:
            return f"certificateArn: there is no certificate {arn}"
        if status != "ISSUED":
            return f"certificateArn: the certificate {arn} is {status}, not ISSUED: wait for its validation"
    return None


def _database_password(inputs: Props, ask: Caller) -> str | None:
    password = inputs.get("password")
    if not isinstance(password, str):
        return None
    longest = 128 if str(inputs.get("engine")).startswith("postgres") else 41
    if not 8 <= len(password) <= longest:
        return f"password: has {len(password)} characters; {inputs.get('engine')} takes 8 to {longest}"
    if any(character in '/"@ ' or not 32 < ord(character) < 127 for character in password):
        return 'password: only printable ASCII characters without /, ", @ and spaces are allowed'
    return None


def _database_name(inputs: Props, ask: Caller) -> str | None:
    reserved = {"admin", "rdsadmin", "postgres"} - ({"postgres"} if inputs.get("engine") == "postgres" else set())
    username = inputs.get("username")
    if str(inputs.get("engine")).startswith("postgres") and username in reserved:
        return f"username: {username!r} is reserved by the engine: choose another"
    return None


def _scaling_range(inputs: Props, ask: Caller) -> str | None:
    low, high = inputs.get("minCapacity"), inputs.get("maxCapacity")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        return f"minCapacity {low} is greater than maxCapacity {high}"
    return None


def _parameter_size(inputs: Props, ask: Caller) -> str | None:
    value = inputs.get("value")
    if isinstance(value, str) and inputs.get("tier", "Standard") == "Standard" and len(value.encode()) > 4096:
        return f"value: has {len(value.encode())} bytes; the Standard tier takes 4096"
    return None


def _policy_size(inputs: Props, ask: Caller) -> str | None:
    policy = inputs.get("policy")
    if isinstance(policy, str) and len("".join(policy.split())) > 10_240:
        return f"policy: has {len(''.join(policy.split()))} characters; the inline policies of a role take 10,240"
    return None


def _group_is_unused(inputs: Props, ask: Caller) -> str | None:
    group = inputs.get("id")
    filters = [{"Name": "ip-permission.group-id", "Values": [group]}]
    using = ask("ec2", "DescribeSecurityGroups", {"Filters": filters})["SecurityGroups"]
    names = sorted(str(item["GroupName"]) for item in using if item["GroupId"] != group)
    return f"security group {group} is still named in rules of {', '.join(names)}" if names else None


_ELB: Final = "https://docs.aws.amazon.com/elasticloadbalancing/latest"
_FARGATE: Final = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
_LOGS_KEY: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
_KMS: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"
_RDS: Final = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
_SG: Final = "https://docs.aws.amazon.com/vpc/latest/userguide/working-with-security-groups.html"

_KEY_USERS: Final[Mapping[str, str]] = {
    "aws:secretsmanager/secret:Secret": "kmsKeyId",
    "aws:rds/instance:Instance": "kmsKeyId",
    "aws:ecr/repository:Repository": "encryptionConfigurations.kmsKey",
    "aws:efs/fileSystem:FileSystem": "kmsKeyId",
}
_GROUP_USERS: Final[Mapping[str, str]] = {
    "aws:rds/instance:Instance": "vpcSecurityGroupIds",
    "aws:lb/loadBalancer:LoadBalancer": "securityGroups",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "securityGroupIds",
}

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        token="aws:ecs/taskDefinition:TaskDefinition",
        rule="Fargate takes certain sizes and container parameters only",
        source=_FARGATE,
        find=_fargate,
    ),
    Refusal(
        token="aws:lb/loadBalancer:LoadBalancer",
        rule="a load balancer's name has at most 32 characters",
        source=f"{_ELB}/APIReference/API_CreateLoadBalancer.html",
        find=_longest_name(32),
    ),
    Refusal(
        token="aws:lb/loadBalancer:LoadBalancer",
        rule="an application load balancer is in two zones at least",
        source=f"{_ELB}/application/application-load-balancers.html",
        find=_subnets_in_zones("subnets", 2),
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:lb/loadBalancer:LoadBalancer",
        rule="access logs go to a bucket under SSE-S3 that admits log delivery",
        source=f"{_ELB}/application/enable-access-logging.html",
        find=_log_bucket,
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:lb/listener:Listener",
        rule="a listener's certificate has been issued",
        source=f"{_ELB}/application/https-listener-certificates.html",
        find=_certificate_is_issued,
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:ecs/service:Service",
        rule="a service's target groups are attached to a load balancer",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
        find=_targets_have_a_balancer,
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:cloudwatch/logGroup:LogGroup",
        rule="a log group's key exists and admits CloudWatch Logs",
        source=_LOGS_KEY,
        find=_key_exists("kmsKeyId", wanted=("logs.{region}.amazonaws.com",)),
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        rule="the name of WAF's log group begins with aws-waf-logs-",
        source="https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
        find=_log_group_named("aws-waf-logs-", "logDestinationConfigs"),
    ),
    Refusal(
        token="aws:rds/subnetGroup:SubnetGroup",
        rule="a database subnet group is in two zones at least",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        find=_subnets_in_zones("subnetIds", 2),
        occasion=Occasion.CHANGE,
    ),
    Refusal(
        token="aws:rds/instance:Instance",
        rule="a master password has 8 to 128 printable characters, some excepted",
        source=_RDS,
        find=_database_password,
    ),
    Refusal(
        token="aws:rds/instance:Instance",
        rule="a master user's name is not one that the engine reserves",
        source=_RDS,
        find=_database_name,
    ),
    Refusal(
        token="aws:appautoscaling/target:Target",
        rule="the least capacity is not above the greatest",
        source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
        find=_scaling_range,
    ),
    Refusal(
        token="aws:ssm/parameter:Parameter",
        rule="a standard parameter has at most 4 KiB",
        source="https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        find=_parameter_size,
    ),
    Refusal(
        token="aws:iam/rolePolicy:RolePolicy",
        rule="the inline policies of a role have at most 10,240 characters",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        find=_policy_size,
    ),
    *(
        Refusal(
            token=token,
            rule="the KMS key exists and is enabled",
            source=_KMS,
            find=_key_exists(path),
            occasion=Occasion.CHANGE,
        )
        for token, path in _KEY_USERS.items()
    ),
    *(
        Refusal(
            token=token,
            rule="the security groups exist",
            source=_SG,
            find=_groups_exist(path),
            occasion=Occasion.CHANGE,
        )
        for token, path in _GROUP_USERS.items()
    ),
    Refusal(
        token="aws:ec2/securityGroup:SecurityGroup",
        rule="a security group that rules of others name cannot be deleted",
        source=_SG,
        find=_group_is_unused,
        occasion=Occasion.DELETE,
    ),
)
"""Every rule. A row has a case in tests/sandbox/test_refusals.py that moto alone would accept."""
