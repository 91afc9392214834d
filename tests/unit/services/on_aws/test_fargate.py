from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.sizes import Size
from services.on_aws.fargate import (
    LIMITS,
    REFUSED_PARAMETERS,
    check_task_definition,
)
from services.on_aws.sizes import SIZES, FargateError, exact, smallest_fitting
from services.units import MIB


def definition(**container: Any) -> dict[str, Any]:
    return {"family": "f", "cpu": "256", "memory": "512", "containerDefinitions": [{"name": "c", **container}]}


@given(cpus=st.floats(min_value=0.01, max_value=16), memory_mib=st.integers(min_value=1, max_value=122_880))
def test_the_smallest_size_that_fits_has_room_and_no_smaller_one_does(cpus: float, memory_mib: int) -> None:
    found = smallest_fitting(cpus, memory_mib * MIB)
    assert found.cpu_units >= cpus * 1024
    assert found.memory_mib >= memory_mib
    for size in SIZES[: SIZES.index(found)]:
        assert size.cpu_units < cpus * 1024 or size.memory_mib < memory_mib


def test_half_a_processor_never_comes_with_half_a_gibibyte() -> None:
    assert smallest_fitting(0.5, 512 * MIB) == Size(cpu_units=512, memory_mib=1024)


def test_more_than_the_largest_size_is_refused() -> None:
    with pytest.raises(FargateError, match="122880 MiB"):
        smallest_fitting(17, MIB)


def test_a_pair_that_is_not_offered_names_its_neighbours() -> None:
    with pytest.raises(FargateError, match="512 or 1024 MiB"):
        exact(256, 700)
    with pytest.raises(FargateError, match="nearest are 256, 512"):
        exact(300, 512)


@pytest.mark.parametrize("limit", LIMITS.values(), ids=lambda limit: limit.compose_key)
def test_a_number_outside_its_range_is_refused_and_one_at_the_edge_is_not(limit: Any) -> None:
    def at(value: float) -> dict[str, Any]:
        nested: Any = value
        for key in reversed(limit.path):
            nested = {key: nested}
        return definition(**nested)

    for value in (limit.lowest, limit.highest):
        check_task_definition(at(value))
    for value in (limit.lowest - 1, limit.highest + 1):
        with pytest.raises(FargateError, match=limit.path[-1]):
            check_task_definition(at(value))


@pytest.mark.parametrize("path", REFUSED_PARAMETERS, ids=".".join)
def test_every_refused_parameter_is_refused(path: tuple[str, ...]) -> None:
    nested: Any = ["x"]
    for key in reversed(path):
        nested = {key: nested}
    with pytest.raises(FargateError, match=path[-1]):
        check_task_definition(definition(**nested))


def test_only_ptrace_can_be_added_and_only_nofile_can_be_limited() -> None:
    check_task_definition(
        definition(linuxParameters={"capabilities": {"add": ["SYS_PTRACE"]}}, ulimits=[{"name": "nofile"}])
    )
    with pytest.raises(FargateError, match="NET_ADMIN"):
        check_task_definition(definition(linuxParameters={"capabilities": {"add": ["NET_ADMIN"]}}))
    with pytest.raises(FargateError, match="memlock"):
        check_task_definition(definition(ulimits=[{"name": "memlock"}]))


def test_two_volumes_at_one_path_are_refused() -> None:
    with pytest.raises(FargateError, match="/tmp"):
        check_task_definition(definition(mountPoints=[{"containerPath": "/tmp"}, {"containerPath": "/tmp"}]))


def test_a_size_that_is_not_offered_is_refused() -> None:
    with pytest.raises(FargateError, match="300 CPU units"):
        check_task_definition({**definition(), "cpu": "300"})
