"""What AWS refuses and moto accepts: each rule with a resource that breaks it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from moto.acm.models import acm_backends

from sandbox.calls import Clients
from sandbox.plugin import Props, ProviderError, Urn
from sandbox.provider import AwsProvider
from sandbox.refusals import REFUSALS, Occasion, Refusal
from tests.sandbox import service_cases as cases
from tests.sandbox import test_network_and_edge_types as edge
from tests.sandbox.conftest import REGION, Driver

NO_KEY = f"arn:aws:kms:{REGION}:123456789012:key/00000000-0000-0000-0000-000000000000"
NO_GROUP = "sg-00000000000000000"


def key_of(path: str) -> str:
    return f"the KMS key of {path} exists and is enabled"


def groups_of(path: str) -> str:
    return f"the groups of {path} exist"


def _of(kind: str, **broken: Any) -> Callable[[Driver], Props]:
    """Inputs of a case of the types' tests, some of them broken."""
    return lambda driver: {**cases.CASES[kind].inputs(driver), **broken}


def _one_zone(driver: Driver) -> list[str]:
    network = cases.vpc(driver).id
    return [edge.subnet(driver, network).id]


def _balancer(driver: Driver, **broken: Any) -> Props:
    return {**cases.CASES["load balancer"].inputs(driver), "accessLogs": None, **broken}


