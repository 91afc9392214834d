"""pydantic's errors in the reader's words: what is wrong with a value, what is allowed, what to do. No Pulumi here."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

NOT_A_KEY: Final = ("function-", "str", "is-instance", "[key]", "constrained-", "lax-or-strict", "nullable", "json-")
"""Parts of pydantic's locations that name a validator, a branch of a union or a mapping's key."""

_SHOWN_CHARACTERS: Final = 80

_ALLOWED: Final[Mapping[str, str]] = {
    "enum": "{expected}; choose one of them",
    "literal_error": "{expected}; choose one of them",
    "bool_type": "true, false; write one of them, without quotes",
    "int_type": "a whole number; write its digits, without quotes",
    "float_type": "a number; write its digits, without quotes",
    "greater_than": "more than {gt}; choose a larger number",
    "greater_than_equal": "{ge} or more; choose a larger number",
    "less_than_equal": "{le} or less; choose a smaller number",
    "string_type": "text; write it in quotes",
    "string_too_short": "{min_length} or more characters; write a longer text",
    "string_too_long": "at most {max_length} characters; write a shorter text",
    "string_pattern_mismatch": "{form}",
    "too_short": "{min_length} or more items; add one, or leave the key out",
    "tuple_type": "a list; write one, as in [a, b]",
    "dict_type": "a mapping; write names with a value each, as in {{name: value}}",
    "model_type": "a mapping of settings; write these below it: {fields}",
}
"""pydantic's type of an error -> what is allowed, and what to do. Names in braces come from the error."""


def pattern(constrained: Any) -> str:
    """The pattern that text of a type `Annotated[str, StringConstraints(pattern=...)]` matches."""
    return str(get_args(constrained)[1].pattern)


def path_of(details: ErrorDetails) -> tuple[str | int, ...]:
    """The keys and indices of an error's location."""
    return tuple(part for part in details["loc"] if not str(part).startswith(NOT_A_KEY))


def shown(details: ErrorDetails) -> str:
    """The bad value, cut to a length that fits a line."""
    value = details["input"]
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=repr)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def problem(details: ErrorDetails, model: type[BaseModel], forms: Mapping[str, str], value: str | None = None) -> str:
    """What is wrong with a value that is there, and what to do.

    Args:
        details: The error; not one of a missing key.
        model: What the error's location begins at.
        forms: Pattern -> the form of text that it means, and what to do.
        value: Shown in place of the bad value.
    """
    path, kind, context = path_of(details), details["type"], details.get("ctx", {})
    bad = shown(details) if value is None else value
    if kind == "value_error":
        return details["msg"].removeprefix("Value error, ")
    if kind not in _ALLOWED:
        return f"{bad} is not allowed: {details['msg']}"
    form = forms.get(str(context.get("pattern")), f"text of the form {context.get('pattern')}")
    below = ", ".join(fields_at(model, path))
    return f"{bad} is not allowed; allowed: {_ALLOWED[kind].format(**context, form=form, fields=below)}"


def unknown(name: str, known: Mapping[str, object], kind: str) -> str:
    """That a name is not known, the nearest one that is, and all of them."""
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"{name!r} is no {kind}; {hint}known: {', '.join(sorted(known)) or 'none'}"


def members(annotation: Any) -> Iterator[Any]:
    """The types that a union names, free of their constraints."""
    match get_origin(annotation):
        case origin if origin is Annotated:
            yield from members(get_args(annotation)[0])
        case origin if origin is Union or origin is UnionType:
            for item in get_args(annotation):
                yield from members(item)
        case _:
            yield annotation


def fields_at(model: type[BaseModel], path: Sequence[str | int]) -> Mapping[str, FieldInfo]:
    """The fields, by their keys, of the model that lies at a path below another one; empty where there is none."""
    annotation: Any = model
    for part in path:
        below = list(_below(annotation, str(part)))
        if not below:
            return {}
        annotation = below[0]
    found = next(filter(_is_model, members(annotation)), None)
    return {} if found is None else {_key(name, field): field for name, field in found.model_fields.items()}


def _below(annotation: Any, part: str) -> Iterator[Any]:
    """What a name or an index leads to: a field of a model, an entry of a mapping or a list."""
    for item in members(annotation):
        origin, arguments = get_origin(item), get_args(item)
        if _is_model(item):
            yield from (field.annotation for name, field in item.model_fields.items() if _key(name, field) == part)
        elif isinstance(origin, type) and issubclass(origin, Mapping | Sequence):
            yield arguments[1] if issubclass(origin, Mapping) else arguments[0]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _key(name: str, field: FieldInfo) -> str:
    return field.serialization_alias or name
