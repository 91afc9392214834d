"""The application in the words of the Compose Specification.

Every class here is one element of the specification under its own name; what an element means on a target is the
target's business. Elements are frozen, know no other keys than their own, and refuse values of the wrong type.
Rules that span elements (references, order, ports) are in `services.rules`.

Source: https://github.com/compose-spec/compose-spec, `05-services.md` to `09-secrets.md`.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.units import ByteSize, Duration
from services.x_aws import ServiceOnAws

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=40)]
"""A name that is a DNS label on every target: small letters, digits, hyphens inside; at most 40 characters."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Element(BaseModel):
    """An element of the Compose Specification: frozen, strict, closed to unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


class Build(Element):
    """`build`: how an image is made of a context on this machine."""

    context: str = Field(description="Directory of the build context, relative to the project.")
    dockerfile: str = Field(default="Dockerfile", description="Dockerfile, relative to the context.")
    target: str | None = Field(default=None, description="Stage of the Dockerfile to build; its last one when unset.")
    args: Mapping[str, str] = Field(default={}, description="Build arguments.")


class Protocol(StrEnum):
    """Transport protocol of a port."""

    TCP = "tcp"
    UDP = "udp"


class Port(Element):
    """`ports` in the long form: a container port that is published outside the application's networks."""

    target: PortNumber = Field(description="Port inside the container.")
    published: PortNumber | None = Field(default=None, description="Port on the host, or on the load balancer.")
    protocol: Protocol = Protocol.TCP
    app_protocol: Literal["http", "https"] | None = Field(default=None, description="What is spoken on the port.")
    host_ip: str | None = Field(default=None, description="Host address to bind; loopback keeps the port private.")
    name: str | None = Field(default=None, description="A name for people.")


class Healthcheck(Element):
    """`healthcheck`: a command in the container whose exit code says whether it is healthy."""

    test: tuple[str, ...] = Field(min_length=2, description="`CMD` or `CMD-SHELL`, then the command.")
    interval: Duration = timedelta(seconds=30)
    timeout: Duration = timedelta(seconds=5)
    retries: Annotated[int, Field(ge=1, le=10)] = 3
    start_period: Duration = timedelta(0)

    @model_validator(mode="after")
    def _form_is_known(self) -> "Healthcheck":
        if self.test[0] not in {"CMD", "CMD-SHELL"}:
            raise ValueError(f"test starts with {self.test[0]!r}: the first item is 'CMD' or 'CMD-SHELL'")
        if self.test[0] == "CMD-SHELL" and len(self.test) != 2:
            raise ValueError("test: 'CMD-SHELL' takes one string, the command line for the shell")
        return self


class Condition(StrEnum):
    """`depends_on.<service>.condition`: what a dependant waits for."""

    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


class Dependency(Element):
    """One entry of `depends_on` in the long form."""

    condition: Condition = Condition.STARTED


class NetworkAttachment(Element):
    """One entry of a service's `networks`: further names that the service has on that network."""

    aliases: tuple[Name, ...] = ()


class VolumeMount(Element):
    """One entry of a service's `volumes` of type `volume`: a named volume at a path."""

    source: Name = Field(description="Name of a top-level volume.")
    target: str = Field(pattern=r"^/", description="Absolute path in the container.")
    read_only: bool = False


class SecretMount(Element):
    """One entry of a service's `secrets`: a file `/run/secrets/<target>`."""

    source: Name = Field(description="Name of a top-level secret.")
    target: str | None = Field(
        default=None, description="File name, or an absolute path; the source's name when unset."
    )
    uid: Annotated[int, Field(ge=0)] | None = Field(default=None, description="Owner of the file.")
    gid: Annotated[int, Field(ge=0)] | None = Field(default=None, description="Group of the file.")
    mode: Annotated[int, Field(ge=0, le=0o777)] = Field(default=0o444, description="Permission bits of the file.")

    @property
    def path(self) -> str:
        """Where the container finds the secret."""
        name = self.target or self.source
        return name if name.startswith("/") else f"/run/secrets/{name}"


class Resources(Element):
    """`deploy.resources.limits`: the most that one container may use."""

    cpus: Annotated[float, Field(gt=0)] = Field(description="Processors; 0.25 is a quarter of one.")
    memory: ByteSize = Field(description="Bytes, as in '512m'.")


class ResourceLimits(Element):
    """`deploy.resources`."""

    limits: Resources


class Deploy(Element):
    """`deploy`: how many containers of what size."""

    replicas: Annotated[int, Field(ge=0)] = 1
    resources: ResourceLimits | None = None


class Service(Element):
    """A service: containers of one image, and what they need.

    Give exactly one of `image` and `build`, or `build` with the name that its image shall have.
    """

    image: str | None = None
    build: Build | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[VariableName, str] = {}
    ports: tuple[Port, ...] = ()
    expose: tuple[PortNumber, ...] = ()
    healthcheck: Healthcheck | None = None
    depends_on: Mapping[Name, Dependency] = {}
    networks: Mapping[Name, NetworkAttachment] = Field(min_length=1, description="Networks that the service is on.")
    volumes: tuple[VolumeMount, ...] = ()
    tmpfs: tuple[str, ...] = Field(default=(), description="Paths of empty, writable, temporary file systems.")
    secrets: tuple[SecretMount, ...] = ()
    deploy: Deploy = Deploy()
    user: str | None = None
    read_only: bool = Field(default=False, description="Root file system without write access.")
    init: bool = Field(default=False, description="A process 1 that forwards signals and reaps children.")
    cap_drop: tuple[str, ...] = ()
    restart: Literal["no", "always", "on-failure", "unless-stopped"] = "unless-stopped"
    stop_grace_period: Duration = timedelta(seconds=10)
    working_dir: str | None = None
    labels: Mapping[str, str] = {}
    x_aws: ServiceOnAws = Field(
        default=ServiceOnAws(),
        validation_alias="x-aws",
        serialization_alias="x-aws",
        description="What only AWS knows.",
    )

    @model_validator(mode="after")
    def _has_an_image(self) -> "Service":
        if self.image is None and self.build is None:
            raise ValueError("has neither image nor build: name an image, or a build context")
        return self

    @property
    def declared_ports(self) -> tuple[int, ...]:
        """Container ports that other services may reach: those of `ports` and of `expose`, in rising order."""
        return tuple(sorted({port.target for port in self.ports} | set(self.expose)))


class Network(Element):
    """A top-level network: who shares one can reach each other; `internal` has no way out."""

    internal: bool = False


class Volume(Element):
    """A top-level named volume: its data outlives the containers."""


class Secret(Element):
    """A top-level secret whose value is the variable `environment` (of `services:variables`)."""

    environment: VariableName


class Application(Element):
    """A whole Compose application.

    Names are unique within their kind by construction; `services.rules.check` says whether the parts fit together.
    """

    name: Name
    services: Mapping[Name, Service] = Field(min_length=1)
    networks: Mapping[Name, Network] = {}
    volumes: Mapping[Name, Volume] = {}
    secrets: Mapping[Name, Secret] = {}

    @property
    def jobs(self) -> frozenset[str]:
        """Services that run to their end: somebody waits for their successful completion."""
        return frozenset(
            name
            for service in self.services.values()
            for name, dependency in service.depends_on.items()
            if dependency.condition is Condition.COMPLETED
        )
