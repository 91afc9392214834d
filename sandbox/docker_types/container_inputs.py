"""The inputs of a container: where each stands in the engine's API, in which form, and what its change does.

Source of what a change does: terraform-provider-docker, resource_docker_container (ForceNew, and what its update
function looks at). What is neither replaced nor updated there is taken into the state and leaves the container as it
is: a program that wants more asks for it with `replace_on_changes`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sandbox.docker_types import values
from sandbox.docker_types.base import Change, Input
from sandbox.plugin import Props

Convert = Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class ContainerInput(Input):
    """One input."""

    path: tuple[str, ...] = ()
    """Keys below `Config` or `HostConfig` of what the engine tells; empty for what only the provider looks at."""
    to_engine: Convert = _as_it_is
    from_engine: Convert = _as_it_is
    reads: bool = True
    """Whether a refresh looks at it. Environment and labels are mixed with the image's, as in the real provider."""


HOST: Final = "HostConfig"
CONFIG: Final = "Config"

_ULIMIT = {"name": "Name", "soft": "Soft", "hard": "Hard"}
_DEVICE = {"hostPath": "PathOnHost", "containerPath": "PathInContainer", "permissions": "CgroupPermissions"}
_RATE = {"path": "Path", "rate": "Rate"}
_REQUEST = {
    "driver": "Driver",
    "count": "Count",
    "deviceIds": "DeviceIDs",
    "capabilities": "Capabilities",
    "options": "Options",
}


def _host(key: str, **options: Any) -> ContainerInput:
    return ContainerInput(path=(HOST, key), **options)


def _config(key: str, **options: Any) -> ContainerInput:
    return ContainerInput(path=(CONFIG, key), **options)


def _listed(key: str, names: Mapping[str, str], **defaults: Any) -> ContainerInput:
    to_engine = partial(values.renamed, dict(names), **defaults)
    return _host(key, unordered=True, to_engine=to_engine, from_engine=partial(values.named_back, dict(names)))


