"""Rules that span the elements of an application: references, order, ports, names, secrets.

Each rule yields its problems: where, what is wrong, what to do; `check` collects them all, so that one run shows
everything that is wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from services.compose.values import Path
from services.model import Application, Condition, Config, Secret
from services.on_aws.published import Published, published
from services.on_docker.values import address
from services.problems import Problem, refuse
from services.sources import SourceError, read
from services.support import rejected

_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - nothing is bound here

_ENDS: Final = frozenset({"no", "on-failure"})
"""Restart policies under which a container that ended well stays so."""

MAX_EXPOSED_RANGE = 100
"""Ports of one range of `expose` on AWS."""

MAX_NETWORKS_PER_SERVICE = 4
"""AWS allows five security groups a network interface; one of them is the service's own."""


def check(application: Application, variables: Collection[str], target: str) -> None:
    """Refuse an application whose parts do not fit together, or that sets a key that the target cannot do.

    `variables` are those that have a value; `target` is a key of `services.support.COLUMNS`.

    Raises:
        ApplicationError: At least one rule is broken.
    """
    rules = (_references, _order, *_OF_TARGET[target], _unset_variables)
    problems = [*rejected(application, target), *(problem for rule in rules for problem in rule(application))]
    refuse(application, [*problems, *_values(application, variables)])


def required_variables(application: Application) -> frozenset[str]:
    """Variables without which the application's secrets and configs have no value."""
    named = [*application.secrets.values(), *application.configs.values()]
    return frozenset(item.environment for item in named if item.environment is not None)


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _references(application: Application) -> Iterator[Problem]:
    kinds: dict[str, Collection[str]] = {
        "networks": application.networks,
        "volumes": application.volumes,
        "secrets": application.secrets,
        "configs": application.configs,
        "depends_on": application.services,
        "x-aws.endpoints": [name for name in application.services if name not in application.one_shot_services],
    }
    for name, service in application.services.items():
        used: dict[str, Collection[str]] = {
            "networks": service.networks,
            "volumes": [mount.source or "" for mount in service.named_volumes],
            "secrets": [mount.source for mount in service.secrets],
            "configs": [mount.source for mount in service.configs],
            "depends_on": [other for other, dependency in service.depends_on.items() if dependency.required],
            "x-aws.endpoints": service.x_aws.endpoints.values(),
        }
        for key, references in used.items():
            for reference in references:
                if reference not in kinds[key]:
                    yield Problem(
                        ("services", name, *key.split(".")),
                        f"{reference!r} is not declared: declare it, or use one of: {_listed(kinds[key])}",
                    )


def _order(application: Application) -> Iterator[Problem]:
    services = application.services
    for name, service in services.items():
        if service.deploy.is_job and service.restart_policy[0] not in _ENDS:
            yield Problem(
                ("services", name, "deploy", "mode"),
                f"{service.deploy.mode} runs to its end, but restart is {service.restart_policy[0]!r}, so it never "
                "does: set restart to 'no' or 'on-failure'",
            )
        for other, dependency in service.depends_on.items():
            if other not in services:
                continue
            path: Path = ("services", name, "depends_on", other)
            check = services[other].healthcheck
            if dependency.condition is Condition.HEALTHY and (check is None or check.is_off):
                yield Problem(
                    path,
                    f"waits for health, but services.{other} has no healthcheck: "
                    "give it one, or wait for service_started",
                )
            restart, _ = services[other].restart_policy
            if dependency.condition is Condition.COMPLETED and restart not in _ENDS:
                yield Problem(
                    path,
                    f"waits for the end, but services.{other}.restart is {restart!r}, "
                    "so it never ends: set restart to 'no' or 'on-failure'",
                )
    if cycle := _cycle(application):
        yield Problem(
            ("services", cycle[0], "depends_on"),
            f"a cycle, {' -> '.join(cycle)}: take one of these dependencies out",
        )


def _cycle(application: Application) -> list[str]:
    """The first cycle of `depends_on` with its first service at both ends, or nothing."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done or name not in application.services:
            return []
        for other in application.services[name].depends_on:
            if found := walk(other, [*path, name]):
                return found
        done.add(name)
        return []

    cycles = (walk(name, []) for name in application.services)
    return next(filter(None, cycles), list[str]())


def _reachable(application: Application) -> Iterator[Problem]:
    needed_by: dict[str, list[str]] = defaultdict(list)
    for name, service in application.services.items():
        for other, dependency in service.depends_on.items():
            if other in application.services and dependency.condition is not Condition.COMPLETED:
                needed_by[other].append(name)
    for name, dependants in needed_by.items():
        if not application.services[name].reachable_ports:
            yield Problem(
                ("services", name),
                f"{_listed(dependants)} depends on it, but it declares no port, so nobody can "
                f"reach it: add the port it listens on to services.{name}.expose",
            )


def _published_ports(application: Application) -> Iterator[Problem]:
    owners: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for name, service in application.services.items():
        for index, port in enumerate(service.ports):
            if port.published is None:
                continue
            taken, bound = owners[port.published, port.protocol], address(port)
            shared = taken if bound in _EVERY_ADDRESS else {bound, *_EVERY_ADDRESS} & taken.keys()
            other = next((taken[one] for one in taken if one in shared), None)
            if other is not None:
                yield Problem(
                    ("services", name, "ports", index, "published"),
                    f"{port.published}/{port.protocol} is published by services.{other} already: choose another port",
                )
            taken.setdefault(bound, name)


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


def _exposed_ranges(application: Application) -> Iterator[Problem]:
    for name, service in application.services.items():
        for index, entry in enumerate(service.expose):
            if len(entry.ports) > MAX_EXPOSED_RANGE:
                yield Problem(
                    ("services", name, "expose", index),
                    f"{len(entry.ports)} ports; each is a rule of a security group, and {MAX_EXPOSED_RANGE} are "
                    "possible in a range: write the ports that are used",
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


def _unset_variables(application: Application) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for variable in application.unset_variables:
        yield Problem(
            variable.path,
            f"the variable {variable.name} is not set: set it in .env or services:variables, write "
            f"${{{variable.name}:-}} for an empty text, or $${variable.name} for a variable of the container",
            first.setdefault(variable.name, variable.place),  # one reason, whatever the number of references
        )


_OF_TARGET: Final[Mapping[str, tuple[Callable[[Application], Iterator[Problem]], ...]]] = {
    "docker": (_published_ports,),
    "aws": (_reachable, _exposed_ranges, _routes, _names, _network_count),
}
"""Target -> rules that hold there alone. On an engine, containers of one network reach each other on every port, two
may share an alias, and a host port is given once; on AWS ports are opened one by one, and names are in one zone."""


def _values(application: Application, variables: Collection[str]) -> Iterator[Problem]:
    kinds: Mapping[str, Mapping[str, Secret | Config]] = {
        "secrets": application.secrets,
        "configs": application.configs,
    }
    for kind, items in kinds.items():
        for name, item in items.items():
            if item.environment is not None and item.environment not in variables:
                yield Problem(
                    (kind, name),
                    f"has no value, its variable {item.environment} is not set: pulumi config set --secret --path "
                    f"'services:variables.{item.environment}' (to check a file: --secret {item.environment})",
                )
            elif item.file is not None:
                try:
                    _ = read(application, item.file)
                except SourceError as error:
                    yield Problem((kind, name, "file"), str(error))
