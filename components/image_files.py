"""Files that are laid over an image."""

import json
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BUSYBOX: Final = "busybox:1.37.0-musl@sha256:222ad6d973c0d198014546a65cd02c5fdedcc172123c5b4c2bf0af636550bd94"
"""What turns the files of an image back into bytes, on the machine that builds."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that is laid over an image: an absolute path, exact bytes, permission bits, and numbers of its owner."""

    path: str
    content: bytes
    mode: int = 0o444
    uid: int = 0
    gid: int = 0


def laid_over(reference: str, files: Sequence[File]) -> str:
    """Return the Dockerfile that lays files over an image.

    Their bytes stand in it as Base64, so that they arrive exactly as they are, with or without a newline at the end;
    a stage of its own turns them back, as the image itself may have no shell.
    """
    write = [
        f"RUN base64 -d >/files/{index} <<'EOF'\n{encodebytes(file.content).decode()}EOF\n"
        for index, file in enumerate(files)
    ]
    copy = [
        f"COPY --from=files --chmod={file.mode:04o} --chown={file.uid}:{file.gid} "
        f"{json.dumps([f'/files/{index}', file.path])}\n"
        for index, file in enumerate(files)
    ]
    stage = f"FROM --platform=$BUILDPLATFORM {BUSYBOX} AS files\nRUN mkdir /files\n"
    return "".join([stage, *write, f"FROM {reference}\n", *copy])
