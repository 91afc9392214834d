"""`docs/reference/compose-support.md`, from the support table."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from services.support import (
    COLUMNS,
    LOADED,
    MANAGED,
    MANAGED_NAMES,
    NAMES,
    Column,
    Fate,
    Ignored,
    Mapped,
    Rejected,
    fate,
    model_patterns,
)

_HEAD: Final = """\
# What becomes of every Compose key

Every key of the Compose Specification, on each target: it **has an effect**, is *ignored* because nothing is lost by
that, or is refused, with what to write instead. No key is dropped in silence, and `python -m services check FILE` says
the same of a file of yours. `*` stands for a name, or for an entry of a list.

Refusals that depend on a key's value (a capability that Fargate does not grant, a size that it does not offer) come
with their own message. A service with `x-aws.managed` has no container on AWS: the last table is about its keys there.

This page is generated from the code: `make docs`.
"""


_MANAGED: Final = "Services with `x-aws.managed`, on AWS"


def render() -> str:
    """The whole page: how many keys, what the loader carries out, and a table an element of the model."""
    columns = {NAMES[target]: column for target, column in COLUMNS.items()}
    managed = {MANAGED_NAMES[kind]: column for kind, column in MANAGED.items()}
    sections = [_section(title, patterns, columns) for title, patterns in _sections().items()]
    return _HEAD + _counts() + _loaded() + "".join(sections) + _section(_MANAGED, _rows(managed), managed)


def _counts() -> str:
    rows = "\n".join(
        f"| {NAMES[target]} | " + " | ".join(str(counts[kind]) for kind in (Mapped, Ignored, Rejected)) + " |"
        for target, counts in counted().items()
    )
    return f"\n| Target | with an effect | ignored | refused |\n|---|---|---|---|\n{rows}\n"


def counted() -> dict[str, Counter[type]]:
    """Target -> how many keys have which fate."""
    keys = [key for key in model_patterns() if key not in LOADED]
    return {target: Counter(type(fate(column, key)) for key in keys) for target, column in COLUMNS.items()}


def _loaded() -> str:
    rows = "\n".join(f"| `{key}` | {what} |" for key, what in LOADED.items())
    return f"\n## Carried out when the files are loaded\n\n| Key | |\n|---|---|\n{rows}\n"


def _sections() -> dict[str, list[str]]:
    """Title -> rows' patterns: those of the columns, in the order of the model, split at the top level."""
    titles = {"networks": "Networks", "volumes": "Volumes", "secrets": "Secrets", "configs": "Configs"}
    sections: dict[str, list[str]] = {"The application": [], "Services": []}
    for pattern in _rows(COLUMNS):
        top, _, below = pattern.partition(".")
        title = "Services" if top == "services" and below else titles.get(top, "The application")
        sections.setdefault(title, []).append(pattern)
    return sections


def _rows(columns: Mapping[str, Column]) -> list[str]:
    """The rows of some columns in the order in which the model has their keys, a whole before its parts."""
    written = {pattern for column in columns.values() for pattern in column} - LOADED.keys()
    order: dict[str, None] = {}
    for key in model_patterns():
        parts = key.split(".")
        for length in range(1, len(parts) + 1):
            order.setdefault(".".join(parts[:length]), None)
    return [pattern for pattern in order if pattern in written]


def _section(title: str, patterns: list[str], columns: Mapping[str, Column]) -> str:
    head = " | ".join(columns)
    rows = "\n".join(
        f"| `{pattern.removeprefix('services.*.')}` | "
        + " | ".join(_cell(fate(column, pattern)) for column in columns.values())
        + " |"
        for pattern in patterns
    )
    return f"\n## {title}\n\n| Key | {head} |\n|---|---|---|\n{rows}\n"


def _cell(found: Fate | None) -> str:
    match found:
        case Mapped(to=text):
            return f"**{text}**"
        case Ignored(because=text):
            return f"*ignored*: {text}"
        case Rejected(remedy=text):
            return f"refused: {text}"
        case None:
            return ""
