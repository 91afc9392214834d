"""A rollout or a job that fails, fails every `up` and lets no dependant through, until it is mended."""

import pytest

from sandbox.injections import JobFailure, RolloutFailure
from tests.engine.project import Project

pytestmark = pytest.mark.slow

BACKEND = frozenset({"ecs:Service backend", "ssm:Parameter backend-rollout"})
FRONTEND = frozenset({"ecs:Service frontend", "ssm:Parameter frontend-rollout"})


def test_a_failing_job_fails_every_up_until_it_is_mended_and_no_dependant_starts(project: Project) -> None:
    cloud = project.start_cloud()
    cloud.inject(JobFailure(family="infra-prod-migrate", exit_code=3, times=None))
    for _ in range(2):
        outcome = project.run("up")
        assert outcome.code == 1
        assert outcome.failed == {"ssm:Parameter migrate-job"}
        assert "job 'migrate': ended with exit code 3" in outcome.err
        assert "Traceback" not in outcome.text
        assert not project.resources() & (BACKEND | FRONTEND | {"ssm:Parameter migrate-job"})
    cloud.clear_injections()

    cloud.inject(RolloutFailure(service="frontend*", times=None))
    for _ in range(2):
        outcome = project.run("up")
        assert outcome.code == 1
        assert outcome.failed == {"ssm:Parameter frontend-rollout"}
        assert "service 'frontend': the deployment" in outcome.err
        assert "ROLLBACK_SUCCESSFUL" in outcome.err
        assert BACKEND <= project.resources()
        assert "ssm:Parameter frontend-rollout" not in project.resources()
    cloud.clear_injections()

    project.run("refresh")
    project.well("up")
    assert FRONTEND <= project.resources()
    assert project.well("preview").planned == frozenset()
