"""Rules that span the elements of an application: references, order, variables, secrets.

Each rule yields its problems: where, what is wrong, what to do; `check` collects them all, so that one run shows
everything that is wrong.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from services.compose.values import Path
from services.model import Application, Condition, Config, Secret
from services.on_aws import between_services as on_aws
from services.on_docker import between_services as on_docker
from services.problems import Problem, refuse
from services.sources import SourceError, read
from services.support import rejected

_ENDS: Final = frozenset({"no", "on-failure"})
"""Restart policies under which a container that ended well stays so."""

_OF_TARGET: Final[Mapping[str, tuple[Callable[[Application], Iterator[Problem]], ...]]] = {
    "docker": on_docker.RULES,
    "aws": on_aws.RULES,
}
"""Target -> rules that hold there alone."""


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


def _unset_variables(application: Application) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for variable in application.unset_variables:
        yield Problem(
            variable.path,
            f"the variable {variable.name} is not set: set it in .env or services:variables, write "
            f"${{{variable.name}:-}} for an empty text, or $${variable.name} for a variable of the container",
            first.setdefault(variable.name, variable.place),  # one reason, whatever the number of references
        )


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
