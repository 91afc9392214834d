"""A Compose service as an ECS task: its containers, volumes, identities and size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.access import Permission, pull_image, read_secret
from components.containers import Container, HealthCheck, Mount, Resources, Ulimit, container_definition
from components.scaling import TargetTracking
from components.secrets import Secret
from components.workload import (
    FileSystemVolume,
    LoadBalancing,
    Replacement,
    Replication,
    TaskVolume,
    Volume,
    WorkloadArgs,
)
from components.workload_firewall import WorkloadFirewall
from services.model import Application, Service
from services.model import Healthcheck as ComposeHealthcheck
from services.on_aws import fargate
from services.on_aws.architectures import cpu_architecture, platform_of
from services.on_aws.container_values import capability, ephemeral_storage_gib, log_options
from services.on_aws.firewalls import ports
from services.on_aws.images import Image, Images
from services.on_aws.platform import Platform
from services.on_aws.preparation import MOUNT_FILES, SECRETS_DIRECTORY, mount_files_plan, variable
from services.on_aws.reachability import has_way_out
from services.on_aws.sizes import mebibytes, memory_reservation_bytes, size_of, units
from services.on_aws.temporary_directories import temporary_directories
from services.on_aws.volumes import Volumes

_SECRETS_VOLUME: Final = "run-secrets"

_DROPPED_BY_MOUNT_FILES: Final = (
    *("AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
"""Every capability that containers have by default, but CHOWN: files are given to the service's user."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What tasks refer to: images, secrets, volumes, full DNS names of services, firewalls, load balancing.

    `environments` are the secret variables of services, one JSON object each.
    """

    images: Images
    secrets: Mapping[str, Secret]
    environments: Mapping[str, Secret]
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
    if name in around.environments:
        secrets.append(around.environments[name])
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
        cpu_architecture=cpu_architecture(platform_of(service, platform.settings.images.platform)),
        volumes=_volumes(service, around),
        execution_permissions=_execution_permissions(platform, image, around.images, secrets, len(containers) > 1),
        ephemeral_storage_gib=ephemeral_storage_gib(service),
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
        "ephemeralStorage": {"sizeInGib": args.ephemeral_storage_gib},
        "containerDefinitions": [container_definition(container, {}) for container in args.containers],
    }


def _containers(name: str, service: Service, image: Image, around: Surroundings) -> list[Container]:
    main = _main_container(name, service, image, around)
    return [_mount_files(service, around), main] if mount_files_plan(service) else [main]


def _main_container(name: str, service: Service, image: Image, around: Surroundings) -> Container:
    overridden = {
        **service.x_aws.environment,
        **{variable: around.endpoints[other] for variable, other in service.x_aws.endpoints.items()},
    }
    return Container(
        name=name,
        image=image.ref,
        entry_point=service.entrypoint,
        command=service.command,
        environment={**service.plain_environment, **overridden},
        secret_variables={
            variable: around.environments[name].member_reference(variable)
            for variable in service.secret_environment.keys() - overridden.keys()
        },
        ports=ports(service.reachable_ports),
        health_check=_health_check(service.healthcheck),
        resources=_resources(service),
        user=service.user,
        working_directory=service.working_dir,
        read_only_root=service.read_only,
        init_process=service.init,
        interactive=service.stdin_open,
        pseudo_terminal=service.tty,
        added_capabilities=[capability(item) for item in service.cap_add],
        dropped_capabilities=[capability(item) for item in service.cap_drop],
        ulimits={item: Ulimit(limit.soft, limit.hard) for item, limit in service.ulimits.items()},
        system_controls=service.sysctls,
        mounts=[
            *([Mount(volume=_SECRETS_VOLUME, path=SECRETS_DIRECTORY, read_only=True)] if service.secrets else []),
            *(Mount(volume=item.volume, path=item.path) for item in temporary_directories(service)),
            *(
                Mount(volume=_named_volume(m.source or ""), path=m.target, read_only=m.read_only)
                for m in service.named_volumes
            ),
        ],
        starts_after={MOUNT_FILES: "SUCCESS"} if mount_files_plan(service) else {},
        stop_timeout_seconds=int(service.stop_grace_period.total_seconds()),
        labels=service.labels,
        log_options=log_options(service.logging),
    )


def _mount_files(service: Service, around: Surroundings) -> Container:
    """The container that prepares the volumes of a task and ends before the service starts."""
    return Container(
        name=MOUNT_FILES,
        image=around.images.mount_files.ref,
        essential=False,
        environment={"MOUNT_FILES_PLAN": mount_files_plan(service)},
        secret_variables={variable(mount): around.secrets[mount.source].version_reference for mount in service.secrets},
        user="0:0",
        dropped_capabilities=_DROPPED_BY_MOUNT_FILES,
        mounts=[
            *([Mount(volume=_SECRETS_VOLUME, path=SECRETS_DIRECTORY)] if service.secrets else []),
            *(Mount(volume=item.volume, path=item.path) for item in temporary_directories(service)),
        ],
    )


def _resources(service: Service) -> Resources:
    cpus = service.deploy.resources.reservations.cpus or service.cpu_limit
    limit, reservation = service.memory_limit_bytes, memory_reservation_bytes(service)
    return Resources(
        cpu_units=units(cpus) if cpus else None,
        memory_mib=mebibytes(limit) if limit else None,
        memory_reservation_mib=mebibytes(reservation) if reservation else None,
    )


def _named_volume(source: str) -> str:
    return f"volume-{source}"


def _volumes(service: Service, around: Surroundings) -> list[Volume]:
    volumes: list[Volume] = [TaskVolume(name=item.volume) for item in temporary_directories(service)]
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
    if check is None or check.is_off:
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
        replacement=_replacement(service),
        tags=service.deploy.labels,
    )


def _replacement(service: Service) -> Replacement:
    update = service.deploy.update_config
    return Replacement(
        start_first=update.order != "stop-first",
        stop_when_failing=update.failure_action != "continue",
        roll_back=update.failure_action != "pause",
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
