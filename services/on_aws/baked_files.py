"""Files of configs, and of bind mounts of single files: Fargate mounts directories only, so the image holds them; pure.

Source: compose-spec `05-services.md`, "configs", "volumes".
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from components.image_files import File
from services.compose.values import Path
from services.model import Application, Config, Service, VolumeMount
from services.on_aws.data_stores import is_data_of_a_store, place_for_data
from services.problems import Problem
from services.sources import PROJECT, SourceError, read_bytes

_PLAIN_PATH: Final = re.compile(r"/[\w./+@:, ~=%-]+")
_ON_THIS_STACK: Final = (
    "for this stack, take the mount out in a second file (services:compose takes a list; `!override`)"
)
_SOCKETS: Final = frozenset({"docker.sock", "podman.sock", "containerd.sock"})
_HOST_FILES: Final[Mapping[str, str]] = {
    "/etc/localtime": "set the variable TZ instead",
    "/etc/timezone": "set the variable TZ instead",
    "/etc/hosts": "services find each other by name: take it out",
    "/etc/resolv.conf": "tasks ask the VPC's resolver: take it out",
}
"""Files of the host that are mounted for what they say of the host -> what to do instead."""


def baked_files(service: Service, application: Application) -> list[File]:
    """Return the files that the image of a service is to hold; `problems` has found nothing."""
    files = [
        File(
            path=mount.path,
            content=_content(application.configs[mount.source], application),
            mode=mount.mode,
            uid=mount.uid or 0,
            gid=mount.gid or 0,
        )
        for mount in service.configs
    ]
    return files + [
        File(path=mount.target, content=read_bytes(application, source), mode=_mode(application, source))
        for mount in service.binds
        if (source := mount.source) is not None
    ]


def _content(config: Config, application: Application) -> bytes:
    if config.file is not None:
        return read_bytes(application, config.file)
    assert isinstance(config.content, str)
    return config.content.encode()


def _mode(application: Application, source: str) -> int:
    """Readable by everybody, as the user of the container is not the one of this machine; executable where it is."""
    return 0o555 if (PROJECT / application.directory / source).stat().st_mode & 0o111 else 0o444


def problems(service: Service, application: Application) -> Iterator[Problem]:
    """What cannot become a file of the image; the paths begin below the service."""
    targets: dict[Path, str] = {}
    for index, mount in enumerate(service.configs):
        targets["configs", index] = mount.path
        config = application.configs.get(mount.source)
        if config is not None and config.file is None and not isinstance(config.content, str):
            yield Problem(
                ("configs", index),
                f"the content of {mount.source!r} comes from a secret variable, and would stand in the image: make it "
                "a secret, which the service finds below /run/secrets",
            )
    for index, mount in enumerate(service.volumes):
        if mount.type == "bind":
            targets["volumes", index] = mount.target
            if text := _unbakeable(mount, service, application):
                yield Problem(("volumes", index), text)
    covered = [PurePosixPath(path) for path in _mounted(service)]
    for path, target in targets.items():
        if _PLAIN_PATH.fullmatch(target) is None:
            yield Problem(path, f"the target {target!r} has characters that a Dockerfile reads otherwise: rename it")
        if hidden := [str(one) for one in covered if one in PurePosixPath(target).parents]:
            yield Problem(path, f"{target!r} lies below {hidden[0]}, whose mount would hide it: give another target")


def _mounted(service: Service) -> list[str]:
    secrets = ["/run/secrets"] if service.secrets else []
    return [*secrets, *service.temporary_paths, *(mount.target for mount in service.named_volumes)]


def _unbakeable(mount: VolumeMount, service: Service, application: Application) -> str | None:
    """Why a bind mount cannot be a file of the image, and what to do; None when it can."""
    source = mount.source or ""
    path = PROJECT / application.directory / source
    if path.name in _SOCKETS:
        return f"{source!r} is the socket of a container engine, and there is none on Fargate: {_ON_THIS_STACK}"
    if source in _HOST_FILES:
        return f"{source!r} says how this machine is set up: {_HOST_FILES[source]}"
    if source.startswith("/"):
        return (
            f"{source!r} is a path of this machine outside of the project, which AWS has not: copy it into the "
            f"project, or {_ON_THIS_STACK}"
        )
    if path.is_dir():
        return _directory(source, mount, service)
    if not path.exists():
        return (
            f"there is no file {source!r}: add it, or name another one; if a directory is meant, AWS has none of this "
            f"machine: {_place_of_directory(source, mount, service)}"
        )
    if not path.is_file():
        return f"{source!r} is no regular file: {_ON_THIS_STACK}"
    try:
        _ = read_bytes(application, source)
    except SourceError as error:
        return str(error)
    return None


def _directory(source: str, mount: VolumeMount, service: Service) -> str:
    if _is_source_code(source, service):
        return (
            f"{source!r} is the source code that the image is built from; AWS runs what the image holds: "
            f"{_place_of_directory(source, mount, service)}"
        )
    return (
        f"{source!r} is a directory of this machine, which AWS has not: {_place_of_directory(source, mount, service)}"
    )


def _is_source_code(source: str, service: Service) -> bool:
    context = PurePosixPath(service.build.context) if service.build is not None else None
    return context is not None and context in {PurePosixPath(source), *PurePosixPath(source).parents}


def _place_of_directory(source: str, mount: VolumeMount, service: Service) -> str:
    """What to do with what a directory of this machine holds."""
    if _is_source_code(source, service):
        return f"COPY it in the Dockerfile, and {_ON_THIS_STACK}"
    data = (
        f"for data, {place_for_data(service)}"
        if is_data_of_a_store(mount.target, service)
        else "use a named volume for data"
    )
    return (
        f"COPY it to {mount.target} in a Dockerfile of the service (build), name its files one by one under configs, "
        f"or {data}"
    )
