"""The application that a stack deploys: the built-in one, or the user's own Compose files."""

from collections.abc import Collection, Mapping

import pulumi

from services import compose_file, rules, secret_values
from services.backend.service import backend, migrate
from services.compose import ComposeError
from services.database.service import database
from services.frontend.service import frontend
from services.model import Application, Network, Secret, Volume
from services.problems import ApplicationError, Problem, refuse
from services.settings import ServicesSettings


def load(settings: ServicesSettings) -> Application:
    """Return the application with the stack's own numbers of replicas, all its parts fitting together.

    A variable in plain that looks like a secret is one afterwards, and is warned of.

    Raises:
        RunError: A file cannot be loaded, or parts do not fit; the text says which, where, and what to do.
    """
    try:
        application = built_in() if settings.compose is None else compose_file.load(settings.compose_options())
        _check_overrides(application, {"images": settings.images, "replicas": settings.replicas})
        rules.check(application, settings.variables, settings.target.value)
        application, warnings = secret_values.guarded(application, strict=settings.strict_secrets)
    except (ComposeError, ApplicationError) as error:
        raise pulumi.RunError(str(error)) from error
    for warning in (*application.notices, *warnings):
        pulumi.log.warn(warning)
    services = {
        name: service.model_copy(
            update={
                "scale": None,
                "deploy": service.deploy.model_copy(update={"replicas": settings.replicas[name]}),
            }
        )
        if name in settings.replicas
        else service
        for name, service in application.services.items()
    }
    return application.model_copy(update={"services": services})


def _check_overrides(application: Application, overrides: Mapping[str, Collection[str]]) -> None:
    known = ", ".join(sorted(application.services))
    problems = [
        Problem((), f"services:{key}.{name}: there is no such service; known: {known}")
        for key, names in overrides.items()
        for name in names
        if name not in application.services
    ]
    refuse(application, problems)


def described_by(config: Mapping[str, object]) -> Application:
    """Return the application that a stack's raw configuration names, as it is described, for tools without its keys.

    Raises:
        ComposeError: A Compose file cannot be loaded.
        ApplicationError: It says what no target can do.
    """
    options = compose_file.options_of(config)
    return built_in() if options is None else compose_file.load(options)


def built_in() -> Application:
    """The application that is deployed unless the stack names another one.

    Two networks isolate it: who is on `edge` may be reached from outside and reach out; `data` is internal.
    """
    return Application(
        name="app",
        services={"database": database(), "migrate": migrate(), "backend": backend(), "frontend": frontend()},
        networks={"edge": Network(), "data": Network(internal=True)},
        volumes={"database-data": Volume()},
        secrets={
            "database-password": Secret(environment="DATABASE_PASSWORD"),
            "database-app-password": Secret(environment="DATABASE_APP_PASSWORD"),
            "database-metrics-password": Secret(environment="DATABASE_METRICS_PASSWORD"),
        },
    )
