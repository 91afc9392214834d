"""The table of keys has every key of compose-go's schema, with the same forms."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from services.compose.keys import PROJECT
from services.compose.kinds import Kind, ListOf, MapOf, Short, Struct
from tests.unit.compose.reference import SOURCE, build

SCALARS = {"services.*.extends", "services.*.build", "services.*.gpus"}


def schema() -> dict[str, Any]:
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go on this machine: the keys were NOT compared with compose-go's schema")
    build()
    module = "github.com/compose-spec/compose-go/v2"
    done = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", module], cwd=SOURCE, capture_output=True, text=True, check=True
    )
    return json.loads((Path(done.stdout.strip()) / "schema" / "compose-spec.json").read_text())


def schema_keys(root: dict[str, Any], node: dict[str, Any], path: str, found: set[str]) -> None:
    """Every key that the schema names, as a dotted path; `*` for names of the user's choice."""
    if "$ref" in node:
        schema_keys(root, root["$defs"][node["$ref"].rsplit("/", 1)[1]], path, found)
    for part in ("oneOf", "anyOf", "allOf"):
        for choice in cast("list[dict[str, Any]]", node.get(part, [])):
            schema_keys(root, choice, path, found)
    for key, entry in cast("dict[str, Any]", node.get("properties", {})).items():
        name = f"{path}.{key}" if path else key
        found.add(name)
        schema_keys(root, entry, name, found)
    for pattern, entry in cast("dict[str, Any]", node.get("patternProperties", {})).items():
        if pattern != "^x-":
            schema_keys(root, entry, f"{path}.*", found)
    if isinstance(node.get("items"), dict):
        schema_keys(root, node["items"], f"{path}.[]", found)


def our_keys(kind: Kind, path: str, found: set[str]) -> None:
    """Every key of our table, in the same form."""
    match kind:
        case Short():
            our_keys(kind.long, path, found)
        case Struct():
            for key, entry in kind.keys.items():
                name = f"{path}.{key}" if path else key
                found.add(name)
                our_keys(entry, name, found)
        case MapOf():
            our_keys(kind.item, f"{path}.*", found)
        case ListOf():
            our_keys(kind.item, f"{path}.[]", found)
        case _:
            if path.endswith("ulimits.*"):
                found |= {f"{path}.soft", f"{path}.hard"}


def test_the_table_has_the_keys_of_the_schema_and_no_others() -> None:
    root = schema()
    theirs: set[str] = set()
    schema_keys(root, root, "", theirs)
    ours: set[str] = set()
    our_keys(PROJECT, "", ours)
    assert len(theirs) > 300
    assert theirs - ours == set()
    assert ours - theirs == set()
