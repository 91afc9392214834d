"""The types that services stand on, each with inputs as the components set them and one change of every sort."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.conftest import Driver, Resource

Maker = Callable[[Driver], Resource]
Drift = Callable[[Callable[..., Any], Resource], None]


def policy(action: str, principal: str = "ecs.amazonaws.com") -> str:
    """A resource policy."""
    statement = {"Effect": "Allow", "Action": action, "Principal": {"Service": principal}, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Untagged images go after 14 days",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 14,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)
CONTAINERS: list[dict[str, Any]] = [
    {
        "name": "backend",
        "image": "backend@sha256:" + "0" * 64,
        "essential": True,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "secrets": [{"name": "PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x"}],
        "portMappings": [{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}],
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}],
        "dependsOn": [],
        "systemControls": [],
        "volumesFrom": [],
        "healthCheck": {"command": ["CMD", "true"], "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 10},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "r"}},
    }
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A resource as `inputs` make it, and what is done to it.

    `updates` are made in place one by one, `replaces` must replace; `drift` changes the resource behind Pulumi's back
    and `drifted` says which input shows it, and how. `stays`: the deletion leaves it readable.
    """

    token: str
    inputs: Callable[[Driver], Mapping[str, Any]]
    updates: Mapping[str, Any] = field(default_factory=dict[str, Any])
    replaces: Mapping[str, Any] = field(default_factory=dict[str, Any])
    drift: Drift | None = None
    drifted: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stays: bool = False


def make(driver: Driver, kind: str, name: str = "thing") -> Resource:
    """One resource of a case, with what it needs."""
    case = CASES[kind]
    return driver.create(case.token, name, **case.inputs(driver))


def vpc(driver: Driver) -> Resource:
    """A network."""
    return driver.create("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16")


def subnets(driver: Driver) -> list[str]:
    """The ids of two subnets of a new network."""
    network = vpc(driver).id
    return [
        driver.create(
            "aws:ec2/subnet:Subnet",
            vpcId=network,
            cidrBlock=f"10.0.{index}.0/24",
            availabilityZone=f"eu-central-1{zone}",
        ).id
        for index, zone in enumerate("ab")
    ]


def group(driver: Driver, network: str) -> str:
    """The id of a security group."""
    return driver.create("aws:ec2/securityGroup:SecurityGroup", vpcId=network, description="g").id


def network_of(driver: Driver, subnet: str) -> str:
    """The network of a subnet."""
    return driver.aws("ec2", "DescribeSubnets", SubnetIds=[subnet])["Subnets"][0]["VpcId"]


def key(driver: Driver) -> Resource:
    """A key."""
    return driver.create("aws:kms/key:Key", description="k", deletionWindowInDays=7)


def _key_id(driver: Driver) -> str:
    return key(driver).outputs["keyId"]


def _key_arn(driver: Driver) -> str:
    return key(driver).outputs["arn"]


def _task_arn(driver: Driver) -> str:
    return make(driver, "task definition").outputs["arn"]


def _service(driver: Driver) -> dict[str, Any]:
    in_subnets = subnets(driver)
    network = network_of(driver, in_subnets[0])
    target_group = driver.create(
        "aws:lb/targetGroup:TargetGroup", vpcId=network, targetType="ip", port=8000, protocol="HTTP"
    )
    return {
        "cluster": make(driver, "cluster").outputs["arn"],
        "taskDefinition": make(driver, "task definition").outputs["arn"],
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": {
            "subnets": in_subnets,
            "securityGroups": [group(driver, network)],
            "assignPublicIp": False,
        },
        "serviceRegistries": {"registryArn": make(driver, "name").outputs["arn"]},
        "loadBalancers": [{"targetGroupArn": target_group.id, "containerName": "backend", "containerPort": 8000}],
        "healthCheckGracePeriodSeconds": 60,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "deploymentMinimumHealthyPercent": 100,
        "deploymentMaximumPercent": 200,
        "availabilityZoneRebalancing": "ENABLED",
        "enableExecuteCommand": False,
        "enableEcsManagedTags": True,
        "propagateTags": "SERVICE",
        "waitForSteadyState": True,
        "tags": {"Name": "backend"},
    }


