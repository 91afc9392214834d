"""What moto lacks of ECS deployments, added to its own classes in the cloud's process.

Services reach steady state at once; each change of one is a deployment with revisions, which can be asked for.
"""

# moto is untyped where it matters here: its response and backend classes take and give plain objects.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ServiceNotFoundException
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.injections import Injections


@dataclass(kw_only=True)
class Deployment:
    """One deployment of an ECS service, as DescribeServiceDeployments tells it."""

    number: int
    service_arn: str
    cluster_arn: str
    task_definition: str | None
    previous: str | None
    status: str
    reason: str
    started: float = field(default_factory=time.time)

    @property
    def arn(self) -> str:
        """AWS's form: .../service-deployment/CLUSTER/SERVICE/ID."""
        return f"{self.service_arn.replace(':service/', ':service-deployment/', 1)}/{self._id}"

    @property
    def _id(self) -> str:
        return hashlib.sha256(f"{self.service_arn}#{self.number}".encode()).hexdigest()[:21]

    @property
    def described(self) -> dict[str, Any]:
        """The members of a service deployment."""
        target = revision_arn(self.service_arn, self.task_definition)
        description: dict[str, Any] = {
            "serviceDeploymentArn": self.arn,
            "serviceArn": self.service_arn,
            "clusterArn": self.cluster_arn,
            "createdAt": self.started,
            "startedAt": self.started,
            "finishedAt": self.started,
            "updatedAt": self.started,
            "status": self.status,
            "statusReason": self.reason,
            "targetServiceRevision": {"arn": target},
            "sourceServiceRevisions": [],
        }
        if self.previous is not None:
            source = revision_arn(self.service_arn, self.previous)
            description["sourceServiceRevisions"] = [{"arn": source}]
            if self.status.startswith("ROLLBACK"):
                description["rollback"] = {
                    "reason": self.reason,
                    "startedAt": self.started,
                    "serviceRevisionArn": source,
                }
        return description


def revision_arn(service_arn: str, task_definition: str | None) -> str:
    """The service revision that runs this task definition; the same pair has the same revision."""
    number = int(hashlib.sha256(f"{service_arn}@{task_definition}".encode()).hexdigest()[:12], 16)
    return f"{service_arn.replace(':service/', ':service-revision/', 1)}/{number}"


class Deployments:
    """The history of every service's deployments, newest first."""

    def __init__(self) -> None:
        self.of_service: dict[str, list[Deployment]] = {}

    def record(self, service: Any, previous: str | None, injections: Injections) -> None:
        """A deployment begins and ends at once: well, or as a test ordered, rolled back to what ran before."""
        history = self.of_service.setdefault(service.arn, [])
        failure = injections.rollout_failure(service.name)
        history.insert(
            0,
            Deployment(
                number=len(history),
                service_arn=service.arn,
                cluster_arn=service.cluster_arn,
                task_definition=service.task_definition,
                previous=previous,
                status=failure.status if failure else "SUCCESSFUL",
                reason=failure.reason if failure else "",
            ),
        )
        if failure and previous is not None:
            service.task_definition = previous


def _settle(service: Any) -> None:
    """Running tasks are what was desired: the sandbox runs none, and steady is the only state that it can show."""
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments:
        deployment.update(
            desiredCount=service.desired_count,
            runningCount=service.desired_count,
            pendingCount=0,
            taskDefinition=service.task_definition,
            rolloutState="COMPLETED",
            rolloutStateReason=f"ECS deployment {deployment['id']} completed.",
        )


def add_ecs_deployments(injections: Injections) -> None:
    """Services reach steady state at once, each change of theirs is a deployment that can be asked for."""
    deployments = Deployments()
    create: Callable[..., Service] = EC2ContainerServiceBackend.create_service
    update: Callable[..., Service] = EC2ContainerServiceBackend.update_service

    def create_service(self: Any, *args: Any, **kwargs: Any) -> Service:
        service = create(self, *args, **kwargs)
        deployments.of_service.pop(service.arn, None)
        deployments.record(service, None, injections)
        _settle(service)
        return service

    def update_service(self: Any, service_properties: dict[str, Any]) -> Service:
        name = str(service_properties["service"]).split("/")[-1]
        current = self._get_service(service_properties.get("cluster", "default"), name)
        before, forced = current.task_definition, bool(service_properties.get("force_new_deployment"))
        service: Any = update(self, service_properties)
        if service.task_definition is not None:
            service.task_definition = self.describe_task_definition(service.task_definition).arn
        if forced or service.task_definition != before:
            deployments.record(service, before, injections)
        _settle(service)
        return service

    def list_service_deployments(self: Any) -> Any:
        service = _service(self, self._get_param("service"), self._get_param("cluster"))
        wanted = self._get_param("status") or None
        found = [item.described for item in deployments.of_service.get(service.arn, [])]
        briefs = [
            {
                **{key: value for key, value in item.items() if key not in _ONLY_DESCRIBED},
                "targetServiceRevisionArn": item["targetServiceRevision"]["arn"],
            }
            for item in found
            if wanted is None or item["status"] in wanted
        ]
        return ActionResult({"serviceDeployments": briefs[: self._get_param("maxResults") or None]})

    def describe_service_deployments(self: Any) -> Any:
        known = {item.arn: item for history in deployments.of_service.values() for item in history}
        asked: list[str] = self._get_param("serviceDeploymentArns")
        described = []
        for arn in asked:
            if arn in known:
                item = known[arn].described
                service = _service(self, known[arn].service_arn, known[arn].cluster_arn)
                item["targetServiceRevision"] |= {
                    "requestedTaskCount": service.desired_count,
                    "runningTaskCount": service.running_count if known[arn].status == "SUCCESSFUL" else 0,
                    "pendingTaskCount": 0,
                }
                described.append(item)
        failures = [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in known]
        return ActionResult({"serviceDeployments": described, "failures": failures})

    def describe_service_revisions(self: Any) -> Any:
        known: dict[str, dict[str, Any]] = {}
        for item in (item for history in deployments.of_service.values() for item in reversed(history)):
            for task_definition in filter(None, (item.previous, item.task_definition)):
                arn = revision_arn(item.service_arn, task_definition)
                known.setdefault(
                    arn,
                    {
                        "serviceRevisionArn": arn,
                        "serviceArn": item.service_arn,
                        "clusterArn": item.cluster_arn,
                        "taskDefinition": task_definition,
                        "createdAt": item.started,
                    },
                )
        asked: list[str] = self._get_param("serviceRevisionArns")
        found = [known[arn] for arn in asked if arn in known]
        failures = [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in known]
        return ActionResult({"serviceRevisions": found, "failures": failures})

    EC2ContainerServiceBackend.create_service = create_service
    EC2ContainerServiceBackend.update_service = update_service
    for handler in (list_service_deployments, describe_service_deployments, describe_service_revisions):
        setattr(EC2ContainerServiceResponse, handler.__name__, handler)


_ONLY_DESCRIBED = frozenset({"targetServiceRevision", "sourceServiceRevisions", "rollback", "updatedAt"})


def _service(response: Any, service: str, cluster: str | None) -> Any:
    name = service.split("/")[-1]
    cluster_name = (cluster or (service.split("/")[-2] if service.count("/") == 2 else "default")).split("/")[-1]
    found = response.ecs_backend.services.get(f"{cluster_name}:{name}")
    if found is None:
        raise ServiceNotFoundException
    return found
