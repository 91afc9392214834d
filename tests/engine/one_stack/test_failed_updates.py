"""On a stack that runs, a new version whose job or rollout fails reaches no dependant and fails again until mended."""

from collections.abc import Iterator

import pytest

from sandbox.injections import JobFailure, RolloutFailure
from tests.engine.project import Project, replaced, updated

pytestmark = pytest.mark.slow

TWICE = range(2)


@pytest.fixture
def mended(prod: Project) -> Iterator[Project]:
    """A stack that is brought back to what the repository says."""
    yield prod
    prod.cloud.clear_injections()
    prod.restore()
    prod.well("refresh")
    prod.well("up")


def new_version_of_both(project: Project) -> None:
    """A change that rolls out the backend and the frontend, which depends on it."""
    project.edit(
        "services/backend/service.py",
        '"DATABASE_PASSWORD_FILE": "/run/secrets/database-app-password",',
        '"DATABASE_PASSWORD_FILE": "/run/secrets/database-app-password", "RELEASE": "2",',
    )
    project.edit("services/frontend/service.py", '"BACKEND_PORT": "8000"', '"BACKEND_PORT": "8000", "RELEASE": "2"')


def test_a_rolled_back_release_fails_each_up_leaves_the_dependant_alone_and_a_refresh_heals_it(mended: Project) -> None:
    new_version_of_both(mended)
    mended.cloud.inject(RolloutFailure(service="backend*", times=None))
    for _ in TWICE:
        outcome = mended.run("up")
        assert outcome.code == 1
        assert outcome.failed == {"ssm:Parameter backend-rollout"}
        assert "ROLLBACK_SUCCESSFUL" in outcome.err
        assert "pulumi up --refresh" in outcome.err
        assert not updated("ecs:Service frontend", "ssm:Parameter frontend-rollout") & outcome.done
    mended.cloud.clear_injections()
    assert mended.run("up").code == 1, "nothing was deployed again, so nothing is mended"
    assert mended.well("refresh").drift == {"ecs:Service backend": {"taskDefinition"}}
    done = mended.well("up").done
    assert done >= updated(
        "ecs:Service backend", "ssm:Parameter backend-rollout", "ecs:Service frontend", "ssm:Parameter frontend-rollout"
    )
    assert mended.well("preview").planned == frozenset()


def test_a_new_version_of_a_job_that_fails_keeps_the_dependants_at_the_old_one(mended: Project) -> None:
    mended.edit("services/backend/Dockerfile", "\nUSER", "\nLABEL release=2\nUSER")
    mended.cloud.inject(JobFailure(family="infra-prod-migrate", exit_code=1, times=None))
    for _ in TWICE:
        outcome = mended.run("up")
        assert outcome.code == 1
        assert outcome.failed == {"ssm:Parameter migrate-job"}
        assert "job 'migrate': ended with exit code 1" in outcome.err
        assert not updated("ecs:Service backend", "ssm:Parameter backend-rollout") & outcome.done
    mended.cloud.clear_injections()
    done = mended.well("up").done
    assert done >= updated("ssm:Parameter migrate-job", "ecs:Service backend", "ssm:Parameter backend-rollout")
    assert not replaced("ecs:TaskDefinition frontend") & done