def _database(driver: Driver) -> dict[str, Any]:
    subnet_group = make(driver, "subnet group")
    network = network_of(driver, subnet_group.inputs["subnetIds"][0])
    data = key(driver).outputs["arn"]
    return {
        "identifier": "infra-test-database",
        "engine": "postgres",
        "engineVersion": "17",
        "autoMinorVersionUpgrade": True,
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 20,
        "maxAllocatedStorage": 100,
        "storageType": "gp3",
        "storageEncrypted": True,
        "kmsKeyId": data,
        "multiAz": True,
        "dbName": "app",
        "username": "app",
        "password": "not-a-real-one",
        "iamDatabaseAuthenticationEnabled": True,
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "parameterGroupName": make(driver, "parameter group").id,
        "dbSubnetGroupName": subnet_group.id,
        "vpcSecurityGroupIds": [group(driver, network)],
        "port": 5432,
        "publiclyAccessible": False,
        "backupRetentionPeriod": 14,
        "backupWindow": "02:00-03:00",
        "maintenanceWindow": "sun:03:30-sun:04:30",
        "copyTagsToSnapshot": True,
        "deleteAutomatedBackups": False,
        "deletionProtection": False,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "last",
        "performanceInsightsEnabled": True,
        "performanceInsightsKmsKeyId": data,
        "performanceInsightsRetentionPeriod": 7,
        "monitoringInterval": 60,
        "monitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring",
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "applyImmediately": True,
        "tags": {"Name": "database"},
    }


def _cache_network(driver: Driver) -> dict[str, Any]:
    in_subnets = subnets(driver)
    group_ = driver.create("aws:elasticache/subnetGroup:SubnetGroup", description="d", subnetIds=in_subnets)
    return {
        "subnetGroupName": group_.outputs["name"],
        "securityGroupIds": [group(driver, network_of(driver, in_subnets[0]))],
    }


def _replication_group(driver: Driver) -> dict[str, Any]:
    return {
        **_cache_network(driver),
        "description": "d",
        "engine": "valkey",
        "engineVersion": "8.1",
        "nodeType": "cache.t4g.small",
        "numCacheClusters": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "port": 6379,
        "atRestEncryptionEnabled": True,
        "kmsKeyId": _key_arn(driver),
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "authToken": "a-long-enough-password",
        "snapshotRetentionLimit": 7,
        "snapshotWindow": "02:00-03:00",
        "maintenanceWindow": "sun:03:30-sun:04:30",
        "applyImmediately": True,
        "tags": {"Name": "x"},
    }


def _cache_cluster(driver: Driver) -> dict[str, Any]:
    return {
        **_cache_network(driver),
        "engine": "memcached",
        "engineVersion": "1.6.22",
        "nodeType": "cache.t4g.small",
        "numCacheNodes": 1,
        "port": 11211,
        "transitEncryptionEnabled": True,
        "maintenanceWindow": "sun:03:30-sun:04:30",
        "applyImmediately": True,
        "tags": {"Name": "x"},
    }


def _network_balancer(driver: Driver) -> dict[str, Any]:
    in_subnets = subnets(driver)
    return {
        "loadBalancerType": "network",
        "internal": False,
        "ipAddressType": "ipv4",
        "securityGroups": [group(driver, network_of(driver, in_subnets[0]))],
        "subnets": in_subnets,
        "enableCrossZoneLoadBalancing": True,
        "enableDeletionProtection": True,
    }


def _tcp_listener(driver: Driver) -> dict[str, Any]:
    balancer = driver.create("aws:lb/loadBalancer:LoadBalancer", "nlb", **_network_balancer(driver))
    target_group = driver.create(
        "aws:lb/targetGroup:TargetGroup",
        vpcId=balancer.outputs["vpcId"],
        targetType="ip",
        port=5000,
        protocol="TCP",
        deregistrationDelay=30,
        healthCheck={
            "protocol": "TCP",
            "port": "5000",
            "interval": 15,
            "timeout": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
        },
    )
    return {
        "loadBalancerArn": balancer.id,
        "port": 5000,
        "protocol": "TCP",
        "defaultActions": [{"type": "forward", "targetGroupArn": target_group.id}],
    }


