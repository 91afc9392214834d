"""A Compose service as an ECS task: its containers, volumes, identities and size."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.access import Permission, pull_image, read_secret
from components.scaling import TargetTracking
from components.secrets import Secret
from components.workload import (
    Container,
    FileSystemVolume,
    HealthCheck,
    LoadBalancing,
    Mount,
    Replication,
    TaskVolume,
    Volume,
    WorkloadArgs,
    container_definition,
)
from components.workload_firewall import WorkloadFirewall
from services.model import Application, Service
from services.model import Healthcheck as ComposeHealthcheck
from services.on_aws import fargate
from services.on_aws.architectures import platform_of
from services.on_aws.images import Image, Images
from services.on_aws.platform import Platform
from services.on_aws.preparation import MOUNT_FILES, SECRETS_DIRECTORY, mount_files_plan, variable
from services.on_aws.reachability import has_way_out
from services.on_aws.sizes import size_of
from services.on_aws.volumes import Volumes

_SECRETS_VOLUME: Final = "run-secrets"

_DROPPED_BY_MOUNT_FILES: Final = (
    *("AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
"""Every capability that containers have by default, but CHOWN: files are given to the service's user."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What tasks refer to: images, secrets, volumes, full DNS names of services, firewalls, routes."""

    images: Images
    secrets: Mapping[str, Secret]
    volumes: Volumes | None
    endpoints: Mapping[str, pulumi.Input[str]]
    firewalls: Mapping[str, WorkloadFirewall]
    load_balancing: Mapping[str, Sequence[LoadBalancing]]


def workload_args(
    platform: Platform,
    application: Application,
    name: str,
    around: Surroundings,
    after: Sequence[pulumi.Resource],
) -> WorkloadArgs:
    """Return a service as a workload. `after` must exist before its first task starts.

    Raises:
        FargateError: Fargate would refuse the task definition.
    """
    service = application.services[name]
    image = around.images.of_service[name]
    containers = _containers(name, service, image, around)
    secrets = [around.secrets[source] for source in sorted({mount.source for mount in service.secrets})]
    network = platform.network
    args = WorkloadArgs(
        context=platform.context,
        cluster=platform.cluster,
        firewall=around.firewalls[name],
        subnets=network.subnets["private"]
        if has_way_out(service, application)
        else list(network.primary_subnets["isolated"].values()),
        containers=containers,
        size=size_of(service),
        cpu_architecture="ARM64"
        if platform_of(service, platform.settings.images.platform) == "linux/arm64"
        else "X86_64",
        volumes=_volumes(service, around),
        execution_permissions=_execution_permissions(platform, image, around.images, secrets, len(containers) > 1),
        replication=None if name in application.one_shot_services else _replication(name, service, around),
        after=[*after, *network.paths, *(secret.version for secret in secrets), *_mount_targets(service, around)],
    )
    fargate.check_task_definition(task_definition(name, args))
    return args


def task_definition(name: str, args: WorkloadArgs) -> dict[str, Any]:
    """Return the task definition as far as Fargate's limits concern it."""
    return {
        "family": name,
        "cpu": args.size.cpu_units,
        "memory": args.size.memory_mib,
        "containerDefinitions": [container_definition(container) for container in args.containers],
    }


def _containers(name: str, service: Service, image: Image, around: Surroundings) -> list[Container]:
    preparing = mount_files_plan(service)
    main = Container(
        name=name,
        image=image.ref,
        entry_point=service.entrypoint,
        command=service.command,
        environment={
            **service.plain_environment,
            **service.x_aws.environment,
            **{variable: around.endpoints[other] for variable, other in service.x_aws.endpoints.items()},
        },
        ports=[port.number for port in service.declared_ports],
        health_check=_health_check(service.healthcheck),
        user=service.user,
        working_directory=service.working_dir,
        read_only_root=service.read_only,
        init_process=service.init,
        dropped_capabilities=service.cap_drop,
        mounts=[
            *([Mount(volume=_SECRETS_VOLUME, path=SECRETS_DIRECTORY, read_only=True)] if service.secrets else []),
            *(Mount(volume=_tmpfs_volume(path), path=path) for path in service.temporary_paths),
            *(
                Mount(volume=_named_volume(m.source or ""), path=m.target, read_only=m.read_only)
                for m in service.named_volumes
            ),
        ],
        starts_after={MOUNT_FILES: "SUCCESS"} if preparing else {},
        stop_timeout_seconds=int(service.stop_grace_period.total_seconds()),
        labels=service.labels,
    )
    if not preparing:
        return [main]
    mount_files = Container(
        name=MOUNT_FILES,
        image=around.images.mount_files.ref,
        essential=False,
        environment={"MOUNT_FILES_PLAN": preparing},
        secret_variables={variable(mount): around.secrets[mount.source] for mount in service.secrets},
        user="0:0",
        dropped_capabilities=_DROPPED_BY_MOUNT_FILES,
        mounts=[
            *([Mount(volume=_SECRETS_VOLUME, path=SECRETS_DIRECTORY)] if service.secrets else []),
            *(Mount(volume=_tmpfs_volume(path), path=path) for path in service.temporary_paths),
        ],
    )
    return [mount_files, main]


def _tmpfs_volume(path: str) -> str:
    return f"tmpfs{re.sub(r'[^a-zA-Z0-9]+', '-', path).rstrip('-')}"


def _named_volume(source: str) -> str:
    return f"volume-{source}"


def _volumes(service: Service, around: Surroundings) -> list[Volume]:
    volumes: list[Volume] = [TaskVolume(name=_tmpfs_volume(path)) for path in service.temporary_paths]
    if service.secrets:
        volumes.append(TaskVolume(name=_SECRETS_VOLUME))
    if around.volumes is not None:
        volumes += [
            FileSystemVolume(
                name=_named_volume(source),
                file_system=around.volumes.file_system,
                access_point=around.volumes.access_points[source],
            )
            for source in sorted({mount.source or "" for mount in service.named_volumes})
        ]
    return volumes


def _mount_targets(service: Service, around: Surroundings) -> Sequence[pulumi.Resource]:
    return around.volumes.file_system.mount_targets if service.named_volumes and around.volumes is not None else ()


def _health_check(check: ComposeHealthcheck | None) -> HealthCheck | None:
    if check is None:
        return None
    return HealthCheck(
        command=check.test,
        interval_seconds=int(check.interval.total_seconds()),
        timeout_seconds=int(check.timeout.total_seconds()),
        retries=check.retries,
        start_period_seconds=int(check.start_period.total_seconds()),
    )


def _replication(name: str, service: Service, around: Surroundings) -> Replication:
    scaling = service.x_aws.scaling
    return Replication(
        replicas=service.replicas,
        name=name,
        scaling=None
        if scaling is None
        else TargetTracking(
            maximum=scaling.max_replicas,
            cpu_percent=scaling.cpu_percent,
            memory_percent=scaling.memory_percent,
        ),
        load_balancing=around.load_balancing.get(name, ()),
    )


def _execution_permissions(
    platform: Platform, image: Image, images: Images, secrets: Sequence[Secret], prepares: bool
) -> list[Permission]:
    context = platform.context
    return [
        *pull_image(image.repository),
        *(pull_image(images.mount_files.repository) if prepares else ()),
        *(p for secret in secrets for p in read_secret(secret.secret, context.keys.secrets, context.account)),
    ]
