"""The types that services stand on: each is created, read back, changed, drifts, is replaced and deleted over moto."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.aws_types import REGISTRY
from sandbox.aws_types.base import Call
from sandbox.plan import Plan
from sandbox.plugin import Props
from tests.sandbox.conftest import Driver, Resource
from tests.sandbox.service_cases import CASES, make

Aws = Callable[..., Props]
_DEEPER = {"task definition": {"volumes"}, "rule": {"actions"}}
"""Inputs whose mappings are for blocks that the table does not set."""


def _value(driver: Driver, value: Any) -> Any:
    return value(driver) if callable(value) else value


def _replacing(driver: Driver, made: Resource, **changes: Any) -> frozenset[str]:
    wanted = {k: v for k, v in {**made.inputs, **changes}.items() if k != "tagsAll"}
    checked = driver.provider.check(made.urn, made.inputs, wanted, b"seed")
    assert not checked.failures, checked.failures
    return driver.provider.diff(made.urn, made.id, made.inputs, made.outputs, checked.inputs).replaces


@pytest.mark.parametrize("kind", CASES)
def test_what_is_created_comes_back_equal_and_once_deleted_is_gone(driver: Driver, kind: str) -> None:
    made = make(driver, kind)
    assert made.refreshed() == made.inputs
    assert made.updated().outputs == made.outputs
    made.deleted()
    if not CASES[kind].stays:
        assert made.refreshed() == {}
        made.deleted()


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.updates])
def test_inputs_are_changed_in_place_one_by_one_and_come_back_changed(driver: Driver, kind: str) -> None:
    made = make(driver, kind)
    for name, value in CASES[kind].updates.items():
        changed = made.updated(**{name: _value(driver, value)})
        assert changed.inputs != made.inputs, name
        assert changed.refreshed() == changed.inputs, name
        made = changed


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.replaces])
def test_an_input_that_no_call_changes_replaces(driver: Driver, kind: str) -> None:
    made = make(driver, kind)
    for name, value in CASES[kind].replaces.items():
        replaces = _replacing(driver, made, **{name: value})
        assert {path.split(".")[0] for path in replaces} == {name}


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.drift])
def test_a_change_behind_pulumis_back_is_seen_where_it_is(driver: Driver, aws: Aws, kind: str) -> None:
    made = make(driver, kind)
    case = CASES[kind]
    assert case.drift
    case.drift(aws, made)
    seen = made.refreshed()
    assert {name: seen[name] for name in case.drifted} == case.drifted
    assert {name for name in made.inputs if seen.get(name) != made.inputs[name]} == set(case.drifted)


@pytest.mark.parametrize("kind", CASES)
def test_without_a_mapping_something_of_the_table_would_not_be_sent(driver: Driver, kind: str) -> None:
    made = make(driver, kind)
    aws_type = REGISTRY[CASES[kind].token]
    calls = [aws_type.create, *(setter for setter in aws_type.setters if isinstance(setter, Call))]
    whole = Plan(aws_type)
    for name in {path.split(".")[0] for path in aws_type.renames} & set(made.inputs):
        others = {path: target for path, target in aws_type.renames.items() if path.split(".")[0] != name}
        less = Plan(replace(aws_type, renames=others))
        sent = [(less.forward(call, made.inputs).params, whole.forward(call, made.inputs).params) for call in calls]
        assert any(one != other for one, other in sent) or name in _DEEPER.get(kind, ()), name
