"""What `down` leaves of the dev stack: nothing, and the volumes unless it is told to remove them."""

import pytest

from tests.docker.conftest import Stack

pytestmark = pytest.mark.slow


def test_down_leaves_no_container_no_network_and_with_the_flag_no_volume(stack: Stack) -> None:
    project = stack.project
    names = {str(item["id"]) for item in project.of_type("docker:index/network:Network")}
    volume = f"app-{project.stack}-database-data"
    assert names <= set(project.docker("network", "ls", "--no-trunc", "--quiet").split())
    project.well("down")
    assert project.containers() == []
    assert not names & set(project.docker("network", "ls", "--no-trunc", "--quiet").split())
    assert volume in project.docker("volume", "ls", "--quiet").split()
    assert not (project.folder / ".secrets").exists() or not any((project.folder / ".secrets").rglob("*-1/*"))
    again = project.well("down", "--volumes")
    assert f"Volume {volume} is gone" in again.out
    assert volume not in project.docker("volume", "ls", "--quiet").split()
