"""What runs on Fargate: a task definition with its identities and logs, and the ECS service that keeps it running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.access import Permission, Role, RoleArgs, get_ecr_token, mount_file_system, write_logs
from components.cluster import Cluster
from components.context import Context
from components.edge import Route
from components.logs import log_group
from components.scaling import TargetTracking, declare_target_tracking
from components.secrets import Secret
from components.sizes import Size
from components.storage import FileSystem
from components.workload_firewall import WorkloadFirewall

LOG_STREAM_PREFIX: Final = "task"
"""A container's log stream is `task/<container>/<task id>`."""

HEALTH_GRACE_SECONDS: Final = 60
"""Seconds in which a load balancer's verdict on a new task does not count."""

ContainerCondition: TypeAlias = Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A command in the container; `command` begins with `CMD` or `CMD-SHELL`."""

    command: Sequence[str]
    interval_seconds: int
    timeout_seconds: int
    retries: int
    start_period_seconds: int


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume of the task at a path of a container."""

    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container of a task. `secret_variables` are environment variables that ECS fills from Secrets Manager."""

    name: str
    image: pulumi.Input[str]
    essential: bool = True
    entry_point: Sequence[str] | None = None
    command: Sequence[str] | None = None
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secret_variables: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    ports: Sequence[int] = ()
    health_check: HealthCheck | None = None
    user: str | None = None
    working_directory: str | None = None
    read_only_root: bool = True
    init_process: bool = False
    dropped_capabilities: Sequence[str] = ()
    mounts: Sequence[Mount] = ()
    starts_after: Mapping[str, ContainerCondition] = field(default_factory=dict[str, ContainerCondition])
    stop_timeout_seconds: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class TaskVolume:
    """An empty directory that the task's containers share; it goes away with the task."""

    name: str


@dataclass(frozen=True, kw_only=True)
class FileSystemVolume:
    """A directory of a file system that outlives the task, by an access point, over TLS, as the task's role."""

    name: str
    file_system: FileSystem
    access_point: aws.efs.AccessPoint


Volume: TypeAlias = TaskVolume | FileSystemVolume


@dataclass(frozen=True, kw_only=True)
class LoadBalancing:
    """One port of a container behind a route of the edge."""

    route: Route
    container: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Replication:
    """How an ECS service keeps tasks running. With `scaling`, `replicas` is the least of them."""

    replicas: int
    name: str
    scaling: TargetTracking | None = None
    load_balancing: Sequence[LoadBalancing] = ()


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """Inputs of `Workload`. Without `replication` there is no ECS service: somebody runs the task (a job).

    `execution_permissions` are what starting the task takes beyond its log group: its images and secrets.
    `after` must exist before a task starts.
    """

    context: Context
    cluster: Cluster
    firewall: WorkloadFirewall
    subnets: Sequence[aws.ec2.Subnet]
    containers: Sequence[Container]
    size: Size
    cpu_architecture: Literal["X86_64", "ARM64"]
    volumes: Sequence[Volume] = ()
    task_permissions: Sequence[Permission] = ()
    execution_permissions: Sequence[Permission] = ()
    replication: Replication | None = None
    after: Sequence[pulumi.Resource] = ()


