"""What AWS refuses of an application that Compose allows. Each problem: key path, what is wrong, what to do. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from components.image_references import ImageError, check_digest_reference
from components.naming import hyphenated
from components.settings import ComponentsSettings
from services import builds
from services.model import Application, Service
from services.on_aws import (
    architectures,
    baked_files,
    container_rules,
    port_rules,
    replacements,
    secret_variables,
    temporary_directories,
    volume_rules,
)
from services.on_aws.preparation import MOUNT_FILES
from services.problems import Problem, refuse

Rule = Callable[[str, Service, Application], Iterator[Problem]]
"""Yields problems of a service that runs as containers; their paths begin below the service."""


def check(
    application: Application, settings: ComponentsSettings, *, project: str, stack: str, allow_image_tags: bool = False
) -> None:
    """Refuse an application that AWS cannot run as it is described.

    Raises:
        ApplicationError: The text lists every problem.
    """
    found = [
        *_stack_name_problems({"project": project, "stack": stack}),
        *problems(application, allow_image_tags=allow_image_tags),
        *port_rules.of_the_edge(application, settings.edge),
    ]
    refuse(application, found, "AWS")


def problems(application: Application, *, allow_image_tags: bool = False) -> list[Problem]:
    """Return everything that AWS refuses, whatever the stack's settings are but for `services:allow_image_tags`."""
    found: list[Problem] = []
    for name, service in application.services.items():
        for problem in _of_service(name, service, application, allow_image_tags=allow_image_tags):
            found.append(problem.below("services", name))
    return [
        *_taken_names(application),
        *found,
        *container_rules.of_networks(application),
        *volume_rules.of_volumes(application),
        *port_rules.of_balancers(application),
        *port_rules.of_certificates(application),
    ]


def _of_service(name: str, service: Service, application: Application, *, allow_image_tags: bool) -> Iterator[Problem]:
    if service.x_aws.managed is not None:
        yield from replacements.problems(service, application)
        return
    if not allow_image_tags:
        yield from _image(service)
    for rule in RULES:
        yield from rule(name, service, application)


def _image(service: Service) -> Iterator[Problem]:
    if service.build is None and service.image is not None:
        try:
            check_digest_reference(service.image)
        except ImageError as error:
            yield Problem(("image",), str(error))


def _build(_: str, service: Service, application: Application) -> Iterator[Problem]:
    for problem in () if service.build is None else builds.problems(service.build, application):
        yield problem.below("build")


def _placement(_: str, service: Service, __: Application) -> Iterator[Problem]:
    yield from architectures.problems(service)


def _files(_: str, service: Service, application: Application) -> Iterator[Problem]:
    yield from baked_files.problems(service, application)


def _temporary(_: str, service: Service, __: Application) -> Iterator[Problem]:
    yield from temporary_directories.problems(service)


RULES: Final[tuple[Rule, ...]] = (
    _build,
    _placement,
    _files,
    _temporary,
    secret_variables.problems,
    *container_rules.RULES,
    *volume_rules.RULES,
    *port_rules.RULES,
)


def _stack_name_problems(names: Mapping[str, str]) -> Iterator[Problem]:
    """What AWS refuses of names that become parts of its own: databases, clusters and key aliases have no dots."""
    for kind, name in names.items():
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield Problem(
                (),
                f"the {kind}'s name {name!r} becomes part of names at AWS: write small letters and digits with single "
                "hyphens between them, a letter first",
            )


def _taken_names(application: Application) -> Iterator[Problem]:
    if MOUNT_FILES in application.services:
        yield Problem(
            ("services", MOUNT_FILES), "the name belongs to the container that prepares volumes: choose another"
        )
    owners: dict[str, str] = {}
    for name in application.services:
        other = owners.setdefault(hyphenated(name), name)
        if other != name:
            yield Problem(
                ("services", name),
                f"becomes {hyphenated(name)!r} at AWS, where names have single hyphens alone, and so does "
                f"services.{other}: rename one of them",
            )
