"""The application in the words of the Compose Specification.

Every class is one element of the specification under its own name, in its long form; what an element means on a
target is the target's business (`services.support` says which keys it knows). Elements are frozen, know no other keys
than their own, and refuse values of the wrong type. Rules that span elements are in `services.rules`.

Source: https://github.com/compose-spec/compose-spec, `03-compose-file.md` to `09-secrets.md`, `build.md`, `deploy.md`.
"""

from services.model.application import Application, Origin, UnsetVariable
from services.model.build import Build
from services.model.deploy import (
    Deploy,
    Placement,
    Reservations,
    ResourceLimits,
    Resources,
    RestartPolicy,
    UpdateConfig,
)
from services.model.elements import (
    Element,
    EnvironmentName,
    Name,
    PortNumber,
    VariableName,
)
from services.model.mounts import (
    BindOptions,
    ConfigMount,
    FileMount,
    SecretMount,
    TmpfsOptions,
    VolumeMount,
    VolumeOptions,
)
from services.model.networks import Ipam, IpamConfig, Network, NetworkAttachment
from services.model.ports import ContainerPort, Exposed, Port, Protocol
from services.model.resources import Config, Secret, Text, Volume
from services.model.runtime import (
    BlkioConfig,
    Condition,
    Dependency,
    Device,
    DeviceRate,
    DeviceRequest,
    Healthcheck,
    Hook,
    Logging,
    Ulimit,
)
from services.model.service import Service

__all__ = [
    "Application",
    "BindOptions",
    "BlkioConfig",
    "Build",
    "Condition",
    "Config",
    "ConfigMount",
    "ContainerPort",
    "Dependency",
    "Deploy",
    "Device",
    "DeviceRate",
    "DeviceRequest",
    "Element",
    "EnvironmentName",
    "Exposed",
    "FileMount",
    "Healthcheck",
    "Hook",
    "Ipam",
    "IpamConfig",
    "Logging",
    "Name",
    "Network",
    "NetworkAttachment",
    "Origin",
    "Placement",
    "Port",
    "PortNumber",
    "Protocol",
    "Reservations",
    "ResourceLimits",
    "Resources",
    "RestartPolicy",
    "Secret",
    "SecretMount",
    "Service",
    "Text",
    "TmpfsOptions",
    "Ulimit",
    "UnsetVariable",
    "UpdateConfig",
    "VariableName",
    "Volume",
    "VolumeMount",
    "VolumeOptions",
]
