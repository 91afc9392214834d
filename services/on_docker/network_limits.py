"""What Docker networks cannot do as the model says it, and what the provider would never find at rest."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from services.model import Application, Network, Service
from services.on_docker.addressing import links
from services.on_docker.values import extra_host
from services.port_ranges import Numbered, path_of, protocol_of, runs
from services.problems import Problem

_WITH_LINKS: Final = ("links",)
_WITH_PORTS: Final = ("ports", "links")
_OWN_NETWORK: Final = ("ports", "hostname", "dns", "dns_search", "dns_opt", "extra_hosts", "links", "mac_address")
"""Keys of a service that the engine refuses without a network of its own (moby, runconfig, hostconfig_unix.go)."""


def _network_mode(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    mode = service.network_mode
    if mode is None:
        return
    if service.networks:
        yield Problem(("network_mode",), f"{mode!r} and networks exclude each other: take one of them out")
    keys, reason = _without(mode)
    for key in keys:
        if getattr(service, key):
            yield Problem((key,), f"cannot be with network_mode {mode!r}, {reason}: take it out")


def _without(mode: str) -> tuple[tuple[str, ...], str]:
    """What a service cannot have with a network mode, and why."""
    if mode == "host":
        return _WITH_PORTS, "as the service listens on the host itself"
    if mode == "none":
        return _WITH_PORTS, "as nobody can reach the service"
    if mode.startswith(("service:", "container:")):
        return _OWN_NETWORK, "as it belongs to whose network that is"
    return _WITH_LINKS, "as services do not find each other by name there"


def _reachable_ports(name: str, service: Service, application: Application) -> Iterator[Problem]:
    # The engine publishes nothing for such a container, so every preview would want to replace it.
    on = [application.networks[network] for network in service.networks if network in application.networks]
    if service.ports and on and all(network.internal for network in on):
        yield Problem(
            ("ports",),
            "all its networks are internal, so nothing outside reaches a published port: "
            f"put it on a network that is not internal, or move the ports to services.{name}.expose",
        )


def _ports_once(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    # The provider reads one of several back for all of them, and would replace the container.
    seen: set[tuple[int, str]] = set()
    again: list[Numbered] = []
    for index, port in enumerate(service.ports):
        if (port.target, port.protocol) in seen:
            again.append((index, port))
        seen.add((port.target, port.protocol))
    for run in runs(again, lambda numbered: numbered[1].target, alike=protocol_of):
        yield Problem(
            path_of(run),
            f"{run}/{protocol_of(run.things[0])} is published before, and the provider knows one port for each: "
            "publish it once, with host_ip '0.0.0.0' for every address",
        )


def _extra_hosts(_: str, service: Service, _application: Application) -> Iterator[Problem]:
    for index, entry in enumerate(service.extra_hosts):
        host, address = extra_host(entry)
        if not address:
            yield Problem(("extra_hosts", index), f"{entry!r}: write {host or 'host'}=address")
        elif ":" in address:
            yield Problem(
                ("extra_hosts", index),
                f"{address}: the provider takes IPv6 addresses apart at their colons: write an IPv4 address, or "
                "'host-gateway'",
            )


def _links(_: str, service: Service, application: Application) -> Iterator[Problem]:
    for index, (target, _alias) in enumerate(links(service)):
        other = application.services.get(target)
        if other is not None and not service.network_mode and not set(service.networks) & set(other.networks):
            yield Problem(("links", index), f"it shares no network with services.{target}: put both on one network")


def _addresses(_: str, service: Service, application: Application) -> Iterator[Problem]:
    """Fixed addresses, which the engine gives in ranges that are written alone."""
    for name, attachment in service.networks.items():
        network = application.networks.get(name)
        if network is None or network.external:
            continue
        ranges = _ranges(network)
        for key in ("ipv4_address", "ipv6_address"):
            text = getattr(attachment, key)
            if text is None:
                continue
            try:
                address = ip_address(text)
            except ValueError:
                yield Problem(("networks", name, key), f"{text!r} is no IP address")
                continue
            if not any(address in one for one in ranges):
                listed = ", ".join(map(str, ranges)) or "none"
                yield Problem(
                    ("networks", name, key),
                    f"{text} is in no range of networks.{name}, which has {listed}: write the range to "
                    f"networks.{name}.ipam.config",
                )


def _ranges(network: Network) -> list[IPv4Network | IPv6Network]:
    found: list[IPv4Network | IPv6Network] = []
    for config in network.ipam.config:
        try:
            found.append(ip_network(config.subnet or ""))
        except ValueError:
            continue  # `of_networks` says so
    return found


def of_networks(application: Application) -> Iterator[Problem]:
    """What is wrong with the networks themselves; paths begin at the application."""
    for name, network in application.networks.items():
        for index, config in enumerate(network.ipam.config):
            path = ("networks", name, "ipam", "config", index)
            if config.subnet is None:
                yield Problem(path, "has no subnet, and the engine makes up nothing for it: set subnet")
                continue
            for key in ("subnet", "ip_range"):
                text = getattr(config, key)
                try:
                    _ = ip_network(text) if text is not None else None
                except ValueError as error:
                    yield Problem((*path, key), f"{error}: write a range, as in '172.28.0.0/16'")
        if network.enable_ipv6 and network.ipam.config and not any(one.version == 6 for one in _ranges(network)):
            # The engine would add a range of its own, and the provider replace the network for it.
            yield Problem(
                ("networks", name, "enable_ipv6"),
                "is on, and ipam.config has no IPv6 range: add one, as in 'fd00:28::/64', or take ipam.config out",
            )


RULES = (_network_mode, _reachable_ports, _ports_once, _extra_hosts, _links, _addresses)
"""Rules whose paths begin below a service."""
