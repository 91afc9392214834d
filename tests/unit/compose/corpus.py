"""The files that we wrote to compare with compose-go: every `*.yaml` but those below a `parts` folder is a case.

`<case>.request.json` beside it says what to ask beyond the file itself. A case whose name ends in `refused` must be
refused; every other must load.
"""

import json
from pathlib import Path
from typing import Any

from services.compose import ComposeError
from services.compose.values import plain
from services.compose.yaml_reader import read
from tests.unit.compose.generated import emit
from tests.unit.compose.reference import Request

HERE = Path(__file__).parent / "corpus"


def cases() -> list[Request]:
    """Every case, sorted by name."""
    found: list[Request] = []
    for file in sorted(HERE.rglob("*.yaml")):
        if "parts" in file.parts:
            continue
        sidecar = file.with_name(f"{file.stem}.request.json")
        said: dict[str, Any] = json.loads(sidecar.read_text()) if sidecar.exists() else {}
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


def texts() -> list[bytes]:
    """The text of every case, as written and once more in block style."""
    found: list[bytes] = []
    for case in cases():
        file = case.directory / case.files[0]
        if file.exists():
            found.append(file.read_bytes())
    return found + [block for text in found if (block := _block(text)) is not None]


def _block(text: bytes) -> bytes | None:
    """The first document in block style; None when it is no YAML, or names other files, which may be elsewhere."""
    if b"include" in text or b"env_file" in text or b"file:" in text:
        return None
    try:
        document = next(read("file", text), None)
    except ComposeError:
        return None
    return None if document is None else emit(plain(document.value)).lstrip("\n").encode()
