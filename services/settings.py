"""Settings of the application and of where it runs: the `services:` keys of `Pulumi.<stack>.yaml`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Protocol

import pulumi
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from components.settings import AwsSettings, ComponentsSettings
from services.model import Name, VariableName


class TargetName(StrEnum):
    """Where the application runs."""

    AWS = "aws"
    DOCKER = "docker"


ImageDigestReference = Annotated[str, StringConstraints(pattern=r"^[^\s@]+@sha256:[0-9a-f]{64}$")]
"""An image by digest: `repository@sha256:` and 64 hexadecimal digits."""


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
    images: Mapping[Name, ImageDigestReference] = Field(
        {},
        description="Service -> image digest that runs in place of a build: how a rollback is written.",
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
