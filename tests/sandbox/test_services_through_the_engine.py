"""A service, its database and its route at the edge, with the real Pulumi CLI and the sandbox's aws provider."""

import json
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws as aws

from sandbox.plugin import Props
from tests.sandbox.conftest import Engine
from tests.sandbox.service_cases import CONTAINERS, LIFECYCLE

PASSWORD = "canary-3f61c2aa"
ROLE = "arn:aws:iam::123456789012:role/task"


def program(*, replicas: int = 2, image: str = "0", drop: bool = True) -> Callable[[], None]:
    """What one service stands on."""

    def run() -> None:
        tags = aws.ProviderDefaultTagsArgs(tags={"Owner": "platform"})
        opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-central-1", default_tags=tags))
        vpc = aws.ec2.Vpc("main", cidr_block="10.1.0.0/16", opts=opts)
        subnets = [
            aws.ec2.Subnet(
                zone, vpc_id=vpc.id, cidr_block=f"10.1.{n}.0/24", availability_zone=f"eu-central-1{zone}", opts=opts
            )
            for n, zone in enumerate("ab")
        ]
        subnet_ids = [subnet.id for subnet in subnets]
        group = aws.ec2.SecurityGroup("backend", vpc_id=vpc.id, opts=opts)
        key = aws.kms.Key("data", enable_key_rotation=True, deletion_window_in_days=7, opts=opts)
        aws.kms.Alias("data", name="alias/infra-test-data", target_key_id=key.key_id, opts=opts)
        logs = aws.cloudwatch.LogGroup("backend", retention_in_days=30, kms_key_id=key.arn, opts=opts)
        repository = aws.ecr.Repository("backend", image_tag_mutability="IMMUTABLE", force_delete=True, opts=opts)
        aws.ecr.LifecyclePolicy("backend", repository=repository.name, policy=LIFECYCLE, opts=opts)
        secret = aws.secretsmanager.Secret("password", kms_key_id=key.arn, recovery_window_in_days=0, opts=opts)
        aws.secretsmanager.SecretVersion(
            "password", secret_id=secret.id, secret_string=pulumi.Output.secret(PASSWORD), opts=opts
        )
        subnet_group = aws.rds.SubnetGroup("database", subnet_ids=subnet_ids, opts=opts)
        parameters = aws.rds.ParameterGroup(
            "database", family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "1"}], opts=opts
        )
        database = aws.rds.Instance(
            "database",
            identifier="infra-test-database",
            engine="postgres",
            engine_version="17",
            instance_class="db.t4g.medium",
            allocated_storage=20,
            username="app",
            password=pulumi.Output.secret(PASSWORD),
            db_subnet_group_name=subnet_group.name,
            parameter_group_name=parameters.name,
            kms_key_id=key.arn,
            storage_encrypted=True,
            vpc_security_group_ids=[group.id],
            skip_final_snapshot=True,
            opts=opts,
        )
        cluster = aws.ecs.Cluster("main", settings=[{"name": "containerInsights", "value": "enhanced"}], opts=opts)
        namespace = aws.servicediscovery.PrivateDnsNamespace("main", name="test.internal", vpc=vpc.id, opts=opts)
        alias = aws.servicediscovery.Service(
            "database",
            name="database",
            dns_config={
                "namespace_id": namespace.id,
                "routing_policy": "WEIGHTED",
                "dns_records": [{"type": "CNAME", "ttl": 10}],
            },
            opts=opts,
        )
        aws.servicediscovery.Instance(
            "database",
            service_id=alias.id,
            instance_id="database",
            attributes={"AWS_INSTANCE_CNAME": database.address},
            opts=opts,
        )
        registry = aws.servicediscovery.Service(
            "backend",
            name="backend",
            dns_config={
                "namespace_id": namespace.id,
                "routing_policy": "MULTIVALUE",
                "dns_records": [{"type": "A", "ttl": 10}],
            },
            health_check_custom_config={},
            force_destroy=True,
            opts=opts,
        )
        balancer = aws.lb.LoadBalancer(
            "edge",
            subnets=subnet_ids,
            security_groups=[group.id],
            drop_invalid_header_fields=drop,
            opts=opts,
        )
        listener = aws.lb.Listener(
            "edge",
            load_balancer_arn=balancer.arn,
            port=80,
            default_actions=[
                {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "404"}}
            ],
            opts=opts,
        )
        target = aws.lb.TargetGroup(
            "backend", vpc_id=vpc.id, target_type="ip", port=8000, protocol="HTTP", deregistration_delay=30, opts=opts
        )
        rule = aws.lb.ListenerRule(
            "backend",
            listener_arn=listener.arn,
            priority=10,
            conditions=[{"path_pattern": {"values": ["/api/*"]}}],
            actions=[{"type": "forward", "target_group_arn": target.arn}],
            opts=opts,
        )
        task = aws.ecs.TaskDefinition(
            "backend",
            family="infra-test-backend",
            container_definitions=logs.name.apply(
                lambda name: json.dumps(
                    [
                        {
                            **CONTAINERS[0],
                            "image": "backend@sha256:" + image * 64,
                            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": name}},
                        }
                    ]
                )
            ),
            cpu="256",
            memory="512",
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            execution_role_arn=ROLE,
            volumes=[{"name": "data"}],
            opts=opts,
        )
        service = aws.ecs.Service(
            "backend",
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=replicas,
            launch_type="FARGATE",
            network_configuration={"subnets": subnet_ids, "security_groups": [group.id], "assign_public_ip": False},
            service_registries={"registry_arn": registry.arn},
            load_balancers=[{"target_group_arn": target.arn, "container_name": "backend", "container_port": 8000}],
            deployment_circuit_breaker={"enable": True, "rollback": True},
            propagate_tags="SERVICE",
            enable_ecs_managed_tags=True,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[rule])),
        )
        scaled = aws.appautoscaling.Target(
            "backend",
            min_capacity=2,
            max_capacity=4,
            resource_id=pulumi.Output.concat("service/", cluster.name, "/", service.name),
            scalable_dimension="ecs:service:DesiredCount",
            service_namespace="ecs",
            opts=opts,
        )
        aws.appautoscaling.Policy(
            "backend",
            policy_type="TargetTrackingScaling",
            resource_id=scaled.resource_id,
            scalable_dimension=scaled.scalable_dimension,
            service_namespace=scaled.service_namespace,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
                "target_value": 60,
            },
            opts=opts,
        )
        aws.ssm.Parameter("backend", name="/infra/test/backend", type="String", value=task.arn, opts=opts)
        pulumi.export("task", task.arn)
        pulumi.export("cluster", cluster.arn)
        pulumi.export("service", service.id)

    return run


