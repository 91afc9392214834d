"""Values between the provider's form and the engine's: pure functions."""

import re
from typing import Any, Final, cast

from sandbox.plugin import Props

MIB: Final = 1024 * 1024
_NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def props(value: object) -> Props:
    """A mapping; an empty one in place of nothing."""
    return cast("Props", value or {})


def items(value: object) -> list[Any]:
    """A list; an empty one in place of nothing."""
    return cast("list[Any]", value or [])


def nanoseconds(text: str) -> int:
    """`1m30s` (Go's form) as nanoseconds. Raises ValueError for another form."""
    if text in ("0", ""):
        return 0
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration such as 500ms, 10s or 1m30s")
    return sum(round(float(number) * _NANOSECONDS[unit]) for number, unit in parts)


def go_duration(nanoseconds: int) -> str:
    """Nanoseconds as Go writes them: `1m30s`, `1.5s`, `500ms`, `0s`."""
    if nanoseconds < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 10**3)):
            if nanoseconds >= size:
                return f"{nanoseconds / size:g}{unit}"
        return f"{nanoseconds}ns" if nanoseconds else "0s"
    minutes, rest = divmod(nanoseconds, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 10**9:.9f}".rstrip("0").rstrip(".") + "s"
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + seconds


def mib_to_bytes(size: int) -> int:
    """MiB as bytes; -1 (no limit) stays."""
    return size * MIB if size > 0 else size


def bytes_to_mib(size: int | None) -> int:
    """Bytes as whole MiB; -1 stays."""
    return (size or 0) // MIB if (size or 0) > 0 else size or 0


def healthcheck_to_engine(check: Props) -> Props:
    """The `healthcheck` input as the engine takes it; what it leaves out is the image's."""
    return {
        "Test": check.get("tests"),
        "Interval": nanoseconds(check.get("interval") or "0s"),
        "Timeout": nanoseconds(check.get("timeout") or "0s"),
        "StartPeriod": nanoseconds(check.get("startPeriod") or "0s"),
        "StartInterval": nanoseconds(check.get("startInterval") or "0s"),
        "Retries": check.get("retries") or 0,
    }


def healthcheck_from_engine(check: Props | None) -> Props | None:
    """The engine's health check as the input."""
    if not check:
        return None
    return {
        "tests": check.get("Test") or [],
        "interval": go_duration(check.get("Interval") or 0),
        "timeout": go_duration(check.get("Timeout") or 0),
        "startPeriod": go_duration(check.get("StartPeriod") or 0),
        "startInterval": go_duration(check.get("StartInterval") or 0),
        "retries": check.get("Retries") or 0,
    }


def mounts_to_engine(mounts: list[Props]) -> list[Props]:
    """The `mounts` input as the engine takes it."""
    return [_mount_to_engine(item) for item in mounts]


def _mount_to_engine(mount: Props) -> Props:
    made: Props = {
        "Type": mount["type"],
        "Target": mount["target"],
        "Source": mount.get("source") or "",
        "ReadOnly": bool(mount.get("readOnly")),
    }
    if options := cast("Props", mount.get("bindOptions") or {}):
        made["BindOptions"] = {"Propagation": options.get("propagation")}
    if options := cast("Props", mount.get("volumeOptions") or {}):
        driver = {"Name": options.get("driverName") or "", "Options": props(options.get("driverOptions"))}
        made["VolumeOptions"] = {
            "NoCopy": bool(options.get("noCopy")),
            "Labels": {item["label"]: item["value"] for item in items(options.get("labels"))},
            **({"DriverConfig": driver} if any(driver.values()) else {}),
            **({"Subpath": options["subpath"]} if options.get("subpath") else {}),
        }
    if options := cast("Props", mount.get("tmpfsOptions") or {}):
        made["TmpfsOptions"] = {"SizeBytes": options.get("sizeBytes") or 0, "Mode": options.get("mode") or 0}
    return made


