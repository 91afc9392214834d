"""One application with everything that AWS can do, through the real program."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from graph.capture import capture
from graph.resource import Graph
from services.on_aws.fargate import check_task_definition
from services.placeholders import CANARY

COMPOSE = "tests/unit/compose/apps/on_aws/compose.yaml"
VARIABLES = ("KEY", "PASSWORD", "SESSION_KEY")
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"


@pytest.fixture(scope="module")
def graph() -> Graph:
    variables = {name: {"secure": "x"} for name in VARIABLES}
    return capture(
        "prod",
        config={"services:compose": COMPOSE, "services:replicas": None, "services:variables": variables},
    )


def containers(graph: Graph, name: str) -> dict[str, dict[str, Any]]:
    text = graph.one(TASK_DEFINITION, name).text("containerDefinitions")
    return {item["name"]: item for item in json.loads(text)}


def test_every_task_definition_is_one_that_fargate_takes(graph: Graph) -> None:
    found = graph.of_type(TASK_DEFINITION)
    assert {resource.name for resource in found} == {"proxy_web", "api", "broker", "directory", "migrate"}
    for resource in found:
        whole = {key: resource.inputs.get(key) for key in ("cpu", "memory", "ephemeralStorage")}
        definitions = list(containers(graph, resource.name).values())
        check_task_definition({"family": resource.name, **whole, "containerDefinitions": definitions})


def test_a_container_is_what_its_service_says(graph: Graph) -> None:
    proxy = containers(graph, "proxy_web")["proxy_web"]
    expected = {
        "cpu": 512,
        "memory": 1024,
        "memoryReservation": 512,
        "stopTimeout": 45,
        "user": "7:7",
        "workingDirectory": "/srv",
        "readonlyRootFilesystem": True,
        "dockerLabels": {"tier": "front"},
        "ulimits": [{"name": "nofile", "softLimit": 4096, "hardLimit": 8192}],
        "systemControls": [{"namespace": "net.core.somaxconn", "value": "1024"}],
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}},
        "healthCheck": {"command": ["CMD", "/check"], "interval": 10, "timeout": 5, "retries": 5, "startPeriod": 20},
    }
    assert {key: proxy[key] for key in expected} == expected
    assert proxy["logConfiguration"]["options"].items() >= {"mode": "non-blocking", "max-buffer-size": "8m"}.items()
    api = containers(graph, "api")["api"]
    assert (api["interactive"], api["pseudoTerminal"]) == (True, True)
    assert {(port["containerPort"], port["protocol"]) for port in api["portMappings"]} == {
        (8000, "tcp"),
        (8125, "udp"),
        (9000, "tcp"),
        (9001, "tcp"),
    }
    assert "healthCheck" not in containers(graph, "broker")["broker"]


def test_a_task_has_the_processors_size_and_disk_that_were_asked_for(graph: Graph) -> None:
    proxy = graph.one(TASK_DEFINITION, "proxy_web").inputs
    assert (proxy["cpu"], proxy["memory"], proxy["ephemeralStorage"]) == ("1024", "2048", {"sizeInGib": 30})
    assert cast("Mapping[str, str]", proxy["runtimePlatform"])["cpuArchitecture"] == "ARM64"
    assert cast("Mapping[str, str]", graph.one(TASK_DEFINITION, "api").inputs["runtimePlatform"]) == {
        "cpuArchitecture": "X86_64",
        "operatingSystemFamily": "LINUX",
    }
    image = next(item for item in graph.of_type("docker-build:index:Image") if item.name == "mount-files")
    assert image.inputs["platforms"] == ["linux/amd64", "linux/arm64"]


def test_a_rollout_goes_as_the_service_says(graph: Graph) -> None:
    service = graph.one(SERVICE, "proxy_web").inputs
    assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": False}
    assert (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"]) == (50, 100)
    assert service["availabilityZoneRebalancing"] == "DISABLED"
    assert cast("Mapping[str, str]", service["tags"])["team"] == "shop"


def test_files_are_part_of_the_image_byte_by_byte(graph: Graph) -> None:
    [image] = [item for item in graph.of_type("docker-build:index:Image") if item.name == "proxy_web-files"]
    recipe = cast("Mapping[str, str]", image.inputs["dockerfile"])["inline"]
    for content in (b"no newline at the end", b"listen 8080\n", b"site = shop\n"):
        assert base64.b64encode(content).decode() in recipe
    for path in ("/etc/proxy/proxy.conf", "/motd", "/etc/site.conf"):
        assert f'"{path}"]' in recipe
    assert "--chmod=0440 --chown=7:7" in recipe
    built = graph.one("docker-build:index:Image", repository_of(graph)).outputs["digest"]
    assert f"@{built}\n" in recipe


def repository_of(graph: Graph) -> str:
    """The name of the repository whose image is built here."""
    [name] = [item.name for item in graph.of_type("docker-build:index:Image") if item.name.startswith("project-")]
    return name


def test_secret_variables_are_members_of_one_secret_that_the_execution_role_alone_reads(graph: Graph) -> None:
    [taken] = containers(graph, "proxy_web")["proxy_web"]["secrets"]
    secret = graph.one("aws:secretsmanager/secret:Secret", "proxy_web-environment")
    version = graph.one("aws:secretsmanager/secretVersion:SecretVersion", "proxy_web-environment")
    assert taken["name"] == "SESSION_KEY"
    assert taken["valueFrom"] == f"{secret.outputs['arn']}:SESSION_KEY::{version.outputs['versionId']}"
    readers = {
        policy.name
        for policy in graph.of_type("aws:iam/rolePolicy:RolePolicy")
        if str(secret.outputs["arn"]) in policy.text("policy")
    }
    assert readers == {"proxy_web-execution"}


def test_no_secret_is_in_plain_text(graph: Graph) -> None:
    leaked = [f"{item} {path}" for item in graph for path, text in item.plain_texts() if CANARY in text]
    assert leaked == []
    assert CANARY not in json.dumps(graph.exports)


def test_ports_that_are_not_http_are_listeners_of_network_load_balancers(graph: Graph) -> None:
    listeners = {
        item.name: (item.inputs["port"], item.inputs["protocol"])
        for item in graph.of_type("aws:lb/listener:Listener")
        if not item.name.startswith("edge-")
    }
    assert listeners == {
        "internal-ports-389": (389, "TCP"),
        "public-ports-5672": (5672, "TCP"),
        "public-ports-5353-udp": (5353, "UDP"),
    }
    for name, internal in (("public-ports", False), ("internal-ports", True)):
        balancer = graph.one("aws:lb/loadBalancer:LoadBalancer", name).inputs
        assert (balancer["internal"], balancer["enableCrossZoneLoadBalancing"]) == (internal, True)
        assert balancer["enableDeletionProtection"] is True
    udp = graph.one("aws:lb/targetGroup:TargetGroup", "broker-5353-udp").inputs
    assert cast("Mapping[str, object]", udp["healthCheck"])["port"] == "5672"


def test_clients_of_listeners_come_as_far_as_the_task(graph: Graph) -> None:
    """Security groups on both sides, and the network ACL of the public tier."""
    opened = {item.name for item in graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")}
    passed = {item.name for item in graph.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")}
    assert {"public-ports-5672-from-0-0-0-0-0", "broker-from-public-ports-5672"} <= opened
    assert {"public-ports-5353-udp-from-0-0-0-0-0", "broker-from-public-ports-5353-udp"} <= opened
    assert {"internal-ports-389-from-10-0-0-0-16", "directory-from-internal-ports-1389"} <= opened
    assert {"public-ports-to-broker-5672-5672", "internal-ports-to-directory-1389-1389"} <= passed
    assert {name for name in opened if "9999" in name} == {
        "proxy_web-from-network-back-9999",
        "proxy_web-from-network-edge-9999",
    }


def test_http_2_reaches_its_target_group_and_the_host_has_a_certificate_and_a_record(graph: Graph) -> None:
    target_group = graph.one("aws:lb/targetGroup:TargetGroup", "proxy-web-8080").inputs
    assert (target_group["protocol"], target_group["protocolVersion"]) == ("HTTP", "HTTP2")
    certificate = graph.one("aws:acm/certificate:Certificate", "edge").inputs
    assert (certificate["domainName"], certificate["subjectAlternativeNames"]) == (
        "app.example.com",
        ["shop.example.com"],
    )
    records = {item.text("name") for item in graph.of_type("aws:route53/record:Record")}
    assert {"app.example.com", "shop.example.com"} <= records
    assert len(records) == 4
    assert cast("Mapping[str, str]", graph.exports["endpoints"])["proxy_web"] == "https://shop.example.com/"


def test_every_name_of_a_service_is_in_the_namespace(graph: Graph) -> None:
    names = {item.text("name") for item in graph.of_type("aws:servicediscovery/service:Service")}
    assert names == {
        *("proxy_web", "ldap", "gateway", "api", "backend", "broker", "directory"),
        *("database", "records", "cache", "sessions"),
    }


def test_caches_are_encrypted_watched_over_and_reached_by_the_password(graph: Graph) -> None:
    cache = graph.one("aws:elasticache/replicationGroup:ReplicationGroup", "cache")
    for key in ("atRestEncryptionEnabled", "transitEncryptionEnabled", "multiAzEnabled", "automaticFailoverEnabled"):
        assert cache.inputs[key] is True
    assert (cache.inputs["engine"], cache.inputs["engineVersion"]) == ("valkey", "8.1")
    assert ("authToken",) in cache.secret_inputs
    assert cache.protect
    assert graph.one("aws:elasticache/cluster:Cluster", "sessions").inputs["transitEncryptionEnabled"] is True
    environment = {item["name"]: item["value"] for item in containers(graph, "api")["api"]["environment"]}
    assert environment["CACHE_HOST"] == cache.outputs["primaryEndpointAddress"]


def test_databases_of_two_engines_have_their_passwords_from_a_secret_or_a_variable(graph: Graph) -> None:
    engines = {item.name: item.inputs["engine"] for item in graph.of_type("aws:rds/instance:Instance")}
    assert engines == {"database": "postgres", "records": "mariadb"}


def test_temporary_directories_have_their_modes(graph: Graph) -> None:
    plan = containers(graph, "proxy_web")["mount-files"]["environment"][0]["value"].splitlines()
    assert {"directory 1777 /tmp", "directory 1777 /var/cache-files", "directory 0700 /run/proxy"} <= set(plan)
    assert "file 0400 7 0 SECRET_key /run/secrets/key.pem" in plan


def test_names_with_underscores_reach_no_api_that_refuses_them(graph: Graph) -> None:
    strict: Sequence[str] = ("aws:lb/", "aws:rds/", "aws:elasticache/", "aws:ecr/")
    named = [item for item in graph if item.type.startswith(strict)]
    assert named
    assert [item.name for item in named if "_" in item.name] == []
