"""The one reader of stack configuration.

`load()` turns `Pulumi.<stack>.yaml` into frozen, strict settings, or raises one `SettingsError` that names every key
that is wrong, the value, what is allowed and what to do. Nothing else in the program reads configuration.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pulumi
from pulumi.runtime import config as stack_config
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from components.settings import AwsSettings, ComponentsSettings
from services.model import Name, VariableName
from services.settings import ImageDigestReference, ServicesSettings

_VARIABLES = "services:variables"
_NOT_A_KEY = ("function-", "str", "is-instance", "[key]")
"""Parts of pydantic's locations that name a validator, a branch of a union or a mapping's key."""
_SHOWN_CHARACTERS = 80
_PROVIDERS = frozenset({"docker", "docker-build", "pulumi"})


class SettingsError(pulumi.RunError):
    """The stack's configuration is wrong; the text says which keys, and what to do."""


class Settings(BaseModel):
    """Everything that a stack's configuration says. Its fields are the namespaces of the keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    aws: AwsSettings
    components: ComponentsSettings
    services: ServicesSettings


def load() -> Settings:
    """Read the current stack's configuration.

    Raises:
        SettingsError: A key is unknown, missing or has a value that is not allowed.
    """
    values = {**stack_config.get_config_env(), **stack_config.CONFIG.get()}
    secret_keys = {key for key in values if stack_config.is_config_secret(key)}
    if misplaced := sorted(secret_keys - {_VARIABLES}):
        problems = [f"{key}: only {_VARIABLES} may hold secrets: write it in plain" for key in misplaced]
        raise SettingsError(_report(problems))
    try:
        settings = Settings.model_validate_json(json.dumps(_namespaces(values)))
    except ValidationError as error:
        raise SettingsError(_report([text for details in error.errors() for text in _problems(details)])) from None
    return _with_secrets(settings) if secret_keys else settings


def _namespaces(values: Mapping[str, str]) -> Mapping[str, Mapping[str, object]]:
    """Group `namespace:key` values by namespace; a missing namespace is an empty one, so that its keys are missed."""
    grouped: dict[str, dict[str, object]] = {name: {} for name in Settings.model_fields}
    problems: list[str] = []
    for full_key, value in values.items():
        namespace, _, key = full_key.partition(":")
        if namespace in grouped:
            grouped[namespace][key] = value if _is_text(namespace, key) else _parsed(value)
        elif namespace not in _PROVIDERS:
            problems.append(f"{full_key}: {_unknown(namespace, Settings.model_fields, 'namespace')}")
    if problems:
        raise SettingsError(_report(problems))
    return grouped


def _is_text(namespace: str, key: str) -> bool:
    """Whether a setting is text whatever it looks like: a profile may be named `123456789012`."""
    field = _fields_at([namespace]).get(key)
    return field is not None and str in _members(field.annotation)


def _members(annotation: Any) -> Iterator[Any]:
    """The types that a union names, free of their constraints."""
    match get_origin(annotation):
        case origin if origin is Annotated:
            yield from _members(get_args(annotation)[0])
        case origin if origin is Union or origin is UnionType:
            for item in get_args(annotation):
                yield from _members(item)
        case _:
            yield annotation


def _parsed(value: str) -> object:
    """Pulumi hands structured values, numbers and booleans over as JSON text, and strings as they are."""
    if re.match(r"[\[{]|(true|false|null|-?\d+(\.\d+)?)$", value):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value  # text that only begins like a structure
    return value


def _with_secrets(settings: Settings) -> Settings:
    variables = {name: pulumi.Output.secret(value) for name, value in settings.services.variables.items()}
    services = settings.services.model_copy(update={"variables": variables})
    return settings.model_copy(update={"services": services})


def _pattern(constrained: Any) -> str:
    """The pattern that text of a type `Annotated[str, StringConstraints(pattern=...)]` matches."""
    return str(get_args(constrained)[1].pattern)


_FORMS: Mapping[str, str] = {
    _pattern(Name): "small letters, digits, and hyphens between them; write the name that the service has",
    _pattern(VariableName): "letters, digits and _, no digit first; write the name that the model uses",
    _pattern(ImageDigestReference): "REPOSITORY@sha256: and 64 hexadecimal digits; copy it from the registry",
}
"""Pattern -> the form of text that it means, and what to do."""

_ALLOWED: Mapping[str, str] = {
    "enum": "{expected}; choose one of them",
    "bool_type": "true, false; write one of them, without quotes",
    "int_type": "a whole number; write its digits, without quotes",
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


def _problems(details: ErrorDetails) -> Iterator[str]:
    """One error of pydantic in the reader's words; a missing group is a problem for each of its required keys."""
    path = [part for part in details["loc"] if not str(part).startswith(_NOT_A_KEY)]
    key, kind = _key(path), details["type"]
    if kind == "missing":
        yield from map(_not_set, _required(path))
    elif kind == "extra_forbidden":
        yield f"{key}: {_unknown(str(path[-1]), _fields_at(path[:-1]), 'setting')}"
    elif kind in _ALLOWED:
        context = details.get("ctx", {})
        form = _FORMS.get(str(context.get("pattern")), "text of this form")
        allowed = _ALLOWED[kind].format(**context, form=form, fields=", ".join(_fields_at(path)))
        yield f"{key}: {_shown(details)} is not allowed; allowed: {allowed}"
    elif kind == "value_error":
        yield f"{key}: {details['msg'].removeprefix('Value error, ')}"
    elif kind != "needs_python_object":  # the branch of a secret, which text of a file never takes
        yield f"{key}: {_shown(details)} is not allowed: {details['msg']}"


