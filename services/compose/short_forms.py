"""Short forms that are one line of text: ports, mounts, devices. Each becomes the mapping of its long form."""

import ipaddress
import re
from collections.abc import Iterator

from services.compose.values import Value, has_drive

_PROTOCOLS = ("tcp", "udp", "sctp")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")
_PROPAGATION = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
_SELINUX = ("z", "Z")


def is_ip(text: str) -> bool:
    """Whether a text is an IP address without a zone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _port_range(text: str, spec: str) -> tuple[int, int]:
    """`8000` or `8000-8009` as first and last."""
    bounds = text.split("-")[:2]
    if not all(bound.isascii() and bound.isdigit() and int(bound) < 1 << 16 for bound in bounds):
        raise ValueError(f"{text!r} in {spec!r} is no port or range of ports (0 to 65535)")
    first, last = int(bounds[0]), int(bounds[-1])
    if last < first:
        raise ValueError(f"the range of ports {text!r} in {spec!r} ends before it begins")
    return first, last


def _host_address(text: str, spec: str) -> str:
    bracketed = _BRACKETED.fullmatch(text)
    address = bracketed[1] if bracketed else text
    if (bracketed is None and ":" in text) or (address and not is_ip(address)):
        raise ValueError(f"{text!r} in {spec!r} is no IP address; put an IPv6 address into brackets")
    return address


def _ports(spec: str) -> Iterator[dict[str, Value]]:
    address, published, container = "", "", spec
    if ":" in spec:
        before, container = spec.rsplit(":", 1)
        address, _, published = before.rpartition(":")
    container, *protocols = container.split("/")
    protocol = (protocols[0] if protocols and protocols[0] else "tcp").lower()
    host = _host_address(address, spec)
    if not container:
        raise ValueError(f"{spec!r} names no port of the container")
    first, last = _port_range(container, spec)
    host_first, host_last = _port_range(published, spec) if published else (0, 0)
    if published and last - first != host_last - host_first and first != last:
        raise ValueError(f"the ranges {published!r} and {container!r} in {spec!r} have different lengths")
    if protocol not in _PROTOCOLS:
        raise ValueError(f"{protocol!r} in {spec!r} is no protocol: write one of {', '.join(_PROTOCOLS)}")
    for offset in range(last - first + 1):
        port: dict[str, Value] = {"mode": "ingress", "target": first + offset, "protocol": protocol}
        if published:
            port["published"] = str(host_first + offset)
        if first == last and host_first != host_last:
            port["published"] = f"{host_first}-{host_last}"
        if host:
            port["host_ip"] = host
        if not port["target"]:
            del port["target"]
        yield port


def parse_ports(spec: str) -> list[dict[str, Value]]:
    """`[[address:]published:]container[/protocol]`, each side a port or a range; sorted by the text of the port.

    Raises:
        ValueError: It is no such text.
    """
    return sorted(_ports(spec), key=lambda port: f"{port.get('target', 0)}/{port['protocol']}")


def _mount_fields(spec: str) -> Iterator[str]:
    """The fields between colons; those of `${...}` and of a Windows drive do not count."""
    current, depth = "", 0
    for index, character in enumerate(spec):
        if character == "$" and spec[index + 1 : index + 2] == "{":
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif character == ":" and not depth and not (len(current) == 1 and has_drive(current + ":")):
            yield current
            current = ""
            continue
        current += character
    yield current


def is_file_path(source: str) -> bool:
    """Whether the source of a mount is a path rather than the name of a volume."""
    return source.startswith((".", "/", "~", "\\\\")) or has_drive(source)


def parse_mount(spec: str) -> dict[str, Value]:
    """`[source:]target[:options]` as the long form; a source that looks like a path is a bind mount.

    Raises:
        ValueError: It is no such text.
    """
    if not spec:
        raise ValueError("an empty text is no mount")
    if len(spec) <= 2:
        return {"type": "volume", "target": spec}
    fields = list(_mount_fields(spec))
    if not all(fields):
        raise ValueError(f"{spec!r} has an empty field between colons")
    if len(fields) > 3:
        raise ValueError(f"{spec!r} has too many colons")
    source, target = ("", fields[0]) if len(fields) == 1 else (fields[0], fields[1])
    mount: dict[str, Value] = {"type": "bind" if is_file_path(source) else "volume"}
    if source:
        mount["source"] = source
    mount["target"] = target
    bind: dict[str, Value] = {}
    volume: dict[str, Value] | None = None
    for option in fields[2].split(",") if len(fields) == 3 else ():
        match option:
            case "ro":
                mount["read_only"] = True
            case "rw":
                mount.pop("read_only", None)
            case "nocopy":
                volume = {"nocopy": True}
            case _ if option in _PROPAGATION:
                bind["propagation"] = option
            case _ if option in _SELINUX:
                bind["selinux"] = option
            case _:
                pass  # compose-go passes over options that it does not know
    if mount["type"] == "bind":
        mount["bind"] = {**bind, "create_host_path": True}
    elif bind:
        mount["bind"] = {**bind}
    if mount["type"] == "volume" or volume is not None:
        mount["volume"] = volume or {}
    return mount


def parse_device(spec: str) -> dict[str, Value]:
    """`source[:target[:permissions]]` as the long form.

    Raises:
        ValueError: It has more fields.
    """
    fields = spec.split(":")
    if len(fields) > 3:
        raise ValueError(f"{spec!r} has too many colons; write source, target and permissions as keys")
    source, target, permissions = (*fields, *("", "", "rwm")[len(fields) :])
    return {"source": source, "target": target or source, "permissions": permissions}
