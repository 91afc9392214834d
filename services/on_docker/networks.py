"""Networks of a Docker engine, and how containers are on them."""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from services.model import Application, Network
from services.on_docker import addressing


def declare_networks(application: Application, opts: pulumi.ResourceOptions) -> Mapping[str, pulumi.Input[str]]:
    """Declare the application's networks. Returns each one's name on the engine; external ones are there already."""
    return {
        name: network.name or name if network.external else _declared(name, network, opts).name
        for name, network in application.networks.items()
    }


def _declared(name: str, network: Network, opts: pulumi.ResourceOptions) -> docker.Network:
    # Two networks of one name, or of one range, cannot be at the same time.
    is_fixed = network.name is not None or bool(network.ipam.config)
    return docker.Network(
        name,
        name=network.name,
        driver=network.driver or "bridge",
        options=network.driver_opts or None,
        # Containers that are no tasks of Swarm must be able to join.
        attachable=True,
        internal=network.internal,
        ipv6=network.enable_ipv6 or None,
        ipam_driver=network.ipam.driver,
        ipam_options=network.ipam.options or None,
        ipam_configs=[
            docker.NetworkIpamConfigArgs(
                subnet=config.subnet,
                ip_range=config.ip_range,
                gateway=addressing.gateway(network, config),
                aux_address=config.aux_addresses or None,
            )
            for config in network.ipam.config
        ]
        or None,
        labels=[docker.NetworkLabelArgs(label=label, value=value) for label, value in sorted(network.labels.items())]
        or None,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=is_fixed or None)),
    )


def attachments(
    application: Application, name: str, networks: Mapping[str, pulumi.Input[str]]
) -> list[docker.ContainerNetworksAdvancedArgs]:
    """How the containers of a service are on its networks."""
    service = application.services[name]
    return [
        docker.ContainerNetworksAdvancedArgs(
            name=networks[network],
            aliases=addressing.aliases(application, name, network),
            ipv4_address=attachment.ipv4_address,
            ipv6_address=attachment.ipv6_address,
            link_local_ips=attachment.link_local_ips or None,
            mac_address=addressing.mac_address(service, network),
            driver_opts=addressing.driver_options(attachment) or None,
            gw_priority=attachment.gw_priority or None,
        )
        for network, attachment in service.networks.items()
    ]
