"""Volumes of a Docker engine, and what is mounted into containers."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi
import pulumi_docker as docker

from services.model import Application, Service, Volume, VolumeMount
from services.on_docker import addressing
from services.sources import PROJECT


def declare_volumes(
    application: Application, stack: str, *, protect: bool, opts: pulumi.ResourceOptions
) -> Mapping[str, pulumi.Input[str]]:
    """Declare the application's volumes. Returns each one's name on the engine; external ones are there already.

    They outlive the stack, under the name `<application>-<stack>-<volume>` or their own.
    """
    kept = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=protect, retain_on_delete=True))

    def declared(name: str, volume: Volume) -> docker.Volume:
        return docker.Volume(
            name,
            name=volume.name or f"{application.name}-{stack}-{name}",
            driver=volume.driver,
            driver_opts=volume.driver_opts or None,
            labels=[docker.VolumeLabelArgs(label=label, value=value) for label, value in sorted(volume.labels.items())]
            or None,
            opts=kept,
        )

    return {
        name: volume.name or name if volume.external else declared(name, volume).name
        for name, volume in application.volumes.items()
    }


def mounts(
    service: Service, application: Application, volumes: Mapping[str, pulumi.Input[str]]
) -> list[docker.ContainerMountArgs]:
    """What a service's containers mount: volumes, memory, and paths of this machine that must be there."""
    found: list[docker.ContainerMountArgs] = []
    for mount in service.volumes:
        match mount.type:
            case "volume":
                found.append(_volume(mount, volumes))
            case "tmpfs":
                found.append(_memory(mount))
            case "bind" if not may_be_created(mount):
                found.append(_path(mount, application))
            case _:
                pass
    return found


def _volume(mount: VolumeMount, volumes: Mapping[str, pulumi.Input[str]]) -> docker.ContainerMountArgs:
    options = mount.volume
    labels = [
        docker.ContainerMountVolumeOptionsLabelArgs(label=label, value=value)
        for label, value in sorted(options.labels.items())
    ]
    return docker.ContainerMountArgs(
        type="volume",
        source=None if mount.source is None else volumes[mount.source],
        target=mount.target,
        read_only=mount.read_only,
        volume_options=docker.ContainerMountVolumeOptionsArgs(
            no_copy=options.nocopy or None, subpath=options.subpath, labels=labels or None
        )
        if options.nocopy or options.subpath or labels
        else None,
    )


def _memory(mount: VolumeMount) -> docker.ContainerMountArgs:
    options = mount.tmpfs
    return docker.ContainerMountArgs(
        type="tmpfs",
        target=mount.target,
        read_only=mount.read_only,
        tmpfs_options=docker.ContainerMountTmpfsOptionsArgs(size_bytes=options.size, mode=options.mode)
        if options.size is not None or options.mode is not None
        else None,
    )


def _path(mount: VolumeMount, application: Application) -> docker.ContainerMountArgs:
    propagation = mount.bind.propagation
    return docker.ContainerMountArgs(
        type="bind",
        source=host_path(mount, application),
        target=mount.target,
        read_only=mount.read_only,
        bind_options=docker.ContainerMountBindOptionsArgs(propagation=propagation) if propagation else None,
    )


def binds(
    service: Service, application: Application, container_of: Callable[[str], pulumi.Input[str]]
) -> list[docker.ContainerVolumeArgs]:
    """Paths of this machine that the engine makes where they lack, and the mounts of other containers.

    `container_of` gives the id of a service's container.
    """
    paths = [
        docker.ContainerVolumeArgs(
            host_path=host_path(mount, application),
            container_path=mount.target,
            read_only=mount.read_only,
            selinux_relabel=mount.bind.selinux,
        )
        for mount in service.binds
        if may_be_created(mount)
    ]
    return [*paths, *(_borrowed(entry, container_of) for entry in service.volumes_from)]


def _borrowed(entry: str, container_of: Callable[[str], pulumi.Input[str]]) -> docker.ContainerVolumeArgs:
    service, rest = addressing.volumes_source(entry)
    container = rest if service is None else pulumi.Output.concat(container_of(service), rest)
    return docker.ContainerVolumeArgs(from_container=container)


def may_be_created(mount: VolumeMount) -> bool:
    """Whether the engine makes the path of a bind mount when it lacks: its newer kind of mount does not."""
    return mount.bind.create_host_path and mount.bind.propagation is None


def host_path(mount: VolumeMount, application: Application) -> str:
    """The absolute path of a bind mount on this machine."""
    return os.path.normpath(Path(PROJECT, application.directory, mount.source or ""))
