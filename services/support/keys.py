"""The keys of the model as patterns: `services.*.ports.*.target`. `*` is any name, or any entry of a list."""

import functools
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

from pydantic import BaseModel

from services.compose.values import Path
from services.model import Application
from services.support.fates import Column, Fate

LOADED: Final[Mapping[str, str]] = {
    "name": "the name of the application",
    "version": "has no meaning any more, and is noticed",
    "include": "the files are loaded, each with its own directory and variables",
    "services.*.extends": "the other service's keys are merged in",
    "services.*.env_file": "the variables become `environment`",
    "services.*.label_file": "the labels become `labels`",
    "services.*.profiles": "a service is part of the application when one of its profiles is active",
    "services.*.depends_on.*.required": "what is not part of the application and not required is not waited for",
}
"""Keys that the loader carries out, whatever the target."""

_NO_KEYS: Final = frozenset({"directory", "value"})
"""Fields that are no keys of the specification: what the loader notes."""


@functools.cache
def model_patterns() -> tuple[str, ...]:
    """Every key of the model that holds a value of its own, in the order of the model."""
    return tuple(".".join(path) for path in _patterns(Application, ()))


def _patterns(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if name in _NO_KEYS:
            continue
        below = list(_below(field.annotation, (*path, _key(name, model))))
        yield from below


def _key(name: str, model: type[BaseModel]) -> str:
    return model.model_fields[name].serialization_alias or name


def _below(annotation: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The patterns of a value: its own, or those of what it is made of."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _patterns(annotation, path)
    elif origin is Annotated:
        yield from _below(arguments[0], path)
    elif origin is Union or origin is UnionType:
        models = [one for argument in arguments for one in _below(argument, path) if one != path]
        yield from dict.fromkeys(models or [path])
    elif isinstance(origin, type) and issubclass(origin, tuple | Mapping):
        is_list = issubclass(origin, tuple)
        models = [one for one in _below(arguments[0 if is_list else 1], (*path, "*")) if one != (*path, "*")]
        if not models or not is_list:
            yield path  # an entry of a mapping says something by its name alone
        yield from models
    else:
        yield path


def set_keys(application: Application) -> Iterator[tuple[Path, str]]:
    """Every key that an application sets to another value than its default: where it stands, and its pattern."""
    yield from _set_below(application, (), ())


def _set_below(model: BaseModel, path: Path, pattern: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name in _NO_KEYS or (not field.is_required() and value == field.default):
            continue
        key = _key(name, type(model))
        yield from _set_value(value, (*path, key), (*pattern, key))


def _set_value(value: object, path: Path, pattern: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    if isinstance(value, BaseModel):
        yield from _set_below(value, path, pattern)
        return
    entries: list[tuple[str | int, object]] = []
    if isinstance(value, Mapping):
        entries = list(cast("Mapping[str, object]", value).items())
    elif isinstance(value, tuple):
        entries = list(enumerate(cast("tuple[object, ...]", value)))
    if entries and any(isinstance(entry, BaseModel) for _, entry in entries):
        for key, entry in entries:
            if isinstance(value, Mapping):
                yield (*path, key), ".".join(pattern)
            yield from _set_value(entry, (*path, key), (*pattern, "*"))
    else:
        yield path, ".".join(pattern)


def fate(column: Column, pattern: str) -> Fate | None:
    """The fate of a key: that of the longest row at or above it; None where there is no row."""
    return column.get(row_of(column, pattern))


def row_of(column: Column, pattern: str) -> str:
    """The row that decides on a key: the longest one at or above it; an empty text where there is none."""
    parts = pattern.split(".")
    rows = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((row for row in rows if row in column), "")