def _balancer(driver: Driver) -> dict[str, Any]:
    in_subnets = subnets(driver)
    driver.aws(
        "s3", "CreateBucket", Bucket="access-logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return {
        "loadBalancerType": "application",
        "internal": False,
        "ipAddressType": "ipv4",
        "securityGroups": [group(driver, network_of(driver, in_subnets[0]))],
        "subnets": in_subnets,
        "dropInvalidHeaderFields": True,
        "desyncMitigationMode": "defensive",
        "enableDeletionProtection": False,
        "idleTimeout": 120,
        "accessLogs": {"bucket": "access-logs", "prefix": "load-balancer", "enabled": True},
        "tags": {"Name": "edge"},
    }


def _listener(driver: Driver) -> dict[str, Any]:
    return {
        "loadBalancerArn": make(driver, "load balancer").id,
        "port": 80,
        "protocol": "HTTP",
        "defaultActions": [
            {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}
        ],
        "tags": {"Name": "http"},
    }


def _rule(driver: Driver) -> dict[str, Any]:
    return {
        "listenerArn": make(driver, "listener").id,
        "priority": 10,
        "conditions": [{"hostHeader": {"values": ["a.example.com"]}}, {"pathPattern": {"values": ["/api/*"]}}],
        "actions": [{"type": "forward", "targetGroupArn": make(driver, "target group").id}],
        "tags": {"Name": "api"},
    }


def _secure_listener(driver: Driver) -> dict[str, Any]:
    certificate = driver.aws("acm", "RequestCertificate", DomainName="app.example.com", ValidationMethod="DNS")
    return {
        "loadBalancerArn": make(driver, "load balancer").id,
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "certificateArn": certificate["CertificateArn"],
        "defaultActions": [
            {
                "type": "fixed-response",
                "fixedResponse": {"statusCode": "404", "contentType": "text/plain", "messageBody": "Not found"},
            }
        ],
    }


def _scaled(driver: Driver) -> dict[str, Any]:
    service = make(driver, "ecs service")
    cluster = str(service.inputs["cluster"]).split("/")[-1]
    return {
        "minCapacity": 2,
        "maxCapacity": 6,
        "resourceId": f"service/{cluster}/{service.outputs['name']}",
        "scalableDimension": "ecs:service:DesiredCount",
        "serviceNamespace": "ecs",
    }


def _tracking(driver: Driver) -> dict[str, Any]:
    target = make(driver, "scaling target")
    same = ("resourceId", "scalableDimension", "serviceNamespace")
    return {
        **{name: target.inputs[name] for name in same},
        "policyType": "TargetTrackingScaling",
        "targetTrackingScalingPolicyConfiguration": {
            "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
            "targetValue": 60.0,
            "scaleOutCooldown": 60,
            "scaleInCooldown": 300,
        },
    }


def _calls(service: str, operation: str, /, **params: Any) -> Drift:
    """A change behind Pulumi's back; texts may hold {id} and {name of an input or output}."""

    def change(aws: Callable[..., Any], made: Resource) -> None:
        known = {**made.outputs, **made.inputs, "id": made.id}
        filled = {
            name: value.format(**known) if isinstance(value, str) and "{" in value and '"' not in value else value
            for name, value in params.items()
        }
        aws(service, operation, **filled)

    return change


