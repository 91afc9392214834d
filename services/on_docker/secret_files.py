"""Compose secrets on a Docker engine: files of this machine, bind-mounted read-only.

The values pass through no input of any resource: a hook writes the files right before their container is made, and
another one removes them when it is gone. What Pulumi keeps is a salted digest, itself a secret, as replacement
trigger: a new value makes a new container.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pulumi
import pulumi_docker as docker

from services.model import SecretMount

_REMOVE = "remove-secret-files"


class SecretFileError(RuntimeError):
    """A secret's file cannot be written; the text says which and why."""


@dataclass(frozen=True, kw_only=True)
class MountedSecrets:
    """What a container needs for its secrets: the mounts, and the options that write, renew and remove the files."""

    mounts: Sequence[docker.ContainerMountArgs]
    opts: pulumi.ResourceOptions


class SecretFiles:
    """The secrets' files of one stack: `<root>/<container>/<secret>`.

    Only the user who deploys enters `root` (0700); the files carry the mode of their mount, by default readable to
    all, since a container's own user must read them through the mount.
    Because the removal is a hook on deletion, `pulumi destroy` needs `--run-program`; it says so by itself.
    """

    def __init__(self, root: Path, values: Mapping[str, pulumi.Input[str]]) -> None:
        """`values` are those of the top-level secrets, by name."""
        self._root = root
        self._values = values
        # One hook under one name for every container: one that left the program is removed by it too.
        self._remove = pulumi.ResourceHook(_REMOVE, self._removed)

    def mounted(self, container: str, mounts: Sequence[SecretMount]) -> MountedSecrets:
        """Describe a container's secrets; nothing where it has none."""
        if not mounts:
            return MountedSecrets(mounts=(), opts=pulumi.ResourceOptions())
        values = pulumi.Output.secret(pulumi.Output.all(*(self._values[mount.source] for mount in mounts)))

        async def write(_: pulumi.ResourceHookArgs) -> None:
            for mount, value in zip(mounts, await values.future() or (), strict=True):
                self._write(container, mount, value)

        hook = pulumi.ResourceHook(f"write-secret-files-{container}", write)
        return MountedSecrets(
            mounts=[
                docker.ContainerMountArgs(
                    type="bind",
                    source=str(self._path(container, mount)),
                    target=mount.path,
                    read_only=True,
                )
                for mount in mounts
            ],
            opts=pulumi.ResourceOptions(
                # The other way round the removal would take the new container's files.
                delete_before_replace=True,
                replacement_trigger=values.apply(lambda texts: digest(texts, salt=container)),
                hooks=pulumi.ResourceHookBinding(
                    before_create=[hook], before_update=[hook], after_delete=[self._remove]
                ),
            ),
        )

    def _path(self, container: str, mount: SecretMount) -> Path:
        return self._root / container / quote(mount.target or mount.source, safe="")

    def _write(self, container: str, mount: SecretMount, value: str) -> None:
        path = self._path(container, mount)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._root.chmod(0o700)
            # In place: a running container keeps seeing the file that its mount was made of.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(value)
            if mount.uid is not None or mount.gid is not None:
                os.chown(path, -1 if mount.uid is None else mount.uid, -1 if mount.gid is None else mount.gid)
            path.chmod(mount.mode)
        except OSError as error:
            raise SecretFileError(
                f"secret {mount.source!r} of container {container!r}: {path} cannot be written: {error.strerror}"
            ) from None

    def _removed(self, hook: pulumi.ResourceHookArgs) -> None:
        directory = self._root / hook.name
        if directory.exists():
            shutil.rmtree(directory)
        if self._root.exists() and not any(self._root.iterdir()):
            self._root.rmdir()


def digest(values: Sequence[str], *, salt: str) -> str:
    """A digest that differs when a value does, and is slow to search for the values (scrypt, 16 MiB)."""
    text = json.dumps(list(values)).encode()
    return hashlib.scrypt(text, salt=salt.encode(), n=1 << 14, r=8, p=1, dklen=16).hex()
