"""What moto lacks and the prod graph needs, added to moto's own classes in the cloud's process."""

from sandbox import moto_gaps
from sandbox.injections import Injections
from sandbox.moto_cache_handlers import add_caches
from sandbox.moto_deployments import add_ecs_deployments
from sandbox.moto_network_handlers import add_network
from sandbox.moto_tasks import add_ecs_tasks


def add_all(injections: Injections) -> None:
    """Adds everything; once, before the server starts."""
    add_ecs_deployments(injections)
    add_ecs_tasks(injections)
    add_network()
    add_caches()
    moto_gaps.add_all()
