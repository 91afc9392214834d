"""Trouble that an earlier command left, found and mended before the next one: each repair is said in one line.

- a damaged state file: set aside, the engine's own last copy put in its place;
- a cloud that died with its memory: the state that described it is set aside with a date;
- a lock of a process that is dead: removed.

What an update that was cut left is `sandbox.interrupted`'s.
"""

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sandbox.cloud import Cloud
from sandbox.engine import Engine
from sandbox.errors import BusyError, SandboxError
from sandbox.files import SandboxFiles, read_json, set_aside, write_json
from sandbox.polling import wait_until

WINDING_DOWN_SECONDS = 30
"""An engine whose parent was killed notices that its providers are gone and ends by itself."""

Say = Callable[[str], None]


def mend_state_file(engine: Engine, say: Say) -> bool:
    """Puts the engine's last copy in place of a state that cannot be read; whether it did. Nothing is deleted.

    The backend keeps a small file of attributes beside each of its files and reads nothing whose attributes were half
    written; without them it reads the file as it is.
    """
    for attributes in sorted(engine.files.state.rglob("*.attrs")):
        if not _is_json(attributes):
            aside = set_aside(attributes)
            say(f"{attributes.name} in the state's folder was half written; it was set aside as {aside.name}.")
    try:
        engine.state()
    except SandboxError as error:
        aside = set_aside(engine.state_file)
        copy = engine.state_file.with_suffix(".json.bak")
        if _is_json(copy):
            shutil.copyfile(copy, engine.state_file)
            say(f"{error} It was set aside as {aside.name}; the engine's last copy takes its place.")
            return True
        say(f"{error} It was set aside as {aside.name}; there is no copy, so the stack starts anew.")
    return False


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def release_dead_lock(engine: Engine, say: Say) -> None:
    """Removes the engine's lock when its owner is dead. Raises BusyError when it is alive and stays so."""
    folder = engine.files.state / ".pulumi" / "locks" / "organization" / engine.copy().project / engine.stack
    for lock in sorted(folder.glob("*.json")):
        owner = _lock_owner(lock)
        if owner is not None:
            gone = partial(_is_gone, lock, owner)
            if not wait_until(gone, seconds=WINDING_DOWN_SECONDS, every_seconds=0.2):
                raise BusyError(
                    f"The stack is locked: Pulumi (process {owner}) is changing it. Wait until that has ended, "
                    f"or end it: kill -INT {owner}"
                )
        if lock.exists():
            lock.unlink()
            whose = f"process {owner}" if owner is not None else "a process that did not even write its name"
            say(f"The lock of {whose}, which is dead, was removed.")


def _is_gone(lock: Path, owner: int) -> bool:
    return not lock.exists() or not _is_engine(owner)


def _lock_owner(lock: Path) -> int | None:
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_engine(pid: int) -> bool:
    """Whether the process lives and is a Pulumi CLI: the number may have been given to another."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return "pulumi" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return not Path("/proc/self").exists()


def match_state_to_cloud(files: SandboxFiles, cloud: Cloud, say: Say) -> None:
    """Sets every stack's state aside when it describes another life of the cloud, whose memory is gone.

    A folder without a stack describes nothing: that is how `down` leaves it.
    """
    marker = files.state / "cloud.json"
    try:
        known = (read_json(marker) or {}).get("token")
    except SandboxError:
        known = None
    if known == cloud.token:
        return
    if known is not None and any((files.state / ".pulumi" / "stacks").glob("*/*.json")):
        aside = set_state_aside(files)
        say(
            "The cloud of the last command is gone, and with it everything it held (it was killed, or the machine was "
            f"started anew). The state that described it was set aside as {aside.name}; all is built anew."
        )
    for path in files.journals():
        path.unlink()
    write_json(marker, {"token": cloud.token})


def set_state_aside(files: SandboxFiles) -> Path:
    """Makes room for an empty state; the old one keeps a dated name and is never deleted. Returns that."""
    aside = set_aside(files.state)
    files.state.mkdir(mode=0o700)
    return aside
