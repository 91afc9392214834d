"""On which ports services reach each other, and who reaches the internet; pure."""

from services.model import Application, ContainerPort, Service
from services.on_aws.replacements import managed_port


def reachable_ports(name: str, application: Application) -> tuple[ContainerPort, ...]:
    """Return the ports on which a service can be reached by its networks: none for a job, the engine's if managed."""
    service = application.services[name]
    if name in application.one_shot_services:
        return ()
    if service.x_aws.managed is not None:
        return (ContainerPort(managed_port(service)),)
    return service.reachable_ports


def network_ports(network: str, application: Application) -> tuple[ContainerPort, ...]:
    """Return every port on which some service of a network can be reached there, in rising order."""
    members = [name for name, service in application.services.items() if network in service.networks]
    return tuple(sorted({port for name in members for port in reachable_ports(name, application)}))


def has_way_out(service: Service, application: Application) -> bool:
    """Whether a service is on a network that is not internal."""
    return any(not application.networks[network].internal for network in service.networks)
