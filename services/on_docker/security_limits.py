"""What the Docker provider cannot do of a service's rights, and what is wrong with its profiles."""

import json
from collections.abc import Iterator

from services.model import Application, Service
from services.on_docker.addressing import borrowed_services
from services.on_docker.values import seccomp_profile, security_option
from services.problems import Problem
from services.sources import SourceError, read


def _options(_: str, service: Service, application: Application) -> Iterator[Problem]:
    for index, option in enumerate(service.security_opt):
        path = ("security_opt", index)
        name, value = security_option(option)
        if name == "systempaths":
            yield Problem(path, f"{option!r} is nothing that the provider can set: use privileged, or take it out")
        elif not value and name != "no-new-privileges":
            yield Problem(path, f"{option!r} has no value: write name=value, as in 'seccomp=unconfined'")
        elif (file := seccomp_profile(option)) is not None:
            try:
                _ = json.loads(read(application, file))
            except SourceError as error:
                yield Problem(path, str(error))
            except ValueError:
                yield Problem(path, f"{file!r} is no JSON: name a seccomp profile")


def _shared_namespaces(_: str, service: Service, application: Application) -> Iterator[Problem]:
    """What a service borrows from another one's container must be there, and be lent."""
    for path, other in borrowed_services(service):
        lender = application.services.get(other)
        if lender is None:
            known = ", ".join(sorted(application.services))
            yield Problem(path, f"{other!r} is no service; known: {known}")
        elif other not in service.depends_on:
            yield Problem(path, f"uses services.{other}, which must be there first: add it to depends_on")
        elif lender.replicas == 0:
            yield Problem(path, f"uses services.{other}, which has no container: give it one in deploy.replicas")
        elif path == ("ipc",) and lender.ipc != "shareable":
            yield Problem(
                path, f"uses the memory of services.{other}, which keeps it: set services.{other}.ipc to shareable"
            )


RULES = (_options, _shared_namespaces)
"""Rules whose paths begin below a service."""
