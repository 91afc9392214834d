"""What runs on Fargate: a task definition with its identities and logs, and the ECS service that keeps it running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.access import Permission, Role, RoleArgs, get_ecr_token, mount_file_system, write_logs
from components.cluster import Cluster
from components.containers import Container, container_definition
from components.context import Context
from components.logs import log_group
from components.scaling import TargetTracking, declare_target_tracking
from components.sizes import Size
from components.storage import FileSystem
from components.workload_firewall import WorkloadFirewall

LOG_STREAM_PREFIX: Final = "task"
"""A container's log stream is `task/<container>/<task id>`."""

HEALTH_GRACE_SECONDS: Final = 60
"""Seconds in which a load balancer's verdict on a new task does not count."""


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
    """One port of a container behind a load balancer. `attachment` ties the target group to it, and must come first."""

    target_group: aws.lb.TargetGroup
    attachment: pulumi.Resource
    container: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """How tasks are replaced by those of a new revision.

    `start_first` runs new tasks beside the old ones; otherwise old ones make room, half of them at once (all, where
    there is but one). A failing rollout is stopped, or goes on for ever; one that is stopped is rolled back, or not.
    """

    start_first: bool = True
    stop_when_failing: bool = True
    roll_back: bool = True


@dataclass(frozen=True, kw_only=True)
class Replication:
    """How an ECS service keeps tasks running. With `scaling`, `replicas` is the least of them."""

    replicas: int
    name: str
    scaling: TargetTracking | None = None
    load_balancing: Sequence[LoadBalancing] = ()
    replacement: Replacement = Replacement()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """Inputs of `Workload`. Without `replication` there is no ECS service: somebody runs the task (a job).

    `execution_permissions` are what starting the task takes beyond its log group: its images and secrets. The task's
    own disk has 20 GiB unless `ephemeral_storage_gib` (21 to 200) asks for more.
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
    ephemeral_storage_gib: int | None = None
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
        definitions = [container_definition(item, logs) for item in args.containers]
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
            ephemeral_storage=None
            if args.ephemeral_storage_gib is None
            else aws.ecs.TaskDefinitionEphemeralStorageArgs(size_in_gib=args.ephemeral_storage_gib),
            opts=self._child,
        )

    def _declare_service(self, replication: Replication) -> aws.ecs.Service:
        args = self._args
        registry = args.cluster.registry(replication.name, self._child)
        balanced, replacement = replication.load_balancing, replication.replacement
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
                    target_group_arn=item.target_group.arn,
                    container_name=item.container,
                    container_port=item.port,
                )
                for item in balanced
            ],
            health_check_grace_period_seconds=HEALTH_GRACE_SECONDS if balanced else None,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(
                enable=replacement.stop_when_failing, rollback=replacement.stop_when_failing and replacement.roll_back
            ),
            deployment_minimum_healthy_percent=minimum_healthy_percent(replication),
            deployment_maximum_percent=200 if replacement.start_first else 100,
            # Rebalancing starts tasks beside the others (Amazon ECS Developer Guide, "Availability Zone rebalancing").
            availability_zone_rebalancing="ENABLED" if replacement.start_first else "DISABLED",
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            tags=dict(replication.tags) or None,
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=ignored,
                depends_on=[*self.prerequisites, *(item.attachment for item in balanced)],
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


def minimum_healthy_percent(replication: Replication) -> int:
    """Return the share of tasks that a rollout leaves running. ECS rounds up: of one task, half is one."""
    if replication.replacement.start_first:
        return 100
    return 50 if replication.replicas > 1 else 0


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
