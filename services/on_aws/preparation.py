"""What the container does that prepares the volumes of a task; pure."""

import re
from typing import Final

from services.model import SecretMount, Service
from services.on_aws.temporary_directories import temporary_directories

MOUNT_FILES: Final = "mount-files"
"""Name of the container that prepares the volumes of a task."""

SECRETS_DIRECTORY: Final = "/run/secrets"


def mount_files_plan(service: Service) -> str:
    """Return the plan of the container that prepares a service's volumes (`mount_files/mount-files`), or nothing.

    AWS mounts ephemeral volumes as root's with mode 0755: temporary directories get the mode that they are to have,
    and the secrets' directory is only to be read.
    """
    directories = [f"directory {item.mode:04o} {item.path}" for item in temporary_directories(service)]
    if service.secrets:
        directories.append(f"directory 0755 {SECRETS_DIRECTORY}")
    files = [
        f"file {mount.mode:04o} {mount.uid or 0} {mount.gid or 0} {variable(mount)} {mount.path}"
        for mount in service.secrets
    ]
    return "\n".join([*directories, *files])


def variable(mount: SecretMount) -> str:
    """Return the environment variable that brings a secret to that container: another one for each name."""
    return "SECRET_" + re.sub(r"[^A-Za-z0-9]", lambda character: f"_{ord(character[0]):02x}", mount.source)
