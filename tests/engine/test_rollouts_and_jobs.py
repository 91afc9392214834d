"""A rollout or a job that fails, fails every `up` and lets no dependant through, until it is mended."""

import pytest

from sandbox.injections import JobFailure, RolloutFailure
from tests.engine.project import Outcome, Project, created

pytestmark = pytest.mark.slow

BACKEND = frozenset({"ecs:Service backend", "ssm:Parameter backend-rollout"})
FRONTEND = frozenset({"ecs:Service frontend", "ssm:Parameter frontend-rollout"})


def stopped_at(outcome: Outcome, resource: str, *told: str) -> None:
    """The command failed at this one resource and says why in the reader's words."""
    assert outcome.code == 1, outcome.text
    assert outcome.failed == {resource}
    assert "Traceback" not in outcome.text
    for words in told:
        assert words in outcome.err


def test_a_new_stack_stops_at_a_job_and_at_a_rollout_that_fail_and_goes_on_when_they_are_mended(
    project: Project,
) -> None:
    cloud = project.start_cloud()
    cloud.inject(JobFailure(family="infra-prod-migrate", exit_code=3, times=None))
    for _ in range(2):
        stopped_at(
            project.run("up"),
            "ssm:Parameter migrate-job",
            "job 'migrate': ended with exit code 3",
            "the job runs again",
        )
        assert not project.resources() & (BACKEND | FRONTEND | {"ssm:Parameter migrate-job"})

    cloud.clear_injections()
    cloud.inject(RolloutFailure(service="frontend*", times=None))
    for _ in range(2):
        stopped_at(
            project.run("up"),
            "ssm:Parameter frontend-rollout",
            "service 'frontend': the deployment of infra-prod-frontend:1 is ROLLBACK_SUCCESSFUL",
        )
        assert project.resources() >= BACKEND | {"ecs:Service frontend", "ssm:Parameter migrate-job"}

    cloud.clear_injections()
    cloud.client("ecs").update_service(
        cluster=project.identifier("ecs:Cluster cluster"),
        service=project.identifier("ecs:Service frontend"),
        forceNewDeployment=True,
    )
    assert project.well("up").done >= created("ssm:Parameter frontend-rollout")
    assert project.well("preview").planned == frozenset()


def test_a_job_that_fails_every_time_does_not_keep_a_stack_from_going_down(project: Project) -> None:
    cloud = project.start_cloud()
    cloud.inject(JobFailure(family="infra-prod-migrate", exit_code=3, times=None))
    assert project.run("up").code == 1
    outcome = project.well("down")
    told = outcome.out[outcome.out.index("Not everything came up on the way") : outcome.out.index("Step 2 of 2")]
    assert "job 'migrate': ended with exit code 3" in told
    assert "backend" not in told, "what did not come up because of the job is no trouble of its own"
    assert "Nothing is left but what AWS itself makes." in outcome.out
