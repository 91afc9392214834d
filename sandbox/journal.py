"""What the providers created in the running update, written down before the engine learns of it.

The engine records a resource when its creation has been answered. A process killed in between leaves a resource in the
cloud that no state knows; the journal does, so that the next command can remove it.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from sandbox.errors import SandboxError
from sandbox.plugin import Checked, Difference, InitializationError, Plugin, Props, ReadResult, Urn


@dataclass(frozen=True, kw_only=True)
class Created:
    """A resource that exists in the cloud."""

    urn: Urn
    id: str
    inputs: Props
    outputs: Props


class Journal:
    """The file of one update. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def created(self, resource: Created) -> None:
        """Writes the resource down; on return it is in the file."""
        entry = {
            "urn": resource.urn.text,
            "id": resource.id,
            "inputs": resource.inputs,
            "outputs": resource.outputs,
        }
        with self._lock, self._path.open("a", encoding="utf-8") as out:
            if out.tell() == 0:
                self._path.chmod(0o600)
            out.write(json.dumps(entry, default=str) + "\n")

    def entries(self) -> Sequence[Created]:
        """Every resource written down; a last line that was cut off is left out."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        found: list[Created] = []
        for line in lines:
            try:
                entry = cast("dict[str, Any]", json.loads(line))
            except ValueError:
                if line is not lines[-1]:
                    raise SandboxError(f"{self._path} is damaged; move it away to go on.") from None
                break
            found.append(
                Created(urn=Urn(text=entry["urn"]), id=entry["id"], inputs=entry["inputs"], outputs=entry["outputs"])
            )
        return found

    def close(self) -> None:
        """The update ended and the engine knows everything."""
        self._path.unlink(missing_ok=True)


class JournaledPlugin(Plugin):
    """A plugin whose creations are written down."""

    def __init__(self, plugin: Plugin, journal: Journal) -> None:
        self._plugin = plugin
        self._journal = journal
        self.package = plugin.package  # pyright: ignore[reportAttributeAccessIssue]  # each wrapped plugin has its own
        self.version = plugin.version  # pyright: ignore[reportAttributeAccessIssue]

    def configure(self, config: Props) -> Self:
        """See Plugin."""
        return type(self)(self._plugin.configure(config), self._journal)

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """See Plugin."""
        return self._plugin.check(urn, old, new, seed)

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        """See Plugin."""
        return self._plugin.diff(urn, id, old_inputs, old_outputs, new)

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        """Creates and writes down, also what was created only in part."""
        try:
            identifier, outputs = self._plugin.create(urn, inputs, preview)
        except InitializationError as error:
            self._journal.created(Created(urn=urn, id=error.id, inputs=inputs, outputs=error.outputs))
            raise
        if not preview:
            self._journal.created(Created(urn=urn, id=identifier, inputs=inputs, outputs=outputs))
        return identifier, outputs

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """See Plugin."""
        return self._plugin.read(urn, id, inputs, outputs)

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """See Plugin."""
        return self._plugin.update(urn, id, old_inputs, old_outputs, new, preview)

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """See Plugin."""
        self._plugin.delete(urn, id, inputs, outputs)

    def invoke(self, token: str, args: Props) -> Props:
        """See Plugin."""
        return self._plugin.invoke(token, args)