def _devices(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    whole = [{"containerPath": item["hostPath"], "permissions": "rwm", **item} for item in items]
    return values.renamed(dict(_DEVICE), whole)


def _hosts_to_engine(items: list[dict[str, Any]]) -> list[str]:
    return [f"{item['host']}:{item['ip']}" for item in items]


def _hosts_from_engine(items: list[str] | None) -> list[dict[str, Any]]:
    return [dict(zip(("host", "ip"), item.split(":", 1), strict=True)) for item in items or []]


def _cpus_to_engine(cpus: str) -> int:
    return round(float(cpus) * 10**9)


def _cpus_from_engine(nano: int | None) -> str | None:
    return f"{nano / 10**9:g}" if nano else None


_UPDATE: Final = Change.UPDATE
_SIZE: Final = {"to_engine": values.mib_to_bytes, "from_engine": values.bytes_to_mib}

INPUTS: Final[Mapping[str, ContainerInput]] = {
    "name": ContainerInput(),
    "image": ContainerInput(),
    "attach": ContainerInput(change=_UPDATE, default=False),
    "capabilities": ContainerInput(),
    "cgroupParent": _host("CgroupParent"),
    "cgroupnsMode": _host("CgroupnsMode"),
    "command": _config("Cmd"),
    "containerReadRefreshTimeoutMilliseconds": ContainerInput(change=_UPDATE),
    "cpuPeriod": _host("CpuPeriod", change=_UPDATE, default=0),
    "cpuQuota": _host("CpuQuota", change=_UPDATE, default=0),
    "cpuSet": _host("CpusetCpus", change=_UPDATE, default=""),
    "cpuShares": _host("CpuShares", change=_UPDATE, default=0),
    "cpus": _host("NanoCpus", to_engine=_cpus_to_engine, from_engine=_cpus_from_engine),
    "destroyGraceSeconds": ContainerInput(change=_UPDATE),
    "deviceCgroupRules": _host("DeviceCgroupRules", unordered=True),
    "deviceReadBps": _listed("BlkioDeviceReadBps", _RATE),
    "deviceReadIops": _listed("BlkioDeviceReadIOps", _RATE),
    "deviceRequests": _listed("DeviceRequests", _REQUEST),
    "deviceWriteBps": _listed("BlkioDeviceWriteBps", _RATE),
    "deviceWriteIops": _listed("BlkioDeviceWriteIOps", _RATE),
    "devices": _host(
        "Devices", unordered=True, to_engine=_devices, from_engine=partial(values.named_back, dict(_DEVICE))
    ),
    "dns": _host("Dns", unordered=True),
    "dnsOpts": _host("DnsOptions", unordered=True),
    "dnsSearches": _host("DnsSearch", unordered=True),
    "domainname": _config("Domainname"),
    "entrypoints": _config("Entrypoint"),
    "envs": _config("Env", unordered=True, reads=False),
    "groupAdds": _host("GroupAdd", unordered=True),
    "healthcheck": _config(
        "Healthcheck",
        change=_UPDATE,
        to_engine=values.healthcheck_to_engine,
        from_engine=values.healthcheck_from_engine,
    ),
    "hostname": _config("Hostname"),
    "hosts": _host("ExtraHosts", unordered=True, to_engine=_hosts_to_engine, from_engine=_hosts_from_engine),
    "init": _host("Init", change=_UPDATE),
    "ipcMode": _host("IpcMode"),
    "labels": ContainerInput(unordered=True, reads=False),
    "logDriver": _host("LogConfig.Type"),
    "logOpts": _host("LogConfig.Config"),
    "logs": ContainerInput(change=_UPDATE, default=False),
    "maxRetryCount": _host("RestartPolicy.MaximumRetryCount", change=_UPDATE, default=0),
    "memory": _host("Memory", change=_UPDATE, default=0, **_SIZE),
    "memoryReservation": _host("MemoryReservation", change=_UPDATE, default=0, **_SIZE),
    "memorySwap": _host("MemorySwap", change=_UPDATE, default=0, **_SIZE),
    "mounts": _host("Mounts", unordered=True, to_engine=values.mounts_to_engine, from_engine=values.mounts_from_engine),
    "mustRun": ContainerInput(change=_UPDATE, default=True),
    "networkMode": _host("NetworkMode", default="bridge"),
    "networksAdvanced": ContainerInput(unordered=True),
    "pidMode": _host("PidMode"),
    "platform": ContainerInput(),
    "ports": ContainerInput(),
    "privileged": _host("Privileged", default=False),
    "publishAllPorts": _host("PublishAllPorts", default=False),
    "readOnly": _host("ReadonlyRootfs", default=False),
    "removeVolumes": ContainerInput(change=_UPDATE, default=True),
    "restart": _host("RestartPolicy.Name", change=_UPDATE, default="no"),
    "rm": _host("AutoRemove", change=_UPDATE, default=False),
    "runtime": _host("Runtime"),
    "securityOpts": _host("SecurityOpt", unordered=True),
    "shmSize": _host("ShmSize", **_SIZE),
    "start": ContainerInput(change=_UPDATE, default=True),
    "stdinOpen": _config("OpenStdin", default=False),
    "stopSignal": _config("StopSignal"),
    "stopTimeout": _config("StopTimeout"),
    "storageOpts": _host("StorageOpt"),
    "sysctls": _host("Sysctls"),
    "tmpfs": _host("Tmpfs", change=_UPDATE),
    "tty": _config("Tty", default=False),
    "ulimits": _listed("Ulimits", _ULIMIT),
    "user": _config("User"),
    "usernsMode": _host("UsernsMode"),
    "volumes": ContainerInput(unordered=True),
    "wait": ContainerInput(change=_UPDATE, default=False),
    "waitTimeout": ContainerInput(change=_UPDATE, default=60),
    "workingDir": _config("WorkingDir"),
}

UPDATED: Final = ("restart", "maxRetryCount", "cpuShares", "memory", "cpuSet", "memorySwap")
"""What the real provider's update sends to the engine; the rest of the updatable inputs it only remembers."""


def put(body: Props, keys: tuple[str, ...], value: Any) -> None:
    """Set the value below keys, each of which may be dotted."""
    *above, last = (part for step in keys for part in step.split("."))
    for key in above:
        body = body.setdefault(key, {})
    body[last] = value
