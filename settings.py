"""The one reader of stack configuration.

`load()` turns `Pulumi.<stack>.yaml` into frozen, strict settings, or raises one `SettingsError` that names every key
that is wrong, the value, what is allowed and what to do. Nothing else in the program reads configuration.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import pulumi
from pulumi.runtime import config as stack_config
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from components.settings import AwsSettings, ComponentsSettings
from services.settings import ServicesSettings

_VARIABLES = "services:variables"
_NOT_A_KEY = ("function-", "str", "is-instance")
"""Parts of pydantic's locations that name a validator or a branch of a union."""
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
        raise SettingsError(_report([_problem(details) for details in error.errors()])) from None
    return _with_secrets(settings) if secret_keys else settings


def _namespaces(values: Mapping[str, str]) -> Mapping[str, Mapping[str, object]]:
    """Group `namespace:key` values by namespace; a missing namespace is an empty one, so that its keys are missed."""
    grouped: dict[str, dict[str, object]] = {name: {} for name in Settings.model_fields}
    problems: list[str] = []
    for full_key, value in values.items():
        namespace, _, key = full_key.partition(":")
        if namespace in grouped:
            grouped[namespace][key] = _parsed(value)
        elif namespace not in _PROVIDERS:
            problems.append(f"{full_key}: {_unknown(namespace, Settings.model_fields, 'namespace')}")
    if problems:
        raise SettingsError(_report(problems))
    return grouped


def _parsed(value: str) -> object:
    """Pulumi hands structured values, numbers and booleans over as JSON text, and strings as they are."""
    if re.match(r"[\[{]|(true|false|null|-?\d+(\.\d+)?)$", value):
        return json.loads(value)
    return value


def _with_secrets(settings: Settings) -> Settings:
    variables = {name: pulumi.Output.secret(value) for name, value in settings.services.variables.items()}
    services = settings.services.model_copy(update={"variables": variables})
    return settings.model_copy(update={"services": services})


def _problem(details: ErrorDetails) -> str:
    """One error of pydantic in the reader's words."""
    path = [part for part in details["loc"] if not str(part).startswith(_NOT_A_KEY)]
    key = _key(path)
    match details["type"]:
        case "missing":
            return f"{key} is not set. {_how_to_set(key, path)}"
        case "extra_forbidden":
            return f"{key}: {_unknown(str(path[-1]), _fields_at(path[:-1]), 'setting')}"
        case _:
            text = details["msg"].removeprefix("Value error, ")
            shown = "" if key.startswith(_VARIABLES) else f" (is {json.dumps(details['input'], default=str)})"
            return f"{key}: {text}{shown}"


def _key(path: Sequence[str | int]) -> str:
    namespace, *rest = (str(part) for part in path)
    return f"{namespace}:{'.'.join(rest)}" if rest else namespace


def _how_to_set(key: str, path: Sequence[str | int]) -> str:
    flag = "--path " if len(path) > 2 else ""
    return f"Set it: pulumi config set {flag}'{key}' VALUE"


def _unknown(name: str, known: Mapping[str, object], kind: str) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"{name!r} is no {kind}; {hint}known: {', '.join(sorted(known)) or 'none'}"


def _fields_at(path: Sequence[str | int]) -> Mapping[str, object]:
    """The fields of the model that lies at a path below `Settings`; empty where there is none."""
    model: type[BaseModel] = Settings
    for part in path:
        field = model.model_fields.get(str(part))
        candidates: list[Any] = [] if field is None else [field.annotation, *get_args(field.annotation)]
        below = [item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)]
        if not below:
            return {}
        model = below[0]
    return model.model_fields


def _report(problems: Sequence[str]) -> str:
    stack = pulumi.get_stack()
    lines = "\n".join(f"  - {problem}" for problem in problems)
    return f"Pulumi.{stack}.yaml has {len(problems)} problem{'s' * (len(problems) > 1)}:\n{lines}"