def mounts_from_engine(mounts: list[Props] | None) -> list[Props]:
    """The engine's mounts (of its HostConfig, as they were asked for) as the input."""
    return [_mount_from_engine(item) for item in mounts or []]


def _mount_from_engine(mount: Props) -> Props:
    found: Props = {
        "type": mount["Type"],
        "target": mount["Target"],
        "source": mount.get("Source") or "",
        "readOnly": bool(mount.get("ReadOnly")),
    }
    if options := cast("Props", mount.get("BindOptions") or {}):
        found["bindOptions"] = {"propagation": options.get("Propagation") or ""}
    if options := cast("Props", mount.get("VolumeOptions") or {}):
        driver = cast("Props", options.get("DriverConfig") or {})
        found["volumeOptions"] = {
            "noCopy": bool(options.get("NoCopy")),
            "labels": [{"label": name, "value": value} for name, value in props(options.get("Labels")).items()],
            "driverName": driver.get("Name") or "",
            "driverOptions": driver.get("Options") or {},
            "subpath": options.get("Subpath") or "",
        }
    if options := cast("Props", mount.get("TmpfsOptions") or {}):
        found["tmpfsOptions"] = {"sizeBytes": options.get("SizeBytes") or 0, "mode": options.get("Mode") or 0}
    return found


def ports_to_engine(ports: list[Props]) -> Props:
    """The `ports` input as the engine's port bindings."""
    bindings: dict[str, list[Props]] = {}
    for port in ports:
        external = str(port.get("external") or "")
        binding = {"HostIp": port.get("ip") or "0.0.0.0", "HostPort": external}  # noqa: S104 (the provider's default)
        bindings.setdefault(f"{port['internal']}/{port.get('protocol') or 'tcp'}", []).append(binding)
    return bindings


def ports_from_engine(bound: Props | None) -> list[Props]:
    """What the engine has bound (of its NetworkSettings) as the input, in order of the container's ports.

    An unset address is bound on IPv4 and IPv6: the provider tells the first.
    """
    found: list[Props] = []
    for key, bindings in (bound or {}).items():
        internal, _, protocol = key.partition("/")
        for binding in cast("list[Props]", bindings or []):
            if binding["HostIp"] == "::":
                continue
            found.append(
                {
                    "internal": int(internal),
                    "external": int(binding["HostPort"]),
                    "ip": binding["HostIp"],
                    "protocol": protocol,
                }
            )
    return sorted(found, key=lambda port: (port["internal"], port["protocol"], port["external"]))


def volumes_to_binds(volumes: list[Props]) -> tuple[list[str], Props, list[str]]:
    """The `volumes` input as the engine's binds, anonymous volumes, and containers whose volumes are taken."""
    binds: list[str] = []
    anonymous: Props = {}
    taken: list[str] = []
    for item in volumes:
        mode = "ro" if item.get("readOnly") else "rw"
        source = item.get("volumeName") or item.get("hostPath")
        if item.get("fromContainer"):
            taken.append(str(item["fromContainer"]))  # the provider takes no mode but one that is part of it
        elif source:
            label = f",{item['selinuxRelabel']}" if item.get("selinuxRelabel") else ""
            binds.append(f"{source}:{item['containerPath']}:{mode}{label}")
        else:
            anonymous[str(item["containerPath"])] = {}
    return binds, anonymous, taken


def renamed(names: Props, items: list[Props], **defaults: Any) -> list[Props]:
    """Each item with its keys in the engine's words: `names` is ours -> theirs."""
    return [
        {
            theirs: item.get(ours, defaults.get(ours))
            for ours, theirs in names.items()
            if item.get(ours, defaults.get(ours)) is not None
        }
        for item in items
    ]


def named_back(names: Props, items: list[Props] | None) -> list[Props]:
    """The other way round."""
    return [{ours: item[theirs] for ours, theirs in names.items() if theirs in item} for item in items or []]
