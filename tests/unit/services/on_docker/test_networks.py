"""Networks on a Docker engine, and how containers are on them."""

from typing import Any

import pytest

from services.model import (
    Application,
    Dependency,
    Exposed,
    Ipam,
    IpamConfig,
    Network,
    NetworkAttachment,
    Port,
    Protocol,
    Service,
)
from services.on_docker import addressing
from tests.unit.services.on_docker.deployed import NETWORK, inputs, one_service, run


def declared(network: Network) -> dict[str, Any]:
    application = one_service().model_copy(update={"networks": {"edge": network}})
    return dict(run(application).of(NETWORK)["edge"].inputs)


def test_a_network_is_an_attachable_bridge_under_a_name_of_its_own_making() -> None:
    assert declared(Network()) == {"driver": "bridge", "attachable": True, "internal": False}


def test_a_network_takes_what_is_written() -> None:
    network = Network(
        name="shop-edge",
        driver="bridge",
        driver_opts={"com.docker.network.bridge.name": "shop0"},
        enable_ipv6=True,
        labels={"tier": "front"},
        ipam=Ipam(
            driver="default",
            options={"foo": "bar"},
            config=(IpamConfig(subnet="172.28.0.0/16", ip_range="172.28.5.0/24"), IpamConfig(subnet="fd00:28::/64")),
        ),
    )
    assert declared(network) == {
        "name": "shop-edge",
        "driver": "bridge",
        "attachable": True,
        "internal": False,
        "options": {"com.docker.network.bridge.name": "shop0"},
        "ipv6": True,
        "labels": [{"label": "tier", "value": "front"}],
        "ipamDriver": "default",
        "ipamOptions": {"foo": "bar"},
        "ipamConfigs": [
            {"subnet": "172.28.0.0/16", "ipRange": "172.28.5.0/24", "gateway": "172.28.5.1"},
            {"subnet": "fd00:28::/64", "gateway": "fd00:28::1"},
        ],
    }


@pytest.mark.parametrize(("network", "first"), [(Network(), False), (Network(name="shop-edge"), True)])
def test_a_network_of_a_fixed_name_goes_before_its_successor_comes(network: Network, first: bool) -> None:
    application = one_service().model_copy(update={"networks": {"edge": network}})
    assert run(application).of(NETWORK)["edge"].request.deleteBeforeReplace is first


@pytest.mark.parametrize(
    ("network", "config", "gateway"),
    [
        (Network(), IpamConfig(subnet="10.1.0.0/24"), "10.1.0.1"),
        (Network(), IpamConfig(subnet="10.1.0.0/24", gateway="10.1.0.254"), "10.1.0.254"),
        (Network(), IpamConfig(subnet="10.1.0.0/24", aux_addresses={"router": "10.1.0.1"}), "10.1.0.2"),
        (Network(driver="macvlan"), IpamConfig(subnet="10.1.0.0/24"), None),
    ],
)
def test_the_gateway_is_written_down_where_the_engine_would_choose_it(
    network: Network, config: IpamConfig, gateway: str | None
) -> None:
    assert addressing.gateway(network, config) == gateway


def test_an_external_network_is_joined_by_its_name_and_not_declared() -> None:
    networks = {"edge": Network(external=True, name="outside"), "back": Network(external=True)}
    attached = {"edge": NetworkAttachment(), "back": NetworkAttachment()}
    deployed = run(one_service(networks=attached).model_copy(update={"networks": networks}))
    assert deployed.of(NETWORK) == {}
    joined = deployed.containers["web-1"].inputs["networksAdvanced"]
    assert {item["name"] for item in joined} == {"outside", "back"}


def test_an_attachment_carries_names_addresses_and_options() -> None:
    attachment = NetworkAttachment(
        aliases=("www",),
        ipv4_address="172.28.0.9",
        ipv6_address="fd00::9",
        link_local_ips=("169.254.8.8",),
        mac_address="02:42:ac:11:00:02",
        driver_opts={"com.example": "1"},
        interface_name="lan0",
        gw_priority=7,
    )
    ranges = Ipam(config=(IpamConfig(subnet="172.28.0.0/16"), IpamConfig(subnet="fd00::/64")))
    application = one_service(networks={"edge": attachment})
    network = Network(enable_ipv6=True, ipam=ranges)
    assert inputs(application.model_copy(update={"networks": {"edge": network}}))["networksAdvanced"] == [
        {
            "name": "edge-0000000",
            "aliases": ["web", "www"],
            "ipv4Address": "172.28.0.9",
            "ipv6Address": "fd00::9",
            "linkLocalIps": ["169.254.8.8"],
            "macAddress": "02:42:ac:11:00:02",
            "driverOpts": ["com.docker.network.endpoint.ifname=lan0", "com.example=1"],
            "gwPriority": 7,
        }
    ]


