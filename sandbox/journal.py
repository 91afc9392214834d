"""What the providers are about to change in the running update, and have created, before the engine learns of it.

The engine records a resource when its creation has been answered. A process killed in between leaves a resource in the
cloud that no state knows; the journal does, so that the next command can remove it. Where even the creation was cut,
the journal has what it takes to repeat it: inputs, the provider's configuration, the token of its calls' keys.
"""

import json
import secrets
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, cast

from sandbox.call_keys import attempt
from sandbox.errors import SandboxError
from sandbox.plugin import (
    Checked,
    Difference,
    InitializationError,
    Plugin,
    Props,
    ProviderError,
    ReadResult,
    Secret,
    Urn,
    secrets_of,
)
from sandbox.wire import scrubbed


@dataclass(frozen=True, kw_only=True)
class Creation:
    """A creation that was begun."""

    urn: Urn
    inputs: Props
    config: Props
    """Of the provider."""
    token: str
    """Under which its calls have keys."""
    outputs: Props
    id: str | None
    """None: it was cut, so the cloud may hold the resource or not."""


class Journal:
    """The file of one update of a stack, without secrets and the values of `hidden`. Safe to use from many threads.

    It is there while an update is at work, and after one that was cut.
    """

    def __init__(self, path: Path, hidden: Collection[str] = ()) -> None:
        self._path = path
        self._ended = path.with_name(f"{path.stem}-ended{path.suffix}")
        self._hidden = hidden
        self._lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether an update changed something and did not come to its end."""
        return self._path.exists()

    def begun(self, urn: Urn, inputs: Props, config: Props) -> str:
        """A creation is about to be asked for; the token under which it is."""
        token = secrets.token_hex(8)
        given = {"inputs": self._shown(inputs), "config": self._shown(config)}
        self._write({"event": "begun", "urn": urn.text, **given, "token": token})
        return token

    def created(self, urn: Urn, identifier: str, outputs: Props, secrets: Collection[str] = ()) -> None:
        """The resource exists; on return that is in the file, without `secrets` wherever an output repeats one."""
        shown = self._shown(outputs, {*secrets, *secrets_of(outputs)})
        self._write({"event": "created", "urn": urn.text, "id": identifier, "outputs": shown})

    def failed(self, urn: Urn) -> None:
        """The creation was refused: there is no resource."""
        self._write({"event": "failed", "urn": urn.text})

    def changing(self, urn: Urn) -> None:
        """An update or a deletion is about to be asked for."""
        self._write({"event": "changing", "urn": urn.text})

    def _shown(self, value: object, secrets: Collection[str] = ()) -> Any:
        """The value with `[secret]` in place of every secret text, and of each of `secrets` within other texts."""
        if isinstance(value, Mapping):
            return {key: self._shown(item, secrets) for key, item in cast("Mapping[str, object]", value).items()}
        if isinstance(value, list):
            return [self._shown(item, secrets) for item in cast("list[object]", value)]
        if isinstance(value, Secret):
            return "[secret]"
        return scrubbed(value, secrets) if isinstance(value, str) and secrets else value

    def _write(self, entry: dict[str, object]) -> None:
        line = json.dumps(entry, default=str)
        for value in self._hidden:
            line = line.replace(json.dumps(value)[1:-1], "[secret]")
        with self._lock, self._path.open("a", encoding="utf-8") as out:
            if out.tell() == 0:
                self._path.chmod(0o600)
            out.write(line + "\n")

    def creations(self) -> Sequence[Creation]:
        """Every creation of the update in order; a last line that was cut off is left out.

        Raises SandboxError when the file is damaged in another way.
        """
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        found: dict[str, Creation] = {}
        for number, line in enumerate(lines, start=1):
            try:
                entry = cast("dict[str, Any]", json.loads(line))
            except ValueError:
                if number < len(lines):
                    raise SandboxError(f"{self._path}, line {number} is damaged; move the file away.") from None
                break
            self._apply(found, entry)
        return list(found.values())

    @staticmethod
    def _apply(found: dict[str, Creation], entry: dict[str, Any]) -> None:
        urn = Urn(text=entry["urn"])
        match entry["event"]:
            case "begun":
                given = {name: entry[name] for name in ("inputs", "config", "token")}
                found[urn.text] = Creation(urn=urn, outputs={}, id=None, **given)
            case "created":
                found[urn.text] = replace(found[urn.text], outputs=entry["outputs"], id=entry["id"])
            case "failed":
                del found[urn.text]
            case _:
                pass

    def close(self) -> None:
        """The update ended; where the engine knows everything, the file is kept aside until the next, for `reopen`.

        A creation of which nobody knows what it made leaves the journal as it is.
        """
        if not self.cut():
            self._ended.unlink(missing_ok=True)
            if self._path.exists():
                self._path.replace(self._ended)

    def cut(self) -> Sequence[Creation]:
        """The creations of which nobody knows what they made."""
        return [creation for creation in self.creations() if creation.id is None]

    def reopen(self) -> None:
        """The state was put back to before the update's end: what was made last may be unknown again."""
        if self._ended.exists() and not self._path.exists():
            self._ended.replace(self._path)

    def forget(self) -> None:
        """The cloud that this was about is gone."""
        for path in (self._path, self._ended):
            path.unlink(missing_ok=True)


class JournaledPlugin(Plugin):
    """A plugin whose changes are written down."""

    def __init__(self, plugin: Plugin, journal: Journal, config: Props | None = None) -> None:
        self._plugin = plugin
        self._journal = journal
        self._config = config or {}
        self.package = plugin.package  # pyright: ignore[reportAttributeAccessIssue]  # each wrapped plugin has its own
        self.version = plugin.version  # pyright: ignore[reportAttributeAccessIssue]

    def configure(self, config: Props) -> Self:
        """See Plugin."""
        return type(self)(self._plugin.configure(config), self._journal, config)

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """See Plugin."""
        return self._plugin.check(urn, old, new, seed)

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        """See Plugin."""
        return self._plugin.diff(urn, id, old_inputs, old_outputs, new)

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        """Creates, with both ends written down, also of what was created only in part.

        A failure after which the cloud may hold something leaves the end open, as a kill does.
        """
        if preview:
            return self._plugin.create(urn, inputs, preview)
        with attempt(self._journal.begun(urn, inputs, self._config)) as calls:
            try:
                identifier, outputs = self._plugin.create(urn, inputs, preview)
            except InitializationError as error:
                self._journal.created(urn, error.id, error.outputs, secrets_of(inputs))
                raise
            except ProviderError:
                if not calls.acted:
                    self._journal.failed(urn)
                raise
        self._journal.created(urn, identifier, outputs, secrets_of(inputs))
        return identifier, outputs

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """See Plugin."""
        return self._plugin.read(urn, id, inputs, outputs)

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """Updates; that it was begun is written down."""
        if not preview:
            self._journal.changing(urn)
        return self._plugin.update(urn, id, old_inputs, old_outputs, new, preview)

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Deletes; that it was begun is written down."""
        self._journal.changing(urn)
        self._plugin.delete(urn, id, inputs, outputs)

    def invoke(self, token: str, args: Props) -> Props:
        """See Plugin."""
        return self._plugin.invoke(token, args)
