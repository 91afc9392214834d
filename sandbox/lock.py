"""One command at a time in a sandbox. The system lets go of the lock when its owner dies, however that happens."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from sandbox.errors import BusyError, SandboxError
from sandbox.files import SandboxFiles


@contextmanager
def sandbox_lock(files: SandboxFiles, command: str) -> Generator[None]:
    """Holds the sandbox for this command. Raises BusyError with the owner's process, command and start."""
    try:
        handle = files.lock.open("a+", encoding="utf-8")
    except OSError as error:
        raise SandboxError(f"The sandbox's lock {files.lock} cannot be opened: {error.strerror}.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise BusyError(_owner(handle.read())) from None
        handle.seek(0)
        handle.truncate()
        since = datetime.now().astimezone().strftime("%H:%M:%S")
        json.dump({"pid": os.getpid(), "command": command, "since": since}, handle)
        handle.flush()
        yield


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
        who = f"`{owner['command']}` (process {owner['pid']}, since {owner['since']})"
    except (ValueError, KeyError):
        who = "another command"
    return f"The sandbox is in use: {who} is at work in it. Wait until it has ended, or end it with Ctrl-C there."
