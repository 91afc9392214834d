"""A change that is cut at any of its calls is mended: what was being made goes, what was begun can be done again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox import inventory
from sandbox.aws_types import REGISTRY
from sandbox.calls import Clients
from sandbox.interrupted import remove_unknown
from sandbox.journal import Journal, JournaledPlugin
from sandbox.plugin import Props, Urn
from sandbox.provider import ACCOUNT, AwsProvider
from tests.sandbox.conftest import REGION, Driver, Resource, reset
from tests.sandbox.cuts import Reaper, reaper
from tests.sandbox.service_cases import CASES, policy
from tests.sandbox.test_network_and_edge_types import LIVES, bucket, group, route_table, subnet, vpc

__all__ = ["reaper"]

Make = Callable[[Driver], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A resource, and the changes in place that are made to it one after the other."""

    token: str
    inputs: Make
    updates: tuple[Props, ...] = ()
    stays: bool = False
    """The deletion leaves it readable."""
    remains: str = ""
    """The end of the path of what the deletion makes and leaves."""
    adopted: bool = False
    """The creation takes over what is there already, and a deletion leaves it as it is."""


def _subnets(driver: Driver) -> Props:
    place = subnet(driver)
    return {"routeTableId": route_table(driver, place.inputs["vpcId"]).id, "subnetId": place.id}


def _rule(driver: Driver) -> Props:
    return {
        "securityGroupId": group(driver).id,
        "ipProtocol": "tcp",
        "fromPort": 1,
        "toPort": 1,
        "cidrIpv4": "10.0.0.0/8",
    }


def _acl_rule(driver: Driver) -> Props:
    acl = driver.create("aws:ec2/networkAcl:NetworkAcl", vpcId=vpc(driver).id).id
    return {"networkAclId": acl, "ruleNumber": 1, "protocol": "-1", "ruleAction": "allow", "cidrBlock": "10.0.0.0/8"}


