"""Secret variables of a service: one secret, whose value is a JSON object; pure."""

import json
from collections.abc import Iterator
from typing import Final

from services.model import Application, Service
from services.problems import Problem

MAX_BYTES: Final = 65_536
"""The most that Secrets Manager holds in one value (AWS Secrets Manager User Guide, "Quotas")."""


def environment_name(service: str) -> str:
    """Return the name of the secret that holds a service's secret variables."""
    return f"{service}-environment"


def environment_json(service: Service) -> str:
    """Return the value of that secret."""
    values = {name: value.get_secret_value() for name, value in service.secret_environment.items()}
    return json.dumps(values, sort_keys=True)


def problems(name: str, service: Service, application: Application) -> Iterator[Problem]:
    """What cannot be a secret variable; the paths begin below the service."""
    if not service.secret_environment:
        return
    for variable in service.secret_environment:
        if ":" in variable:
            yield Problem(
                ("environment", variable),
                "is secret, and ECS takes no colon in the name of a secret variable: rename it",
            )
    if environment_name(name) in application.secrets:
        yield Problem(
            ("environment",), f"the secret {environment_name(name)!r} is the one of these variables: rename the other"
        )
    if len(environment_json(service).encode()) > MAX_BYTES:
        yield Problem(
            ("environment",),
            f"the secret variables have more than {MAX_BYTES} bytes together: make secrets of some",
        )