CASES: dict[str, Case] = {
    "alias": Case(
        token="aws:kms/alias:Alias",
        inputs=lambda driver: {"name": "alias/infra-test-logs", "targetKeyId": key(driver).outputs["keyId"]},
        updates={"targetKeyId": _key_id},
        replaces={"name": "alias/other"},
    ),
    "log group": Case(
        token="aws:cloudwatch/logGroup:LogGroup",
        inputs=lambda driver: {
            "namePrefix": "aws-waf-logs-",
            "retentionInDays": 30,
            "kmsKeyId": key(driver).outputs["arn"],
            "tags": {"Name": "logs"},
        },
        updates={
            "retentionInDays": 90,
            "kmsKeyId": _key_arn,
            "tags": {"Name": "renamed"},
        },
        replaces={"name": "fixed"},
        drift=_calls("logs", "PutRetentionPolicy", logGroupName="{id}", retentionInDays=7),
        drifted={"retentionInDays": 7},
    ),
    "log policy": Case(
        token="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        inputs=lambda driver: {"policyName": "rules", "policyDocument": policy("logs:PutLogEvents")},
        updates={"policyDocument": policy("logs:CreateLogStream")},
        replaces={"policyName": "other"},
        drift=_calls("logs", "PutResourcePolicy", policyName="{id}", policyDocument=policy("logs:CreateLogGroup")),
        drifted={"policyDocument": policy("logs:CreateLogGroup")},
    ),
    "repository": Case(
        token="aws:ecr/repository:Repository",
        inputs=lambda driver: {
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": key(driver).outputs["arn"]}],
            "forceDelete": True,
            "tags": {"Name": "backend"},
        },
        updates={
            "imageTagMutability": "MUTABLE",
            "imageScanningConfiguration": {"scanOnPush": False},
            "forceDelete": False,
            "tags": {},
        },
        replaces={"encryptionConfigurations": [{"encryptionType": "AES256"}]},
        drift=_calls("ecr", "PutImageTagMutability", repositoryName="{id}", imageTagMutability="MUTABLE"),
        drifted={"imageTagMutability": "MUTABLE"},
    ),
    "lifecycle policy": Case(
        token="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        inputs=lambda driver: {"repository": make(driver, "repository").id, "policy": LIFECYCLE},
        updates={"policy": LIFECYCLE.replace("14", "15")},
        replaces={"repository": "other"},
        drift=_calls(
            "ecr", "PutLifecyclePolicy", repositoryName="{id}", lifecyclePolicyText=LIFECYCLE.replace("14", "16")
        ),
        drifted={"policy": LIFECYCLE.replace("14", "16")},
    ),
    "repository policy": Case(
        token="aws:ecr/repositoryPolicy:RepositoryPolicy",
        inputs=lambda driver: {
            "repository": make(driver, "repository").id,
            "policy": policy("ecr:BatchGetImage"),
        },
        updates={"policy": policy("ecr:GetDownloadUrlForLayer")},
        replaces={"repository": "other"},
    ),
    "secret": Case(
        token="aws:secretsmanager/secret:Secret",
        inputs=lambda driver: {
            "description": "of the database",
            "kmsKeyId": key(driver).outputs["arn"],
            "recoveryWindowInDays": 0,
            "tags": {"Name": "secret"},
        },
        updates={
            "description": "other",
            "recoveryWindowInDays": 30,
            "kmsKeyId": _key_arn,
            "policy": policy("secretsmanager:GetSecretValue"),
        },
        replaces={"name": "other"},
        drift=_calls("secretsmanager", "UpdateSecret", SecretId="{id}", Description="stranger's"),
        drifted={"description": "stranger's"},
    ),
    "secret version": Case(
        token="aws:secretsmanager/secretVersion:SecretVersion",
        inputs=lambda driver: {"secretId": make(driver, "secret").id, "secretString": "not-a-real-one"},
        replaces={"secretString": "another"},
        stays=True,
    ),
    "parameter": Case(
        token="aws:ssm/parameter:Parameter",
        inputs=lambda driver: {
            "name": "/infra/test/markers/backend",
            "type": "String",
            "value": "arn",
            "description": "marker",
            "tags": {"Name": "marker"},
        },
        updates={"value": "other", "description": "changed", "tags": {"Name": "renamed"}},
        replaces={"type": "SecureString"},
        drift=_calls("ssm", "PutParameter", Name="{id}", Value="stranger's", Type="String", Overwrite=True),
        drifted={"value": "stranger's"},
    ),
    "cluster": Case(
        token="aws:ecs/cluster:Cluster",
        inputs=lambda driver: {
            "settings": [{"name": "containerInsights", "value": "enhanced"}],
            "configuration": {
                "executeCommandConfiguration": {
                    "logging": "OVERRIDE",
                    "logConfiguration": {
                        "cloudWatchEncryptionEnabled": True,
                        "cloudWatchLogGroupName": "exec",
                    },
                }
            },
            "tags": {"Name": "cluster"},
        },
        updates={"settings": [{"name": "containerInsights", "value": "disabled"}], "tags": {"Name": "renamed"}},
        replaces={"name": "other"},
        drift=_calls(
            "ecs", "UpdateCluster", cluster="{id}", settings=[{"name": "containerInsights", "value": "enabled"}]
        ),
        drifted={"settings": [{"name": "containerInsights", "value": "enabled"}]},
    ),
    "capacity providers": Case(
        token="aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        inputs=lambda driver: {
            "clusterName": make(driver, "cluster").outputs["name"],
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1}],
        },
        updates={"defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT", "weight": 2}]},
        replaces={"clusterName": "other"},
        drift=_calls(
            "ecs",
            "PutClusterCapacityProviders",
            cluster="{id}",
            capacityProviders=["FARGATE"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        ),
        drifted={"capacityProviders": ["FARGATE"]},
    ),
    "task definition": Case(
        token="aws:ecs/taskDefinition:TaskDefinition",
        inputs=lambda driver: {
            "family": "infra-test-backend",
            "containerDefinitions": json.dumps(CONTAINERS),
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "ephemeralStorage": {"sizeInGib": 40},
            "taskRoleArn": "arn:aws:iam::123456789012:role/task",
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "volumes": [
                {"name": "secrets"},
                {
                    "name": "data",
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs-0123456789abcdef0",
                        "transitEncryption": "ENABLED",
                        "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"},
                    },
                },
            ],
            "tags": {"Name": "backend"},
        },
        updates={"skipDestroy": True, "tags": {"Name": "renamed"}},
        replaces={
            "cpu": "512",
            "containerDefinitions": json.dumps([{**CONTAINERS[0], "user": "1000"}]),
            "ephemeralStorage": {"sizeInGib": 50},
        },
    ),
    "ecs service": Case(
        token="aws:ecs/service:Service",
        inputs=_service,
        updates={
            "desiredCount": 3,
            "taskDefinition": _task_arn,
            "deploymentCircuitBreaker": {"enable": True, "rollback": False},
            "deploymentMaximumPercent": 150,
            "healthCheckGracePeriodSeconds": 30,
            "enableExecuteCommand": True,
            "availabilityZoneRebalancing": "DISABLED",
            "propagateTags": "TASK_DEFINITION",
            "forceNewDeployment": True,
            "triggers": {"at": "now"},
            "tags": {"Name": "renamed"},
        },
        replaces={"launchType": "EC2", "name": "other", "schedulingStrategy": "DAEMON"},
        drift=_calls("ecs", "UpdateService", cluster="{cluster}", service="{id}", desiredCount=7),
        drifted={"desiredCount": 7},
    ),
    "namespace": Case(
        token="aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        inputs=lambda driver: {
            "name": "test.infra.internal",
            "description": "names",
            "vpc": vpc(driver).id,
            "tags": {"Name": "names"},
        },
        updates={"description": "other", "tags": {"Name": "renamed"}},
        replaces={"name": "other.internal", "vpc": "vpc-0123456789abcdef0"},
        drift=_calls("servicediscovery", "UpdatePrivateDnsNamespace", Id="{id}", Namespace={"Description": "x"}),
        drifted={"description": "x"},
    ),
    "name": Case(
        token="aws:servicediscovery/service:Service",
        inputs=lambda driver: {
            "name": "backend",
            "description": "Tasks of backend",
            "dnsConfig": {
                "namespaceId": make(driver, "namespace").id,
                "routingPolicy": "MULTIVALUE",
                "dnsRecords": [{"type": "A", "ttl": 10}],
            },
            "healthCheckCustomConfig": {},
            "forceDestroy": True,
        },
        updates={"description": "other", "forceDestroy": False},
        replaces={"name": "other"},
    ),
    "instance": Case(
        token="aws:servicediscovery/instance:Instance",
        inputs=lambda driver: {
            "serviceId": driver.create(
                "aws:servicediscovery/service:Service",
                name="database",
                dnsConfig={
                    "namespaceId": make(driver, "namespace").id,
                    "routingPolicy": "WEIGHTED",
                    "dnsRecords": [{"type": "CNAME", "ttl": 10}],
                },
            ).id,
            "instanceId": "database",
            "attributes": {"AWS_INSTANCE_CNAME": "database.example.com"},
        },
        updates={"attributes": {"AWS_INSTANCE_CNAME": "other.example.com"}},
        replaces={"instanceId": "other"},
        drift=_calls(
            "servicediscovery",
            "RegisterInstance",
            ServiceId="{serviceId}",
            InstanceId="{id}",
            Attributes={"AWS_INSTANCE_CNAME": "stranger.example.com"},
        ),
        drifted={"attributes": {"AWS_INSTANCE_CNAME": "stranger.example.com"}},
    ),
    "subnet group": Case(
        token="aws:rds/subnetGroup:SubnetGroup",
        inputs=lambda driver: {
            "description": "isolated subnets",
            "subnetIds": subnets(driver),
            "tags": {"Name": "database"},
        },
        updates={"subnetIds": subnets, "description": "other", "tags": {"Name": "renamed"}},
        replaces={"name": "other"},
    ),
    "parameter group": Case(
        token="aws:rds/parameterGroup:ParameterGroup",
        inputs=lambda driver: {
            "family": "postgres17",
            "description": "TLS only",
            "parameters": [{"name": "rds.force_ssl", "value": "1", "applyMethod": "immediate"}],
            "tags": {"Name": "database"},
        },
        updates={
            "parameters": [
                {"name": "rds.force_ssl", "value": "0", "applyMethod": "immediate"},
                {"name": "log_connections", "value": "1", "applyMethod": "immediate"},
            ],
            "tags": {"Name": "renamed"},
        },
        replaces={"family": "postgres16", "description": "other"},
        drift=_calls(
            "rds",
            "ModifyDBParameterGroup",
            DBParameterGroupName="{id}",
            Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}],
        ),
        drifted={"parameters": [{"name": "rds.force_ssl", "value": "0", "applyMethod": "immediate"}]},
    ),
    "database": Case(
        token="aws:rds/instance:Instance",
        inputs=_database,
        updates={
            "instanceClass": "db.t4g.large",
            "allocatedStorage": 40,
            "password": "another",
            "backupRetentionPeriod": 7,
            "backupWindow": "01:00-02:00",
            "multiAz": False,
            "deletionProtection": True,
            "enabledCloudwatchLogsExports": ["postgresql"],
            "skipFinalSnapshot": True,
            "port": 5433,
            "tags": {"Name": "renamed"},
        },
        replaces={
            "username": "other",
            "dbName": "other",
            "kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/other",
        },
        drift=_calls("rds", "ModifyDBInstance", DBInstanceIdentifier="{identifier}", BackupRetentionPeriod=1),
        drifted={"backupRetentionPeriod": 1},
    ),
    "cache subnet group": Case(
        token="aws:elasticache/subnetGroup:SubnetGroup",
        inputs=lambda driver: {"description": "d", "subnetIds": subnets(driver), "tags": {"Name": "x"}},
        updates={"description": "other", "tags": {"Name": "renamed"}},
        drift=_calls(
            "elasticache",
            "ModifyCacheSubnetGroup",
            CacheSubnetGroupName="{id}",
            CacheSubnetGroupDescription="drifted",
        ),
        drifted={"description": "drifted"},
    ),
    "replication group": Case(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        inputs=_replication_group,
        updates={
            "nodeType": "cache.t4g.medium",
            "snapshotRetentionLimit": 3,
            "snapshotWindow": "01:00-02:00",
            "multiAzEnabled": False,
            "automaticFailoverEnabled": False,
            "authToken": "another-long-password",
            "finalSnapshotIdentifier": "last",
            "tags": {"Name": "renamed"},
        },
        replaces={"kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/other", "port": 6380},
        drift=_calls("elasticache", "ModifyReplicationGroup", ReplicationGroupId="{id}", SnapshotRetentionLimit=1),
        drifted={"snapshotRetentionLimit": 1},
    ),
    "cache cluster": Case(
        token="aws:elasticache/cluster:Cluster",
        inputs=_cache_cluster,
        updates={
            "nodeType": "cache.t4g.medium",
            "maintenanceWindow": "mon:01:00-mon:02:00",
            "tags": {"Name": "renamed"},
        },
        replaces={"port": 11212, "transitEncryptionEnabled": False},
        drift=_calls("elasticache", "ModifyCacheCluster", CacheClusterId="{id}", CacheNodeType="cache.t4g.large"),
        drifted={"nodeType": "cache.t4g.large"},
    ),
    "network load balancer": Case(
        token="aws:lb/loadBalancer:LoadBalancer",
        inputs=_network_balancer,
        updates={"enableCrossZoneLoadBalancing": False, "enableDeletionProtection": False},
        replaces={"internal": True},
    ),
    "tcp listener": Case(
        token="aws:lb/listener:Listener",
        inputs=_tcp_listener,
        updates={"port": 5001},
    ),
    "load balancer": Case(
        token="aws:lb/loadBalancer:LoadBalancer",
        inputs=_balancer,
        updates={
            "idleTimeout": 30,
            "dropInvalidHeaderFields": False,
            "enableDeletionProtection": True,
            "accessLogs": {"bucket": "access-logs", "prefix": "other", "enabled": True},
            "tags": {"Name": "renamed"},
        },
        replaces={"internal": True, "name": "other"},
        drift=_calls(
            "elbv2",
            "ModifyLoadBalancerAttributes",
            LoadBalancerArn="{id}",
            Attributes=[{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}],
        ),
        drifted={"dropInvalidHeaderFields": False},
    ),
    "target group": Case(
        token="aws:lb/targetGroup:TargetGroup",
        inputs=lambda driver: {
            "vpcId": vpc(driver).id,
            "targetType": "ip",
            "port": 8000,
            "protocol": "HTTP",
            "deregistrationDelay": 30,
            "healthCheck": {
                "protocol": "HTTP",
                "path": "/health",
                "matcher": "200-299",
                "interval": 15,
                "timeout": 5,
                "healthyThreshold": 2,
                "unhealthyThreshold": 3,
            },
            "tags": {"Name": "backend"},
        },
        updates={
            "deregistrationDelay": 60,
            "healthCheck": {"path": "/ready", "protocol": "HTTP", "matcher": "200", "interval": 20},
            "stickiness": {"type": "lb_cookie", "enabled": True, "cookieDuration": 60},
            "tags": {"Name": "renamed"},
        },
        replaces={"port": 8001, "protocol": "HTTPS", "targetType": "instance"},
        drift=_calls("elbv2", "ModifyTargetGroup", TargetGroupArn="{id}", HealthCheckPath="/stranger"),
        drifted={
            "healthCheck": {
                "protocol": "HTTP",
                "path": "/stranger",
                "matcher": "200-299",
                "interval": 15,
                "timeout": 5,
                "healthyThreshold": 2,
                "unhealthyThreshold": 3,
            }
        },
    ),
    "listener": Case(
        token="aws:lb/listener:Listener",
        inputs=_listener,
        updates={
            "port": 8080,
            "defaultActions": [
                {
                    "type": "fixed-response",
                    "fixedResponse": {"statusCode": "503", "contentType": "text/plain", "messageBody": "Later"},
                }
            ],
            "tags": {"Name": "renamed"},
        },
        replaces={"loadBalancerArn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/x/1"},
        drift=_calls("elbv2", "ModifyListener", ListenerArn="{id}", Port=81),
        drifted={"port": 81},
    ),
    "secure listener": Case(
        token="aws:lb/listener:Listener",
        inputs=_secure_listener,
        updates={"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        drift=_calls("elbv2", "ModifyListener", ListenerArn="{id}", SslPolicy="ELBSecurityPolicy-2016-08"),
        drifted={"sslPolicy": "ELBSecurityPolicy-2016-08"},
    ),
    "rule": Case(
        token="aws:lb/listenerRule:ListenerRule",
        inputs=_rule,
        updates={
            "priority": 20,
            "conditions": [{"pathPattern": {"values": ["/other/*"]}}],
            "tags": {"Name": "renamed"},
        },
        replaces={"listenerArn": "other"},
        drift=_calls(
            "elbv2",
            "ModifyRule",
            RuleArn="{id}",
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/stranger"]}}],
        ),
        drifted={"conditions": [{"pathPattern": {"values": ["/stranger"]}}]},
    ),
    "scaling target": Case(
        token="aws:appautoscaling/target:Target",
        inputs=_scaled,
        updates={"minCapacity": 1, "maxCapacity": 9, "tags": {"Name": "x"}},
        replaces={"resourceId": "service/other/other"},
        drift=_calls(
            "application-autoscaling",
            "RegisterScalableTarget",
            ServiceNamespace="ecs",
            ResourceId="{resourceId}",
            ScalableDimension="{scalableDimension}",
            MaxCapacity=20,
        ),
        drifted={"maxCapacity": 20},
    ),
    "scaling policy": Case(
        token="aws:appautoscaling/policy:Policy",
        inputs=_tracking,
        updates={
            "targetTrackingScalingPolicyConfiguration": {
                "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageMemoryUtilization"},
                "targetValue": 70.0,
            }
        },
        replaces={"name": "other"},
    ),
}
"""Kind -> case."""
