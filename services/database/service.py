"""PostgreSQL: the official image on a laptop, RDS on AWS, which is told the same parameters.

The user that is named here administers the server, and only the migration job knows its password. That job makes the
roles of everybody else (`services/backend/backend/roles.py`), on both targets alike.
"""

from datetime import timedelta

from services.model import (
    Deploy,
    Exposed,
    Healthcheck,
    NetworkAttachment,
    ResourceLimits,
    Resources,
    SecretMount,
    Service,
    VolumeMount,
)
from services.units import GIB
from services.x_aws import ServiceOnAws

IMAGE = "postgres:17.10-bookworm@sha256:17b6c778de50f4bb9a878c36e736110fbcd9b7020377d6fdfdf20f7c0347e40a"


PARAMETERS = {
    "log_connections": "on",
    "log_disconnections": "on",
    "log_min_duration_statement": "1000",
    # Values that clients send beside a statement may be anybody's data. Of statements that fail, none is logged anyway.
    "log_parameter_max_length": "0",
}
"""Who came and went, and statements that took a second (in ms): the audit stream and the dashboards read them."""


def database() -> Service:
    """The application's one database, reachable on the internal network alone."""
    return Service(
        image=IMAGE,
        command=("postgres", *(word for name, text in PARAMETERS.items() for word in ("-c", f"{name}={text}"))),
        environment={
            "POSTGRES_USER": "app_admin",
            "POSTGRES_DB": "app",
            "POSTGRES_PASSWORD_FILE": "/run/secrets/database-password",
        },
        expose=(Exposed(first=5432),),
        secrets=(SecretMount(source="database-password"),),
        volumes=(VolumeMount(source="database-data", target="/var/lib/postgresql/data"),),
        tmpfs=("/tmp", "/run/postgresql"),
        networks={"data": NetworkAttachment()},
        healthcheck=Healthcheck(
            test=("CMD-SHELL", "pg_isready --username app_admin --dbname app --host 127.0.0.1"),
            interval=timedelta(seconds=5),
            timeout=timedelta(seconds=5),
            retries=10,
            start_period=timedelta(seconds=30),
        ),
        deploy=Deploy(resources=ResourceLimits(limits=Resources(cpus=1.0, memory=1 * GIB))),
        restart="unless-stopped",
        stop_grace_period=timedelta(seconds=60),
        # The image's own `postgres`: its entry point then needs no capability.
        user="999:999",
        cap_drop=("ALL",),
        read_only=True,
        labels={
            "observability.metrics-user": "app_metrics",
            "observability.metrics-password": "database-metrics-password",
            "observability.metrics-database": "app",
        },
        x_aws=ServiceOnAws(managed="rds"),
    )
