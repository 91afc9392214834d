"""What AWS refuses of volumes; pure."""

from collections.abc import Iterator
from typing import Final

from services.model import Application, Service
from services.on_aws.data_stores import is_data_of_a_store, place_for_data, unkept
from services.on_aws.volume_owners import owner, volume_users
from services.problems import Problem
from services.well_known import image_name


def _stores(_: str, service: Service, __: Application) -> Iterator[Problem]:
    name = image_name(service.image or "") or "the service"
    mount = next((mount for mount in service.named_volumes if is_data_of_a_store(mount.target, service)), None)
    if mount is not None:
        yield Problem(
            ("volumes",),
            f"{name} keeps its data on {mount.source!r}, which is a network file system on AWS and loses or locks it: "
            f"{place_for_data(service)}",
        )
    elif directory := unkept(service):
        yield Problem(
            ("image",),
            f"{name} keeps its data in {directory}, which goes with each task: {place_for_data(service)}",
        )


def _owner(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if service.named_volumes and owner(service) is None:
        yield Problem(
            ("user",), f"{service.user!r} is no number, and the owner of a volume's files must be: write uid:gid"
        )


def _kinds(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for index, mount in enumerate(service.volumes):
        if mount.type == "volume" and mount.source is None:
            yield Problem(
                ("volumes", index),
                f"{mount.target!r} is a volume without a name, whose data would go with each task: give it a name and "
                "declare it under volumes to keep the data, or use tmpfs to let it go",
            )
        elif mount.type in {"cluster", "npipe", "image"}:
            yield Problem(("volumes", index, "type"), f"{mount.type!r} is not possible on AWS: use volume or tmpfs")


RULES: Final = (_stores, _owner, _kinds)


def of_volumes(application: Application) -> Iterator[Problem]:
    """What cannot be of the application's volumes: files of two owners, drivers of an engine."""
    for volume, names in volume_users(application).items():
        if len({owner(application.services[name]) for name in names}) > 1:
            yield Problem(
                ("volumes", volume),
                f"{', '.join(names)} run as different users, but a volume's files have one owner on "
                "AWS: give these services the same user",
            )
    for name, volume in application.volumes.items():
        if volume.driver not in {None, "local"}:
            yield Problem(
                ("volumes", name, "driver"), f"{volume.driver!r}: volumes are on EFS, and need no driver: take it out"
            )
