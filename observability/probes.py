"""What is asked from outside: every service that answers on a port."""

from collections.abc import Iterator, Sequence

from observability.description import Probe, ProbeKind, WatchedService


def probes(services: Sequence[WatchedService]) -> Iterator[Probe]:
    """A probe for each service that listens."""
    for service in services:
        if service.port is not None:
            yield Probe(service=service.name, kind=service.probe, target=_target(service))


def _target(service: WatchedService) -> str:
    host = f"{service.name}:{service.port}"
    return host if service.probe is ProbeKind.TCP else f"{service.probe.scheme}://{host}{service.health_path}"
