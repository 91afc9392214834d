"""Rules that span the elements of an application: references, order, ports, names, secrets.

Each rule yields its problems as `<key path>: <what is wrong>: <what to do>`; `check` collects them all, so that
one run shows everything that is wrong.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator

import pulumi

from services.model import Application, Condition
from services.settings import ServicesSettings

MAX_NETWORKS_PER_SERVICE = 4
"""AWS allows five security groups a network interface; one of them is the service's own."""


class ApplicationError(pulumi.RunError):
    """The application cannot be deployed as it is described; the text lists every reason."""


def check(application: Application, settings: ServicesSettings) -> None:
    """Refuse an application whose parts do not fit together.

    Raises:
        ApplicationError: At least one rule is broken.
    """
    rules = (_references, _order, _reachable, _published_ports, _names, _network_count)
    problems = [problem for rule in rules for problem in rule(application)]
    problems += [*_secret_values(application, settings), *_overrides(application, settings)]
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise ApplicationError(f"application {application.name!r} has {len(problems)} problem(s):\n{lines}")


def required_variables(application: Application) -> frozenset[str]:
    """Variables without which the application's secrets have no value."""
    return frozenset(secret.environment for secret in application.secrets.values())


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _references(application: Application) -> Iterator[str]:
    kinds: dict[str, Collection[str]] = {
        "networks": application.networks,
        "volumes": application.volumes,
        "secrets": application.secrets,
        "depends_on": application.services,
        "x-aws.endpoints": [name for name in application.services if name not in application.jobs],
    }
    for name, service in application.services.items():
        used: dict[str, Collection[str]] = {
            "networks": service.networks,
            "volumes": [mount.source for mount in service.volumes],
            "secrets": [mount.source for mount in service.secrets],
            "depends_on": service.depends_on,
            "x-aws.endpoints": service.x_aws.endpoints.values(),
        }
        for key, references in used.items():
            for reference in references:
                if reference not in kinds[key]:
                    yield (
                        f"services.{name}.{key}: {reference!r} is not declared: declare it, or use one of: "
                        f"{_listed(kinds[key])}"
                    )


def _order(application: Application) -> Iterator[str]:
    services = application.services
    for name, service in services.items():
        for other, dependency in service.depends_on.items():
            if other not in services:
                continue
            key = f"services.{name}.depends_on.{other}"
            if dependency.condition is Condition.HEALTHY and services[other].healthcheck is None:
                yield (
                    f"{key}: waits for health, but services.{other} has no healthcheck: "
                    "give it one, or wait for service_started"
                )
            if dependency.condition is Condition.COMPLETED and services[other].restart not in {"no", "on-failure"}:
                yield (
                    f"{key}: waits for the end, but services.{other}.restart is {services[other].restart!r}, "
                    "so it never ends: set restart to 'no' or 'on-failure'"
                )
    if cycle := _cycle(application):
        yield f"services.{cycle[0]}.depends_on: a cycle, {' -> '.join(cycle)}: take one of these dependencies out"


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


def _reachable(application: Application) -> Iterator[str]:
    needed_by: dict[str, list[str]] = defaultdict(list)
    for name, service in application.services.items():
        for other, dependency in service.depends_on.items():
            if other in application.services and dependency.condition is not Condition.COMPLETED:
                needed_by[other].append(name)
    for name, dependants in needed_by.items():
        if not application.services[name].declared_ports:
            yield (
                f"services.{name}: {_listed(dependants)} depends on it, but it declares no port, so nobody can "
                f"reach it: add the port it listens on to services.{name}.expose"
            )


def _published_ports(application: Application) -> Iterator[str]:
    owner: dict[tuple[str, int, str], str] = {}
    for name, service in application.services.items():
        for index, port in enumerate(service.ports):
            if port.published is None:
                continue
            binding = (port.host_ip or "", port.published, port.protocol)
            if binding in owner:
                yield (
                    f"services.{name}.ports[{index}].published: {port.published}/{port.protocol} is published by "
                    f"services.{owner[binding]} already: choose another port"
                )
            owner.setdefault(binding, name)


def _names(application: Application) -> Iterator[str]:
    owner = {name: name for name in application.services}
    for name, service in application.services.items():
        for network, attachment in service.networks.items():
            for alias in attachment.aliases:
                if owner.setdefault(alias, name) != name:
                    yield (
                        f"services.{name}.networks.{network}.aliases: {alias!r} is a name of services.{owner[alias]} "
                        "already, and all names share one DNS namespace: choose another alias"
                    )


def _network_count(application: Application) -> Iterator[str]:
    for name, service in application.services.items():
        if len(service.networks) > MAX_NETWORKS_PER_SERVICE:
            yield (
                f"services.{name}.networks: {len(service.networks)} networks; at most {MAX_NETWORKS_PER_SERVICE} are "
                "possible, as AWS allows five security groups a task: share networks between services"
            )


def _secret_values(application: Application, settings: ServicesSettings) -> Iterator[str]:
    for name, secret in application.secrets.items():
        if secret.environment not in settings.variables:
            yield (
                f"secrets.{name}: has no value, its variable {secret.environment} is not set: "
                f"pulumi config set --secret --path 'services:variables.{secret.environment}'"
            )


def _overrides(application: Application, settings: ServicesSettings) -> Iterator[str]:
    for key, names in {"images": settings.images, "replicas": settings.replicas}.items():
        for name in names:
            if name not in application.services:
                yield f"services:{key}.{name}: there is no such service; known: {_listed(application.services)}"
