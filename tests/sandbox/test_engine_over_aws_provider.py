"""The real Pulumi CLI with the sandbox's aws provider and an inline program."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from sandbox.plugin import Props
from tests.sandbox.conftest import Engine
from tests.sandbox.test_first_types import CONTAINERS, TRUST

SECRET = "canary-7d1e5f0a"


def program(*, cidr: str = "10.1.0.0/24", retention: int = 30, owner: str = "platform") -> Callable[[], None]:
    """A small network, a role, a key, a bucket, logs and a task."""

    def run() -> None:
        tags = aws.ProviderDefaultTagsArgs(tags={"Owner": owner})
        opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-central-1", default_tags=tags))
        vpc = aws.ec2.Vpc("main", cidr_block="10.1.0.0/16", enable_dns_hostnames=True, opts=opts)
        subnet = aws.ec2.Subnet("a", vpc_id=vpc.id, cidr_block=cidr, opts=opts)
        group = aws.ec2.SecurityGroup("web", vpc_id=vpc.id, opts=opts)
        aws.vpc.SecurityGroupIngressRule(
            "https",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
            opts=opts,
        )
        aws.ec2.RouteTableAssociation("a", subnet_id=subnet.id, route_table_id=vpc.main_route_table_id, opts=opts)
        aws.ec2.NetworkAclRule(
            "in",
            network_acl_id=vpc.default_network_acl_id,
            rule_number=90,
            protocol="tcp",
            rule_action="allow",
            cidr_block="10.1.0.0/16",
            from_port=443,
            to_port=443,
            opts=opts,
        )
        role = aws.iam.Role("task", assume_role_policy=TRUST, opts=opts)
        key = aws.kms.Key("state", enable_key_rotation=True, description=pulumi.Output.secret(SECRET), opts=opts)
        aws.iam.RolePolicy(
            "decrypt",
            role=role.id,
            policy=key.arn.apply(
                lambda arn: json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": arn}],
                    }
                )
            ),
            opts=opts,
        )
        bucket = aws.s3.Bucket("objects", force_destroy=True, opts=opts)
        aws.s3.BucketVersioning("objects", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=opts)
        aws.cloudwatch.LogGroup("backend", retention_in_days=retention, opts=opts)
        task = aws.ecs.TaskDefinition(
            "backend",
            family="backend",
            container_definitions=CONTAINERS,
            cpu="256",
            memory="512",
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            execution_role_arn=role.arn,
            opts=opts,
        )
        pulumi.export("vpc", vpc.id)
        pulumi.export("task", task.arn)
        pulumi.export("bucket", bucket.id)

    return run


def test_a_stack_comes_up_changes_drifts_and_goes_away(
    engine: Engine, aws: Callable[..., Props], tmp_path: Path
) -> None:
    assert engine.changes(program()) == {"create": 15}
    assert engine.up(program()) == {"create": 15}
    assert engine.changes(program()) == {}
    assert engine.up(program()) == {}

    assert engine.up(program(retention=60)) == {"update": 1}
    group = aws("logs", "DescribeLogGroups")["logGroups"][0]
    assert group["retentionInDays"] == 60

    retagged = engine.up(program(retention=60, owner="security"))
    assert retagged == {"update": 10}
    vpc_id: Any = engine.stack.outputs()["vpc"].value
    vpc = aws("ec2", "DescribeVpcs", VpcIds=[vpc_id])["Vpcs"][0]
    assert {"Key": "Owner", "Value": "security"} in vpc["Tags"]

    # The subnet is replaced, and with it the association.
    moved = program(cidr="10.1.1.0/24", retention=60, owner="security")
    assert engine.up(moved) == {"replace": 2}

    aws("logs", "PutRetentionPolicy", logGroupName=group["logGroupName"], retentionInDays=7)
    aws("iam", "DeleteRolePolicy", **_role_policy(aws))
    assert engine.stack.refresh(color="never").summary.resource_changes == {"update": 1, "delete": 1, "same": 13}
    assert engine.up(moved) == {"create": 1, "update": 1}
    assert engine.changes(moved) == {}

    written = [path.read_text() for path in tmp_path.rglob("*.json*")]
    assert any("aws:kms/key:Key" in text for text in written)
    assert not any(SECRET in text for text in written)
    engine.stack.destroy(color="never")
    assert [vpc["VpcId"] for vpc in aws("ec2", "DescribeVpcs")["Vpcs"] if not vpc["IsDefault"]] == []
    assert aws("s3", "ListBuckets").get("Buckets", []) == []


def _role_policy(aws: Callable[..., Props]) -> dict[str, str]:
    role = aws("iam", "ListRoles")["Roles"][0]["RoleName"]
    return {"RoleName": role, "PolicyName": aws("iam", "ListRolePolicies", RoleName=role)["PolicyNames"][0]}
