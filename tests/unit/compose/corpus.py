"""The files that we wrote to compare with compose-go: every `*.yaml` but those below a `parts` folder is a case.

`<case>.request.json` beside it says what to ask beyond the file itself. A case whose name ends in `refused` must be
refused; every other must load.
"""

import json
from pathlib import Path

from tests.unit.compose.reference import Request

HERE = Path(__file__).parent / "corpus"


def cases() -> list[Request]:
    """Every case, sorted by name."""
    found: list[Request] = []
    for file in sorted(HERE.rglob("*.yaml")):
        if "parts" in file.parts:
            continue
        sidecar = file.with_name(f"{file.stem}.request.json")
        said = json.loads(sidecar.read_text()) if sidecar.exists() else {}
        found.append(
            Request(
                name=str(file.relative_to(HERE)),
                directory=file.parent,
                files=tuple(said.pop("files", [file.name])),
                profiles=tuple(said.pop("profiles", ())),
                env_files=tuple(said.pop("env_files")) if "env_files" in said else None,
                **said,
            )
        )
    return found
