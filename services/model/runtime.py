"""How a container runs: health, order, limits, logs, devices, hooks.

Source: compose-spec `05-services.md`.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from services.model.elements import Element
from services.units import ByteSize, Duration

_ZERO_IS_NOT_WRITTEN: Final = frozenset({"interval", "timeout", "retries", "start_period", "start_interval"})


class Healthcheck(Element):
    """`healthcheck`: a command in the container whose exit code says whether it is healthy.

    A number or duration of 0 is one that is not written: the image's own, or the default (Docker Engine API, "Health";
    moby `daemon/health.go`).
    """

    test: tuple[str, ...] = Field(
        default=(), description="`CMD` or `CMD-SHELL`, then the command; `NONE`, or nothing for the image's own."
    )
    interval: Duration = timedelta(seconds=30)
    timeout: Duration = timedelta(seconds=30)
    retries: Annotated[int, Field(ge=0)] = 3
    start_period: Duration = timedelta(0)
    start_interval: Duration | None = None
    disable: bool = False

    @model_validator(mode="after")
    def _zero_is_not_written(self) -> "Healthcheck":
        for name in _ZERO_IS_NOT_WRITTEN & self.model_fields_set:
            if not getattr(self, name):
                object.__setattr__(self, name, type(self).model_fields[name].default)  # the model is frozen
                self.model_fields_set.discard(name)
        return self

    @model_validator(mode="after")
    def _form_is_known(self) -> "Healthcheck":
        if not self.test:
            return self
        kind = self.test[0]
        if kind not in {"NONE", "CMD", "CMD-SHELL"}:
            raise ValueError(f"test starts with {kind!r}: the first item is 'NONE', 'CMD' or 'CMD-SHELL'")
        if kind == "CMD" and len(self.test) < 2:
            raise ValueError("test: 'CMD' takes the command and its arguments after it")
        if kind == "CMD-SHELL" and len(self.test) != 2:
            raise ValueError("test: 'CMD-SHELL' takes one string, the command line for the shell")
        return self

    @property
    def is_off(self) -> bool:
        """Whether it takes away the check that the image brings."""
        return self.disable or self.test[:1] == ("NONE",)


class Condition(StrEnum):
    """`depends_on.<service>.condition`: what a dependant waits for."""

    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


class Dependency(Element):
    """One entry of `depends_on` in the long form."""

    condition: Condition = Condition.STARTED
    required: bool = Field(default=True, description="Whether the other service must be part of the application.")
    restart: bool = Field(default=False, description="Whether a restart of the other service restarts this one.")


class Ulimit(Element):
    """One entry of `ulimits`: a soft and a hard limit; one number means both. The loader leaves a 0 out."""

    soft: int = 0
    hard: int = 0


def _both(value: object) -> object:
    return {"soft": value, "hard": value} if isinstance(value, int) else value


Ulimits = Annotated[Ulimit, BeforeValidator(_both)]


class Logging(Element):
    """`logging`: where the container's output goes."""

    driver: str | None = None
    options: Mapping[str, str] = {}


class Device(Element):
    """One entry of `devices`."""

    source: str
    target: str | None = None
    permissions: str | None = None


class DeviceRequest(Element):
    """One entry of `gpus` or of `deploy.resources.reservations.devices`: `count` -1 is all of them."""

    capabilities: tuple[str, ...] = ()
    count: int | None = None
    device_ids: tuple[str, ...] = ()
    driver: str | None = None
    options: Mapping[str, str] = {}


class DeviceRate(Element):
    """One limit of `blkio_config`: bytes or operations a second."""

    path: str = Field(validation_alias=AliasChoices("path", "Path"))
    rate: ByteSize = Field(validation_alias=AliasChoices("rate", "Rate"))


class DeviceWeight(Element):
    """One entry of `blkio_config.weight_device`."""

    path: str = Field(validation_alias=AliasChoices("path", "Path"))
    weight: int = Field(validation_alias=AliasChoices("weight", "Weight"))


class BlkioConfig(Element):
    """`blkio_config`: shares and limits of block devices."""

    weight: int | None = None
    weight_device: tuple[DeviceWeight, ...] = ()
    device_read_bps: tuple[DeviceRate, ...] = ()
    device_read_iops: tuple[DeviceRate, ...] = ()
    device_write_bps: tuple[DeviceRate, ...] = ()
    device_write_iops: tuple[DeviceRate, ...] = ()


class CredentialSpec(Element):
    """`credential_spec`: a managed service account of Windows."""

    config: str | None = None
    file: str | None = None
    registry: str | None = None


class Hook(Element):
    """One entry of `post_start` or `pre_stop`: a command in the running container."""

    command: tuple[str, ...] | None = None
    user: str | None = None
    privileged: bool = False
    working_dir: str | None = None
    environment: Mapping[str, str | None] = {}


class Watch(Element):
    """One entry of `develop.watch`: what a change of a file does while somebody develops."""

    path: str
    action: str
    target: str | None = None
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    initial_sync: bool = False
    exec: Hook | None = None


class Develop(Element):
    """`develop`: for whoever works on the service with `docker compose watch`."""

    watch: tuple[Watch, ...] = ()


class ServiceModel(Element):
    """One entry of a service's `models`: variables that tell it of an AI model."""

    endpoint_var: str | None = None
    model_var: str | None = None