def test_a_service_comes_up_changes_drifts_and_leaves_nothing(engine: Engine, aws: Callable[..., Props]) -> None:
    assert engine.up(program()) == {"create": 30}
    assert engine.changes(program()) == {}
    assert engine.stack.refresh(color="never").summary.resource_changes == {"same": 30}

    # A new image: a new revision, the service and the marker follow it, the old revision goes.
    first = engine.stack.outputs()["task"].value
    newer = program(image="1")
    assert engine.up(newer) == {"replace": 1, "update": 2}
    assert engine.stack.outputs()["task"].value != first
    assert aws("ecs", "DescribeTaskDefinition", taskDefinition=first)["taskDefinition"]["status"] == "INACTIVE"
    assert aws("ssm", "GetParameter", Name="/infra/test/backend")["Parameter"]["Value"].endswith(":2")

    changed = program(image="1", replicas=3, drop=False)
    assert engine.up(changed) == {"update": 2}
    where = {"cluster": engine.stack.outputs()["cluster"].value}
    service = engine.stack.outputs()["service"].value
    assert aws("ecs", "DescribeServices", services=[service], **where)["services"][0]["runningCount"] == 3

    aws("ecs", "UpdateService", service=service, desiredCount=9, **where)
    assert engine.stack.refresh(color="never").summary.resource_changes == {"update": 1, "same": 29}
    assert engine.up(changed) == {"update": 1}

    state = Path(engine.stack.workspace.work_dir, "state", ".pulumi", "stacks", "infra", "test.json").read_text()
    assert "infra-test-database" in state
    assert PASSWORD not in state
    engine.stack.destroy(color="never")
    left = [
        # A deleted cluster can be described for a while.
        [item for item in aws("ecs", "DescribeClusters", clusters=[where["cluster"]])["clusters"] if _active(item)],
        aws("ecs", "ListTaskDefinitions")["taskDefinitionArns"],
        aws("rds", "DescribeDBInstances")["DBInstances"],
        aws("rds", "DescribeDBSubnetGroups")["DBSubnetGroups"],
        aws("elbv2", "DescribeLoadBalancers")["LoadBalancers"],
        aws("elbv2", "DescribeTargetGroups")["TargetGroups"],
        aws("servicediscovery", "ListNamespaces")["Namespaces"],
        aws("servicediscovery", "ListServices")["Services"],
        aws("secretsmanager", "ListSecrets", IncludePlannedDeletion=True)["SecretList"],
        aws("ecr", "DescribeRepositories")["repositories"],
        aws("logs", "DescribeLogGroups")["logGroups"],
        aws("ssm", "DescribeParameters")["Parameters"],
        aws("application-autoscaling", "DescribeScalableTargets", ServiceNamespace="ecs")["ScalableTargets"],
        [vpc for vpc in aws("ec2", "DescribeVpcs")["Vpcs"] if not vpc["IsDefault"]],
    ]
    assert left == [[]] * len(left)


def _active(described: Props) -> bool:
    return described["status"] == "ACTIVE"