def linked() -> Application:
    both = {"edge": NetworkAttachment(), "back": NetworkAttachment()}
    return Application(
        name="shop",
        services={
            "web": Service(
                image="web:1",
                networks={"edge": NetworkAttachment()},
                links=("store:db", "store"),
                depends_on={"store": Dependency()},
            ),
            "store": Service(image="store:1", networks=both, expose=(Exposed(first=5432),)),
        },
        networks={"edge": Network(), "back": Network()},
    )


def test_the_alias_of_a_link_is_a_name_on_the_networks_that_both_share() -> None:
    names = {network: addressing.aliases(linked(), "store", network) for network in ("edge", "back")}
    assert names == {"edge": ("store", "db"), "back": ("store",)}


def test_a_service_may_keep_its_own_name_off_a_network() -> None:
    application = one_service(networks={"edge": NetworkAttachment(aliases=("www",), use_service_name_alias=False)})
    assert addressing.aliases(application, "web", "edge") == ("www",)


@pytest.mark.parametrize(
    ("attachments", "first"),
    [
        ({"b": NetworkAttachment(), "a": NetworkAttachment()}, "a"),
        ({"b": NetworkAttachment(priority=1), "a": NetworkAttachment()}, "b"),
    ],
)
def test_the_service_s_mac_address_is_on_its_first_network(
    attachments: dict[str, NetworkAttachment], first: str
) -> None:
    service = Service(image="web:1", networks=attachments, mac_address="02:42:ac:11:00:02")
    found = {network for network in attachments if addressing.mac_address(service, network) is not None}
    assert found == {first}


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("host", "host"),
        ("none", "none"),
        ("bridge", "bridge"),
        ("default", "bridge"),
        ("container:vpn", "container:vpn"),
        ("service:store", "container:store-1-id"),
    ],
)
def test_a_network_mode_takes_the_place_of_networks(written: str, mode: str) -> None:
    application = linked()
    web = Service(image="web:1", network_mode=written, depends_on={"store": Dependency()})
    found = inputs(application.model_copy(update={"services": {**application.services, "web": web}}))
    assert found["networkMode"] == mode
    assert "networksAdvanced" not in found


def test_ports_are_bound_as_written_and_each_has_an_endpoint() -> None:
    ports = (
        Port(target=8080, published=80),
        Port(target=8443, published=443, host_ip="192.0.2.7"),
        Port(target=9000, host_ip="::"),
        Port(target=53, published=5353, protocol=Protocol.UDP),
    )
    deployed = run(one_service(ports=ports))
    assert deployed.containers["web-1"].inputs["ports"] == [
        {"internal": 8080, "external": 80, "protocol": "tcp", "ip": "127.0.0.1"},
        {"internal": 8443, "external": 443, "protocol": "tcp", "ip": "192.0.2.7"},
        {"internal": 9000, "protocol": "tcp", "ip": "::"},
        {"internal": 53, "external": 5353, "protocol": "udp", "ip": "127.0.0.1"},
    ]
    assert deployed.endpoints == {
        "web": "http://127.0.0.1:80",
        "web:8443": "https://192.0.2.7:443",
        "web:9000": "tcp://[::1]:32770",
        "web:53/udp": "udp://127.0.0.1:5353",
    }


def test_names_and_resolvers_are_as_written() -> None:
    found = inputs(
        one_service(
            hostname="www",
            domainname="example.com",
            dns=("10.0.0.2",),
            dns_opt=("ndots:1",),
            dns_search=("example.com",),
            extra_hosts=("host.docker.internal=host-gateway", "db=10.0.0.9"),
        )
    )
    assert (found["hostname"], found["domainname"]) == ("www", "example.com")
    assert (found["dns"], found["dnsOpts"], found["dnsSearches"]) == (["10.0.0.2"], ["ndots:1"], ["example.com"])
    assert found["hosts"] == [
        {"host": "host.docker.internal", "ip": "host-gateway"},
        {"host": "db", "ip": "10.0.0.9"},
    ]
