"""The one reader of stack configuration.

`load()` turns `Pulumi.<stack>.yaml` into frozen, strict settings, or raises one `SettingsError` that names every key
that is wrong, the value, what is allowed and what to do. Nothing else in the program reads configuration.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import pulumi
from pulumi.runtime import config as stack_config
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from components.bad_values import fields_at, members, path_of, pattern, problem, unknown
from components.settings import AwsSettings, ComponentsSettings
from observability.settings import FORMS as OBSERVABILITY_FORMS
from observability.settings import ObservabilitySettings
from services.model import Name, VariableName
from services.settings import ImageDigestReference, ServicesSettings

_VARIABLES = "services:variables"
_HIDDEN = "the value (not shown)"
_PROVIDERS = frozenset({"docker", "docker-build", "pulumi", "random", "tls"})


class SettingsError(pulumi.RunError):
    """The stack's configuration is wrong; the text says which keys, and what to do."""


class Settings(BaseModel):
    """Everything that a stack's configuration says. Its fields are the namespaces of the keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    aws: AwsSettings
    components: ComponentsSettings
    services: ServicesSettings
    observability: ObservabilitySettings


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
            problems.append(f"{full_key}: {unknown(namespace, Settings.model_fields, 'namespace')}")
    if problems:
        raise SettingsError(_report(problems))
    return grouped


def _is_text(namespace: str, key: str) -> bool:
    """Whether a setting is text whatever it looks like: a profile may be named `123456789012`."""
    field = fields_at(Settings, [namespace]).get(key)
    return field is not None and str in members(field.annotation)


def _parsed(value: str) -> object:
    """Pulumi hands structured values, numbers and booleans over as JSON text, and strings as they are."""
    if re.match(r"[\[{]|(true|false|null|-?\d+(\.\d+)?)$", value):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value  # text that only begins like a structure
    return value


def _with_secrets(settings: Settings) -> Settings:
    return settings.model_copy(update={"services": settings.services.with_secret_variables()})


_FORMS: Mapping[str, str] = {
    **OBSERVABILITY_FORMS,
    pattern(Name): "small letters, digits, and hyphens between them; write the name that the service has",
    pattern(VariableName): "letters, digits and _, no digit first; write the name that the model uses",
    pattern(ImageDigestReference): "REPOSITORY@sha256: and 64 hexadecimal digits; copy it from the registry",
}
"""Pattern -> the form of text that it means, and what to do."""


def _problems(details: ErrorDetails) -> Iterator[str]:
    """One error of pydantic in the reader's words; a missing group is a problem for each of its required keys."""
    path = path_of(details)
    key, kind = _key(path), details["type"]
    if kind == "missing":
        yield from map(_not_set, _required(path))
    elif kind == "extra_forbidden":
        yield f"{key}: {unknown(str(path[-1]), fields_at(Settings, path[:-1]), 'setting')}"
    elif kind != "needs_python_object":  # the branch of a secret, which text of a file never takes
        text = problem(details, Settings, _FORMS, _HIDDEN if _is_variable(details) else None)
        yield f"{key}: {text}"


def _is_variable(details: ErrorDetails) -> bool:
    """Whether the value is a variable's: those may be secret, and only their names are shown."""
    path = details["loc"]
    return _key(path[:2]) == _VARIABLES and path[-1] != "[key]"


def _key(path: Sequence[str | int]) -> str:
    """A location as Pulumi writes it: `components:network.zones[1]`."""
    namespace, *rest = path
    below = "".join(
        f".{part}" if re.fullmatch(r"[\w-]*[A-Za-z_][\w-]*", str(part)) else f"[{json.dumps(part)}]" for part in rest
    )
    return f"{namespace}:{below.removeprefix('.')}" if rest else str(namespace)


def _required(path: Sequence[str | int]) -> Iterator[Sequence[str | int]]:
    """The keys that are missing when the one at `path` is: itself, or what its group requires."""
    fields = fields_at(Settings, path)
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


def _report(problems: Sequence[str]) -> str:
    stack = pulumi.get_stack()
    lines = "\n".join(f"  - {problem}" for problem in problems)
    return f"Pulumi.{stack}.yaml has {len(problems)} problem{'s' * (len(problems) > 1)}:\n{lines}"
