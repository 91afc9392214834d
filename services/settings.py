"""Settings of the application and of where it runs: the `services:` keys of `Pulumi.<stack>.yaml`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Protocol, cast

import pulumi
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, StringConstraints

from components.settings import AwsSettings, ComponentsSettings
from services.compose_file import ComposeOptions
from services.model import Name, VariableName


class TargetName(StrEnum):
    """Where the application runs."""

    AWS = "aws"
    DOCKER = "docker"


ImageDigestReference = Annotated[str, StringConstraints(pattern=r"^[^\s@]+@sha256:[0-9a-f]{64}$")]
"""An image by digest: `repository@sha256:` and 64 hexadecimal digits."""


def _files(value: object) -> object:
    if isinstance(value, list):
        return tuple(cast("list[object]", value))
    return (value,) if isinstance(value, str) else value


ComposeFiles = Annotated[tuple[str, ...], BeforeValidator(_files), Field(min_length=1)]
"""A file, or a list of files, each of which overrides those before it."""


class ServicesSettings(BaseModel):
    """The `services:` keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", arbitrary_types_allowed=True)

    target: TargetName = Field(description="Where the application runs: `aws` or `docker`.")
    variables: Mapping[VariableName, str | pulumi.Output[str]] = Field(
        {},
        description="Variables of the Compose model. All of them are secret as soon as one of them is `secure`.",
    )
    replicas: Mapping[Name, Annotated[int, Field(ge=0)]] = Field(
        default={},
        description="Service -> number of containers in this stack, in place of its `deploy.replicas`.",
    )
    compose: ComposeFiles | None = Field(
        default=None,
        description="Compose file or list of them, relative to this directory, in place of the built-in application.",
    )
    profiles: tuple[str, ...] = Field(default=(), description="Active profiles of the Compose files.")
    env_files: tuple[str, ...] | None = Field(
        default=None,
        description="Files of plain variables for the Compose files; `.env` beside the first one when unset.",
    )
    shell_variables: tuple[VariableName, ...] = Field(
        default=(),
        description="Variables that are taken from the shell where `variables` lacks them: a pipeline must set them.",
    )
    strict_secrets: bool = Field(
        default=False,
        description="Whether values in plain under names like PASSWORD are refused. They are injected as secrets, with "
        "a warning, otherwise.",
    )
    allow_image_tags: bool = Field(
        default=False,
        description="Whether AWS may run images that are named by tag. What a tag means is decided when the image is "
        "mirrored, so two stacks may run different ones.",
    )
    images: Mapping[Name, ImageDigestReference] = Field(
        {},
        description="Service -> image digest that runs in place of a build: how a rollback is written.",
    )

    _texts: Mapping[str, str] = PrivateAttr(default={})

    def with_secret_variables(self) -> "ServicesSettings":
        """The same settings, all variables secret."""
        secret = self.model_copy(
            update={"variables": {name: pulumi.Output.secret(value) for name, value in self.variables.items()}}
        )
        secret._texts = {name: value for name, value in self.variables.items() if isinstance(value, str)}
        return secret

    def compose_options(self) -> ComposeOptions:
        """How the Compose files are loaded."""
        plain = {name: value for name, value in self.variables.items() if isinstance(value, str)}
        return ComposeOptions(
            files=self.compose or (),
            profiles=self.profiles,
            env_files=self.env_files,
            variables={**plain, **self._texts},
            secret_variables=frozenset(self._texts),
            shell=self.shell_variables,
        )


class StackSettings(Protocol):
    """What a target must know of the stack's configuration. Whoever reads the configuration composes it."""

    @property
    def aws(self) -> AwsSettings:
        """The `aws:` keys."""
        ...

    @property
    def components(self) -> ComponentsSettings:
        """The `components:` keys."""
        ...

    @property
    def services(self) -> ServicesSettings:
        """The `services:` keys."""
        ...
