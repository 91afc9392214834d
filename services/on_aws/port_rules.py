"""What AWS refuses of ports, and of where the outside finds them; pure."""

import re
from collections.abc import Iterator
from typing import Final

from components.settings import EdgeSettings
from services.model import Application, Port, Protocol, Service
from services.on_aws.published import Forwarded, Published, forwarded, is_http, number_of, outside_ports, published
from services.on_aws.reachability import has_way_out
from services.problems import Problem

MAX_TARGET_GROUPS: Final = 5
"""Target groups of one service (Amazon ECS Developer Guide, "Registering multiple target groups with a service")."""

MAX_CERTIFICATE_NAMES: Final = 10
"""Names in one certificate (AWS Certificate Manager User Guide, "Quotas")."""

_FIRST_OPEN_PORT: Final = 1024
"""Private subnets admit datagrams from outside of the VPC from here on (`components.network_acls`)."""

_HOST_NAME: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def _protocols(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for index, port in enumerate(service.ports):
        if port.protocol is Protocol.SCTP:
            yield Problem(("ports", index), "ECS knows TCP and UDP alone: choose one of them")
    for index, entry in enumerate(service.expose):
        if entry.protocol is Protocol.SCTP:
            yield Problem(("expose", index), "ECS knows TCP and UDP alone: choose one of them")


def _published(name: str, service: Service, application: Application) -> Iterator[Problem]:
    for index, port in enumerate(service.ports):
        if port not in outside_ports(service) or port.protocol is Protocol.SCTP:
            continue
        if name in application.one_shot_services:
            yield Problem(("ports", index), "a job runs to its end and cannot be published: remove the port")
        elif not is_http(port) and service.x_aws.expose is None:
            yield Problem(("ports", index), _remedy(port))
    count = len(published(name, service)) + len(forwarded(name, service))
    if count > MAX_TARGET_GROUPS:
        yield Problem(("ports",), f"{count} ports are published, and ECS registers a service for {MAX_TARGET_GROUPS}")


def _remedy(port: Port) -> str:
    number = f"{number_of(port)}/{port.protocol}"
    speaks = "" if port.protocol is Protocol.UDP else "app_protocol: http if HTTP is spoken on it, "
    return (
        f"{number} is not published without being asked for: set {speaks}x-aws.expose to public (the internet) or "
        "internal (the stack's network), bind it to host_ip 127.0.0.1, or move it to expose"
    )


def _datagrams(name: str, service: Service, application: Application) -> Iterator[Problem]:
    for port in forwarded(name, service) if name not in application.one_shot_services else ():
        if port.target.protocol is not Protocol.UDP:
            continue
        if port.health_port is None:
            yield Problem(
                ("ports",),
                f"whether a task lives that takes {port.target} can only be asked over TCP: add a TCP port that it "
                "answers on to expose",
            )
        if port.exposure == "public" and (
            port.target.number < _FIRST_OPEN_PORT or not has_way_out(service, application)
        ):
            yield Problem(
                ("ports",),
                f"{port.target}: datagrams keep the address of their client, so the network lets them through to "
                "services that have a way out, and to ports from 1024 on: use such a port, on a network that is not "
                "internal",
            )


RULES: Final = (_protocols, _published, _datagrams)


def of_balancers(application: Application) -> Iterator[Problem]:
    """Two ports that would be one listener of a network load balancer."""
    owners: dict[tuple[str, int], Forwarded] = {}
    for name, service in application.services.items():
        for port in forwarded(name, service):
            other = owners.setdefault((port.exposure, port.number), port)
            if other != port:
                yield Problem(
                    ("services", name, "ports"),
                    f"{port.number} is published by services.{other.service} for {other.target}, and a load balancer "
                    f"has one listener a port: publish {port.target} on another one",
                )


def of_the_edge(application: Application, edge: EdgeSettings | None) -> Iterator[Problem]:
    """What the stack's load balancer cannot publish as it is set up."""
    takers: dict[tuple[str, str], Published] = {}
    hosts: set[str] = set()
    for name, service in application.services.items():
        if name in application.one_shot_services:
            continue
        for port in published(name, service):
            if edge is None:
                yield Problem(
                    ("services", name, "ports"),
                    f"{port.port} is published, but the stack has no load balancer: set "
                    "components:edge.domain and components:edge.hosted_zone",
                )
                continue
            if port.host is not None and (problem := _host_problem(port.host, edge)):
                yield Problem(("services", name, "x-aws", "route", "host"), problem)
            hosts.add(port.host or edge.domain)
            first = takers.setdefault((port.host or edge.domain, port.path), port)
            if first.host != port.host:  # with the same host, `between_services` has seen it
                yield Problem(
                    ("services", name, "x-aws", "route", "path"),
                    f"{port.path!r} at {edge.domain} belongs to services.{first.service}: choose another path or host",
                )
    if edge is not None and len(hosts | {edge.domain}) > MAX_CERTIFICATE_NAMES:
        yield Problem((), f"{len(hosts | {edge.domain})} host names, and a certificate has {MAX_CERTIFICATE_NAMES}")


def _host_problem(host: str, edge: EdgeSettings) -> str | None:
    if _HOST_NAME.fullmatch(host) is None:
        return f"{host!r} is no host name: write one in small letters, without *, as in api.{edge.hosted_zone}"
    if host != edge.hosted_zone and not host.endswith(f".{edge.hosted_zone}"):
        return (
            f"{host!r} is not below the hosted zone {edge.hosted_zone!r}, where the certificate is proved and the "
            "record is made: choose a name below it"
        )
    return None
