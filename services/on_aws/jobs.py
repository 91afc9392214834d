"""Jobs: services that run to their end. Their marker is written after an end with exit code 0, and not before."""

import asyncio
import dataclasses
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.workload import LOG_STREAM_PREFIX
from services.on_aws.hooks import AwsClient, AwsClients, HookError, Patience, Record, new_record, old_record

PATIENCE: Final = Patience(deadline_seconds=60 * 60)
"""How long a job may take."""

ROLE_SECONDS: Final = 120.0
"""How long a role that has just been made may be unknown to ECS (IAM User Guide, "Eventual consistency")."""

LOG_LINES: Final = 20
"""How many of its last log lines a failed job shows."""


def job_hook(clients: AwsClients) -> pulumi.ResourceHook:
    """Return the hook that runs a job before its marker is written."""

    async def run_job(args: pulumi.ResourceHookArgs) -> None:
        """Run the job that the marker's record describes, unless it already ran and only its place is new."""
        record, before = new_record(args), old_record(args)
        if before is None or not record.runs_the_same_as(before):
            ecs, logs = clients.client("ecs"), clients.client("logs")
            await asyncio.to_thread(run_to_end, ecs, logs, record, PATIENCE)

    return pulumi.ResourceHook("run-job", run_job)


def run_to_end(ecs: AwsClient, logs: AwsClient, record: Record, patience: Patience) -> None:
    """Run a job's task and wait for its end. A run of the same record that is still going on is waited for instead.

    Raises:
        HookError: The task could not be placed, ended with another exit code than 0, or did not end in time.
    """
    task_arn = _running(ecs, record) or _start(
        ecs, record, dataclasses.replace(patience, deadline_seconds=ROLE_SECONDS)
    )
    task = patience.wait_for(lambda: _stopped(ecs, record, task_arn))
    if task is None:
        raise HookError(
            f"job {record.service!r}: task {_id(task_arn)} has not ended within {patience.deadline_seconds / 60:g} "
            "minutes; it goes on, and the next pulumi up waits for it. To end it: aws ecs stop-task "
            f"--cluster {record.cluster} --task {_id(task_arn)}"
        )
    containers: list[dict[str, Any]] = [item for item in task["containers"] if item["name"] == record.service]
    container = containers[0] if containers else dict[str, Any]()
    if container.get("exitCode") != 0:
        raise HookError(_failure(logs, ecs, record, task, container))


def started_by(record: Record) -> str:
    """Return what marks the tasks of a record: 36 characters at most (Amazon ECS API Reference, RunTask)."""
    return f"job-{hashlib.sha256(record.to_json().encode()).hexdigest()[:32]}"


def _running(ecs: AwsClient, record: Record) -> str | None:
    """Return the task of an `up` that was cut off: two runs of one job must not meet.

    `startedBy` must be the only filter (Amazon ECS API Reference, ListTasks), and what ended lately may be listed, too.
    """
    listed: list[str] = ecs.list_tasks(cluster=record.cluster, startedBy=started_by(record))["taskArns"]
    tasks: list[dict[str, Any]] = []
    if listed:
        tasks = ecs.describe_tasks(cluster=record.cluster, tasks=listed)["tasks"]
    return next((task["taskArn"] for task in tasks if task["lastStatus"] != "STOPPED"), None)


def _start(ecs: AwsClient, record: Record, patience: Patience) -> str:
    request = {
        "cluster": record.cluster,
        "taskDefinition": record.task_definition,
        "count": 1,
        "launchType": "FARGATE",
        "startedBy": started_by(record),
        # A request that is sent again after a lost answer must not start a second task.
        "clientToken": uuid.uuid4().hex,
        "enableECSManagedTags": True,
        "propagateTags": "TASK_DEFINITION",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": list(record.subnets),
                "securityGroups": list(record.security_groups),
                "assignPublicIp": "DISABLED",
            }
        },
    }
    answer = patience.wait_for(lambda: _run_task(ecs, record, request))
    if answer is None:
        raise HookError(f"job {record.service!r}: AWS cannot assume its roles: check their trust policies")
    if not answer["tasks"]:
        reasons = "; ".join(failure.get("reason", "no reason given") for failure in answer.get("failures", []))
        raise HookError(f"job {record.service!r}: AWS could not start a task: {reasons}. Mend that and run pulumi up")
    return answer["tasks"][0]["taskArn"]


def _run_task(ecs: AwsClient, record: Record, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return AWS's answer; None while it does not know a role that has just been made."""
    from botocore.exceptions import ClientError  # like boto3: only hooks need it

    try:
        return ecs.run_task(**request)
    except ClientError as error:
        if "unable to assume the role" in str(error):
            return None
        raise HookError(f"job {record.service!r}: AWS refuses to run it: {error}") from None


def _stopped(ecs: AwsClient, record: Record, task_arn: str) -> dict[str, Any] | None:
    tasks = ecs.describe_tasks(cluster=record.cluster, tasks=[task_arn])["tasks"]
    return tasks[0] if tasks and tasks[0]["lastStatus"] == "STOPPED" else None


def _failure(logs: AwsClient, ecs: AwsClient, record: Record, task: dict[str, Any], container: dict[str, Any]) -> str:
    """Return why a job failed: its exit code or why it has none, and its last log lines."""
    code = container.get("exitCode")
    outcome = "ended without an exit code" if code is None else f"ended with exit code {code}"
    reasons = [reason for reason in (container.get("reason"), task.get("stoppedReason")) if reason]
    lines = _last_lines(logs, ecs, record, task["taskArn"])
    shown = "".join(f"\n    {line}" for line in lines) or " none"
    return (
        f"job {record.service!r}: {outcome} ({'; '.join(reasons) or 'AWS gives no reason'}). The services that depend "
        f"on it were left as they are. Mend the cause and run pulumi up: the job runs again. Last log lines:{shown}"
    )


def _last_lines(logs: AwsClient, ecs: AwsClient, record: Record, task_arn: str) -> list[str]:
    """Return the last lines that the job's container wrote; none when it wrote nothing."""
    from botocore.exceptions import ClientError  # like boto3: only hooks need it

    definition = ecs.describe_task_definition(taskDefinition=record.task_definition)["taskDefinition"]
    container = next(item for item in definition["containerDefinitions"] if item["name"] == record.service)
    try:
        events = logs.get_log_events(
            logGroupName=container["logConfiguration"]["options"]["awslogs-group"],
            logStreamName=f"{LOG_STREAM_PREFIX}/{record.service}/{_id(task_arn)}",
            limit=LOG_LINES,
            startFromHead=False,
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return []
        return [f"(the log cannot be read: {error})"]
    return [event["message"] for event in events["events"]]


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]
