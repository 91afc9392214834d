"""Names and addresses of services on Docker networks, and whose namespaces they share: pure functions."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Final

from services.compose.values import Path
from services.model import Application, IpamConfig, Network, NetworkAttachment, Service

INTERFACE_NAME: Final = "com.docker.network.endpoint.ifname"
"""Option of an endpoint: the name of its interface in the container (Docker documentation, "interface_name")."""

_OWN_ROUTERS: Final = frozenset({None, "bridge"})
"""Drivers whose networks have a gateway of the engine's own."""


def aliases(application: Application, service: str, network: str) -> tuple[str, ...]:
    """Names under which others on a network find a service, its own first.

    An alias of a link is one for everybody on the networks that the two share: all names are of one namespace.
    """
    attachment = application.services[service].networks[network]
    linked = (
        alias
        for other in application.services.values()
        if network in other.networks
        for target, alias in links(other)
        if target == service and alias is not None
    )
    own = (service,) if attachment.use_service_name_alias else ()
    return tuple(dict.fromkeys([*own, *attachment.aliases, *linked]))


def links(service: Service) -> Iterator[tuple[str, str | None]]:
    """The services that a service links, each with the alias that it gives."""
    for link in service.links:
        target, _, alias = link.partition(":")
        yield target, alias or None


def driver_options(attachment: NetworkAttachment) -> list[str]:
    """Options of an endpoint as `name=value`."""
    named = {} if attachment.interface_name is None else {INTERFACE_NAME: attachment.interface_name}
    return [f"{name}={value}" for name, value in sorted({**attachment.driver_opts, **named}.items())]


def mac_address(service: Service, network: str) -> str | None:
    """The MAC address on a network: the service's own is that of its first one, by priority, then by name."""
    first, _ = min(service.networks.items(), key=lambda item: (-item[1].priority, item[0]))
    return service.networks[network].mac_address or (service.mac_address if network == first else None)


def gateway(network: Network, config: IpamConfig) -> str | None:
    """The gateway of a range: the one that is written, or the one that the engine would choose.

    The engine shows a gateway that nobody wrote only once it has been restarted, and the provider would replace the
    network for that. It takes the first address that is free.
    """
    if config.gateway or not config.subnet or network.driver not in _OWN_ROUTERS:
        return config.gateway
    taken = set(config.aux_addresses.values())
    hosts = map(str, ip_network(config.ip_range or config.subnet).hosts())
    return next((host for host in hosts if host not in taken), None)


def shared_service(reference: str | None) -> str | None:
    """The service whose namespace `service:NAME` shares."""
    return reference.removeprefix("service:") if reference and reference.startswith("service:") else None


def volumes_source(reference: str) -> tuple[str | None, str]:
    """Split an entry of `volumes_from` into the service (None for another container) and the rest.

    The rest is the container's name, or nothing, and the mode: `web:ro` is `("web", ":ro")`, `container:db` is
    `(None, "db")`.
    """
    if reference.startswith("container:"):
        return None, reference.removeprefix("container:")
    service, _, mode = reference.partition(":")
    return service, f":{mode}" if mode else ""


def borrowed_services(service: Service) -> Iterator[tuple[Path, str]]:
    """The services whose containers a service uses parts of, with the key that says so."""
    for key in ("network_mode", "ipc", "pid"):
        if (name := shared_service(getattr(service, key))) is not None:
            yield (key,), name
    for index, entry in enumerate(service.volumes_from):
        if (name := volumes_source(entry)[0]) is not None:
            yield ("volumes_from", index), name