class Workload(pulumi.ComponentResource):
    """One task definition with a role of its own for the task and one for starting it, a log group, and a service.

    `service` is None for a job. `prerequisites` must exist before a task of it starts, whoever starts it.
    """

    task_definition: aws.ecs.TaskDefinition
    log_group: aws.cloudwatch.LogGroup
    task_role: Role
    execution_role: Role
    service: aws.ecs.Service | None
    prerequisites: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:workload:Workload", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = log_group(name, args.context, opts=self._child)
        self.task_role = self._role(
            "task",
            f"What {name} may do in AWS",
            [*args.task_permissions, *(p for v in args.volumes for p in _mount_permissions(v))],
        )
        self.execution_role = self._role(
            "execution",
            f"Starts {name}: its images, secrets and logs",
            [*get_ecr_token(), *write_logs(self.log_group), *args.execution_permissions],
        )
        self.task_definition = self._declare_task_definition()
        policies = [role.policy for role in (self.task_role, self.execution_role) if role.policy is not None]
        self.prerequisites = [*args.firewall.rules, *policies, *args.after]
        self.service = None if args.replication is None else self._declare_service(args.replication)
        self.register_outputs({"task_definition_arn": self.task_definition.arn})

    def _role(self, purpose: str, description: str, permissions: Sequence[Permission]) -> Role:
        context = self._args.context
        return Role(
            f"{self._name}-{purpose}",
            RoleArgs(
                context=context,
                service="ecs-tasks.amazonaws.com",
                description=description,
                permissions=permissions,
                trust_conditions={"ArnLike": {"aws:SourceArn": context.account.arn("ecs", "*")}},
            ),
            opts=self._child,
        )

    def _declare_task_definition(self) -> aws.ecs.TaskDefinition:
        args, context = self._args, self._args.context
        logs = {
            "awslogs-group": self.log_group.name,
            "awslogs-region": context.region,
            "awslogs-stream-prefix": LOG_STREAM_PREFIX,
        }
        definitions = [{**container_definition(item), "logConfiguration": _awslogs(logs)} for item in args.containers]
        return aws.ecs.TaskDefinition(
            self._name,
            family=f"{context.project}-{context.stack}-{self._name}",
            container_definitions=pulumi.Output.json_dumps(definitions),
            cpu=str(args.size.cpu_units),
            memory=str(args.size.memory_mib),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture=args.cpu_architecture, operating_system_family="LINUX"
            ),
            task_role_arn=self.task_role.arn,
            execution_role_arn=self.execution_role.arn,
            volumes=[_volume(volume) for volume in args.volumes],
            opts=self._child,
        )

    def _declare_service(self, replication: Replication) -> aws.ecs.Service:
        args = self._args
        registry = args.cluster.registry(replication.name, self._child)
        balanced = replication.load_balancing
        ignored = ["desiredCount"] if replication.scaling else None
        service = aws.ecs.Service(
            self._name,
            cluster=args.cluster.cluster.arn,
            task_definition=self.task_definition.arn,
            desired_count=replication.replicas,
            launch_type="FARGATE",
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=[subnet.id for subnet in args.subnets],
                security_groups=list(args.firewall.group_ids),
                assign_public_ip=False,
            ),
            service_registries=aws.ecs.ServiceServiceRegistriesArgs(registry_arn=registry.arn),
            load_balancers=[
                aws.ecs.ServiceLoadBalancerArgs(
                    target_group_arn=item.route.target_group.arn,
                    container_name=item.container,
                    container_port=item.port,
                )
                for item in balanced
            ],
            health_check_grace_period_seconds=HEALTH_GRACE_SECONDS if balanced else None,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            availability_zone_rebalancing="ENABLED",
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=ignored,
                depends_on=[*self.prerequisites, *(item.route.rule for item in balanced)],
            ),
        )
        if replication.scaling is not None:
            declare_target_tracking(
                self._name,
                scaling=replication.scaling,
                minimum=replication.replicas,
                cluster=args.cluster.cluster,
                service=service,
                opts=self._child,
            )
        return service


def container_definition(container: Container) -> dict[str, object]:
    """Return a container in ECS's words, less its log configuration. Its values may be Outputs; its keys are known."""
    check = container.health_check
    optional = {
        "entryPoint": container.entry_point,
        "command": container.command,
        "user": container.user,
        "workingDirectory": container.working_directory,
        "stopTimeout": container.stop_timeout_seconds,
        "dockerLabels": dict(container.labels) or None,
        "healthCheck": None
        if check is None
        else {
            "command": list(check.command),
            "interval": check.interval_seconds,
            "timeout": check.timeout_seconds,
            "retries": check.retries,
            "startPeriod": check.start_period_seconds,
        },
    }
    return {
        "name": container.name,
        "image": container.image,
        "essential": container.essential,
        "readonlyRootFilesystem": container.read_only_root,
        "linuxParameters": {
            "initProcessEnabled": container.init_process,
            "capabilities": {"drop": list(container.dropped_capabilities)},
        },
        "environment": [{"name": name, "value": value} for name, value in sorted(container.environment.items())],
        "secrets": [
            {"name": name, "valueFrom": secret.version_reference}
            for name, secret in sorted(container.secret_variables.items())
        ],
        "portMappings": [
            {"containerPort": port, "hostPort": port, "protocol": "tcp"} for port in sorted(container.ports)
        ],
        "mountPoints": [
            {"sourceVolume": mount.volume, "containerPath": mount.path, "readOnly": mount.read_only}
            for mount in container.mounts
        ],
        "dependsOn": [
            {"containerName": name, "condition": condition} for name, condition in container.starts_after.items()
        ],
        # AWS adds these empty members to every definition; without them each refresh would show a difference.
        "systemControls": [],
        "volumesFrom": [],
        **{
            key: list(value) if isinstance(value, tuple) else value
            for key, value in optional.items()
            if value is not None
        },
    }


def _awslogs(options: Mapping[str, pulumi.Input[str]]) -> dict[str, object]:
    return {"logDriver": "awslogs", "options": dict(options)}


def _mount_permissions(volume: Volume) -> tuple[Permission, ...]:
    match volume:
        case FileSystemVolume(file_system=file_system, access_point=access_point):
            return mount_file_system(file_system.file_system, access_point)
        case TaskVolume():
            return ()


def _volume(volume: Volume) -> aws.ecs.TaskDefinitionVolumeArgs:
    match volume:
        case TaskVolume(name=name):
            return aws.ecs.TaskDefinitionVolumeArgs(name=name)
        case FileSystemVolume(name=name, file_system=file_system, access_point=access_point):
            return aws.ecs.TaskDefinitionVolumeArgs(
                name=name,
                efs_volume_configuration=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs(
                    file_system_id=file_system.file_system.id,
                    transit_encryption="ENABLED",
                    authorization_config=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs(
                        access_point_id=access_point.id, iam="ENABLED"
                    ),
                ),
            )
