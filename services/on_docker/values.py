"""Values in the forms that Docker and its provider take: pure functions."""

import json
import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from services.model import Device, DeviceRequest, Healthcheck, Logging, Port, Protocol, Service
from services.units import MIB

LOOPBACK: Final = "127.0.0.1"

_MARGIN: Final = timedelta(seconds=15)
"""What an engine may take to start a container and to notice its first result."""

SERVICE_LABEL: Final = "infra.service"
"""The label by which a container, and each of its lines, says which service it is of."""

LOG_ROTATION: Final[Mapping[str, str]] = {"max-size": "20m", "max-file": "5"}

_NO_NEW_PRIVILEGES: Final = "no-new-privileges"

_NO_LABELS: Final = "label=disable"

_CDI_DEVICE: Final = re.compile(r"[\w.-]+/[\w.-]+=[\w.:-]+")
"""A device by its name of the Container Device Interface: `vendor.com/class=name`."""


def duration(value: timedelta) -> str:
    """`1m30s`: the form in which Docker gives a duration back, so that a refresh sees no difference."""
    microseconds = value // timedelta(microseconds=1)
    if 0 < microseconds < 1_000_000:
        unit, size = ("ms", 1000) if microseconds >= 1000 else ("\N{MICRO SIGN}s", 1)
        return _decimal(microseconds, size) + unit
    minutes, below_a_minute = divmod(microseconds, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds = _decimal(below_a_minute, 1_000_000) + "s"
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + seconds


def _decimal(count: int, size: int) -> str:
    return f"{count / size:.6f}".rstrip("0").rstrip(".")


def seconds(value: timedelta) -> int:
    """Whole seconds, rounded up."""
    return math.ceil(value.total_seconds())


def mebibytes(size_bytes: int) -> int:
    """Whole MiB, rounded down: a limit is never looser than written."""
    return size_bytes // MIB


def memory_mib(service: Service) -> int | None:
    """The memory limit; None for no limit."""
    return mebibytes(service.memory_limit_bytes) if service.memory_limit_bytes else None


def memory_with_swap_mib(service: Service) -> int | None:
    """Memory and swap together: -1 for no limit, None for the engine's own choice.

    Without `memswap_limit` it is the memory limit alone: the engine's choice would be a difference at every refresh.
    """
    match service.memswap_limit:
        case None | 0:
            return memory_mib(service)
        case -1:
            return -1
        case limit:
            return mebibytes(limit)


def memory_reservation_bytes(service: Service) -> int | None:
    """Memory that the engine leaves to a container when it is short: `mem_reservation`, or that of `deploy`."""
    return service.mem_reservation or service.deploy.resources.reservations.memory


def health_deadline_seconds(check: Healthcheck) -> int:
    """Seconds after which the engine has given its verdict on a container that never becomes healthy.

    The first probe comes one interval after the start; failures count once the start period is over.
    """
    probes = (check.retries + 1) * (check.interval + check.timeout)
    return seconds(check.start_period + probes + _MARGIN)


def capability(name: str) -> str:
    """`CAP_NET_RAW`: the form in which the engine gives a capability back; `ALL` stays."""
    plain = name.upper().removeprefix("CAP_")
    return plain if plain == "ALL" else f"CAP_{plain}"


def tmpfs(entry: str) -> tuple[str, str]:
    """Split `/path:options` into the path and its mount options; no options are an empty text."""
    path, _, options = entry.partition(":")
    return path, options


def extra_host(entry: str) -> tuple[str, str]:
    """Split `host=address`."""
    host, _, address = entry.partition("=")
    return host, address


def log_driver(logging: Logging) -> tuple[str, Mapping[str, str]]:
    """The driver and its options: files that rotate, unless the application says otherwise.

    In files, each line names its service to whoever ships it.
    """
    driver = logging.driver or "json-file"
    if driver != "json-file":
        return driver, logging.options
    labels = ",".join(filter(None, (logging.options.get("labels"), SERVICE_LABEL)))
    rotation = {} if "max-size" in logging.options else LOG_ROTATION
    return driver, {**rotation, **logging.options, "labels": labels}


def security_options(service: Service, profiles: Mapping[str, str]) -> list[str]:
    """The security options: no new privileges, unless one of them says so or otherwise by name.

    `profiles` holds the content of each seccomp profile that is a file: the engine reads no files. It adds an option of
    its own for what is not apart from the host, which must be among ours to be no difference at a refresh.
    """
    written = service.security_opt
    names = {security_option(option)[0] for option in written}
    is_of_the_host = service.privileged or "host" in {service.pid, service.ipc}
    return [
        *([] if _NO_NEW_PRIVILEGES in names else [_NO_NEW_PRIVILEGES]),
        *(
            option if file is None else f"seccomp={json.dumps(json.loads(profiles[file]), separators=(',', ':'))}"
            for option in written
            for file in (seccomp_profile(option),)
        ),
        *([_NO_LABELS] if is_of_the_host and not any(option.startswith("label=") for option in written) else []),
    ]


def security_option(option: str) -> tuple[str, str]:
    """Split `name=value` or its older form `name:value`."""
    name, _, value = option.partition("=" if "=" in option else ":")
    return name, value


def seccomp_profile(option: str) -> str | None:
    """The file that a security option names; None where it names none."""
    name, value = security_option(option)
    return value if name == "seccomp" and value not in {"", "unconfined", "builtin"} else None


def is_cdi(device: Device) -> bool:
    """Whether a device is named as the Container Device Interface does, not by its path."""
    return _CDI_DEVICE.fullmatch(device.source) is not None


def device_requests(service: Service) -> list[DeviceRequest]:
    """Devices that the engine finds by what they can do: `gpus`, those of `deploy`, and CDI names of `devices`.

    A request for neither a count nor certain devices is one for all of them, and `gpus` are GPUs.
    """
    gpus = [
        request.model_copy(update={"capabilities": tuple(dict.fromkeys([*request.capabilities, "gpu"]))})
        for request in service.gpus
    ]
    requests = [
        request if request.count is not None or request.device_ids else request.model_copy(update={"count": -1})
        for request in [*gpus, *service.deploy.resources.reservations.devices]
    ]
    cdi = tuple(device.source for device in service.devices if is_cdi(device))
    return [*requests, *([DeviceRequest(driver="cdi", device_ids=cdi)] if cdi else [])]


def address(port: Port) -> str:
    """The address of this machine that a published port is bound to: loopback unless `host_ip` says otherwise."""
    return port.host_ip or LOOPBACK


def url_scheme(port: Port) -> str:
    """The scheme of a published port's URL; the transport protocol where nothing says what is spoken."""
    if port.protocol is not Protocol.TCP:
        return port.protocol.value
    by_number = {80: "http", 443: "https"}
    spoken = port.app_protocol or by_number.get(port.published or port.target, "tcp")
    return "http" if spoken == "http2" else spoken