BASIC: Mapping[str, Subject] = {
    "vpc": Subject(
        token="aws:ec2/vpc:Vpc",
        inputs=lambda _: {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "home"}},
        updates=({"enableDnsHostnames": False, "enableDnsSupport": False, "tags": {"Name": "other"}},),
    ),
    "subnet": Subject(
        token="aws:ec2/subnet:Subnet",
        inputs=lambda driver: {"vpcId": vpc(driver).id, "cidrBlock": "10.0.0.0/24", "mapPublicIpOnLaunch": True},
        updates=({"mapPublicIpOnLaunch": False},),
    ),
    "group": Subject(
        token="aws:ec2/securityGroup:SecurityGroup",
        inputs=lambda driver: {"vpcId": vpc(driver).id, "description": "g", "tags": {"Name": "g"}},
        updates=({"tags": {"Name": "h"}},),
    ),
    "group rule": Subject(
        token="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        inputs=_rule,
        updates=({"fromPort": 2, "toPort": 2},),
    ),
    "ACL rule": Subject(token="aws:ec2/networkAclRule:NetworkAclRule", inputs=_acl_rule),
    "route table association": Subject(token="aws:ec2/routeTableAssociation:RouteTableAssociation", inputs=_subnets),
    "role": Subject(
        token="aws:iam/role:Role",
        inputs=lambda _: {"assumeRolePolicy": policy("sts:AssumeRole"), "description": "r", "tags": {"Name": "r"}},
        updates=({"description": "s", "maxSessionDuration": 7200, "tags": {"Name": "s"}},),
    ),
    "role policy": Subject(
        token="aws:iam/rolePolicy:RolePolicy",
        inputs=lambda driver: {
            "role": driver.create("aws:iam/role:Role", assumeRolePolicy=policy("sts:AssumeRole")).id,
            "policy": policy("s3:GetObject"),
        },
        updates=({"policy": policy("s3:PutObject")},),
    ),
    "key": Subject(
        token="aws:kms/key:Key",
        inputs=lambda _: {"description": "k", "enableKeyRotation": True, "deletionWindowInDays": 7},
        updates=({"description": "l", "enableKeyRotation": False, "policy": policy("kms:Decrypt")},),
    ),
    "bucket": Subject(
        token="aws:s3/bucket:Bucket",
        inputs=lambda _: {"forceDestroy": False, "tags": {"Name": "b"}},
        updates=({"tags": {"Name": "c"}},),
    ),
    "versioning": Subject(
        token="aws:s3/bucketVersioning:BucketVersioning",
        inputs=lambda driver: {
            "bucket": bucket(driver).id,
            "versioningConfiguration": {"status": "Enabled"},
        },
        updates=({"versioningConfiguration": {"status": "Suspended"}},),
        stays=True,
    ),
}
SUBJECTS: Mapping[str, Subject] = {
    **BASIC,
    **{
        name: Subject(
            token=case.token,
            inputs=case.inputs,
            updates=tuple({name: value} for name, value in case.updates.items()),
            stays=case.stays,
            remains="snapshot:last)" if name == "database" else "",
        )
        for name, case in CASES.items()
    },
    **{
        f"{name} of the network": Subject(
            token=life.token,
            inputs=life.inputs,
            updates=(life.update,) if life.update else (),
            stays=life.stays,
            adopted=life.stays,
        )
        for name, life in LIVES.items()
    },
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A provider whose process may die at a call, and the process after it."""

    driver: Driver
    reaper: Reaper
    journal: Journal
    journaled: JournaledPlugin
    fresh: AwsProvider

    def checked(self, subject: Subject) -> tuple[Urn, Props]:
        """The URN and the inputs of a subject, with what it needs made."""
        checked = self.driver.check(subject.token, **subject.inputs(self.driver))
        assert not checked.failures
        return Urn(text=f"urn:pulumi:test::infra::{subject.token}::thing"), checked.inputs

    def mend(self) -> int:
        """Removes what the process that died made. How much."""
        removed = remove_unknown(self.journal, {"aws": self.fresh}, known=())
        self.journal.close()
        return len(list(removed))

    def changed(self, made: Resource, update: Props) -> Props:
        """The inputs of a resource with some changed in place."""
        given = {name: value(self.driver) if callable(value) else value for name, value in update.items()}
        kept = {name: value for name, value in made.inputs.items() if name not in ("tagsAll", "__defaults")}
        filled: list[str] = made.inputs.get("__defaults") or []
        new = {name: value for name, value in {**kept, **given}.items() if name not in filled}
        checked = self.fresh.check(made.urn, made.inputs, new, b"")
        assert not checked.failures
        return checked.inputs

    def refreshed(self, made: Resource) -> Resource:
        """The resource as the next process finds it."""
        found = self.fresh.read(made.urn, made.id, made.inputs, made.outputs)
        return replace(made, id=found.id, inputs=found.inputs, outputs=found.outputs)

    def updated(self, made: Resource, wanted: Props) -> Resource:
        """Whatever is left to do for the inputs that are wanted."""
        found = self.fresh.diff(made.urn, made.id, made.inputs, made.outputs, wanted)
        assert not found.replaces
        if not found.updates:
            return replace(made, inputs=wanted)
        outputs = self.fresh.update(made.urn, made.id, made.inputs, made.outputs, wanted, False)
        return replace(made, inputs=wanted, outputs=outputs)


@pytest.fixture
def scene(driver: Driver, provider: AwsProvider, shared_clients: Clients, reaper: Reaper, tmp_path: Path) -> Scene:
    inventory.open_backends(ACCOUNT, REGION)
    journal = Journal(tmp_path / "journal.jsonl")
    fresh = AwsProvider(endpoint_url=shared_clients.endpoint_url, region=REGION, clients=shared_clients)
    return Scene(
        driver=driver, reaper=reaper, journal=journal, journaled=JournaledPlugin(provider, journal), fresh=fresh
    )


def held() -> set[str]:
    """Everything that the cloud holds, but for what AWS would keep anyway and the access logs that it writes."""
    return {path for path, reason in inventory.resources().items() if not reason and "/logs-1/keys/" not in path}


def test_every_type_is_a_subject() -> None:
    assert {subject.token for subject in SUBJECTS.values()} == set(REGISTRY)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_creation_that_is_cut_at_any_call_leaves_nothing_and_can_be_made_anew(name: str, scene: Scene) -> None:
    subject = SUBJECTS[name]
    urn, inputs = scene.checked(subject)
    before = held()
    calls = 1
    while scene.reaper.dies(calls, lambda: scene.journaled.create(urn, inputs, False)):
        assert scene.mend() == 1
        left = held() - before if subject.adopted else held() ^ before
        assert not left, f"cut at call {calls}"
        calls += 1
    assert calls > 1
    (made,) = scene.journal.creations()
    assert scene.fresh.read(urn, str(made.id), inputs, made.outputs).inputs == inputs


UPDATES = [(name, number) for name, subject in SUBJECTS.items() for number in range(len(subject.updates))]


@pytest.mark.parametrize(("name", "number"), UPDATES)
def test_an_update_that_is_cut_at_any_call_is_finished_by_the_next(
    name: str, number: int, scene: Scene, endpoint: str
) -> None:
    subject = SUBJECTS[name]

    def begun() -> tuple[Resource, Props]:
        reset(endpoint)
        made = scene.driver.create(subject.token, **subject.inputs(scene.driver))
        return made, scene.changed(made, subject.updates[number])

    def change(made: Resource, wanted: Props) -> None:
        scene.journaled.update(made.urn, made.id, made.inputs, made.outputs, wanted, False)

    calls, (made, wanted) = 1, begun()
    while scene.reaper.dies(calls, partial(change, made, wanted)):
        assert scene.journal.exists, "or the state would not be refreshed"
        after = scene.updated(scene.refreshed(made), wanted)
        assert scene.refreshed(after).inputs == wanted, f"cut at call {calls}"
        calls, (made, wanted) = calls + 1, begun()


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_deletion_that_is_cut_at_any_call_is_finished_by_the_next(name: str, scene: Scene) -> None:
    subject = SUBJECTS[name]
    urn, inputs = scene.checked(subject)

    def there() -> set[str]:
        return {path for path in held() if not (subject.remains and path.endswith(subject.remains))}

    before = there()
    identifier, outputs = scene.fresh.create(urn, inputs, False)
    calls = 1
    while scene.reaper.dies(calls, lambda: scene.journaled.delete(urn, identifier, inputs, outputs)):
        if not scene.fresh.read(urn, identifier, inputs, outputs).id:
            assert there() == before, f"cut at call {calls}: what is left would be forgotten"
        calls += 1
    assert there() == before or subject.stays
