"""The dev stack on a Docker engine: how it comes up, that it works, and what `down` leaves."""

import pytest

from tests.docker.conftest import Stack

CONTAINERS = ("database-1", "migrate-1", "backend-1", "frontend-1")
pytestmark = pytest.mark.slow


def position(stack: Stack, phase: str, name: str) -> int:
    """Where in the first `up`'s events the engine began or finished the creation of the resource."""
    events = stack.project.events_of_first_up()
    return next(
        number
        for number, event in enumerate(events)
        if event["phase"] == phase and event["op"] == "create" and event["urn"].endswith(f"::{name}")
    )


def test_services_start_in_the_order_of_their_dependencies(stack: Stack) -> None:
    for earlier, later in (
        ("database-1", "migrate-1"),
        ("migrate-1", "migrate-completed"),
        ("migrate-completed", "backend-1"),
        ("backend-1", "frontend-1"),
    ):
        assert position(stack, "done", earlier) < position(stack, "begun", later), f"{later} before {earlier} was there"


def test_every_service_becomes_healthy_and_the_job_ended_well(stack: Stack) -> None:
    for name in ("database-1", "backend-1", "frontend-1"):
        assert stack.project.healthy(name), name
    state = stack.project.inspect("migrate-1")["State"]
    assert (state["Running"], state["ExitCode"]) == (False, 0)


def test_a_second_preview_is_empty_and_a_refresh_finds_no_difference(stack: Stack) -> None:
    preview, refresh = stack.project.well("preview"), stack.project.well("refresh")
    assert (preview.planned, refresh.drift) == (frozenset(), {})
    assert "No drift: the engine is as the state says." in refresh.out
