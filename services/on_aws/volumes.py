"""Named volumes: directories of one file system a stack, each by an access point of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.firewall import admit
from components.storage import FileSystem, FileSystemArgs
from components.workload_firewall import WorkloadFirewall
from services.model import Application
from services.on_aws.firewalls import NFS_PORT
from services.on_aws.platform import Platform
from services.on_aws.volume_owners import owner, volume_users


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """The stack's file system and the access point of each named volume."""

    file_system: FileSystem
    access_points: Mapping[str, aws.efs.AccessPoint]


def declare_file_system(platform: Platform, application: Application) -> FileSystem | None:
    """Declare the file system of an application's volumes; None when it has none that needs one."""
    if not volume_users(application):
        return None
    network = platform.network
    return FileSystem(
        "volumes",
        FileSystemArgs(context=platform.context, vpc=network.vpc, subnets=network.primary_subnets["isolated"]),
        platform.opts,
    )


def declare_volumes(
    application: Application, file_system: FileSystem, firewalls: Mapping[str, WorkloadFirewall]
) -> Volumes:
    """Declare the directory of every volume and let the services that mount it reach the file system.

    Raises:
        ValueError: A user of a volume is not numeric (`rules.problems` finds this first).
    """
    points: dict[str, aws.efs.AccessPoint] = {}
    users = volume_users(application)
    for volume, names in sorted(users.items()):
        ids = owner(application.services[names[0]])
        if ids is None:
            raise ValueError(f"services.{names[0]}.user: is no number")
        points[volume] = file_system.access_point(volume, uid=ids[0], gid=ids[1])
    for name in sorted({name for names in users.values() for name in names}):
        _ = admit(
            f"volumes-from-{name}",
            group=file_system.security_group,
            source=firewalls[name].group,
            port=NFS_PORT,
            description=f"NFS from {name}",
            opts=pulumi.ResourceOptions(parent=file_system),
        )
    return Volumes(file_system=file_system, access_points=points)
