"""ECS tasks in the cloud: not executed, each ends at once with exit code 0 or the ordered one."""

# moto is untyped where it matters here: its response and backend classes take and give plain objects.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from copy import copy
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import Container, EC2ContainerServiceBackend, Task
from moto.moto_api import state_manager

from sandbox.injections import Injections


def add_ecs_tasks(injections: Injections) -> None:
    """Tasks are not executed: each is STOPPED when first asked for, with exit code 0 or the ordered one."""
    state_manager.set_transition("ecs::task", {"progression": "immediate"})
    run: Callable[..., list[Task]] = EC2ContainerServiceBackend.run_task

    def run_task(self: Any, *args: Any, **kwargs: Any) -> list[Task]:
        tasks = run(self, *args, **kwargs)
        for task in tasks:
            _finish(self, task, injections)
        return tasks

    EC2ContainerServiceBackend.run_task = run_task
    _let_containers_share_the_memory_of_their_task()


def _let_containers_share_the_memory_of_their_task() -> None:
    """A container on Fargate needs no memory of its own; moto adds them up and stumbles over one without."""
    calculate = EC2ContainerServiceBackend._calculate_task_resource_requirements  # pyright: ignore[reportPrivateUsage]

    def calculated(task_definition: Any) -> dict[str, Any]:
        shared = copy(task_definition)
        shared.container_definitions = [{"memory": 0, **item} for item in task_definition.container_definitions]
        return calculate(shared)

    EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(calculated)  # pyright: ignore[reportPrivateUsage]


def _finish(backend: Any, task: Any, injections: Injections) -> None:
    definition = backend.describe_task_definition(task.task_definition_arn)
    failure = injections.job_failure(definition.family)
    containers: list[Any] = []
    for described in definition.container_definitions:
        container: Any = Container(definition)
        container.name, container.image = described.get("name"), described.get("image")
        container.task_arn, container.last_status = task.task_arn, "STOPPED"
        container.exitCode = failure.exit_code if failure and described.get("essential", True) else 0
        containers.append(container)
    task.containers = containers
    task.desired_status = "STOPPED"
    task.stop_code = "EssentialContainerExited"
    task.stopped_reason = failure.reason if failure else "Essential container in task exited"
    interfaces = ec2_backends[backend.account_id][backend.region_name]
    for attachment in task.attachments:
        attachment["status"] = "DELETED"
        for detail in attachment["details"]:
            if detail["name"] == "networkInterfaceId":
                interfaces.delete_network_interface(detail["value"])