def _kms_bucket(driver: Driver) -> Props:
    bucket = edge.bucket(driver, "balancer-logs").id
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    driver.aws("s3", "PutBucketEncryption", Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return {"bucket": bucket, "enabled": True}


def _expired_certificate(driver: Driver) -> Props:
    listener = cases.CASES["secure listener"].inputs(driver)
    stored: Any = acm_backends["123456789012"][REGION]._certificates[listener["certificateArn"]]  # pyright: ignore
    stored.status = "EXPIRED"
    return dict(listener)


def _task(driver: Driver) -> Props:
    return {**cases.CASES["task definition"].inputs(driver), "cpu": "256", "memory": "8192"}


def _policy_too_large(driver: Driver) -> Props:
    role = driver.create("aws:iam/role:Role", assumeRolePolicy=cases.policy("sts:AssumeRole"))
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/" + "k" * 10_240]}
    return {"role": role.id, "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _other_log_group(driver: Driver) -> Props:
    logs = driver.create("aws:cloudwatch/logGroup:LogGroup", name="firewall")
    return {**edge.acl_logging(driver), "logDestinationConfigs": [logs.outputs["arn"]]}


CASES: Mapping[tuple[str, str], tuple[Callable[[Driver], Props], str]] = {
    ("aws:ecs/taskDefinition:TaskDefinition", "Fargate takes certain sizes and container parameters only"): (
        _task,
        "256 CPU units with 8192 MiB",
    ),
    ("aws:lb/loadBalancer:LoadBalancer", "a load balancer's name has at most 32 characters"): (
        lambda driver: _balancer(driver, name="b" * 33),
        "has 33 characters",
    ),
    ("aws:lb/loadBalancer:LoadBalancer", "an application load balancer is in two zones at least"): (
        lambda driver: _balancer(driver, subnets=_one_zone(driver), securityGroups=None),
        "at least 2 zones",
    ),
    ("aws:lb/loadBalancer:LoadBalancer", "access logs go to a bucket under SSE-S3 that admits log delivery"): (
        lambda driver: _balancer(driver, accessLogs=_kms_bucket(driver)),
        "encrypted by aws:kms",
    ),
    ("aws:lb/listener:Listener", "a listener's certificate has been issued"): (
        _expired_certificate,
        "is EXPIRED, not ISSUED",
    ),
    ("aws:ecs/service:Service", "a service's target groups are attached to a load balancer"): (
        _of("ecs service"),
        "attached to no load balancer",
    ),
    ("aws:cloudwatch/logGroup:LogGroup", "a log group's key exists and admits CloudWatch Logs"): (
        lambda driver: {"kmsKeyId": cases.key(driver).outputs["arn"]},
        f"does not let logs.{REGION}.amazonaws.com use it",
    ),
    (
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        "the name of WAF's log group begins with aws-waf-logs-",
    ): (_other_log_group, "must begin with 'aws-waf-logs-'"),
    ("aws:rds/subnetGroup:SubnetGroup", "a database subnet group is in two zones at least"): (
        lambda driver: {"subnetIds": _one_zone(driver)},
        "at least 2 zones",
    ),
    ("aws:rds/instance:Instance", "a master password has 8 to 128 printable characters, some excepted"): (
        _of("database", password="with space and @"),
        "without /",
    ),
    ("aws:rds/instance:Instance", "a master user's name is not one that the engine reserves"): (
        _of("database", username="rdsadmin"),
        "'rdsadmin' is reserved",
    ),
    ("aws:appautoscaling/target:Target", "the least capacity is not above the greatest"): (
        _of("scaling target", minCapacity=5, maxCapacity=2),
        "minCapacity 5 is greater",
    ),
    ("aws:ssm/parameter:Parameter", "a standard parameter has at most 4 KiB"): (
        lambda _: {"type": "String", "value": "ü" * 2049},
        "has 4098 bytes",
    ),
    ("aws:iam/rolePolicy:RolePolicy", "the inline policies of a role have at most 10,240 characters"): (
        _policy_too_large,
        "the inline policies of a role take 10,240",
    ),
    ("aws:secretsmanager/secret:Secret", key_of("kmsKeyId")): (lambda _: {"kmsKeyId": NO_KEY}, "there is no KMS key"),
    ("aws:rds/instance:Instance", key_of("kmsKeyId")): (_of("database", kmsKeyId=NO_KEY), "there is no KMS key"),
    ("aws:rds/instance:Instance", key_of("performanceInsightsKmsKeyId")): (
        _of("database", performanceInsightsKmsKeyId=NO_KEY),
        "performanceInsightsKmsKeyId: there is no KMS key",
    ),
    ("aws:elasticache/replicationGroup:ReplicationGroup", key_of("kmsKeyId")): (
        _of("replication group", kmsKeyId=NO_KEY),
        "there is no KMS key",
    ),
    ("aws:ecr/repository:Repository", key_of("encryptionConfigurations.kmsKey")): (
        lambda _: {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": NO_KEY}]},
        "there is no KMS key",
    ),
    ("aws:efs/fileSystem:FileSystem", key_of("kmsKeyId")): (
        lambda _: {"encrypted": True, "kmsKeyId": NO_KEY},
        "there is no KMS key",
    ),
    ("aws:rds/instance:Instance", groups_of("vpcSecurityGroupIds")): (
        _of("database", vpcSecurityGroupIds=[NO_GROUP]),
        "no security group",
    ),
    ("aws:elasticache/replicationGroup:ReplicationGroup", groups_of("securityGroupIds")): (
        _of("replication group", securityGroupIds=[NO_GROUP]),
        "no security group",
    ),
    ("aws:elasticache/cluster:Cluster", groups_of("securityGroupIds")): (
        _of("cache cluster", securityGroupIds=[NO_GROUP]),
        "no security group",
    ),
    ("aws:lb/loadBalancer:LoadBalancer", groups_of("securityGroups")): (
        lambda driver: _balancer(driver, securityGroups=[NO_GROUP]),
        "no security group",
    ),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", groups_of("securityGroupIds")): (
        lambda driver: {**edge.interface_endpoint(driver), "securityGroupIds": [NO_GROUP]},
        "no security group",
    ),
}
DECLARED = [row for row in REFUSALS if row.occasion is not Occasion.DELETE]


@pytest.fixture
def strict(endpoint: str, shared_clients: Clients, aws: Callable[..., Props]) -> Driver:
    """A driver of a provider that asks the table."""
    provider = AwsProvider(endpoint_url=endpoint, region=REGION, clients=shared_clients, refusals=REFUSALS)
    return Driver(provider=provider, aws=aws)


def test_every_rule_has_a_case() -> None:
    rules = [(row.token, row.rule) for row in DECLARED]
    assert len(set(rules)) == len(rules)
    assert set(rules) == set(CASES)


def _refused(strict: Driver, row: Refusal, inputs: Props) -> str:
    """What the reader gets: before anything happens, or in place of the creation."""
    if row.occasion is Occasion.DECLARE:
        return strict.refused(row.token, **inputs)
    with pytest.raises(ProviderError) as error:
        strict.create(row.token, **inputs)
    return str(error.value)


@pytest.mark.parametrize("row", DECLARED, ids=lambda row: f"{row.token.rsplit(':')[-1]}: {row.rule}")
def test_what_aws_refuses_is_refused_with_its_source_and_moto_alone_would_take_it(
    driver: Driver, strict: Driver, row: Refusal
) -> None:
    broken, words = CASES[row.token, row.rule]
    inputs = {name: value for name, value in broken(driver).items() if value is not None}
    refused = _refused(strict, row, inputs)
    assert words in refused
    assert row.source in refused
    assert driver.create(row.token, **inputs).id


def test_a_security_group_that_rules_name_is_not_deleted(driver: Driver, strict: Driver) -> None:
    network = cases.vpc(driver).id
    held, holder = (edge.group(driver, network, name) for name in ("held", "holder"))
    driver.create(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        securityGroupId=holder.id,
        ipProtocol="-1",
        referencedSecurityGroupId=held.id,
    )
    with pytest.raises(ProviderError, match=rf"{held.id} is still named in rules of holder"):
        strict.provider.delete(held.urn, held.id, held.inputs, held.outputs)
    held.deleted()
    assert held.refreshed() == {}
    strict.provider.delete(holder.urn, holder.id, holder.inputs, holder.outputs)


def test_a_preview_asks_the_cloud_nothing(driver: Driver, strict: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "aws:secretsmanager/secret:Secret"
    key = cases.key(driver).outputs["arn"]
    asked: list[str] = []
    call = Clients.call

    def counting(self: Clients, service: str, operation: str, params: Props) -> Props:
        asked.append(operation)
        return call(self, service, operation, params)

    monkeypatch.setattr(Clients, "call", counting)
    checked = strict.check(token, kmsKeyId=key)
    strict.provider.create(Urn(text=f"urn:pulumi:test::infra::{token}::thing"), checked.inputs, preview=True)
    assert asked == []
    strict.create(token, kmsKeyId=key)
    assert "DescribeKey" in asked
