"""The built-in application as the real program deploys it."""

import json
from typing import Any

import pytest

from graph.capture import capture
from graph.resource import Graph
from services.application import built_in
from services.model import Application, NetworkAttachment, Service, Volume, VolumeMount
from services.on_aws.fargate import check_task_definition

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
PARAMETER = "aws:ssm/parameter:Parameter"
RUNNING = ["backend", "frontend", "migrate"]


def containers(graph: Graph, name: str) -> dict[str, dict[str, Any]]:
    text = graph.one(TASK_DEFINITION, name).text("containerDefinitions")
    return {item["name"]: item for item in json.loads(text)}


def names_of(graph: Graph, urns: tuple[str, ...]) -> set[str]:
    by_urn = {resource.urn: f"{resource.type.split(':')[-1]} {resource.name}" for resource in graph}
    return {by_urn[urn] for urn in urns}


@pytest.mark.parametrize("name", RUNNING)
def test_every_task_definition_is_one_that_fargate_takes(prod: Graph, name: str) -> None:
    resource = prod.one(TASK_DEFINITION, name)
    check_task_definition(
        {
            "family": name,
            "cpu": resource.text("cpu"),
            "memory": resource.text("memory"),
            "containerDefinitions": list(containers(prod, name).values()),
        }
    )


