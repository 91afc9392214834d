"""A failure of the provider in the middle of an operation leaves a state from which the next one goes on."""

import pytest

from sandbox.cloud import Cloud
from sandbox.injections import ApiFault
from tests.engine.project import Outcome, Project

pytestmark = pytest.mark.slow

STEP = 10
MOST_ATTEMPTS = 60
FAULT = "An injected failure."


def order_failure(cloud: Cloud, call: int, operation: str = "*") -> None:
    """The call with this number that changes something will fail."""
    cloud.clear_injections()
    cloud.inject(ApiFault(operation=operation, nth=call, code="InjectedFault", message=FAULT))


def failed_in_the_middle(outcome: Outcome) -> None:
    """The command failed by the injected failure and says it in the reader's words."""
    assert outcome.code == 1, outcome.text
    assert FAULT in outcome.err
    assert "Traceback" not in outcome.text
    assert len(outcome.failed) == 1


def all_is_known(project: Project) -> None:
    """Nothing in the state is unfinished, and the next command has nothing to mend."""
    assert not project.state().get("pending_operations")
    assert not project.files.journal("prod").exists()


def ladder(project: Project, command: str, operation: str) -> int:
    """Repeats a command, with a failure at every tenth call of the cloud, until it ends well. How often it failed."""
    for attempt in range(MOST_ATTEMPTS):
        order_failure(project.cloud, STEP, operation)
        outcome = project.run(command)
        assert "mended" not in outcome.out
        if outcome.code == 0:
            return attempt
        failed_in_the_middle(outcome)
        all_is_known(project)
    raise AssertionError(f"{command} did not end after {MOST_ATTEMPTS} failures")


def test_an_up_that_fails_at_every_tenth_call_goes_on_each_time_where_it_stopped(project: Project) -> None:
    project.start_cloud()
    assert ladder(project, "up", "*") >= 10
    project.cloud.clear_injections()
    assert project.well("preview").planned == frozenset()
    assert "Nothing is left but what AWS itself makes." in project.well("down").out


@pytest.mark.parametrize("call", [20, 120, 220])
def test_a_half_made_stack_goes_down_and_leaves_nothing(project: Project, call: int) -> None:
    cloud = project.start_cloud()
    order_failure(cloud, call)
    failed_in_the_middle(project.run("up"))
    all_is_known(project)
    cloud.clear_injections()
    assert "Nothing is left but what AWS itself makes." in project.well("down").out


def test_a_half_made_stack_is_finished_by_the_next_up(project: Project) -> None:
    cloud = project.start_cloud()
    order_failure(cloud, 170)
    failed_in_the_middle(project.run("up"))
    cloud.clear_injections()
    project.well("up")
    assert project.well("preview").planned == frozenset()


def test_what_pulumi_does_not_know_of_is_told_by_down(project: Project) -> None:
    cloud = project.start_cloud()
    order_failure(cloud, 5)
    failed_in_the_middle(project.run("up"))
    cloud.clear_injections()
    cloud.client("logs").create_log_group(logGroupName="made-by-hand")
    outcome = project.run("down")
    assert outcome.code == 1
    assert "made-by-hand" in outcome.out
    assert "Something was left behind" in outcome.err
