"""What every element of the model has in common: names, numbers, and how strict it is."""

import re
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$", max_length=40)]
"""A name that becomes one of DNS: small letters, digits, hyphens and underscores inside; at most 40 characters."""

ResourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$", max_length=40)]
"""A name that is none of DNS: capital letters, too. A secret's and a config's is the name of a file."""

Alias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", max_length=63)]
"""A further name of a service: letters, digits, and dots, hyphens and underscores inside."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""A variable that a shell can hold: what a file's `${NAME}` refers to."""

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[^=\x00\s]+$")]
"""A variable of a container: programs take names that no shell can hold, as `discovery.type`."""

AbsolutePath = Annotated[str, StringConstraints(pattern=r"^/")]

Opaque: TypeAlias = JsonValue
"""What is known to the specification and deployed nowhere: its form is the loader's to judge."""


class Element(BaseModel):
    """An element of the Compose Specification: frozen, strict, closed to unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


def whole_number(value: object) -> object:
    """Turn `"8080"` into a number; anything else is returned for pydantic to judge."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value) else value


WholeNumber = Annotated[int, BeforeValidator(whole_number)]
"""A whole number, or its digits as text."""


def _octal(value: object) -> object:
    return int(value, 8) if isinstance(value, str) and re.fullmatch(r"(0o)?[0-7]{1,6}", value) else value


FileMode = Annotated[int, BeforeValidator(_octal), Field(ge=0, le=0o7777)]
"""Permission bits: a number, or its octal digits as text."""
