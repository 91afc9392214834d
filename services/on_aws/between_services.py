"""What AWS refuses between the services of an application; pure.

Ports are opened one by one there, and names are in one zone.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from services.compose.values import Path
from services.model import Application, Condition
from services.on_aws.published import Published, published
from services.problems import Problem
from services.support import MANAGED_NAMES

MAX_EXPOSED_RANGE: Final = 100
"""Ports of one range of `expose` on AWS."""

MAX_NETWORKS_PER_SERVICE: Final = 4
"""AWS allows five security groups a network interface; one of them is the service's own."""


def _reachable(application: Application) -> Iterator[Problem]:
    needed_by: dict[str, list[str]] = defaultdict(list)
    for name, service in application.services.items():
        for other, dependency in service.depends_on.items():
            if other in application.services and dependency.condition is not Condition.COMPLETED:
                needed_by[other].append(name)
    for name, dependants in needed_by.items():
        if not application.services[name].reachable_ports:
            ends = "if it ends, wait for service_completed_successfully; if it listens on none, take the dependency out"
            yield Problem(
                ("services", name),
                f"{', '.join(sorted(dependants))} depends on it, but it declares no port, so nobody can reach it: add "
                f"the port it listens on to services.{name}.expose; {ends}",
            )


def _exposed_ranges(application: Application) -> Iterator[Problem]:
    for name, service in application.services.items():
        for index, entry in enumerate(service.expose):
            if len(entry.ports) > MAX_EXPOSED_RANGE:
                yield Problem(
                    ("services", name, "expose", index),
                    f"{len(entry.ports)} ports; each is a rule of a security group, and {MAX_EXPOSED_RANGE} are "
                    "possible in a range: write the ports that are used",
                )


def _routes(application: Application) -> Iterator[Problem]:
    owner: dict[tuple[str | None, str], Published] = {}
    for name, service in application.services.items():
        for port in published(name, service) if name not in application.one_shot_services else ():
            first = owner.setdefault((port.host, port.path), port)
            if first is port:
                continue
            if first.service == name:
                path: Path = ("services", name, "ports")
                text = (
                    f"{first.port} and {port.port} would get the same requests of the load balancer, which itself ends "
                    "TLS and redirects HTTP: publish the one that speaks HTTP"
                )
            else:
                path = ("services", name, "x-aws", "route", "path")
                text = f"{port.path!r} belongs to services.{first.service}: choose another path"
            yield Problem(path, text)


def _ends(application: Application) -> Iterator[Problem]:
    for name, service in application.services.items():
        for other, dependency in service.depends_on.items():
            managed = application.services[other].x_aws.managed if other in application.services else None
            if managed is not None and dependency.condition is Condition.COMPLETED:
                yield Problem(
                    ("services", name, "depends_on", other),
                    f"waits for the end, but services.{other} is {MANAGED_NAMES[managed]}, which runs always: "
                    "wait for service_started",
                )


def _names(application: Application) -> Iterator[Problem]:
    owner = {name: name for name in application.services}
    for name in application.services:
        for alias, path in application.names_of(name).items():
            if owner.setdefault(alias, name) != name:
                yield Problem(
                    path,
                    f"{alias!r} is a name of services.{owner[alias]} "
                    "already, and all names share one DNS namespace: choose another alias",
                )


def _network_count(application: Application) -> Iterator[Problem]:
    for name, service in application.services.items():
        if len(service.networks) > MAX_NETWORKS_PER_SERVICE:
            yield Problem(
                ("services", name, "networks"),
                f"{len(service.networks)} networks; at most {MAX_NETWORKS_PER_SERVICE} are "
                "possible, as AWS allows five security groups a task: share networks between services",
            )


RULES: Final = (_reachable, _exposed_ranges, _routes, _ends, _names, _network_count)
