"""A small application for each target, and what is laid over it to set one key of the Compose Specification.

Both are written in the model's JSON form. The base leaves every key but the ones it needs at its default.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from services.model import Application

Tree: TypeAlias = Mapping[str, Any]

IMAGE = f"shop/web:1@sha256:{'0' * 64}"

BASE: Tree = {
    "name": "shop",
    "services": {
        "web": {"image": IMAGE, "networks": {"edge": {}}},
        "store": {"image": IMAGE, "networks": {"edge": {}}, "expose": ["9000"]},
    },
    "networks": {"edge": {}},
}


@dataclass(frozen=True, kw_only=True)
class Example:
    """How a key is set. `before` is laid over the base in both cases, `after` in one; lists are replaced."""

    after: Tree
    before: Tree = field(default_factory=dict[str, Any])


def web(**keys: Any) -> Example:
    """An example of a key of a service."""
    return Example(after={"services": {"web": keys}})


def application(*trees: Tree) -> Application:
    """The base with trees laid over it."""
    merged: Any = BASE
    for tree in trees:
        merged = _merged(merged, tree)
    return Application.model_validate_json(json.dumps(merged))


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    below, laid = cast("dict[str, Any]", base), cast("dict[str, Any]", over)
    return {key: _merged(below.get(key), laid[key]) if key in laid else below[key] for key in below | laid}
