"""Reads `Pulumi.<stack>.yaml` as the engine would, for tools that have no keys to its secrets.

Every `secure:` value becomes a placeholder (`services.placeholders`).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from services.placeholders import placeholder

VARIABLES = "services:variables"


class StackFileError(ValueError):
    """A stack or its file does not exist, or the file cannot be read as configuration."""


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """A stack's configuration in the form in which the engine hands it to a program."""

    project: str
    stack: str
    values: Mapping[str, str]
    """`namespace:key` -> text; structures, numbers and booleans are JSON."""
    secret_keys: frozenset[str] = frozenset()
    """Keys of `values` that hold at least one secret."""


def read_stack(
    project_dir: Path,
    stack: str,
    *,
    overrides: Mapping[str, object] | None = None,
    required_variables: Collection[str] = (),
) -> StackConfig:
    """Read a stack's configuration with its secrets replaced by placeholders.

    `overrides` is laid over the file's `config`, mapping by mapping; None takes a key away. Each of
    `required_variables` that `services:variables` does not hold is set to a secret placeholder.

    Raises:
        StackFileError: There is no such stack, or a file is not what it should be.
    """
    merged = raw_config(project_dir, stack, overrides)
    project = _mapping(_load(project_dir / "Pulumi.yaml"), "Pulumi.yaml").get("name")
    if not isinstance(project, str):
        raise StackFileError("Pulumi.yaml has no name: give the project one")
    variables = merged.get(VARIABLES, {})
    if isinstance(variables, dict):
        known = cast("dict[str, object]", variables)
        missing = {name: {"secure": ""} for name in sorted(required_variables) if name not in known}
        if missing:
            merged[VARIABLES] = {**known, **missing}
    full = {key if ":" in key else f"{project}:{key}": value for key, value in merged.items()}
    return StackConfig(
        project=project,
        stack=stack,
        values={key: _text(_revealed(value, key)) for key, value in full.items()},
        secret_keys=frozenset(key for key, value in full.items() if _holds_secret(value)),
    )


def raw_config(project_dir: Path, stack: str, overrides: Mapping[str, object] | None = None) -> dict[str, object]:
    """Return the `config` of a stack's file as it is written, with `overrides` laid over it.

    Raises:
        StackFileError: There is no such stack, or the file is not what it should be.
    """
    path = project_dir / f"Pulumi.{stack}.yaml"
    if not path.exists():
        stacks = sorted(file.name.split(".")[1] for file in project_dir.glob("Pulumi.*.yaml"))
        raise StackFileError(f"there is no stack {stack!r}; stacks of this project: {', '.join(stacks) or 'none'}")
    return _merge(_mapping(_load(path).get("config", {}), f"{path.name}: config"), overrides or {})


def _load(path: Path) -> dict[str, object]:
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StackFileError(f"{path.name} is missing from {path.parent}") from None
    except yaml.YAMLError as error:
        raise StackFileError(f"{path.name} is not valid YAML: {error}") from None
    return _mapping({} if content is None else content, path.name)


def _mapping(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise StackFileError(f"{what} must be a mapping, not {type(value).__name__}")
    return cast("dict[str, object]", value)


def _merge(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _merge(cast("Mapping[str, object]", below), cast("Mapping[str, object]", value))
        else:
            merged[key] = value
    return merged


def _is_secure(value: object) -> bool:
    return isinstance(value, Mapping) and list(cast("Mapping[object, object]", value)) == ["secure"]


def _holds_secret(value: object) -> bool:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value)
        return _is_secure(items) or any(map(_holds_secret, items.values()))
    return isinstance(value, list) and any(map(_holds_secret, cast("list[object]", value)))


def _revealed(value: object, path: str) -> object:
    if _is_secure(value):
        return placeholder(path)
    if isinstance(value, dict):
        return {key: _revealed(item, f"{path}.{key}") for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_revealed(item, f"{path}[{index}]") for index, item in enumerate(cast("list[object]", value))]
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
