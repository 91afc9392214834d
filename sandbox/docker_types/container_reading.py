"""A container as the engine tells it, in the provider's words."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.docker_types import values
from sandbox.docker_types.base import DockerType
from sandbox.docker_types.container_inputs import HOST, INPUTS, ContainerInput
from sandbox.plugin import Props

_ENGINES_CHOICE: Final = ("networkMode",)
"""Inputs with a default that the engine itself puts another value in the place of."""


def inputs_as_found(kind: DockerType, inputs: Props, found: Mapping[str, Any]) -> Props:
    """The inputs as the program gave them where the engine has the same, else as the engine has them.

    What the program does not give and the engine has by no default is told too: it is drift.
    """
    kept = {name: _as_found(kind, name, value, found) for name, value in inputs.items()}
    for name, row in INPUTS.items():
        if name not in inputs and row.default is not None and row.path and name not in _ENGINES_CHOICE:
            actual = row.from_engine(_at(found, row))
            if not kind.same(name, None, actual):
                kept[name] = actual
    return kept


def outputs_as_found(inputs: Props, found: Mapping[str, Any]) -> Props:
    """The inputs and what only the engine knows."""
    settings, config = found["NetworkSettings"], found["Config"]
    networks = values.props(settings.get("Networks"))
    bound = values.ports_from_engine(settings.get("Ports"))
    outputs: Props = {
        **inputs,
        "command": inputs.get("command") or config.get("Cmd") or [],
        "entrypoints": inputs.get("entrypoints") or config.get("Entrypoint") or [],
        "hostname": config["Hostname"],
        "bridge": settings.get("Bridge") or "",
        "ports": bound,
        "networkDatas": [
            {
                "networkName": name,
                "ipAddress": item.get("IPAddress") or "",
                "ipPrefixLength": item.get("IPPrefixLen") or 0,
                "gateway": item.get("Gateway") or "",
                "globalIpv6Address": item.get("GlobalIPv6Address") or "",
                "globalIpv6PrefixLength": item.get("GlobalIPv6PrefixLen") or 0,
                "ipv6Gateway": item.get("IPv6Gateway") or "",
                "macAddress": item.get("MacAddress") or "",
            }
            for name, item in sorted(networks.items())
        ],
    }
    if not found["State"]["Running"]:
        outputs["exitCode"] = found["State"]["ExitCode"]
    return outputs


def _as_found(kind: DockerType, name: str, value: Any, found: Mapping[str, Any]) -> Any:
    """An input as the program gave it where the engine has the same, else as the engine has it."""
    row = INPUTS.get(name)
    if row is None:
        return value
    if name == "name":
        actual = str(found["Name"]).lstrip("/")
    elif name == "image":
        actual = value if value in (found["Image"], found["Config"]["Image"]) else found["Image"]
    elif name == "capabilities":
        host = found[HOST]
        actual = {"adds": sorted(host.get("CapAdd") or []), "drops": sorted(host.get("CapDrop") or [])}
        wanted = {kind: sorted(values.props(value).get(kind) or []) for kind in ("adds", "drops")}
        return value if wanted == actual else actual
    elif name == "ports":
        actual = values.ports_from_engine(found["NetworkSettings"].get("Ports"))
        return value if _same_ports(value, actual) else actual
    elif name == "networksAdvanced":
        networks = values.props(found["NetworkSettings"].get("Networks"))
        names = {str(item["name"]) for item in values.items(value)}
        known = {*networks, *(str(item.get("NetworkID")) for item in networks.values())}
        return value if names <= known and len(networks) == len(names) else [{"name": item} for item in networks]
    elif not row.path or not row.reads:
        return value
    else:
        actual = row.from_engine(_at(found, row))
    if name == "healthcheck" and actual:  # what the program leaves out is the image's
        actual = {key: item for key, item in values.props(actual).items() if key in values.props(value)}
    return value if kind.same(name, value, actual) else actual


def _at(found: Mapping[str, Any], row: ContainerInput) -> Any:
    value: Any = found
    for key in (part for step in row.path for part in step.split(".")):
        value = values.props(value).get(key)
    return value


def _same_ports(wanted: Any, bound: list[Props]) -> bool:
    """Whether the bound ports are those that were asked for; a number that was left to the engine may be any."""
    asked = values.items(wanted)
    if len(asked) != len(bound):
        return False
    pairs = zip(sorted(asked, key=_port_order), bound, strict=True)
    return all(
        port["internal"] == there["internal"]
        and (port.get("protocol") or "tcp") == there["protocol"]
        and (port.get("ip") or "0.0.0.0") == there["ip"]  # noqa: S104 (the provider's default)
        and port.get("external") in (None, 0, there["external"])
        for port, there in pairs
    )


def _port_order(port: Props) -> tuple[int, str, int]:
    return (int(port["internal"]), str(port.get("protocol") or "tcp"), int(port.get("external") or 0))
