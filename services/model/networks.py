"""Networks, and how a service is on one.

Source: compose-spec `06-networks.md`; `05-services.md`, "networks".
"""

from collections.abc import Mapping

from pydantic import Field

from services.model.elements import Alias, Element


class NetworkAttachment(Element):
    """One entry of a service's `networks`: further names that the service has on that network, and its addresses."""

    aliases: tuple[Alias, ...] = ()
    ipv4_address: str | None = None
    ipv6_address: str | None = None
    link_local_ips: tuple[str, ...] = ()
    mac_address: str | None = None
    driver_opts: Mapping[str, str] = {}
    gw_priority: int = 0
    priority: int = 0
    interface_name: str | None = None
    use_service_name_alias: bool = True


class IpamConfig(Element):
    """One entry of `ipam.config`: a range of addresses."""

    subnet: str | None = None
    ip_range: str | None = None
    gateway: str | None = None
    aux_addresses: Mapping[str, str] = {}


class Ipam(Element):
    """`ipam` of a network: where its addresses come from."""

    driver: str | None = None
    config: tuple[IpamConfig, ...] = ()
    options: Mapping[str, str] = {}


class Network(Element):
    """A top-level network: who shares one can reach each other; `internal` has no way out."""

    name: str | None = Field(default=None, description="Its own name; one of the stack's making when unset.")
    driver: str | None = None
    driver_opts: Mapping[str, str] = {}
    ipam: Ipam = Ipam()
    external: bool = Field(default=False, description="Whether it exists already, under its name.")
    internal: bool = False
    enable_ipv4: bool = True
    enable_ipv6: bool = False
    attachable: bool = False
    labels: Mapping[str, str] = {}
