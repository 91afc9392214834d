"""A container of a service: each key of the service as an input of the Docker provider."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import pulumi
import pulumi_docker as docker

from services.model import Application, Healthcheck, Service
from services.on_docker import addressing, values
from services.on_docker.mounts import binds, mounts
from services.on_docker.networks import attachments
from services.sources import read

CHANGES_THAT_REPLACE: Final = ["cpuPeriod", "cpuQuota", "healthcheck", "init", "memoryReservation", "tmpfs"]
"""Inputs whose change the provider takes into its state alone: the container would stay as it was."""


_START_INTERVAL: Final = timedelta(seconds=1)
"""Between probes of a container that is starting: whoever waits for it goes on as soon as it is up."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the containers of all services have in common: names on the engine of networks and volumes, labels."""

    application: Application
    networks: Mapping[str, pulumi.Input[str]]
    volumes: Mapping[str, pulumi.Input[str]]
    labels: Mapping[str, str]
    containers: dict[str, Sequence[docker.Container]] = field(default_factory=dict[str, Sequence[docker.Container]])
    """Service -> its containers, for those that are declared already."""

    def container_of(self, service: str) -> pulumi.Output[str]:
        """The id of a service's first container."""
        return self.containers[service][0].id


def container_args(
    name: str,
    surroundings: Surroundings,
    *,
    image: pulumi.Input[str],
    files: Sequence[docker.ContainerMountArgs],
    is_job: bool,
    wait_until_healthy: bool,
) -> docker.ContainerArgs:
    """The inputs of every container of a service."""
    application, container_of = surroundings.application, surroundings.container_of
    service = application.services[name]
    check = service.healthcheck
    grace_seconds = values.seconds(service.stop_grace_period)
    driver, log_options = values.log_driver(service.logging)
    restart, tries = service.restart_policy
    reservation_bytes = values.memory_reservation_bytes(service)
    blkio = service.blkio_config
    return docker.ContainerArgs(
        name=service.container_name,
        image=image,
        platform=service.platform,
        entrypoints=service.entrypoint,
        command=service.command,
        working_dir=service.working_dir,
        user=service.user,
        group_adds=service.group_add or None,
        envs=_environment(service),
        labels=_labels(name, service, surroundings.labels),
        hostname=service.hostname,
        domainname=service.domainname,
        # Networks
        network_mode=_network_mode(service, container_of),
        networks_advanced=attachments(application, name, surroundings.networks) or None,
        ports=[
            docker.ContainerPortArgs(
                internal=port.target, external=port.published, protocol=port.protocol, ip=values.address(port)
            )
            for port in service.ports
        ],
        hosts=[
            docker.ContainerHostArgs(host=host, ip=address)
            for host, address in map(values.extra_host, service.extra_hosts)
        ]
        or None,
        dns=service.dns or None,
        dns_opts=service.dns_opt or None,
        dns_searches=service.dns_search or None,
        # Files
        mounts=[*mounts(service, application, surroundings.volumes), *files],
        volumes=binds(service, application, container_of) or None,
        tmpfs=dict(values.tmpfs(entry) for entry in service.tmpfs),
        read_only=service.read_only,
        storage_opts=service.storage_opt or None,
        shm_size=None if service.shm_size is None else values.mebibytes(service.shm_size),
        # Life
        healthcheck=None if check is None else _healthcheck(check),
        wait=wait_until_healthy,
        wait_timeout=values.health_deadline_seconds(check) if check and wait_until_healthy else None,
        must_run=not is_job,
        attach=is_job,
        logs=is_job,
        restart=restart,
        max_retry_count=tries,
        init=service.init,
        stop_signal=service.stop_signal,
        stop_timeout=grace_seconds,
        destroy_grace_seconds=grace_seconds,
        log_driver=driver,
        log_opts=log_options,
        stdin_open=service.stdin_open or None,
        tty=service.tty or None,
        # Rights
        privileged=service.privileged or None,
        capabilities=_capabilities(service),
        security_opts=values.security_options(service, _seccomp_profiles(service, application)),
        userns_mode=service.userns_mode,
        pid_mode=_shared(service.pid, container_of),
        ipc_mode=_shared(service.ipc, container_of),
        cgroupns_mode=service.cgroup,
        cgroup_parent=service.cgroup_parent,
        runtime=service.runtime,
        sysctls=service.sysctls or None,
        devices=_devices(service),
        device_cgroup_rules=service.device_cgroup_rules or None,
        device_requests=_device_requests(service),
        # Limits
        cpus=f"{service.cpu_limit:g}" if service.cpu_limit else None,
        cpu_shares=service.cpu_shares,
        cpu_period=service.cpu_period,
        cpu_quota=service.cpu_quota,
        cpu_set=service.cpuset,
        memory=values.memory_mib(service),
        memory_swap=values.memory_with_swap_mib(service),
        memory_reservation=None if reservation_bytes is None else values.mebibytes(reservation_bytes),
        ulimits=[
            docker.ContainerUlimitArgs(name=limit, soft=ulimit.soft, hard=ulimit.hard)
            for limit, ulimit in sorted(service.ulimits.items())
        ]
        or None,
        device_read_bps=[
            docker.ContainerDeviceReadBpArgs(path=limit.path, rate=limit.rate) for limit in blkio.device_read_bps
        ]
        or None,
        device_read_iops=[
            docker.ContainerDeviceReadIopArgs(path=limit.path, rate=limit.rate) for limit in blkio.device_read_iops
        ]
        or None,
        device_write_bps=[
            docker.ContainerDeviceWriteBpArgs(path=limit.path, rate=limit.rate) for limit in blkio.device_write_bps
        ]
        or None,
        device_write_iops=[
            docker.ContainerDeviceWriteIopArgs(path=limit.path, rate=limit.rate) for limit in blkio.device_write_iops
        ]
        or None,
    )