@pytest.mark.parametrize("name", RUNNING)
def test_containers_run_hardened_and_by_digest(prod: Graph, name: str) -> None:
    for container in containers(prod, name).values():
        assert container["readonlyRootFilesystem"]
        assert "@sha256:" in container["image"]
        assert container["logConfiguration"]["logDriver"] == "awslogs"
    main = containers(prod, name)[name]
    assert main["user"] not in {"0", "0:0"}
    assert main["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    assert main["dependsOn"] == [{"containerName": "mount-files", "condition": "SUCCESS"}]


def test_every_service_has_roles_and_a_log_group_of_its_own(prod: Graph) -> None:
    definitions = [prod.one(TASK_DEFINITION, name) for name in RUNNING]
    for key in ("taskRoleArn", "executionRoleArn"):
        assert len({definition.text(key) for definition in definitions}) == len(RUNNING)
    groups = {containers(prod, name)[name]["logConfiguration"]["options"]["awslogs-group"] for name in RUNNING}
    assert len(groups) == len(RUNNING)


def test_the_password_reaches_no_task_definition_but_by_reference(prod: Graph) -> None:
    assert [item["name"] for item in containers(prod, "backend")["mount-files"]["secrets"]] == [
        "SECRET_database_2dapp_2dpassword"
    ]
    [taken] = containers(prod, "backend")["mount-files"]["secrets"]
    assert taken["valueFrom"].count(":::") == 1  # a version, not whatever is current
    assert containers(prod, "backend")["backend"]["secrets"] == []
    password = str(prod.one("aws:rds/instance:Instance", "database").inputs["password"])
    assert all(password not in text for resource in prod for _, text in resource.plain_texts())


def test_on_aws_the_backend_is_told_the_endpoint_that_the_certificate_carries(prod: Graph) -> None:
    environment = {item["name"]: item["value"] for item in containers(prod, "backend")["backend"]["environment"]}
    database = prod.one("aws:rds/instance:Instance", "database")
    assert environment["DATABASE_HOST"] == database.outputs["address"]
    assert environment["DATABASE_SSLMODE"] == "verify-full"


def test_on_aws_the_frontend_is_told_the_full_name_that_nginx_can_resolve(prod: Graph) -> None:
    environment = {item["name"]: item["value"] for item in containers(prod, "frontend")["frontend"]["environment"]}
    namespace = prod.one("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "cluster")
    assert environment["BACKEND_HOST"] == f"backend.{namespace.inputs['name']}"


def test_the_names_of_tasks_have_a_custom_health_check_that_the_provider_keeps(prod: Graph) -> None:
    """The provider drops an empty block, and replaces the service at every `up`."""
    for name in ("backend", "frontend"):
        registry = prod.one("aws:servicediscovery/service:Service", name)
        assert registry.inputs["healthCheckCustomConfig"] == {"failureThreshold": 1}


def test_a_job_has_no_service_and_a_marker_that_runs_it(prod: Graph) -> None:
    assert {resource.name for resource in prod.of_type(SERVICE)} == {"backend", "frontend"}
    assert prod.one(PARAMETER, "migrate-job").hooks == {"before_create": ("run-job",), "before_update": ("run-job",)}


@pytest.mark.parametrize("name", ["backend", "frontend"])
def test_a_rollout_has_a_marker_that_requires_it(prod: Graph, name: str) -> None:
    marker = prod.one(PARAMETER, f"{name}-rollout")
    assert marker.hooks == {"before_create": ("require-rollout",), "before_update": ("require-rollout",)}
    assert f"Service {name}" in names_of(prod, marker.dependencies)
    assert not marker.secret_inputs


def test_dependants_wait_for_markers_and_for_the_database_and_its_name(prod: Graph) -> None:
    backend = names_of(prod, prod.one(SERVICE, "backend").dependencies)
    assert {"Parameter migrate-job", "Instance database"} <= backend
    assert "Parameter backend-rollout" in names_of(prod, prod.one(SERVICE, "frontend").dependencies)
    alias = prod.one("aws:servicediscovery/instance:Instance", "database")
    assert alias.urn in prod.one(PARAMETER, "migrate-job").dependencies


def test_nothing_depends_on_a_component(prod: Graph) -> None:
    components = {resource.urn for resource in prod if not resource.custom}
    assert all(not components & set(resource.dependencies) for resource in prod)


def test_a_scaled_service_leaves_its_count_to_scaling(prod: Graph) -> None:
    assert prod.one(SERVICE, "backend").ignore_changes == ("desiredCount",)
    target = prod.one("aws:appautoscaling/target:Target", "backend")
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (2, 6)


def test_an_unscaled_service_keeps_its_count() -> None:
    backend = built_in().services["backend"]
    unscaled = backend.model_copy(update={"x_aws": backend.x_aws.model_copy(update={"scaling": None})})
    graph = capture("prod", application=changed(backend=unscaled))
    assert graph.one(SERVICE, "backend").ignore_changes == ()
    assert [resource.name for resource in graph.of_type("aws:appautoscaling/target:Target")] == ["frontend"]


def changed(**services: Service) -> Application:
    application = built_in()
    return application.model_copy(update={"services": {**application.services, **services}})


def test_a_bad_rollout_is_rolled_back_and_never_takes_away_running_tasks(prod: Graph) -> None:
    for service in prod.of_type(SERVICE):
        assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert service.inputs["deploymentMinimumHealthyPercent"] == 100
        assert service.inputs["enableExecuteCommand"] is False
        assert service.inputs["propagateTags"] == "SERVICE"


def test_services_on_internal_networks_alone_run_in_isolated_subnets(prod: Graph) -> None:
    record = json.loads(prod.one(PARAMETER, "migrate-job").text("insecureValue"))
    assert {prod.by_id(subnet).name for subnet in record["subnets"]} == {
        f"network-isolated-{zone}" for zone in ("a", "b", "c")
    }


def test_only_declared_ports_are_open_and_only_to_members_of_the_network(prod: Graph) -> None:
    opened = {rule.name for rule in prod.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")}
    services = {name for name in opened if not name.startswith(("edge-", "network-"))}
    assert services == {
        "backend-from-network-data-8000",
        "backend-from-network-edge-8000",
        "database-from-network-data-5432",
        "frontend-from-network-edge-8080",
        "frontend-from-load-balancer-8080",
    }


def test_only_services_on_a_network_with_a_way_out_reach_the_internet(prod: Graph) -> None:
    rules = prod.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {rule.name for rule in rules if rule.inputs.get("cidrIpv4") == "0.0.0.0/0"} == {
        "backend-to-internet-443",
        "frontend-to-internet-443",
    }


def test_the_database_is_encrypted_isolated_watched_and_protected(prod: Graph) -> None:
    database = prod.one("aws:rds/instance:Instance", "database")
    assert database.protect
    expected = {
        "engine": "postgres",
        "engineVersion": "17",
        "multiAz": True,
        "storageEncrypted": True,
        "publiclyAccessible": False,
        "iamDatabaseAuthenticationEnabled": True,
        "backupRetentionPeriod": 14,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "copyTagsToSnapshot": True,
    }
    assert {key: database.inputs[key] for key in expected} == expected
    groups = {str(item.inputs.get("name")) for item in prod.of_type("aws:cloudwatch/logGroup:LogGroup")}
    identifier = database.text("identifier")
    assert {f"/aws/rds/instance/{identifier}/{log}" for log in ("postgresql", "upgrade")} <= groups
    (parameters,) = prod.of_type("aws:rds/parameterGroup:ParameterGroup")
    assert parameters.inputs["parameters"] == [
        {"name": "rds.force_ssl", "value": "1", "applyMethod": "pending-reboot"},
        {"name": "log_connections", "value": "1", "applyMethod": "immediate"},
        {"name": "log_disconnections", "value": "1", "applyMethod": "immediate"},
        {"name": "log_min_duration_statement", "value": "1000", "applyMethod": "immediate"},
        {"name": "log_parameter_max_length", "value": "0", "applyMethod": "immediate"},
    ]


def test_backend_and_migrate_share_one_repository(prod: Graph) -> None:
    assert {item.name for item in prod.of_type("aws:ecr/repository:Repository")} == {
        "services-backend",
        "services-frontend",
        "mount-files",
    }


def test_a_pinned_image_runs_in_place_of_the_build_and_is_not_built() -> None:
    ref = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/services-frontend@sha256:" + "b" * 64
    graph = capture("prod", config={"services:images": {"frontend": ref}})
    assert containers(graph, "frontend")["frontend"]["image"] == ref
    assert {item.name for item in graph.of_type("docker-build:index:Image")} == {"services-backend", "mount-files"}


def test_a_named_volume_is_an_access_point_that_only_its_service_reaches() -> None:
    backend = (
        built_in()
        .services["backend"]
        .model_copy(
            update={
                "volumes": (VolumeMount(source="files", target="/data"),),
                "networks": {"edge": NetworkAttachment(aliases=("api",)), "data": NetworkAttachment()},
            }
        )
    )
    application = changed(backend=backend)
    volumes = {**application.volumes, "files": Volume()}
    graph = capture("prod", application=application.model_copy(update={"volumes": volumes}))
    (point,) = graph.of_type("aws:efs/accessPoint:AccessPoint")
    assert point.inputs["posixUser"] == {"uid": 10001, "gid": 10001}
    rules = graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert [rule.name for rule in rules if rule.inputs["fromPort"] == 2049] == ["volumes-from-backend"]
    alias = graph.one("aws:servicediscovery/instance:Instance", "api")
    assert alias.inputs["attributes"] == {"AWS_INSTANCE_CNAME": "backend.prod.infra.internal"}
