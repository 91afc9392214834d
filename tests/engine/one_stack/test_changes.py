"""Each change of the program or of its settings does exactly what it must, and nothing else."""

import pytest

from tests.engine.project import Project, created, deleted, replaced, updated

pytestmark = pytest.mark.slow

ROLLOUT_OF_BACKEND = replaced("ecs:TaskDefinition backend") | updated(
    "ecs:Service backend", "ssm:Parameter backend-rollout"
)
"""A new revision, the service that runs it, and the marker that dependants wait for."""
RUN_OF_MIGRATE = replaced("ecs:TaskDefinition migrate") | updated("ssm:Parameter migrate-job")

WORKER = (
    "access:Role worker-execution",
    "access:Role worker-task",
    "cloudwatch:LogGroup worker",
    "ec2:SecurityGroup worker",
    "ecs:Service worker",
    "ecs:TaskDefinition worker",
    "iam:Role worker-execution",
    "iam:Role worker-task",
    "iam:RolePolicy worker-execution",
    "servicediscovery:Service worker",
    "ssm:Parameter worker-rollout",
    "vpc:SecurityGroupEgressRule worker-to-aws-443",
    "vpc:SecurityGroupEgressRule worker-to-network-data-5432",
    "vpc:SecurityGroupEgressRule worker-to-network-data-8000",
    "vpc:SecurityGroupEgressRule worker-to-s3-443",
    "workload:Workload worker",
    "workload_firewall:WorkloadFirewall worker",
)
"""All that one more service on the data network, of an image that is there already, consists of."""

ZONE_C = (
    "ec2:Eip network-nat-c",
    "ec2:NatGateway network-c",
    "ec2:NetworkAclAssociation network-isolated-c",
    "ec2:NetworkAclAssociation network-private-c",
    "ec2:NetworkAclAssociation network-public-c",
    "ec2:Route network-private-c-nat",
    "ec2:RouteTable network-private-c",
    "ec2:RouteTableAssociation network-isolated-c",
    "ec2:RouteTableAssociation network-private-c",
    "ec2:RouteTableAssociation network-public-c",
    "ec2:Subnet network-isolated-c",
    "ec2:Subnet network-private-c",
    "ec2:Subnet network-public-c",
)
IN_EVERY_ZONE = (
    "ec2:VpcEndpoint network-dynamodb",
    "ec2:VpcEndpoint network-ecr-api",
    "ec2:VpcEndpoint network-ecr-dkr",
    "ec2:VpcEndpoint network-kms",
    "ec2:VpcEndpoint network-logs",
    "ec2:VpcEndpoint network-s3",
    "ec2:VpcEndpoint network-secretsmanager",
    "ec2:VpcEndpoint network-ssm",
    "ec2:VpcEndpoint network-sts",
    "ecs:Service backend",
    "ecs:Service frontend",
    "lb:LoadBalancer edge",
    "rds:SubnetGroup database",
    "ssm:Parameter backend-rollout",
    "ssm:Parameter frontend-rollout",
    "ssm:Parameter migrate-job",
)
"""What spans all zones, so that a zone more or less changes it in place."""

STATEFUL = (
    "ecr:Repository mount-files",
    "ecr:Repository services-backend",
    "ecr:Repository services-frontend",
    "kms:Key keys-data",
    "kms:Key keys-images",
    "kms:Key keys-logs",
    "kms:Key keys-secrets",
    "kms:Key keys-storage",
    "lb:LoadBalancer edge",
    "rds:Instance database",
    "s3:Bucket edge-access-logs",
    "secretsmanager:Secret database-app-password",
    "secretsmanager:Secret database-metrics-password",
    "secretsmanager:Secret database-password",
)
"""What protection keeps from being deleted."""

FRONTEND = (
    "access:Role frontend-execution",
    "access:Role frontend-task",
    "appautoscaling:Policy frontend-cpu",
    "appautoscaling:Policy frontend-memory",
    "appautoscaling:Target frontend",
    "cloudwatch:LogGroup frontend",
    "docker-build:Image services-frontend",
    "ec2:SecurityGroup frontend",
    "ecr:LifecyclePolicy services-frontend",
    "ecr:Repository services-frontend",
    "ecs:Service frontend",
    "ecs:TaskDefinition frontend",
    "iam:Role frontend-execution",
    "iam:Role frontend-task",
    "iam:RolePolicy frontend-execution",
    "images:ImageRepository services-frontend",
    "lb:ListenerRule edge-48946",
    "lb:TargetGroup frontend-8080",
    "servicediscovery:Service frontend",
    "ssm:Parameter frontend-rollout",
    "vpc:SecurityGroupEgressRule backend-to-network-edge-8080",
    "vpc:SecurityGroupEgressRule edge-to-frontend-8080",
    "vpc:SecurityGroupEgressRule frontend-to-aws-443",
    "vpc:SecurityGroupEgressRule frontend-to-internet-443",
    "vpc:SecurityGroupEgressRule frontend-to-network-edge-8000",
    "vpc:SecurityGroupEgressRule frontend-to-network-edge-8080",
    "vpc:SecurityGroupEgressRule frontend-to-s3-443",
    "vpc:SecurityGroupIngressRule frontend-from-load-balancer-8080",
    "vpc:SecurityGroupIngressRule frontend-from-network-edge-8080",
    "workload:Workload frontend",
    "workload_firewall:WorkloadFirewall frontend",
)
"""All that exists for the frontend alone: its own resources, and the rules of others that let it in or reach it."""


