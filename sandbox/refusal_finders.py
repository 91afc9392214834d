"""How each rule of `sandbox.refusals` is found out: from the inputs by their Pulumi names, or by asking the cloud.

Values that are not known yet are not judged. Each gives what AWS would say, `None` when it would accept.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from sandbox.aws_error import AwsError
from sandbox.aws_types.templates import Caller
from sandbox.plugin import Props
from services.on_aws.fargate import check_task_definition
from services.on_aws.sizes import FargateError

Finder: TypeAlias = Callable[[Props, Caller], str | None]
"""Looks at inputs by their Pulumi names; asks the cloud with `Caller` (reading operations only)."""


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


def longest_name(limit: int) -> Finder:
    """The name has at most so many characters."""

    def find(inputs: Props, ask: Caller) -> str | None:
        name = inputs.get("name")
        if isinstance(name, str) and len(name) > limit:
            return f"the name {name!r} has {len(name)} characters, at most {limit} are allowed: shorten it"
        return None

    return find


def fargate(inputs: Props, ask: Caller) -> str | None:
    """A task definition for Fargate has a size and container parameters that Fargate takes."""
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


def key_exists(path: str, *, wanted: Sequence[str] = ()) -> Finder:
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


def groups_exist(path: str) -> Finder:
    """The security groups at `path` exist."""

    def find(inputs: Props, ask: Caller) -> str | None:
        for group in _texts(_at(inputs, path)):
            try:
                ask("ec2", "DescribeSecurityGroups", {"GroupIds": [group]})
            except AwsError:
                return f"{path}: there is no security group {group}"
        return None

    return find


def subnets_in_zones(path: str, zones: int) -> Finder:
    """The subnets at `path` lie in so many zones at least."""

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


def log_bucket(inputs: Props, ask: Caller) -> str | None:
    """The bucket of access logs exists, has SSE-S3 and admits log delivery."""
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


def log_group_named(prefix: str, path: str) -> Finder:
    """The names of the log groups whose ARNs are at `path` begin with a prefix."""

    def find(inputs: Props, ask: Caller) -> str | None:
        for arn in _texts(_at(inputs, path)):
            name = arn.split(":log-group:")[-1]
            if not name.startswith(prefix):
                return f"{path}: the log group's name is {name!r}, it must begin with {prefix!r}"
        return None

    return find


def targets_have_a_balancer(inputs: Props, ask: Caller) -> str | None:
    """The target groups of a service are attached to a load balancer."""
    for arn in _texts(_at(inputs, "loadBalancers.targetGroupArn")):
        try:
            group = ask("elbv2", "DescribeTargetGroups", {"TargetGroupArns": [arn]})["TargetGroups"][0]
        except AwsError:
            return f"loadBalancers: there is no target group {arn}"
        if not group.get("LoadBalancerArns"):
            return f"loadBalancers: the target group {group['TargetGroupName']} is attached to no load balancer yet"
    return None


def certificate_is_issued(inputs: Props, ask: Caller) -> str | None:
    """The certificate of a listener exists and is issued."""
    for arn in _texts(inputs.get("certificateArn")):
        try:
            status = ask("acm", "DescribeCertificate", {"CertificateArn": arn})["Certificate"]["Status"]
        except AwsError:
            return f"certificateArn: there is no certificate {arn}"
        if status != "ISSUED":
            return f"certificateArn: the certificate {arn} is {status}, not ISSUED: wait for its validation"
    return None


def database_password(inputs: Props, ask: Caller) -> str | None:
    """A master password is of the length and the characters that RDS takes."""
    password = inputs.get("password")
    if not isinstance(password, str):
        return None
    longest = 128 if str(inputs.get("engine")).startswith("postgres") else 41
    if not 8 <= len(password) <= longest:
        return f"password: has {len(password)} characters; {inputs.get('engine')} takes 8 to {longest}"
    if any(character in '/"@ ' or not 32 < ord(character) < 127 for character in password):
        return 'password: only printable ASCII characters without /, ", @ and spaces are allowed'
    return None


def database_name(inputs: Props, ask: Caller) -> str | None:
    """A master user has no name that the engine reserves."""
    reserved = {"admin", "rdsadmin", "postgres"} - ({"postgres"} if inputs.get("engine") == "postgres" else set())
    username = inputs.get("username")
    if str(inputs.get("engine")).startswith("postgres") and username in reserved:
        return f"username: {username!r} is reserved by the engine: choose another"
    return None


def scaling_range(inputs: Props, ask: Caller) -> str | None:
    """The least capacity is not above the greatest."""
    low, high = inputs.get("minCapacity"), inputs.get("maxCapacity")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        return f"minCapacity {low} is greater than maxCapacity {high}"
    return None


def parameter_size(inputs: Props, ask: Caller) -> str | None:
    """A standard parameter's value has at most 4 KiB."""
    value = inputs.get("value")
    if isinstance(value, str) and inputs.get("tier", "Standard") == "Standard" and len(value.encode()) > 4096:
        return f"value: has {len(value.encode())} bytes; the Standard tier takes 4096"
    return None


def policy_size(inputs: Props, ask: Caller) -> str | None:
    """A role's inline policy has at most 10,240 characters, blanks not counted."""
    policy = inputs.get("policy")
    if isinstance(policy, str) and len("".join(policy.split())) > 10_240:
        return f"policy: has {len(''.join(policy.split()))} characters; the inline policies of a role take 10,240"
    return None


def group_is_unused(inputs: Props, ask: Caller) -> str | None:
    """No rule of another security group names this one."""
    group = inputs.get("id")
    filters = [{"Name": "ip-permission.group-id", "Values": [group]}]
    using = ask("ec2", "DescribeSecurityGroups", {"Filters": filters})["SecurityGroups"]
    names = sorted(str(item["GroupName"]) for item in using if item["GroupId"] != group)
    return f"security group {group} is still named in rules of {', '.join(names)}" if names else None
