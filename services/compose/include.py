"""What `include` says: other Compose files, each with its own project directory and variables."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from services.compose import paths
from services.compose.errors import RefusalError
from services.compose.merge import merge_at
from services.compose.resets import reset
from services.compose.values import Path, Value, in_words, same

SECTIONS = ("services", "jobs", "volumes", "networks", "secrets", "configs", "models")


@dataclass(frozen=True, slots=True)
class Include:
    """One entry of `include`, with paths as text; the first path is the main file, the others override it."""

    path: Path
    files: tuple[str, ...]
    project_directory: str
    env_files: tuple[str, ...]


def _texts(value: Value, path: Path) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    texts: list[str] = []
    for entry in entries:
        if not isinstance(entry, str):
            raise RefusalError(path, f"must be a path or a list of paths, not {in_words(entry)}", entry)
        texts.append(entry)
    return tuple(texts)


def read_includes(value: Value) -> Sequence[Include]:
    """The entries of `include`.

    Raises:
        RefusalError: It is no list, or an entry has no path or an unknown key.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RefusalError(("include",), f"must be a list, not {in_words(value)}", value)
    includes: list[Include] = []
    for index, entry in enumerate(value):
        place = ("include", index)
        keys = {"path": entry} if isinstance(entry, str) else entry
        if not isinstance(keys, dict):
            raise RefusalError(place, f"must be a path or a mapping, not {in_words(entry)}", entry)
        directory = keys.get("project_directory") or ""
        if not isinstance(directory, str):
            raise RefusalError((*place, "project_directory"), "must be a path", directory)
        includes.append(
            Include(
                place,
                _texts(keys.get("path"), (*place, "path")),
                directory,
                _texts(keys.get("env_file"), (*place, "env_file")),
            )
        )
    return includes


def environment_files(include: Include, base: FilePath, project_directory: FilePath) -> list[FilePath]:
    """The files of variables of an include: its own, or the `.env` of its project directory when there is one.

    Raises:
        RefusalError: A file does not exist, or is a directory.
    """
    if not include.env_files:
        default = project_directory / ".env"
        return [default] if os.path.isfile(default) else []  # noqa: PTH113 - Path.is_file raises for too long a name
    files: list[FilePath] = []
    for name in include.env_files:
        if name == "/dev/null":
            continue
        file = FilePath(paths.join("", name) if name.startswith("/") else paths.join(str(base), name))
        if not os.path.isfile(file):  # noqa: PTH113 - as above
            raise RefusalError((*include.path, "env_file"), f"there is no file {name!r}", name)
        files.append(file)
    return files


def import_resources(source: Mapping[str, Value], target: dict[str, Value], resets: Sequence[Path]) -> None:
    """Adds the resources of an included model; what the including file says of the same resource overrides it.

    Raises:
        RefusalError: A section is no mapping, or the two cannot be merged.
    """
    for section in SECTIONS:
        resources = source.get(section)
        if not isinstance(resources, dict):
            continue
        known = target.setdefault(section, {})
        if not isinstance(known, dict):
            raise RefusalError((section,), f"must be a mapping, not {in_words(known)}", known)
        for name, resource in resources.items():
            if name not in known:
                known[name] = resource
            elif not same(known[name], resource):
                holder: dict[str, Value] = {section: {name: resource}}
                reset(holder, resets)
                left = holder[section]
                base = left.get(name) if isinstance(left, dict) else None
                known[name] = merge_at(resource if base is None else base, known[name], (section, name))
