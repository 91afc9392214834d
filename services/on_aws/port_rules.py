"""What AWS refuses of ports, and of where the outside finds them; pure."""

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from components.settings import EdgeSettings
from services.model import Application, Protocol, Service
from services.on_aws.published import Forwarded, Published, forwarded, is_http, outside_ports, published
from services.on_aws.reachability import has_way_out
from services.port_ranges import Numbered, Run, path_of, protocol_of, published_runs, runs
from services.problems import Problem

MAX_TARGET_GROUPS: Final = 5
"""Target groups of one service (Amazon ECS Developer Guide, "Registering multiple target groups with a service")."""

MAX_CERTIFICATE_NAMES: Final = 10
"""Names in one certificate (AWS Certificate Manager User Guide, "Quotas")."""

EDGE_SETTINGS: Final = ("components:edge.domain", "components:edge.hosted_zone")
"""What a stack has to set for its HTTPS load balancer."""

_FIRST_OPEN_PORT: Final = 1024
"""Private subnets admit datagrams from outside of the VPC from here on (`components.network_acls`)."""

_MAX_CONDITION_LENGTH: Final = 128
_HOST_NAME: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_PATH_PATTERN: Final = re.compile(r"/[A-Za-z0-9_.$/~\"'@:+&*?-]*")
"""Host names and path patterns of a rule (Elastic Load Balancing API Reference, "RuleCondition")."""


def _protocols(_: str, service: Service, __: Application) -> Iterator[Problem]:
    sctp = [(index, port) for index, port in enumerate(service.ports) if port.protocol is Protocol.SCTP]
    for run in published_runs(sctp):
        yield Problem(path_of(run), f"ECS knows TCP and UDP alone: choose one of them for {run}")
    for index, entry in enumerate(service.expose):
        if entry.protocol is Protocol.SCTP:
            yield Problem(("expose", index), "ECS knows TCP and UDP alone: choose one of them")


def _published(name: str, service: Service, application: Application) -> Iterator[Problem]:
    outside = outside_ports(service)
    is_job = name in application.one_shot_services
    refused = [
        (index, port)
        for index, port in enumerate(service.ports)
        if port in outside
        and port.protocol is not Protocol.SCTP
        and (is_job or (service.x_aws.expose is None and not is_http(port)))
    ]
    for run in published_runs(refused):
        job = f"a job runs to its end and cannot be published: take out {run}"
        yield Problem(path_of(run), job if is_job else _remedy(run, len(outside)))
    if service.networks and not has_way_out(service, application) and service.x_aws.expose is None and not is_job:
        hidden = [(index, port) for index, port in enumerate(service.ports) if port in outside and is_http(port)]
        for run in published_runs(hidden):
            yield Problem(path_of(run), _hidden(run))
    count = len(published(name, service)) + len(forwarded(name, service))
    if count > MAX_TARGET_GROUPS:
        yield Problem(
            ("ports",),
            f"{count} ports are published, and ECS registers a service for {MAX_TARGET_GROUPS}: leave that many, and "
            "move the others to expose",
        )


def _hidden(run: Run[Numbered]) -> str:
    return (
        f"all networks of the service are internal, so {run} is not published without being asked for: add a network "
        "that is not internal, set x-aws.expose to public (the internet) or internal (the stack's network), or move it "
        "to expose"
    )


def _remedy(run: Run[Numbered], published_count: int) -> str:
    """What to do for ports that nobody asked for; a service has HTTP on one of its ports, and few behind a balancer."""
    protocol = protocol_of(run.things[0])
    settable: list[str] = []
    if protocol is Protocol.TCP and len(run.things) == 1:
        settable.append("app_protocol: http if HTTP is spoken on it")
    if is_possible := published_count <= MAX_TARGET_GROUPS:
        settable.append("x-aws.expose to public (the internet) or internal (the stack's network)")
    asked = f"set {', '.join(settable)}, " if settable else ""
    return (
        f"{run}/{protocol} is not published without being asked for: {asked}bind it to host_ip 127.0.0.1, or move it "
        f"to expose{'' if is_possible else f' (x-aws.expose would publish {MAX_TARGET_GROUPS} ports of a service)'}"
    )


def _datagrams(name: str, service: Service, application: Application) -> Iterator[Problem]:
    if name in application.one_shot_services:
        return
    ports = [port for port in forwarded(name, service) if port.target.protocol is Protocol.UDP]
    for run in runs((port for port in ports if port.health_port is None), _target):
        yield Problem(
            ("ports",),
            f"whether a task lives that takes {run}/udp can only be asked over TCP: add a TCP port that it answers on "
            "to expose",
        )
    is_closed = not has_way_out(service, application)
    unreachable = (
        port for port in ports if port.exposure == "public" and (is_closed or port.target.number < _FIRST_OPEN_PORT)
    )
    for run in runs(unreachable, _target):
        yield Problem(
            ("ports",),
            f"{run}/udp: datagrams keep the address of their client, so the network lets them through to services "
            "that have a way out, and to ports from 1024 on: use such a port, on a network that is not internal",
        )


