"""`x-aws`: what a service says to AWS alone; every other target ignores it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Extension(BaseModel):
    """An element of `x-aws`: frozen, strict, closed to unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


Percent = Annotated[int, Field(ge=1, le=100)]


class Scaling(Extension):
    """Target tracking: AWS keeps the average at the target between `deploy.replicas` and `max_replicas`."""

    max_replicas: Annotated[int, Field(ge=1)] = Field(description="The most tasks.")
    cpu_percent: Percent | None = Field(default=60, description="Average use of the processors that is kept.")
    memory_percent: Percent | None = Field(default=75, description="Average use of the memory that is kept.")

    @model_validator(mode="after")
    def _follows_something(self) -> "Scaling":
        if self.cpu_percent is None and self.memory_percent is None:
            raise ValueError("follows neither cpu_percent nor memory_percent: set one of them")
        return self


class Route(Extension):
    """Which requests of the load balancer a published HTTP port gets."""

    host: str | None = Field(
        default=None, description="Host name below the stack's hosted zone; the stack's domain when unset."
    )
    path: str = Field(
        default="/*", pattern=r"^/", description="Path pattern of the listener rule; `*` and `?` stand for others."
    )
    health_path: str | None = Field(
        default=None,
        pattern=r"^/",
        description="Path that must answer with 200 to 299 while a task lives; `/` with anything below 500 when unset.",
    )


class Size(Extension):
    """An exact Fargate size in place of the smallest one that fits `deploy.resources`."""

    cpu_units: int = Field(description="1024 units are one processor.")
    memory_mib: int = Field(description="Memory of the task.")


class ServiceOnAws(Extension):
    """The whole of `x-aws`."""

    managed: Literal["rds", "elasticache"] | None = Field(
        default=None, description="An AWS service in place of the container."
    )
    expose: Literal["public", "internal"] | None = Field(
        default=None,
        description="Who reaches the published ports: `public` is the internet, also on ports that are not HTTP; "
        "`internal` is the stack's own network alone, whatever is spoken on them.",
    )
    route: Route = Field(default=Route(), description="Requests that a published HTTP port gets.")
    scaling: Scaling | None = Field(default=None, description="How the number of tasks follows the load.")
    size: Size | None = Field(default=None, description="An exact size of Fargate.")
    environment: Mapping[str, str] = Field(default={}, description="Variables that replace or add to `environment`.")
    endpoints: Mapping[str, str] = Field(
        default={},
        description="Variable -> service whose full DNS name it holds: a managed service's endpoint, or the name in "
        "the private namespace, for programs that do not search the domain of short names (nginx's resolver).",
    )
