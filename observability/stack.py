"""Logging and monitoring in a stack: the engines join the application, and the graph makes their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import pulumi

from components.settings import AwsSettings, ComponentsSettings
from observability import files
from observability.description import DescriptionError, Part
from observability.elasticsearch.roles import OPERATOR
from observability.settings import ObservabilitySettings, Page
from services.model import Application
from services.settings import ServicesSettings, StackSettings, TargetName

_LOGINS: Final[Mapping[Page, tuple[str, str]]] = {
    Page.KIBANA: (OPERATOR.name, OPERATOR.password),
    Page.GRAFANA: ("admin", files.GRAFANA_PASSWORD),
    Page.PROMETHEUS: (files.METRICS_USER, files.METRICS_PASSWORD),
    Page.ALERTMANAGER: (files.METRICS_USER, files.METRICS_PASSWORD),
}
"""Engine that people look at -> user, and the secret with the password."""


class WatchedStackSettings(StackSettings, Protocol):
    """A stack's configuration, with that of logging and monitoring."""

    @property
    def observability(self) -> ObservabilitySettings:
        """The `observability:` keys."""
        ...


@dataclass(frozen=True, kw_only=True)
class WatchedStack:
    """What a target deploys: the application with who watches it, and the settings with the variables of both."""

    application: Application
    aws: AwsSettings
    components: ComponentsSettings
    services: ServicesSettings
    logins: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """Engine -> `user` and `password`, for people."""

    def export(self) -> None:
        """Export how to log in: `pulumi stack output --show-secrets logins`."""
        if self.logins:
            pulumi.export("logins", self.logins)


def watch(stack: WatchedStackSettings, application: Application) -> WatchedStack:
    """The application with the engines that the stack asks for; without any, as it is.

    Raises:
        RunError: The engines cannot be had there, or something is described that does not fit; the text says what.
    """
    if not stack.observability.parts:
        return WatchedStack(
            application=application, aws=stack.aws, components=stack.components, services=stack.services, logins={}
        )
    try:
        return _watched(stack, application)
    except DescriptionError as error:
        raise pulumi.RunError(str(error)) from error


def _watched(stack: WatchedStackSettings, application: Application) -> WatchedStack:
    if stack.services.target is not TargetName.DOCKER:
        asked = ", ".join(sorted(stack.observability.parts))
        raise DescriptionError(
            f"observability:parts: {asked}: the engines run on Docker alone: take the key out of a stack on "
            f"{stack.services.target}"
        )
    # A stack without engines spares itself a third of a second.
    from observability.credentials import Credentials, CredentialsArgs
    from observability.engines import engines, variable
    from observability.receivers import receivers
    from observability.watching import unread

    found = engines(
        application,
        stack.observability,
        receivers(stack.observability.receivers, stack.services.variables),
        stack=pulumi.get_stack(),
    )
    if Part.LOGS in stack.observability.parts:
        for warning in unread(application):
            pulumi.log.warn(warning)
    joined = found.added_to(application)
    found.check_variables(application, stack.services.variables)
    made = Credentials(
        "observability", CredentialsArgs(secrets=found.generated(application), certificates=found.certificates)
    ).values
    variables = {**stack.services.variables, **{variable(name): value for name, value in made.items()}}
    return WatchedStack(
        application=joined,
        aws=stack.aws,
        components=stack.components,
        services=stack.services.model_copy(update={"variables": variables}),
        logins={
            page: {"user": user, "password": made[secret]}
            for page, (user, secret) in _LOGINS.items()
            if page in found.engines
        },
    )