def _shown(details: ErrorDetails) -> str:
    """The bad value; those of variables may be secret, and only their names are shown."""
    path, value = details["loc"], details["input"]
    if _key(path[:2]) == _VARIABLES and path[-1] != "[key]":
        return "the value (not shown)"
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _key(path: Sequence[str | int]) -> str:
    """A location as Pulumi writes it: `components:network.zones[1]`."""
    namespace, *rest = path
    below = "".join(
        f".{part}" if re.fullmatch(r"[\w-]*[A-Za-z_][\w-]*", str(part)) else f"[{json.dumps(part)}]" for part in rest
    )
    return f"{namespace}:{below.removeprefix('.')}" if rest else str(namespace)


def _required(path: Sequence[str | int]) -> Iterator[Sequence[str | int]]:
    """The keys that are missing when the one at `path` is: itself, or what its group requires."""
    fields = _fields_at(path)
    if not fields:
        yield path
    for name, field in fields.items():
        if field.is_required():
            yield from _required([*path, name])


def _not_set(path: Sequence[str | int]) -> str:
    key, stack = _key(path), pulumi.get_stack()
    flag = "--path " if len(path) > 2 else ""
    return (
        f"{key} is not set. Write it in Pulumi.{stack}.yaml, or: pulumi config set --stack {stack} {flag}'{key}' VALUE"
    )


def _unknown(name: str, known: Mapping[str, object], kind: str) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"{name!r} is no {kind}; {hint}known: {', '.join(sorted(known)) or 'none'}"


def _fields_at(path: Sequence[str | int]) -> Mapping[str, FieldInfo]:
    """The fields of the model that lies at a path below `Settings`; empty where there is none."""
    model: type[BaseModel] = Settings
    for part in path:
        field = model.model_fields.get(str(part))
        members = () if field is None else _members(field.annotation)
        below = [item for item in members if isinstance(item, type) and issubclass(item, BaseModel)]
        if not below:
            return {}
        model = below[0]
    return model.model_fields


def _report(problems: Sequence[str]) -> str:
    stack = pulumi.get_stack()
    lines = "\n".join(f"  - {problem}" for problem in problems)
    return f"Pulumi.{stack}.yaml has {len(problems)} problem{'s' * (len(problems) > 1)}:\n{lines}"
