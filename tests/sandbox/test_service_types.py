"""The types that services stand on: each is created, read back, changed, drifts, is replaced and deleted over moto."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.aws_types import REGISTRY
from sandbox.aws_types.base import Call
from sandbox.plan import Plan
from sandbox.plugin import Props, ProviderError
from tests.sandbox.conftest import Driver, Resource
from tests.sandbox.service_cases import CASES, make

Aws = Callable[..., Props]
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": "sha256:" + "0" * 64, "size": 1, "mediaType": "application/octet-stream"},
        "layers": [],
    }
)
_DEEPER = {"task definition": {"volumes"}, "rule": {"actions"}, "tcp listener": {"defaultActions"}}
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


def test_what_is_protected_or_not_empty_is_not_deleted(driver: Driver, aws: Aws) -> None:
    protected = make(driver, "database").updated(deletionProtection=True)
    with pytest.raises(ProviderError, match="protect"):
        protected.deleted()
    nameless = protected.updated(deletionProtection=False, finalSnapshotIdentifier=None)
    with pytest.raises(ProviderError, match="finalSnapshotIdentifier is required when skipFinalSnapshot is not true"):
        nameless.deleted()
    named = nameless.updated(finalSnapshotIdentifier="last")
    named.deleted()
    taken = aws("rds", "DescribeDBSnapshots", SnapshotType="manual")["DBSnapshots"]
    assert [snapshot["DBSnapshotIdentifier"] for snapshot in taken] == ["last"]

    emptied = make(driver, "repository")
    aws("ecr", "PutImage", repositoryName=emptied.id, imageManifest=MANIFEST, imageTag="1")
    with pytest.raises(ProviderError, match="RepositoryNotEmpty"):
        emptied.updated(forceDelete=False).deleted()
    emptied.deleted()
    assert emptied.refreshed() == {}


def test_a_secret_with_a_recovery_window_is_only_scheduled_for_deletion(driver: Driver, aws: Aws) -> None:
    made = make(driver, "secret").updated(recoveryWindowInDays=30)
    made.deleted()
    assert made.refreshed() == {}
    assert "DeletedDate" in aws("secretsmanager", "DescribeSecret", SecretId=made.id)


def test_a_block_of_which_an_update_takes_only_a_part_replaces_for_the_rest(driver: Driver) -> None:
    made = make(driver, "name")
    dns: Props = made.inputs["dnsConfig"]
    assert _replacing(driver, made, dnsConfig={**dns, "routingPolicy": "WEIGHTED"}) == {"dnsConfig.routingPolicy"}
    longer = {**dns, "dnsRecords": [{"type": "A", "ttl": 60}]}
    assert made.updated(dnsConfig=longer).refreshed()["dnsConfig"] == longer
