"""The API: answers the frontend, keeps its data in PostgreSQL; and the job that brings the schema up to date."""

from datetime import timedelta

from services.model import (
    Build,
    Condition,
    Dependency,
    Deploy,
    Exposed,
    Healthcheck,
    NetworkAttachment,
    ResourceLimits,
    Resources,
    SecretMount,
    Service,
)
from services.units import MIB
from services.x_aws import Scaling, ServiceOnAws

PORT = 8000

_BUILD = Build(context="services/backend")
_ENVIRONMENT = {
    "DATABASE_HOST": "database",
    "DATABASE_PORT": "5432",
    "DATABASE_NAME": "app",
    # The network to the container is the application's own; RDS demands TLS, and gets it verified.
    "DATABASE_SSLMODE": "prefer",
}
_ENVIRONMENT_ON_AWS = {"DATABASE_SSLMODE": "verify-full", "DATABASE_SSLROOTCERT": "/app/rds-global-bundle.pem"}
_ON_AWS = ServiceOnAws(environment=_ENVIRONMENT_ON_AWS, endpoints={"DATABASE_HOST": "database"})


def backend() -> Service:
    """The API server. It starts once the database is healthy and migrated."""
    return Service(
        build=_BUILD,
        environment={
            **_ENVIRONMENT,
            "DATABASE_USER": "app",
            "DATABASE_PASSWORD_FILE": "/run/secrets/database-app-password",
        },
        expose=(Exposed(first=PORT),),
        secrets=(SecretMount(source="database-app-password"),),
        depends_on={
            "database": Dependency(condition=Condition.HEALTHY),
            "migrate": Dependency(condition=Condition.COMPLETED),
        },
        networks={"edge": NetworkAttachment(), "data": NetworkAttachment()},
        healthcheck=Healthcheck(
            test=("CMD", "python", "-m", "backend.probe", "/healthz"),
            interval=timedelta(seconds=10),
            timeout=timedelta(seconds=5),
            start_period=timedelta(seconds=10),
        ),
        deploy=Deploy(replicas=2, resources=ResourceLimits(limits=Resources(cpus=0.5, memory=512 * MIB))),
        restart="unless-stopped",
        stop_grace_period=timedelta(seconds=30),
        user="10001:10001",
        read_only=True,
        init=True,
        cap_drop=("ALL",),
        tmpfs=("/tmp",),
        labels={"observability.health-path": "/healthz", "observability.metrics-path": "/metrics"},
        x_aws=_ON_AWS.model_copy(
            update={
                "scaling": Scaling(max_replicas=6),
                # Names of tasks live for ten seconds (`components/cluster.py`): that long the frontend goes on to send
                # requests to a task that ends.
                "environment": {**_ENVIRONMENT_ON_AWS, "BACKEND_DRAIN_SECONDS": "12"},
            }
        ),
    )


def migrate() -> Service:
    """A job: makes the database's roles, applies the migrations that it lacks, in order, and ends.

    It alone knows the administrator's password.
    """
    return Service(
        build=_BUILD,
        command=("python", "-m", "backend.migrate"),
        environment={
            **_ENVIRONMENT,
            "DATABASE_USER": "app_admin",
            "DATABASE_PASSWORD_FILE": "/run/secrets/database-password",
            "DATABASE_APP_PASSWORD_FILE": "/run/secrets/database-app-password",
            "DATABASE_METRICS_PASSWORD_FILE": "/run/secrets/database-metrics-password",
        },
        secrets=(
            SecretMount(source="database-password"),
            SecretMount(source="database-app-password"),
            SecretMount(source="database-metrics-password"),
        ),
        depends_on={"database": Dependency(condition=Condition.HEALTHY)},
        networks={"data": NetworkAttachment()},
        deploy=Deploy(resources=ResourceLimits(limits=Resources(cpus=0.25, memory=512 * MIB))),
        restart="no",
        user="10001:10001",
        read_only=True,
        init=True,
        cap_drop=("ALL",),
        tmpfs=("/tmp",),
        x_aws=_ON_AWS,
    )
