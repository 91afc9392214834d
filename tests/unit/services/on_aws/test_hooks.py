import dataclasses
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from botocore.exceptions import ClientError

from services.on_aws.hooks import HookError, Patience, Record, new_record, old_record
from services.on_aws.jobs import run_to_end, started_by
from services.on_aws.rollout import FAILED, require_success

RECORD = Record(
    service="backend",
    cluster="cluster",
    task_definition="arn:aws:ecs:r:1:task-definition/backend:7",
    images={"backend": "r@sha256:1"},
    subnets=("s-1",),
    security_groups=("g-1",),
    ecs_service="backend-1",
)
JOB = dataclasses.replace(RECORD, ecs_service=None)
PATIENT = Patience(deadline_seconds=5, longest_pause_seconds=0.02)
HASTY = Patience(deadline_seconds=0.05, longest_pause_seconds=0.02)


class Ecs:
    """An ECS whose deployments and tasks go through given states, one a look; the last one stays."""

    def __init__(self, *states: tuple[str, str], exit_code: int | None = 0, running: list[str] | None = None) -> None:
        self.states = list(states)
        self.exit_code = exit_code
        self.running = running or []
        self.started: list[dict[str, Any]] = []
        self.can_place = True
        self.refusals: list[Exception] = []

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        raise AssertionError(f"{operation} is not expected here")

    def list_service_deployments(self, nextToken: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803
        if not self.states:
            return {"serviceDeployments": []}
        if nextToken:
            return {"serviceDeployments": [{"serviceDeploymentArn": "new", "createdAt": 2}]}
        return {"serviceDeployments": [{"serviceDeploymentArn": "old", "createdAt": 1}], "nextToken": "second page"}

    def describe_service_deployments(self, serviceDeploymentArns: list[str]) -> dict[str, Any]:  # noqa: N803
        assert serviceDeploymentArns == ["new"]
        status, revision = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        target = {"arn": revision}
        return {"serviceDeployments": [{"status": status, "statusReason": "it broke", "targetServiceRevision": target}]}

    def describe_service_revisions(self, serviceRevisionArns: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"serviceRevisions": [{"taskDefinition": serviceRevisionArns[0]}]}

    def list_tasks(self, **filters: Any) -> dict[str, Any]:
        assert set(filters) == {"cluster", "startedBy"}, "startedBy must be the only filter"
        return {"taskArns": self.running}

    def run_task(self, **request: Any) -> dict[str, Any]:
        self.started.append(request)
        if self.refusals:
            raise self.refusals.pop(0)
        if not self.can_place:
            return {"tasks": [], "failures": [{"reason": "RESOURCE:ENI"}]}
        return {"tasks": [{"taskArn": "arn:task/cluster/new"}]}

    def describe_tasks(self, tasks: list[str], **_: Any) -> dict[str, Any]:
        status = (self.states.pop(0) if len(self.states) > 1 else self.states[0])[0]
        container = {"name": "backend"} | ({} if self.exit_code is None else {"exitCode": self.exit_code})
        sidecar = {"name": "mount-files", "exitCode": 0}
        task = {"taskArn": tasks[0], "lastStatus": status, "stoppedReason": "gone", "containers": [sidecar, container]}
        return {"tasks": [task]}

    def describe_task_definition(self, **_: Any) -> dict[str, Any]:
        logs = {"options": {"awslogs-group": "group"}}
        return {"taskDefinition": {"containerDefinitions": [{"name": "backend", "logConfiguration": logs}]}}


class Logs:
    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        raise AssertionError(f"{operation} is not expected here")

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        self.asked = request
        return {"events": [{"message": "relation exists"}]}


def test_a_rollout_is_waited_for_until_it_is_successful_at_the_intended_revision() -> None:
    ecs = Ecs(
        ("SUCCESSFUL", "arn:aws:ecs:r:1:task-definition/backend:6"),
        ("IN_PROGRESS", RECORD.task_definition),
        ("SUCCESSFUL", RECORD.task_definition),
    )
    require_success(ecs, RECORD, PATIENT)
    assert len(ecs.states) == 1


@pytest.mark.parametrize("status", sorted(FAILED))
def test_a_failed_rollout_says_why_and_how_to_mend_it(status: str) -> None:
    with pytest.raises(HookError, match=rf"backend:7 is {status}: it broke\..*pulumi up --refresh"):
        require_success(Ecs((status, RECORD.task_definition)), RECORD, PATIENT)


def test_success_at_another_revision_is_no_success() -> None:
    with pytest.raises(HookError, match="no successful deployment of backend:7"):
        require_success(Ecs(("SUCCESSFUL", "other")), RECORD, HASTY)


def test_a_service_without_deployments_is_not_rolled_out() -> None:
    with pytest.raises(HookError, match="no successful deployment"):
        require_success(Ecs(), RECORD, HASTY)


def test_a_job_runs_in_its_place_and_is_waited_for() -> None:
    ecs = Ecs(("PENDING", ""), ("RUNNING", ""), ("STOPPED", ""))
    run_to_end(ecs, Logs(), JOB, PATIENT)
    (request,) = ecs.started
    assert request["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["s-1"],
        "securityGroups": ["g-1"],
        "assignPublicIp": "DISABLED",
    }
    assert request["startedBy"] == started_by(JOB)
    assert len(request["startedBy"]) <= 36
    assert ecs.states == [("STOPPED", "")]


def test_a_run_that_an_interrupted_up_left_behind_is_waited_for_and_no_second_one_started() -> None:
    ecs = Ecs(("RUNNING", ""), ("STOPPED", ""), running=["arn:task/cluster/left"])
    run_to_end(ecs, Logs(), JOB, PATIENT)
    assert ecs.started == []


def test_a_run_that_ended_is_no_run_that_goes_on() -> None:
    ecs = Ecs(("STOPPED", ""), running=["arn:task/cluster/ended"])
    run_to_end(ecs, Logs(), JOB, PATIENT)
    assert len(ecs.started) == 1


def test_a_job_that_is_retried_is_a_new_request() -> None:
    ecs = Ecs(("STOPPED", ""))
    run_to_end(ecs, Logs(), JOB, PATIENT)
    run_to_end(ecs, Logs(), JOB, PATIENT)
    assert ecs.started[0]["clientToken"] != ecs.started[1]["clientToken"]


def test_a_failed_job_shows_its_exit_code_and_its_last_log_lines() -> None:
    logs = Logs()
    with pytest.raises(HookError, match=r"(?s)exit code 3 \(gone\).*relation exists"):
        run_to_end(Ecs(("STOPPED", ""), exit_code=3), logs, JOB, PATIENT)
    assert logs.asked["logStreamName"] == "task/backend/new"


def test_a_job_without_an_exit_code_failed() -> None:
    with pytest.raises(HookError, match="without an exit code"):
        run_to_end(Ecs(("STOPPED", ""), exit_code=None), Logs(), JOB, PATIENT)


def test_a_job_that_cannot_be_placed_says_why() -> None:
    ecs = Ecs(("STOPPED", ""))
    ecs.can_place = False
    with pytest.raises(HookError, match="RESOURCE:ENI"):
        run_to_end(ecs, Logs(), JOB, PATIENT)


def _refusal(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ClientException", "Message": message}}, "RunTask")


def test_a_role_that_aws_does_not_know_yet_is_asked_for_again_by_the_same_request() -> None:
    ecs = Ecs(("STOPPED", ""))
    ecs.refusals = [_refusal("ECS was unable to assume the role 'arn:aws:iam::1:role/r' that was provided")]
    run_to_end(ecs, Logs(), JOB, PATIENT)
    first, second = ecs.started
    assert first == second


def test_another_refusal_is_final() -> None:
    ecs = Ecs(("STOPPED", ""))
    ecs.refusals = [_refusal("no such task definition")]
    with pytest.raises(HookError, match=r"(?s)job 'backend'.*no such task definition"):
        run_to_end(ecs, Logs(), JOB, PATIENT)
    assert len(ecs.started) == 1


def test_a_job_that_does_not_end_in_time_says_how_to_stop_it() -> None:
    with pytest.raises(HookError, match="aws ecs stop-task --cluster cluster --task new"):
        run_to_end(Ecs(("RUNNING", "")), Logs(), JOB, HASTY)


def test_a_record_survives_its_marker() -> None:
    inputs = {"insecureValue": RECORD.to_json()}
    args = pulumi.ResourceHookArgs(urn="u", id="i", name="n", type="t", new_inputs=inputs, old_inputs=inputs)
    assert new_record(args) == old_record(args) == RECORD


def test_a_marker_that_held_something_else_has_no_old_record() -> None:
    args = pulumi.ResourceHookArgs(urn="u", id="i", name="n", type="t", old_inputs={"insecureValue": '{"a": 1}'})
    assert old_record(args) is None


def test_only_another_place_is_no_other_run() -> None:
    assert RECORD.runs_the_same_as(dataclasses.replace(RECORD, subnets=("s-2",)))
    assert not RECORD.runs_the_same_as(dataclasses.replace(RECORD, images={"backend": "r@sha256:2"}))
    assert not RECORD.runs_the_same_as(dataclasses.replace(RECORD, task_definition="other"))
