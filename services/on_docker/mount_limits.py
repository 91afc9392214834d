"""What Docker mounts cannot do as the model says it, or what the provider cannot say of them."""

from collections.abc import Iterator
from typing import Final

from services.compose.values import Path
from services.model import Application, Service
from services.on_docker.addressing import volumes_source
from services.on_docker.values import tmpfs
from services.problems import Problem

_KINDS: Final = frozenset({"volume", "bind", "tmpfs"})
"""Kinds of mounts that the provider knows."""


def _kinds(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    for index, mount in enumerate(service.volumes):
        if mount.type not in _KINDS:
            known = ", ".join(sorted(_KINDS))
            yield Problem(
                ("volumes", index, "type"), f"{mount.type!r} is none that the provider knows; use one of: {known}"
            )


def _bind_options(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    """The provider has two kinds of bind mounts: one that makes paths and labels them, one that propagates."""
    for index, mount in enumerate(service.volumes):
        if mount.type != "bind":
            continue
        path = ("volumes", index, "bind")
        if mount.bind.selinux and (mount.bind.propagation or not mount.bind.create_host_path):
            yield Problem(
                (*path, "selinux"),
                "cannot be with propagation, nor with create_host_path: false: label the path yourself (chcon -t "
                "container_file_t), or take the other option out",
            )
        elif mount.bind.create_host_path and not mount.bind.propagation and ":" in f"{mount.source}{mount.target}":
            yield Problem(
                (*path, "create_host_path"),
                "is on, and the path has a colon, at which the engine would take it apart: make the path, and set "
                "create_host_path to false",
            )


def _one_mount_a_path(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    mounted: list[tuple[str, Path]] = [
        *((mount.target, ("volumes", index)) for index, mount in enumerate(service.volumes)),
        *((tmpfs(entry)[0], ("tmpfs", index)) for index, entry in enumerate(service.tmpfs)),
        *((mount.path, ("secrets", index)) for index, mount in enumerate(service.secrets)),
        *((mount.path, ("configs", index)) for index, mount in enumerate(service.configs)),
    ]
    owner: dict[str, Path] = {}
    for target, path in mounted:
        first = owner.setdefault(target.rstrip("/"), path)
        if first != path:
            yield Problem(path, f"{target} is mounted by {first[0]}[{first[1]}] already: choose another path")


def _memory_is_not_lent(_: str, service: Service, application: Application) -> Iterator[Problem]:
    """The engine looks for a volume behind every mount that it takes over, and memory has none."""
    for index, entry in enumerate(service.volumes_from):
        lender = volumes_source(entry)[0] or ""
        mounts = application.services[lender].volumes if lender in application.services else ()
        for position, mount in enumerate(mounts):
            if mount.type == "tmpfs":
                yield Problem(
                    ("volumes_from", index),
                    f"services.{lender}.volumes[{position}] is memory, which cannot be taken over: write it as "
                    f"services.{lender}.tmpfs",
                )


RULES = (_kinds, _bind_options, _one_mount_a_path, _memory_is_not_lent)
"""Rules whose paths begin below a service."""