def _environment(service: Service) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """The variables as `NAME=value`. One secret makes the whole list secret: the provider keeps it as a set."""
    secret = {name: value.get_secret_value() for name, value in service.secret_environment.items()}
    listed = [f"{name}={value}" for name, value in sorted({**service.plain_environment, **secret}.items())]
    return pulumi.Output.secret(listed) if secret else listed


def _labels(name: str, service: Service, common: Mapping[str, str]) -> list[docker.ContainerLabelArgs]:
    labels = {**common, values.SERVICE_LABEL: name, **service.labels}
    return [docker.ContainerLabelArgs(label=label, value=value) for label, value in sorted(labels.items())]


def _network_mode(service: Service, container_of: Callable[[str], pulumi.Input[str]]) -> pulumi.Input[str] | None:
    # The engine tells the default network by its name.
    return "bridge" if service.network_mode == "default" else _shared(service.network_mode, container_of)


def _shared(reference: str | None, container_of: Callable[[str], pulumi.Input[str]]) -> pulumi.Input[str] | None:
    """A namespace: that of another service's container, or what is written."""
    service = addressing.shared_service(reference)
    return reference if service is None else pulumi.Output.concat("container:", container_of(service))


def _healthcheck(check: Healthcheck) -> docker.ContainerHealthcheckArgs:
    """A health check. Without a command it is the image's, changed in what is written."""
    if check.is_off:
        return docker.ContainerHealthcheckArgs(tests=["NONE"])
    written = check.model_fields_set if not check.test else type(check).model_fields.keys()
    interval = check.start_interval or (_START_INTERVAL if check.start_period else None)
    return docker.ContainerHealthcheckArgs(
        tests=check.test or None,
        interval=values.duration(check.interval) if "interval" in written else None,
        timeout=values.duration(check.timeout) if "timeout" in written else None,
        start_period=values.duration(check.start_period) if "start_period" in written else None,
        start_interval=None if interval is None else values.duration(interval),
        retries=check.retries if "retries" in written else None,
    )


def _capabilities(service: Service) -> docker.ContainerCapabilitiesArgs | None:
    if not service.cap_add and not service.cap_drop:
        return None
    return docker.ContainerCapabilitiesArgs(
        adds=[values.capability(item) for item in service.cap_add] or None,
        drops=[values.capability(item) for item in service.cap_drop] or None,
    )


def _seccomp_profiles(service: Service, application: Application) -> Mapping[str, str]:
    """File -> content of each profile that a security option names."""
    named = map(values.seccomp_profile, service.security_opt)
    return {file: read(application, file) for file in named if file is not None}


def _devices(service: Service) -> list[docker.ContainerDeviceArgs] | None:
    """Devices by their paths, whole: the engine gives all three texts back."""
    return [
        docker.ContainerDeviceArgs(
            host_path=device.source,
            container_path=device.target or device.source,
            permissions=device.permissions or "rwm",
        )
        for device in service.devices
        if not values.is_cdi(device)
    ] or None


def _device_requests(service: Service) -> list[docker.ContainerDeviceRequestArgs] | None:
    return [
        docker.ContainerDeviceRequestArgs(
            driver=request.driver,
            count=request.count,
            device_ids=request.device_ids or None,
            capabilities=request.capabilities or None,
            options=request.options or None,
        )
        for request in values.device_requests(service)
    ] or None
