"""What was added to moto: deployments, tasks that end, keys of log groups, names, tags of scalable targets."""

# boto3's clients are made at run time and have no types here.
# pyright: reportUnknownMemberType=false, reportTypedDictNotRequiredAccess=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud import Cloud
from sandbox.injections import JobFailure, RolloutFailure

REGION = "eu-central-1"


def make_service(cloud: Cloud, name: str) -> tuple[Any, str, list[str]]:
    ecs = cloud.client("ecs")
    ecs.create_cluster(clusterName=name)
    revisions = [
        ecs.register_task_definition(
            family=name,
            requiresCompatibilities=["FARGATE"],
            networkMode="bridge",
            containerDefinitions=[
                {"name": "setup", "image": "i", "memory": 1, "essential": False},
                {"name": "main", "image": "i", "memory": 1},
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        for _ in range(2)
    ]
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=revisions[0], desiredCount=2)
    return ecs, name, revisions


def latest(ecs: Any, name: str) -> Any:
    brief = ecs.list_service_deployments(cluster=name, service=name)["serviceDeployments"][0]
    deployments = ecs.describe_service_deployments(serviceDeploymentArns=[brief["serviceDeploymentArn"]])
    return deployments["serviceDeployments"][0]


def task_definition_of(ecs: Any, revision_arn: str) -> str:
    found = ecs.describe_service_revisions(serviceRevisionArns=[revision_arn])
    return found["serviceRevisions"][0]["taskDefinition"]


def test_a_deployment_succeeds_at_the_intended_revision_and_the_service_is_steady(cloud: Cloud) -> None:
    ecs, name, (old, new) = make_service(cloud, "steady")
    assert latest(ecs, name)["status"] == "SUCCESSFUL"
    ecs.update_service(cluster=name, service=name, taskDefinition=new)
    deployment = latest(ecs, name)
    assert deployment["status"] == "SUCCESSFUL"
    assert task_definition_of(ecs, deployment["targetServiceRevision"]["arn"]) == new
    assert task_definition_of(ecs, deployment["sourceServiceRevisions"][0]["arn"]) == old
    service = ecs.describe_services(cluster=name, services=[name])["services"][0]
    assert service["runningCount"] == service["desiredCount"] == 2
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"


def test_an_injected_rollout_failure_leaves_the_old_revision_until_it_is_deployed_anew(cloud: Cloud) -> None:
    ecs, name, (old, new) = make_service(cloud, "failing")
    cloud.inject(RolloutFailure(service="fail*", reason="health checks failed"))
    ecs.update_service(cluster=name, service=name, taskDefinition=new)
    deployment = latest(ecs, name)
    assert (deployment["status"], deployment["statusReason"]) == ("ROLLBACK_SUCCESSFUL", "health checks failed")
    assert deployment["rollback"]["reason"] == "health checks failed"
    assert ecs.describe_services(cluster=name, services=[name])["services"][0]["taskDefinition"] == old
    ecs.update_service(cluster=name, service=name, taskDefinition=new)
    assert latest(ecs, name)["status"] == "SUCCESSFUL"
    assert ecs.describe_services(cluster=name, services=[name])["services"][0]["taskDefinition"] == new


def test_deployments_can_be_listed_by_status_and_an_unknown_one_is_missing(cloud: Cloud) -> None:
    ecs, name, _ = make_service(cloud, "listed")
    told = ecs.list_service_deployments(cluster=name, service=name, status=["IN_PROGRESS"])
    assert told["serviceDeployments"] == []
    arn = latest(ecs, name)["serviceDeploymentArn"] + "0"
    assert ecs.describe_service_deployments(serviceDeploymentArns=[arn])["failures"][0]["reason"] == "MISSING"
    with pytest.raises(ClientError, match="ServiceNotFound"):
        ecs.list_service_deployments(cluster=name, service="nobody")


def run_job(cloud: Cloud, family: str) -> Any:
    ecs = cloud.client("ecs")
    subnet = cloud.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}}
    task = ecs.run_task(cluster=family, taskDefinition=family, launchType="FARGATE", networkConfiguration=network)[
        "tasks"
    ][0]
    ecs.get_waiter("tasks_stopped").wait(cluster=family, tasks=[task["taskArn"]], WaiterConfig={"Delay": 0})
    return ecs.describe_tasks(cluster=family, tasks=[task["taskArn"]])["tasks"][0]


def test_a_job_stops_with_zero_or_as_ordered_and_only_as_often_as_ordered(cloud: Cloud) -> None:
    make_service(cloud, "job")
    cloud.inject(JobFailure(family="job", exit_code=3, reason="migration failed"))
    failed, fine = run_job(cloud, "job"), run_job(cloud, "job")
    codes = {container["name"]: container["exitCode"] for container in failed["containers"]}
    assert codes == {"setup": 0, "main": 3}
    assert failed["stoppedReason"] == "migration failed"
    assert {container["exitCode"] for container in fine["containers"]} == {0}
    assert fine["lastStatus"] == "STOPPED"


def test_a_log_group_takes_and_loses_a_key(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/keyed")
    key = "arn:aws:kms:eu-central-1:123456789012:key/1"
    logs.associate_kms_key(logGroupName="/keyed", kmsKeyId=key)
    assert logs.describe_log_groups(logGroupNamePrefix="/keyed")["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="/keyed")
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix="/keyed")["logGroups"][0]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        logs.associate_kms_key(logGroupName="/nobody", kmsKeyId=key)


def test_a_private_namespace_takes_a_name_that_points_to_another(cloud: Cloud) -> None:
    names = cloud.client("servicediscovery")
    vpc = cloud.client("ec2").create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    names.create_private_dns_namespace(Name="internal", Vpc=vpc)
    namespace = names.list_namespaces()["Namespaces"][0]["Id"]
    records = {"NamespaceId": namespace, "DnsRecords": [{"Type": "CNAME", "TTL": 10}], "RoutingPolicy": "WEIGHTED"}
    service = names.create_service(Name="database", DnsConfig=records)["Service"]["Id"]
    names.register_instance(
        ServiceId=service, InstanceId="rds", Attributes={"AWS_INSTANCE_CNAME": "db.eu-central-1.rds.amazonaws.com"}
    )
    assert names.list_instances(ServiceId=service)["Instances"][0]["Attributes"]["AWS_INSTANCE_CNAME"].startswith("db.")


def test_scalable_targets_have_tags_and_a_policy_put_again_leaves_no_alarms(cloud: Cloud) -> None:
    make_service(cloud, "scaled")
    scaling = cloud.client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/scaled/scaled",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    arn = scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2, Tags={"a": "1"})["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    rule = {
        "TargetValue": 50.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }
    for _ in range(2):
        scaling.put_scaling_policy(
            **target, PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=rule
        )
    scaling.delete_scaling_policy(**target, PolicyName="p")
    assert cloud.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
