"""The built-in application: a frontend, a backend and a database, and the job that migrates the database."""

from services.backend.service import backend, migrate
from services.database.service import database
from services.frontend.service import frontend
from services.model import Application, Network, Secret, Volume


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
