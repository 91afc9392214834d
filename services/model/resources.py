"""Top-level volumes, secrets and configs.

Source: compose-spec `07-volumes.md`, `08-configs.md`, `09-secrets.md`.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from services.model.elements import Element, VariableName

Text = Annotated[str | SecretStr, Field(union_mode="left_to_right")]
"""A text; one that no state, log or diff may show is a `SecretStr`."""


class Volume(Element):
    """A top-level named volume: its data outlives the containers."""

    name: str | None = Field(default=None, description="Its own name; one of the stack's making when unset.")
    driver: str | None = None
    driver_opts: Mapping[str, str] = {}
    external: bool = Field(default=False, description="Whether it exists already, under its name.")
    labels: Mapping[str, str] = {}


class Secret(Element):
    """A top-level secret. Its value is a variable, a file of this machine, or what the loader found already.

    `environment` names a variable of `services:variables`; `value` holds one that came from a file of variables.
    """

    name: str | None = None
    environment: VariableName | None = None
    file: str | None = Field(default=None, description="File of this machine, relative to the project.")
    value: SecretStr | None = Field(default=None, repr=False, exclude=True)
    external: bool = False
    labels: Mapping[str, str] = {}
    driver: str | None = None
    driver_opts: Mapping[str, str] = {}
    template_driver: str | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> "Secret":
        given = [source for source in (self.environment, self.file, self.value) if source is not None]
        if len(given) + self.external + (self.driver is not None) != 1:
            raise ValueError("has no value, or more than one: set one of environment, file")
        return self


class Config(Element):
    """A top-level config: a file whose content is no secret."""

    name: str | None = None
    content: Text | None = Field(default=None, description="The content itself.")
    environment: VariableName | None = Field(default=None, description="Variable that holds the content.")
    file: str | None = Field(default=None, description="File of this machine, relative to the project.")
    external: bool = False
    labels: Mapping[str, str] = {}
    template_driver: str | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> "Config":
        given = [source for source in (self.content, self.environment, self.file) if source is not None]
        if len(given) + self.external != 1:
            raise ValueError("has no content, or more than one: set one of content, environment, file")
        return self
