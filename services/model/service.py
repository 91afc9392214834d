"""A service: containers of one image, and what they need.

Source: compose-spec `05-services.md`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, model_validator

from services.model.build import Build
from services.model.deploy import Deploy
from services.model.elements import Element, EnvironmentName, Name, Opaque, ResourceName, WholeNumber
from services.model.mounts import ConfigMount, SecretMount, VolumeMount
from services.model.networks import NetworkAttachment
from services.model.ports import ContainerPort, Expose, Port
from services.model.resources import Text
from services.model.runtime import (
    BlkioConfig,
    CredentialSpec,
    Dependency,
    Develop,
    Device,
    DeviceRequest,
    Healthcheck,
    Hook,
    Logging,
    ServiceModel,
    Ulimits,
)
from services.units import ByteSize, ByteSizeOrUnlimited, Duration
from services.well_known import well_known_ports
from services.x_aws import ServiceOnAws

Restart = Annotated[str, StringConstraints(pattern=r"^(no|always|unless-stopped|on-failure(:\d+)?)$")]
"""`no`, `always`, `unless-stopped`, `on-failure` or `on-failure:<tries>`."""


class Service(Element):
    """A service. Give `image` or `build`, or `build` with the name that its image shall have.

    Keys stand under their names of the specification; what two keys can say (`cpus` and `deploy.resources.limits`,
    `tmpfs` and a mount of that type), the properties answer for both.
    """

    image: str | None = None
    build: Build | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[EnvironmentName, Text] = Field(default={}, description="Variables of the container.")
    ports: tuple[Port, ...] = ()
    expose: tuple[Expose, ...] = ()
    healthcheck: Healthcheck | None = None
    depends_on: Mapping[Name, Dependency] = {}
    networks: Mapping[ResourceName, NetworkAttachment] = Field(
        default={}, description="Networks that the service is on."
    )
    network_mode: str | None = None
    volumes: tuple[VolumeMount, ...] = ()
    tmpfs: tuple[str, ...] = Field(default=(), description="Paths of empty, writable, temporary file systems.")
    secrets: tuple[SecretMount, ...] = ()
    configs: tuple[ConfigMount, ...] = ()
    deploy: Deploy = Deploy()
    user: str | None = None
    read_only: bool = Field(default=False, description="Root file system without write access.")
    init: bool = Field(default=False, description="A process 1 that forwards signals and reaps children.")
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    restart: Restart | None = None
    stop_grace_period: Duration = timedelta(seconds=10)
    stop_signal: str | None = None
    working_dir: str | None = None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    container_name: str | None = None
    hostname: str | None = None
    domainname: str | None = None
    links: tuple[str, ...] = ()
    external_links: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = Field(default=(), description="`host=address` entries.")
    dns: tuple[str, ...] = ()
    dns_opt: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    logging: Logging = Logging()
    attach: bool = True
    platform: str | None = None
    pull_policy: str | None = None
    pull_refresh_after: str | None = None
    scale: Annotated[int, Field(ge=0)] | None = None
    cpus: Annotated[float, Field(ge=0)] | None = None
    mem_limit: ByteSize | None = None
    mem_reservation: ByteSize | None = None
    memswap_limit: ByteSizeOrUnlimited | None = None
    mem_swappiness: WholeNumber | None = None
    pids_limit: int | None = None
    cpu_shares: WholeNumber | None = None
    cpu_period: WholeNumber | None = None
    cpu_quota: WholeNumber | None = None
    cpu_rt_period: WholeNumber | None = None
    cpu_rt_runtime: WholeNumber | None = None
    cpu_count: WholeNumber | None = None
    cpu_percent: float | None = None
    cpuset: str | None = None
    shm_size: ByteSize | None = None
    ulimits: Mapping[str, Ulimits] = {}
    sysctls: Mapping[str, str] = {}
    blkio_config: BlkioConfig = BlkioConfig()
    oom_kill_disable: bool = False
    oom_score_adj: int | None = None
    privileged: bool = False
    security_opt: tuple[str, ...] = ()
    group_add: tuple[str, ...] = ()
    userns_mode: str | None = None
    pid: str | None = None
    ipc: str | None = None
    uts: str | None = None
    cgroup: Literal["host", "private"] | None = None
    cgroup_parent: str | None = None
    runtime: str | None = None
    isolation: str | None = None
    devices: tuple[Device, ...] = ()
    device_cgroup_rules: tuple[str, ...] = ()
    gpus: tuple[DeviceRequest, ...] = ()
    storage_opt: Mapping[str, str] = {}
    umask: int | None = None
    mac_address: str | None = None
    stdin_open: bool = False
    tty: bool = False
    volumes_from: tuple[str, ...] = ()
    use_api_socket: bool = False
    credential_spec: CredentialSpec = CredentialSpec()
    develop: Develop = Develop()
    post_start: tuple[Hook, ...] = ()
    pre_stop: tuple[Hook, ...] = ()
    pre_start: tuple[Opaque, ...] = ()
    models: Mapping[str, ServiceModel] = {}
    provider: Opaque = None
    x_aws: ServiceOnAws = Field(
        default=ServiceOnAws(),
        validation_alias="x-aws",
        serialization_alias="x-aws",
        description="What only AWS knows.",
    )

    @model_validator(mode="after")
    def _has_an_image(self) -> "Service":
        if self.image is None and self.build is None and self.provider is None:
            raise ValueError("has neither image nor build: name an image, or a build context")
        return self

    @property
    def declared_ports(self) -> tuple[ContainerPort, ...]:
        """Container ports that other services may reach: those of `ports` and of `expose`, in rising order."""
        published = {ContainerPort(port.target, port.protocol) for port in self.ports}
        exposed = {port for entry in self.expose for port in entry.ports}
        return tuple(sorted(published | exposed))

    @property
    def reachable_ports(self) -> tuple[ContainerPort, ...]:
        """The declared ports; those of a well-known image where none is declared."""
        return self.declared_ports or tuple(
            map(ContainerPort, well_known_ports(self.image) if self.image and self.build is None else ())
        )

    @property
    def replicas(self) -> int:
        """How many containers: `scale`, or `deploy.replicas`."""
        return self.deploy.replicas if self.scale is None else self.scale

    @property
    def cpu_limit(self) -> float | None:
        """Processors that one container may use: `cpus`, or `deploy.resources.limits.cpus`; None for no limit."""
        return self.cpus or self.deploy.resources.limits.cpus

    @property
    def memory_limit_bytes(self) -> int | None:
        """Memory that one container may use: `mem_limit`, or `deploy.resources.limits.memory`; None for no limit."""
        return self.mem_limit or self.deploy.resources.limits.memory

    @property
    def process_limit(self) -> int | None:
        """Processes of one container: `pids_limit`, or `deploy.resources.limits.pids`; None for no limit."""
        return self.pids_limit or self.deploy.resources.limits.pids

    @property
    def restart_policy(self) -> tuple[str, int | None]:
        """When a container that ended is started again, and how often at most: `restart`, or `deploy`'s.

        Source: compose-spec `deploy.md`, "restart_policy": without one, `restart` counts.
        """
        name, _, tries = (self.restart or "").partition(":")
        if name:
            return name, int(tries) if tries else None
        policy = self.deploy.restart_policy
        names = {None: "no", "none": "no", "any": "always"}
        return names.get(policy.condition, policy.condition or "no"), policy.max_attempts

    @property
    def named_volumes(self) -> tuple[VolumeMount, ...]:
        """Mounts of top-level volumes."""
        return tuple(mount for mount in self.volumes if mount.type == "volume" and mount.source is not None)

    @property
    def anonymous_volumes(self) -> tuple[VolumeMount, ...]:
        """Mounts of volumes that have no name: each container has its own."""
        return tuple(mount for mount in self.volumes if mount.type == "volume" and mount.source is None)

    @property
    def binds(self) -> tuple[VolumeMount, ...]:
        """Mounts of paths of this machine."""
        return tuple(mount for mount in self.volumes if mount.type == "bind")

    @property
    def temporary_paths(self) -> tuple[str, ...]:
        """Paths of temporary file systems, without their options: `tmpfs`, and mounts of that type."""
        return (
            *(entry.partition(":")[0] for entry in self.tmpfs),
            *(mount.target for mount in self.volumes if mount.type == "tmpfs"),
        )

    @property
    def plain_environment(self) -> Mapping[str, str]:
        """The variables that may stand in plain."""
        return {name: value for name, value in self.environment.items() if isinstance(value, str)}

    @property
    def secret_environment(self) -> Mapping[str, SecretStr]:
        """The variables whose values nobody but the container may see."""
        return {name: value for name, value in self.environment.items() if isinstance(value, SecretStr)}
