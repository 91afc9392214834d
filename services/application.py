"""The built-in application: a frontend, a backend and a database, and the job that migrates the database."""

from services.backend.service import backend, migrate
from services.database.service import database
from services.frontend.service import frontend
from services.model import Application, Network, Secret, Volume
from services.settings import ServicesSettings


def load(settings: ServicesSettings) -> Application:
    """The application that the stack deploys: the built-in one with the stack's own numbers of replicas."""
    application = built_in()
    services = {
        name: service.model_copy(
            update={"deploy": service.deploy.model_copy(update={"replicas": settings.replicas[name]})}
        )
        if name in settings.replicas
        else service
        for name, service in application.services.items()
    }
    return application.model_copy(update={"services": services})


def built_in() -> Application:
    """The application that is deployed unless the stack names another one.

    Two networks isolate it: who is on `edge` may be reached from outside and reach out; `data` is internal.
    """
    return Application(
        name="app",
        services={"database": database(), "migrate": migrate(), "backend": backend(), "frontend": frontend()},
        networks={"edge": Network(), "data": Network(internal=True)},
        volumes={"database-data": Volume()},
        secrets={"database-password": Secret(environment="DATABASE_PASSWORD")},
    )
