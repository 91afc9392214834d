"""`deploy`: how many containers of what size, and how they are replaced.

Source: compose-spec `deploy.md`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from services.model.elements import Element, Opaque, WholeNumber
from services.model.runtime import DeviceRequest
from services.units import ByteSize, Duration


class Resources(Element):
    """`deploy.resources.limits`: the most that one container may use."""

    cpus: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Processors; 0.25 is a quarter of one."
    )
    memory: ByteSize | None = Field(default=None, description="Bytes, as in '512m'.")
    pids: int | None = Field(default=None, description="Processes and threads.")


class Reservations(Element):
    """`deploy.resources.reservations`: what one container must find free."""

    cpus: Annotated[float, Field(gt=0)] | None = None
    memory: ByteSize | None = None
    devices: tuple[DeviceRequest, ...] = ()
    generic_resources: tuple[Opaque, ...] = ()


class ResourceLimits(Element):
    """`deploy.resources`."""

    limits: Resources = Resources()
    reservations: Reservations = Reservations()


class UpdateConfig(Element):
    """`deploy.update_config` and `deploy.rollback_config`: how containers are replaced."""

    parallelism: Annotated[WholeNumber, Field(ge=0)] | None = None
    delay: Duration | None = None
    failure_action: Literal["continue", "pause", "rollback"] | None = None
    monitor: Duration | None = None
    max_failure_ratio: float | None = None
    order: Literal["start-first", "stop-first"] | None = None


class RestartPolicy(Element):
    """`deploy.restart_policy`."""

    condition: Literal["none", "on-failure", "any", "unless-stopped"] | None = None
    delay: Duration | None = None
    max_attempts: Annotated[WholeNumber, Field(ge=0)] | None = None
    window: Duration | None = None


class Preference(Element):
    """One entry of `deploy.placement.preferences`."""

    spread: str | None = None


class Placement(Element):
    """`deploy.placement`."""

    constraints: tuple[str, ...] = ()
    preferences: tuple[Preference, ...] = ()
    max_replicas_per_node: int | None = None


class Deploy(Element):
    """`deploy`: how many containers of what size."""

    mode: str | None = Field(
        default=None, description="`replicated` unless set; `replicated-job` and `global-job` run to their end."
    )
    endpoint_mode: str | None = None
    replicas: Annotated[int, Field(ge=0)] = 1
    labels: Mapping[str, str] = {}
    resources: ResourceLimits = ResourceLimits()
    update_config: UpdateConfig = UpdateConfig()
    rollback_config: UpdateConfig = UpdateConfig()
    restart_policy: RestartPolicy = RestartPolicy()
    placement: Placement = Placement()

    @property
    def is_job(self) -> bool:
        """Whether its containers run to their end, once."""
        return self.mode in {"replicated-job", "global-job"}