def _target(port: Forwarded) -> int:
    return port.target.number


def _route(_: str, service: Service, __: Application) -> Iterator[Problem]:
    route = service.x_aws.route
    if route.host is not None and not _is_host_name(route.host):
        yield Problem(
            ("x-aws", "route", "host"),
            f"{route.host!r} is no host name: write one in small letters, without *, as in api.example.com, in at most "
            f"{_MAX_CONDITION_LENGTH} characters",
        )
    if _PATH_PATTERN.fullmatch(route.path) is None or len(route.path) > _MAX_CONDITION_LENGTH:
        yield Problem(
            ("x-aws", "route", "path"),
            f"{route.path!r} is no path pattern of a load balancer: write at most {_MAX_CONDITION_LENGTH} characters, "
            "/ first, of letters, digits and _-.$/~\"'@:+& with * and ? for any others",
        )


def _is_host_name(text: str) -> bool:
    return _HOST_NAME.fullmatch(text) is not None and len(text) <= _MAX_CONDITION_LENGTH


RULES: Final = (_protocols, _published, _datagrams, _route)


def of_balancers(application: Application) -> Iterator[Problem]:
    """Two ports that would be one listener of a network load balancer."""
    owners: dict[tuple[str, int], Forwarded] = {}
    taken: list[tuple[Forwarded, Forwarded]] = []
    for name, service in application.services.items():
        for port in forwarded(name, service):
            other = owners.setdefault((port.exposure, port.number), port)
            if other != port:
                taken.append((port, other))
    for run in runs(taken, lambda pair: pair[0].number, alike=_beside):
        ports, others = zip(*run.things, strict=True)
        yield Problem(
            ("services", ports[0].service, "ports"),
            f"{run} is published by services.{others[0].service} for {_targets(others)}, and a load balancer has one "
            f"listener a port: publish {_targets(ports)} on another one",
        )


def _beside(pair: tuple[Forwarded, Forwarded]) -> Hashable:
    """What two ports for one listener have in common with those beside them, where they are of two ranges."""
    return tuple((port.service, port.exposure, port.target.protocol, port.target.number - port.number) for port in pair)


def _targets(ports: Sequence[Forwarded]) -> str:
    first, last = ports[0].target, ports[-1].target
    return f"{first}" if first == last else f"{first.number}-{last}"


def routed(application: Application) -> list[Published]:
    """Return the ports for which the stack has to have its HTTPS load balancer."""
    services = application.services.items()
    return [
        port
        for name, service in services
        if name not in application.one_shot_services
        for port in published(name, service)
    ]


def of_certificates(application: Application) -> Iterator[Problem]:
    """More host names than one certificate has, whatever the stack's domain is."""
    hosts = {port.host for port in routed(application)} - {None}
    if len(hosts) > MAX_CERTIFICATE_NAMES:
        yield _too_many(len(hosts))


def _too_many(count: int) -> Problem:
    return Problem(
        (),
        f"{count} host names, and a certificate has {MAX_CERTIFICATE_NAMES}: let services share a name of "
        "x-aws.route.host, and tell them apart by x-aws.route.path",
    )


def of_the_edge(application: Application, edge: EdgeSettings | None) -> Iterator[Problem]:
    """What the stack's load balancer cannot publish as it is set up."""
    takers: dict[tuple[str, str], Published] = {}
    for port in routed(application):
        if edge is None:
            yield Problem(
                ("services", port.service, "ports"),
                f"{port.port} is published, but the stack has no load balancer: set {' and '.join(EDGE_SETTINGS)}",
            )
            continue
        if port.host is not None and _is_host_name(port.host) and not f".{port.host}".endswith(f".{edge.hosted_zone}"):
            yield Problem(
                ("services", port.service, "x-aws", "route", "host"),
                f"{port.host!r} is not below the hosted zone {edge.hosted_zone!r}, where the certificate is proved and "
                "the record is made: choose a name below it",
            )
        first = takers.setdefault((port.host or edge.domain, port.path), port)
        if first.host != port.host:  # with the same host, `between_services` has seen it
            yield Problem(
                ("services", port.service, "x-aws", "route", "path"),
                f"{port.path!r} at {edge.domain} belongs to services.{first.service}: choose another path or host",
            )
    if edge is not None:
        hosts = {port.host for port in routed(application)} - {None, edge.domain}
        if len(hosts) == MAX_CERTIFICATE_NAMES:  # more of them `of_certificates` has seen
            yield _too_many(len(hosts) + 1)
