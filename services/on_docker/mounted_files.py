"""Compose secrets and configs on a Docker engine: files of this machine, bind-mounted read-only.

The values pass through no input of any resource: a hook writes the files right before their container is made, and
another one removes them when it is gone. What Pulumi keeps is a salted digest, itself a secret, as replacement
trigger: a new value, owner or mode makes a new container.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote

import pulumi
import pulumi_docker as docker

from services.model import Application, ConfigMount, FileMount, SecretMount, Service
from services.sources import config_content, secret_value

Variables: TypeAlias = Mapping[str, str | pulumi.Output[str]]

_REMOVE: Final = "remove-secret-files"


class MountedFileError(RuntimeError):
    """A file of a secret or config cannot be written; the text says which and why."""


@dataclass(frozen=True, kw_only=True)
class MountedFiles:
    """What a container needs for its files: the mounts, and the options that write and remove them.

    `trigger` changes with a value; None where nothing is mounted.
    """

    mounts: Sequence[docker.ContainerMountArgs]
    trigger: pulumi.Output[str] | None
    opts: pulumi.ResourceOptions


class FileStore:
    """The files of one stack's secrets and configs: `<root>/<container>/<secrets|configs>/<name>`.

    Only the user who deploys enters `root` (0700); the files carry the mode of their mount, by default readable to
    all, since a container's own user must read them through the mount.
    Because the removal is a hook on deletion, `pulumi destroy` needs `--run-program`; it says so by itself.
    """

    def __init__(self, root: Path, application: Application, variables: Variables) -> None:
        """`variables` are those that secrets and configs may name."""
        self._root = root
        self._application = application
        self._variables = variables
        # One hook under one name for every container: one that left the program is removed by it too.
        self._remove = pulumi.ResourceHook(_REMOVE, self._removed)

    def mounted(self, container: str, service: Service) -> MountedFiles:
        """Describe the files of a service's container; nothing where it has none."""
        mounts = [*service.secrets, *service.configs]
        if not mounts:
            return MountedFiles(mounts=(), trigger=None, opts=pulumi.ResourceOptions())
        values = pulumi.Output.secret(pulumi.Output.all(*map(self._value, mounts)))

        async def write(_: pulumi.ResourceHookArgs) -> None:
            for mount, value in zip(mounts, await values.future() or (), strict=True):
                self._write(container, mount, value)

        hook = pulumi.ResourceHook(f"write-secret-files-{container}", write)
        return MountedFiles(
            mounts=[
                docker.ContainerMountArgs(
                    type="bind",
                    source=str(self._path(container, mount)),
                    target=mount.path,
                    read_only=True,
                )
                for mount in mounts
            ],
            trigger=values.apply(lambda texts: digest([*texts, *map(_form, mounts)], salt=container)),
            opts=pulumi.ResourceOptions(
                # The other way round the removal would take the new container's files.
                delete_before_replace=True,
                hooks=pulumi.ResourceHookBinding(
                    before_create=[hook], before_update=[hook], after_delete=[self._remove]
                ),
            ),
        )

    def _value(self, mount: SecretMount | ConfigMount) -> pulumi.Input[str]:
        application = self._application
        if isinstance(mount, SecretMount):
            return secret_value(application.secrets[mount.source], application, self._variables)
        return config_content(application.configs[mount.source], application, self._variables)

    def _path(self, container: str, mount: FileMount) -> Path:
        kind = "secrets" if isinstance(mount, SecretMount) else "configs"
        return self._root / container / kind / quote(mount.target or mount.source, safe="")

    def _write(self, container: str, mount: SecretMount | ConfigMount, value: str) -> None:
        path = self._path(container, mount)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._root.chmod(0o700)
            if path.exists():
                path.chmod(0o600)  # its mode may keep its own owner from writing
            # In place: a running container keeps seeing the file that its mount was made of.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(value)
            self._own(path, mount)
            path.chmod(mount.mode)
        except OSError as error:
            kind = "secret" if isinstance(mount, SecretMount) else "config"
            raise MountedFileError(
                f"{kind} {mount.source!r} of container {container!r}: {path} cannot be written: {error.strerror}"
            ) from None

    def _own(self, path: Path, mount: FileMount) -> None:
        if mount.uid is None and mount.gid is None:
            return
        try:
            os.chown(path, -1 if mount.uid is None else mount.uid, -1 if mount.gid is None else mount.gid)
        except PermissionError as error:
            owner = ":".join("" if number is None else str(number) for number in (mount.uid, mount.gid))
            raise PermissionError(
                error.errno, f"only root gives files to {owner}: take uid and gid out, or deploy as root"
            ) from None

    def _removed(self, hook: pulumi.ResourceHookArgs) -> None:
        directory = self._root / hook.name
        if directory.exists():
            shutil.rmtree(directory)
        if self._root.exists() and not any(self._root.iterdir()):
            self._root.rmdir()


def _form(mount: FileMount) -> str:
    """What a file is beside its content, as text."""
    return f"{mount.uid}:{mount.gid}:{mount.mode:o}"


def digest(values: Sequence[str], *, salt: str) -> str:
    """A digest that differs when a value does, and is slow to search for the values (scrypt, 16 MiB)."""
    text = json.dumps(list(values)).encode()
    return hashlib.scrypt(text, salt=salt.encode(), n=1 << 14, r=8, p=1, dklen=16).hex()
