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
    "DATABASE_USER": "app",
    "DATABASE_PASSWORD_FILE": "/run/secrets/database-password",
    "DATABASE_SSLMODE": "prefer",
}
_ON_AWS = ServiceOnAws(
    environment={"DATABASE_SSLMODE": "verify-full", "DATABASE_SSLROOTCERT": "/app/rds-global-bundle.pem"},
    endpoints={"DATABASE_HOST": "database"},
)


def backend() -> Service:
    """The API server. It starts once the database is healthy and migrated."""
    return Service(
        build=_BUILD,
        environment=_ENVIRONMENT,
        expose=(Exposed(first=PORT),),
        secrets=(SecretMount(source="database-password"),),
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
        x_aws=_ON_AWS.model_copy(update={"scaling": Scaling(max_replicas=6)}),
    )


def migrate() -> Service:
    """A job: applies the migrations that the database lacks, in order, and ends."""
    return Service(
        build=_BUILD,
        command=("python", "-m", "backend.migrate"),
        environment=_ENVIRONMENT,
        secrets=(SecretMount(source="database-password"),),
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
