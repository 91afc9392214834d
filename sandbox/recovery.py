"""Trouble that an earlier command left, found and mended before the next one: each repair is said in one line.

- a damaged state file: set aside, the engine's own last copy put in its place;
- a cloud that died with its memory: the state that described it is set aside with a date;
- a lock of a process that is dead: removed;
- resources in the cloud that the state never learned of: deleted there;
- operations that never ended: dropped from the state, and the state refreshed.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.cloud import Cloud
from sandbox.engine import Engine, World
from sandbox.errors import BusyError, SandboxError
from sandbox.files import SandboxFiles, read_json, set_aside, write_json
from sandbox.journal import Creation, Journal
from sandbox.plugin import Plugin, ProviderError
from sandbox.polling import wait_until

WINDING_DOWN_SECONDS = 30
"""An engine whose parent was killed notices that its providers are gone and ends by itself."""

NAMING_INPUTS = ("name", "bucket", "identifier", "repositoryName", "family")
"""Inputs that are a resource's id for the types that have no generated one."""

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
    Journal(files.journal).forget()
    write_json(marker, {"token": cloud.token})


def set_state_aside(files: SandboxFiles) -> Path:
    """Makes room for an empty state; the old one keeps a dated name and is never deleted. Returns that."""
    aside = set_aside(files.state)
    files.state.mkdir(mode=0o700)
    return aside


def mend_interrupted_update(engine: Engine, cloud: World, say: Say, *, restored: bool = False) -> None:
    """Clears what a killed update left: unknown resources in the cloud, operations in the state that never ended.

    restored: the state is the engine's copy from one operation before the last.
    """
    journal = Journal(engine.files.journal)
    if restored:
        journal.reopen()
    state = engine.state() or {}
    pending: list[dict[str, Any]] = state.get("pending_operations") or []
    resources: list[dict[str, Any]] = state.get("resources") or []
    known = {(str(item["urn"]), str(item.get("id"))) for item in resources}
    lost = [item for item in journal.creations() if item.id is None or (item.urn.text, item.id) not in known]
    if lost:
        _remove(engine, cloud, lost, say)
    if pending:
        backup = engine.files.root / "state-before-repair.json"
        exported = engine.export(cloud)
        if backup.exists():
            set_aside(backup)
        write_json(backup, exported)
        deployment = {key: value for key, value in exported["deployment"].items() if key != "pending_operations"}
        engine.replace_state(cloud, deployment)
        engine.refresh(cloud)
        names = ", ".join(f"{item['type']} {item['resource']['urn'].split('::', 3)[-1]}" for item in pending)
        say(f"Operations that never ended were cleared from the state, which was refreshed: {names}.")
    elif restored:
        engine.refresh(cloud)
    journal.close()


def _remove(engine: Engine, cloud: World, lost: Sequence[Creation], say: Say) -> None:
    """Deletes what the state never learned of, the newest first, by the provider of each; says what is uncertain."""
    plugins = {
        item.package: item.configure({}) for item in engine.plugins(cloud.url, cloud.region, engine.files.project)
    }
    removed: list[str] = []
    uncertain: list[str] = []
    for creation in reversed(lost):
        plugin = plugins[creation.urn.type.split(":", 1)[0]]
        name = f"{creation.urn.type} {creation.urn.name}"
        identifier = creation.id or _find_by_name(plugin, creation)
        if identifier is None:
            uncertain.append(name)
            continue
        plugin.discard(creation.urn, identifier, creation.inputs, creation.outputs)
        removed.append(name)
    if removed:
        say(
            "The last command ended after the cloud had made resources that the state did not learn of; "
            f"they were removed: {', '.join(removed)}."
        )
    if uncertain:
        say(
            "The last command was killed while these were being made, and the cloud does not tell whether it made "
            f"them: {', '.join(uncertain)}. They are made anew. If `make down` stumbles over one: "
            "python -m sandbox reset"
        )


def _find_by_name(plugin: Plugin, creation: Creation) -> str | None:
    """The id of a resource whose creation was never answered, when its id is a name that was asked for."""
    for key in NAMING_INPUTS:
        candidate = creation.inputs.get(key)
        if not isinstance(candidate, str):
            continue
        try:
            found = plugin.read(creation.urn, candidate, creation.inputs, {})
        except ProviderError:
            continue
        if found.id:
            return found.id
    return None