def subnets(project: Project) -> dict[str, str]:
    """Id -> CIDR block of each subnet that the cloud has."""
    described = project.cloud.client("ec2").describe_subnets()["Subnets"]
    return {subnet["SubnetId"]: subnet["CidrBlock"] for subnet in described}


def runs_of_migrate(project: Project) -> int:
    """How often the job has run."""
    client = project.cloud.client("ecs")
    cluster = client.list_clusters()["clusterArns"][0]
    tasks = client.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    return len(tasks)


def test_a_second_preview_is_empty(prod: Project) -> None:
    outcome = prod.well("preview")
    assert outcome.planned == frozenset()
    assert "No change: the stack is as the program says." in outcome.out


def test_a_second_up_changes_nothing_and_runs_no_job_again(prod: Project) -> None:
    before = runs_of_migrate(prod)
    assert prod.well("up").done == frozenset()
    assert runs_of_migrate(prod) == before


def test_an_environment_variable_rolls_out_its_service_alone(prod: Project) -> None:
    prod.edit(
        "services/backend/service.py",
        '"DATABASE_PASSWORD_FILE": "/run/secrets/database-app-password",',
        '"DATABASE_PASSWORD_FILE": "/run/secrets/database-app-password", "LOG_LEVEL": "debug",',
    )
    assert prod.well("preview").planned == ROLLOUT_OF_BACKEND


def test_more_memory_rolls_out_its_service_alone(prod: Project) -> None:
    prod.edit("services/backend/service.py", "cpus=0.5, memory=512", "cpus=0.5, memory=2048")
    assert prod.well("preview").planned == ROLLOUT_OF_BACKEND


def test_another_number_of_replicas_moves_the_floor_of_the_scaling_and_restarts_nothing(prod: Project) -> None:
    prod.configure("services:replicas.backend", 3)
    outcome = prod.well("preview")
    assert outcome.planned == updated("appautoscaling:Target backend")
    assert outcome.changed("appautoscaling:Target backend") == {"minCapacity"}


def test_new_source_makes_a_new_image_and_rolls_out_every_service_of_it(prod: Project) -> None:
    prod.edit("services/backend/Dockerfile", "\nUSER", "\nLABEL changed=yes\nUSER")
    outcome = prod.well("preview")
    assert outcome.planned == ROLLOUT_OF_BACKEND | RUN_OF_MIGRATE | updated("docker-build:Image services-backend")


def test_a_service_moves_to_another_port_behind_the_rule_that_it_has(prod: Project) -> None:
    prod.edit("services/frontend/service.py", "PORT = 8080\n", "PORT = 9090\n")
    outcome = prod.well("up").done
    assert updated("lb:ListenerRule edge-48946") <= outcome
    assert created("lb:TargetGroup frontend-9090") | deleted("lb:TargetGroup frontend-8080") <= outcome
    prod.restore()
    assert updated("lb:ListenerRule edge-48946") <= prod.well("up").done


def test_an_image_that_a_rollback_names_rolls_out_its_service_alone(prod: Project) -> None:
    prod.configure("services:images.backend", f"{'1' * 12}.dkr.ecr.eu-central-1.amazonaws.com/b@sha256:{'0' * 64}")
    assert prod.well("preview").planned == ROLLOUT_OF_BACKEND


def test_a_zone_is_taken_away_and_added_anew_and_no_other_subnet_moves(prod: Project) -> None:
    before, runs = subnets(prod), runs_of_migrate(prod)
    prod.configure("components:network.zones", ["a", "b"])
    assert prod.well("up").done == deleted(*ZONE_C) | updated(*IN_EVERY_ZONE)
    left = subnets(prod)
    assert left.items() < before.items()
    prod.restore()
    assert prod.well("up").done == created(*ZONE_C) | updated(*IN_EVERY_ZONE)
    after = subnets(prod)
    assert left.items() < after.items()
    assert sorted(after.values()) == sorted(before.values())
    assert runs_of_migrate(prod) == runs, "a job is not run again because its place is another"


def test_a_new_service_brings_its_own_resources_and_takes_them_along(prod: Project) -> None:
    prod.edit(
        "services/application.py",
        '"frontend": frontend()',
        '"frontend": frontend(), "worker": migrate().model_copy(update={"restart": "always", "depends_on": {}})',
    )
    assert prod.well("up").done == created(*WORKER)
    assert prod.well("preview").planned == frozenset()
    prod.restore()
    assert prod.well("up").done == deleted(*WORKER)


def test_a_removed_service_whose_images_are_protected_is_refused_by_the_preview(prod: Project) -> None:
    prod.edit("services/application.py", ', "frontend": frontend()', "")
    outcome = prod.run("preview")
    assert outcome.code == 1
    assert "ecr/repository:Repository services-frontend" in outcome.err
    assert "cannot be deleted" in outcome.err


def test_lifted_protection_touches_what_is_stateful_and_lets_a_service_go_with_all_its_parts(prod: Project) -> None:
    prod.configure("components:protection", False)
    assert prod.well("up").done == updated(*STATEFUL)
    prod.edit("services/application.py", ', "frontend": frontend()', "")
    assert prod.well("preview").planned == deleted(*FRONTEND)
    prod.restore()
    assert prod.well("up").done == updated(*STATEFUL)
    assert prod.well("preview").planned == frozenset()
