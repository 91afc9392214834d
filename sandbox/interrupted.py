"""What an update that was cut left, mended before the next command.

- a creation that was cut is taken up again under its token, which tells what the cloud had made of it
  (`sandbox.call_keys`);
- resources in the cloud that the state never learned of are deleted there;
- operations that never ended are dropped from the state, and the state is refreshed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.call_keys import attempt
from sandbox.engine import Engine, World
from sandbox.errors import SandboxError
from sandbox.files import set_aside, write_json
from sandbox.journal import Creation, Journal
from sandbox.plugin import InitializationError, Plugin, ProviderError
from sandbox.recovery import Say

Known = Collection[tuple[str, str]]
"""URN and id of each resource of a state."""


def mend_interrupted_update(engine: Engine, world: World, say: Say, *, restored: bool = False) -> None:
    """Clears what a cut update left: unknown resources in the cloud, a state that does not tell what the cloud has.

    restored: the state is the engine's copy from one operation before the last.
    """
    journal = engine.journal
    if restored:
        journal.reopen()
    state = engine.state() or {}
    pending: list[dict[str, Any]] = state.get("pending_operations") or []
    resources: list[dict[str, Any]] = state.get("resources") or []
    if not (pending or restored or journal.exists):
        return
    plugins = {item.package: item for item in engine.plugins(world.url, engine.copy().region, engine.files.project)}
    # A resource whose replacement is pending was deleted: what bears its id is the replacement.
    known = {(str(item["urn"]), str(item.get("id"))) for item in resources if not item.get("pendingReplacement")}
    removed = remove_unknown(journal, plugins, known)
    if removed:
        say(
            "The last command ended after the cloud had made resources that the state did not learn of; "
            f"they were removed: {', '.join(f'{item.urn.type} {item.urn.name}' for item in removed)}."
        )
    if pending:
        _clear_pending(engine, world)
        names = ", ".join(f"{item['type']} {item['resource']['urn'].split('::', 3)[-1]}" for item in pending)
        say(f"Operations that never ended were cleared from the state: {names}.")
    if resources:
        engine.refresh(world)
        say("The last command did not come to its end: the state was refreshed from the cloud.")
    journal.close()


def remove_unknown(journal: Journal, plugins: Mapping[str, Plugin], known: Known) -> Iterable[Creation]:
    """Deletes what the journal's update made and no state knows, the newest first; gives what it deleted.

    Raises SandboxError when it cannot be told what the cloud made of a creation.
    """
    made = [(_plugin_of(creation, plugins), creation) for creation in _found(journal, plugins)]
    lost = [(plugin, item) for plugin, item in reversed(made) if (item.urn.text, item.id) not in known]
    for plugin, creation in lost:
        plugin.discard(creation.urn, str(creation.id), creation.inputs, creation.outputs)
    return [creation for _, creation in lost]


def _plugin_of(creation: Creation, plugins: Mapping[str, Plugin]) -> Plugin:
    return plugins[creation.urn.type.split(":", 1)[0]].configure(creation.config)


def _found(journal: Journal, plugins: Mapping[str, Plugin]) -> Iterator[Creation]:
    """What each creation of the journal made, in order; one that was cut is taken up again to find out."""
    for creation in journal.creations():
        found = creation if creation.id is not None else _resumed(creation, _plugin_of(creation, plugins))
        if found is None:
            journal.failed(creation.urn)
        elif found is not creation:
            journal.created(found.urn, str(found.id), found.outputs)
        if found is not None:
            yield found


def _resumed(creation: Creation, plugin: Plugin) -> Creation | None:
    """The creation with its end; None when it made nothing."""
    with attempt(creation.token) as calls:
        try:
            identifier, outputs = plugin.resume(creation.urn, creation.inputs)
        except InitializationError as error:
            identifier, outputs = error.id, error.outputs
        except ProviderError as error:
            if not calls.acted:
                return None
            raise SandboxError(
                f"{creation.urn.type} {creation.urn.name} was being made when the last command was cut, and the cloud "
                f"does not tell what came of it: {error}\nRepeat the command. If this stays so: python -m sandbox reset"
            ) from error
    return replace(creation, id=identifier, outputs=outputs)


def _clear_pending(engine: Engine, world: World) -> None:
    """Drops the operations that never ended from the state; the state as it was is kept beside."""
    backup = engine.files.root / "state-before-repair.json"
    exported = engine.export(world)
    if backup.exists():
        set_aside(backup)
    write_json(backup, exported)
    deployment = {key: value for key, value in exported["deployment"].items() if key != "pending_operations"}
    engine.replace_state(world, deployment)
