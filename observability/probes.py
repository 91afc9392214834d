"""What is asked from outside: every service that answers on a port."""

from collections.abc import Iterator, Sequence

from observability.description import Probe, ProbeKind, ServiceKind, WatchedService


def probes(services: Sequence[WatchedService]) -> Iterator[Probe]:
    """A probe for each service that listens: over HTTP where it speaks it, else a TCP connection."""
    for service in services:
        if service.port is None:
            continue
        host = f"{service.name}:{service.port}"
        match service.kind:
            case ServiceKind.POSTGRES:
                yield Probe(service=service.name, kind=ProbeKind.TCP, target=host)
            case _ if service.authenticated:
                # It answers 401 over TLS when it is up; no credentials are needed to see that.
                yield Probe(service=service.name, kind=ProbeKind.HTTPS_AUTHENTICATED, target=f"https://{host}/")
            case _ if service.tls:
                yield Probe(service=service.name, kind=ProbeKind.HTTPS, target=f"https://{host}{service.health_path}")
            case _:
                yield Probe(service=service.name, kind=ProbeKind.HTTP, target=f"http://{host}{service.health_path}")
