"""Rollouts: a service counts as deployed when its latest deployment runs the intended revision, and not before."""

import asyncio
from typing import Any, Final

import pulumi

from services.on_aws.hooks import AwsClient, AwsClients, HookError, Patience, Record, new_record

PATIENCE: Final = Patience(deadline_seconds=30 * 60)
"""How long a rollout may take. The circuit breaker gives up on a bad one well before."""

FAILED: Final = frozenset(
    {"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "FAILED"}
    | {"STOP_REQUESTED", "STOPPED"}
)
"""States of a service deployment that will not become successful (Amazon ECS API Reference, ServiceDeployment)."""


def rollout_hook(clients: AwsClients) -> pulumi.ResourceHook:
    """Return the hook that lets a rollout's marker be written only after the rollout."""

    async def require_rollout(args: pulumi.ResourceHookArgs) -> None:
        """Wait for the deployment that the marker's record describes."""
        await asyncio.to_thread(require_success, clients.client("ecs"), new_record(args), PATIENCE)

    return pulumi.ResourceHook("require-rollout", require_rollout)


def require_success(ecs: AwsClient, record: Record, patience: Patience) -> None:
    """Wait until a service's latest deployment is successful at the record's task definition.

    Raises:
        HookError: The deployment failed, was stopped or rolled back, or did not end in time.
    """
    deployment = patience.wait_for(lambda: _ended(ecs, record))
    if deployment is None:
        raise HookError(
            f"service {record.service!r}: no successful deployment of {_revision(record)} within "
            f"{patience.deadline_seconds / 60:g} minutes. Look at its events and logs, mend the cause, and deploy "
            "again: pulumi up --refresh"
        )
    if deployment["status"] in FAILED:
        reason = deployment.get("statusReason") or "AWS gives no reason"
        raise HookError(
            f"service {record.service!r}: the deployment of {_revision(record)} is {deployment['status']}: {reason}. "
            "The services that depend on it were left as they are. Look at its logs, mend the cause, and deploy again: "
            "pulumi up --refresh. Where there was nothing to roll back to and the same revision is right after all, "
            f"first: aws ecs update-service --force-new-deployment --cluster {record.cluster} "
            f"--service {record.ecs_service}"
        )


def _ended(ecs: AwsClient, record: Record) -> dict[str, Any] | None:
    """Return the latest deployment when it failed, or succeeded at the intended revision; None while it is under way.

    A success at another revision is the deployment before: AWS lists a new one a moment after the update.
    """
    listed = _deployments(ecs, record)
    if not listed:
        return None
    latest = max(listed, key=lambda brief: brief["createdAt"])
    described = ecs.describe_service_deployments(serviceDeploymentArns=[latest["serviceDeploymentArn"]])
    deployment: dict[str, Any] = described["serviceDeployments"][0]
    if deployment["status"] == "SUCCESSFUL":
        return deployment if _target(ecs, deployment) == record.task_definition else None
    return deployment if deployment["status"] in FAILED else None


def _deployments(ecs: AwsClient, record: Record) -> list[dict[str, Any]]:
    """Return every deployment that AWS remembers, in brief: it lists them by the page and promises no order."""
    listed: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = ecs.list_service_deployments(cluster=record.cluster, service=record.ecs_service, **more)
        listed += page["serviceDeployments"]
        if not page.get("nextToken"):
            return listed
        more = {"nextToken": page["nextToken"]}


def _target(ecs: AwsClient, deployment: dict[str, Any]) -> str:
    revisions = ecs.describe_service_revisions(serviceRevisionArns=[deployment["targetServiceRevision"]["arn"]])
    return revisions["serviceRevisions"][0]["taskDefinition"]


def _revision(record: Record) -> str:
    return record.task_definition.rpartition("/")[2]
