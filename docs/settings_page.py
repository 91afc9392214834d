"""`docs/reference/settings.md`, from the settings' models."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from settings import Settings

_HEAD = """\
# Settings

Keys of `Pulumi.<stack>.yaml`, below `config:`. An unknown key, a missing one or a value that is not allowed ends the
run with one error that names it, before any resource is touched. Units are part of the names.

This page is generated from the code: `make docs`.
"""


HEADING: Final = "| Key | Form | Default | Meaning |\n|---|---|---|---|"
_MANY: Final = 5


def render() -> str:
    """The whole page: one table a namespace."""
    return _HEAD + "".join(_section(namespace, field) for namespace, field in Settings.model_fields.items())


def _section(namespace: str, field: FieldInfo) -> str:
    model = _model(field.annotation)
    if model is None:
        raise TypeError(f"the namespace {namespace!r} of Settings is no model")
    lines = "\n".join(rows(f"{namespace}:", model))
    return f"\n## `{namespace}:`\n\n{HEADING}\n{lines}\n"


def rows(prefix: str, model: type[BaseModel]) -> Iterator[str]:
    """The rows of a model's fields and of those below them, under `HEADING`."""
    for name, field in model.model_fields.items():
        if not field.description:
            raise TypeError(f"{model.__name__}.{name} has no description")
        yield f"| `{prefix}{name}` | {_form(field.annotation)} | {_default(field)} | {_cell(field.description)} |"
        below = _model(field.annotation)
        if below is not None:
            entry = "<name>." if get_origin(field.annotation) is Mapping else ""
            yield from rows(f"{prefix}{name}.{entry}", below)


def _model(annotation: Any) -> type[BaseModel] | None:
    candidates: list[Any] = [annotation, *get_args(annotation)]
    return next((item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)), None)


def _form(annotation: Any) -> str:
    """A type in words: what may be written in YAML."""
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if origin is Annotated:
        return _form(arguments[0])
    if origin is Literal:
        return _alternatives([str(value) for value in arguments])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _alternatives([str(member.value) for member in annotation])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "map"
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_form(item) for item in arguments if not _is_unwritable(item)))
    if isinstance(origin, type) and issubclass(origin, (Sequence, frozenset)):
        return f"list of {_form(arguments[0])}"
    if isinstance(origin, type):
        return f"map of {_form(arguments[1])}"
    return {"str": "text", "int": "whole number", "float": "number", "bool": "`true` or `false`"}.get(
        annotation.__name__, annotation.__name__
    )


def _alternatives(values: Sequence[str]) -> str:
    if len(values) > _MANY:
        return f"one of {', '.join(values)}"
    return " or ".join(f"`{value}`" for value in values)


def _is_unwritable(annotation: Any) -> bool:
    """`None` means that the key is left out; an `Output` is what a secret becomes."""
    return annotation is type(None) or getattr(get_origin(annotation), "__module__", "").startswith("pulumi")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return "unset"
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, frozenset):
        value = sorted(cast("frozenset[str]", value))
    return f"`{json.dumps(value, default=str)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
