"""The types that services stand on: each is created, read back, changed, drifts, is replaced and deleted over moto."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.aws_types import REGISTRY
from sandbox.plan import Plan
from sandbox.plugin import Props
from tests.sandbox.conftest import Driver, Resource
from tests.sandbox.service_cases import CASES, make

Aws = Callable[..., Props]


def _value(driver: Driver, value: Any) -> Any:
    return value(driver) if callable(value) else value


def _differs(driver: Driver, made: Resource, **changes: Any) -> tuple[frozenset[str], bool]:
    wanted = {k: v for k, v in {**made.inputs, **changes}.items() if k != "tagsAll"}
    checked = driver.provider.check(made.urn, made.inputs, wanted, b"seed")
    assert not checked.failures, checked.failures
    found = driver.provider.diff(made.urn, made.id, made.inputs, made.outputs, checked.inputs)
    return found.replaces, found.delete_before_replace


@pytest.mark.parametrize("kind", CASES)
def test_what_is_created_comes_back_equal_and_once_deleted_is_gone(driver: Driver, kind: str) -> None:
    made = make(driver, kind)
    assert made.refreshed() == made.inputs
    assert made.updated().outputs == made.outputs
    made.deleted()
    if not CASES[kind].stays:
        assert made.refreshed() == {}
        made.deleted()


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, case in CASES.items() for name in case.updates])
def test_an_input_is_changed_in_place_and_comes_back_changed(driver: Driver, kind: str, name: str) -> None:
    made = make(driver, kind)
    changed = made.updated(**{name: _value(driver, CASES[kind].updates[name])})
    assert changed.inputs != made.inputs
    assert changed.refreshed() == changed.inputs


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, case in CASES.items() for name in case.replaces])
def test_an_input_that_no_call_changes_replaces(driver: Driver, kind: str, name: str) -> None:
    made = make(driver, kind)
    replaces, _ = _differs(driver, made, **{name: CASES[kind].replaces[name]})
    assert {path.split(".")[0].split("[")[0] for path in replaces} == {name}


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.drift])
def test_a_change_behind_pulumis_back_is_seen_where_it_is(driver: Driver, aws: Aws, kind: str) -> None:
    made = make(driver, kind)
    case = CASES[kind]
    assert case.drift
    case.drift(aws, made)
    seen = made.refreshed()
    assert {name: seen[name] for name in case.drifted} == case.drifted
    assert {name for name in made.inputs if seen.get(name) != made.inputs[name]} == set(case.drifted)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, path) for kind, case in CASES.items() for path in REGISTRY[case.token].renames if "." not in path],
)
def test_without_its_mapping_an_input_of_the_table_would_be_refused_or_lost(
    driver: Driver, kind: str, name: str
) -> None:
    made = make(driver, kind)
    aws_type = REGISTRY[CASES[kind].token]
    if name not in made.inputs:
        pytest.skip(f"the case does not set {name}")
    less = Plan(replace(aws_type, renames={key: value for key, value in aws_type.renames.items() if key != name}))
    sent = less.forward(aws_type.create, made.inputs)
    assert sent.params != Plan(aws_type).forward(aws_type.create, made.inputs).params
