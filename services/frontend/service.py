"""The page and the reverse proxy before the backend: the only service that the outside reaches."""

from datetime import timedelta

from services.model import (
    Build,
    Condition,
    Dependency,
    Deploy,
    Healthcheck,
    NetworkAttachment,
    Port,
    ResourceLimits,
    Resources,
    Service,
)
from services.units import MIB
from services.x_aws import Route, Scaling, ServiceOnAws

PORT = 8080


def frontend() -> Service:
    """nginx without privileges. It starts once the backend is healthy."""
    return Service(
        build=Build(context="services/frontend"),
        environment={"BACKEND_HOST": "backend", "BACKEND_PORT": "8000", "PORT": str(PORT)},
        ports=(Port(name="web", target=PORT, published=8080, app_protocol="http"),),
        depends_on={"backend": Dependency(condition=Condition.HEALTHY)},
        networks={"edge": NetworkAttachment()},
        healthcheck=Healthcheck(
            test=("CMD", "curl", "--fail", "--silent", "--output", "/dev/null", f"http://127.0.0.1:{PORT}/healthz"),
            interval=timedelta(seconds=10),
            timeout=timedelta(seconds=5),
            start_period=timedelta(seconds=5),
        ),
        deploy=Deploy(replicas=2, resources=ResourceLimits(limits=Resources(cpus=0.25, memory=512 * MIB))),
        restart="unless-stopped",
        stop_grace_period=timedelta(seconds=30),
        user="101:101",
        read_only=True,
        init=True,
        cap_drop=("ALL",),
        tmpfs=("/tmp",),
        labels={"observability.kind": "nginx"},
        x_aws=ServiceOnAws(
            route=Route(health_path="/healthz"),
            scaling=Scaling(max_replicas=6),
            # nginx asks the resolver itself and searches no domain: the short name would not be found.
            endpoints={"BACKEND_HOST": "backend"},
        ),
    )
