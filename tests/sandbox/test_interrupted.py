"""What an update that was cut left: whose it is, what of it goes, and how."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import inventory, recovery
from sandbox.calls import Clients
from sandbox.cloud import Cloud
from sandbox.engine import Engine
from sandbox.errors import BusyError
from sandbox.files import SandboxFiles
from sandbox.interrupted import mend_interrupted_update, remove_unknown
from sandbox.journal import Journal, JournaledPlugin
from sandbox.plugin import Props, ProviderError, Urn
from sandbox.provider import ACCOUNT, AwsProvider
from tests.sandbox.conftest import REGION, Driver
from tests.sandbox.service_cases import CASES
from tests.sandbox.test_failures_and_secrets import Faults, faults
from tests.sandbox.test_service_types import MANIFEST
from tests.sandbox.tiny import STACK_FILE, TinyProgram, make_project, tiny_plugins

__all__ = ["faults"]

PROTECTED: dict[str, Props] = {
    "database": {"deletionProtection": True, "skipFinalSnapshot": False, "deleteAutomatedBackups": False},
    "load balancer": {"enableDeletionProtection": True},
    "repository": {"forceDelete": False},
    "secret": {"recoveryWindowInDays": 30},
    "log group": {"skipDestroy": True},
}


def held() -> set[str]:
    """Everything in the cloud of this process, and why AWS would keep it."""
    return {f"{path} {reason}" for path, reason in inventory.resources().items()}


@pytest.mark.parametrize("kind", PROTECTED)
def test_what_no_state_ever_knew_goes_as_a_whole_however_it_is_protected(
    kind: str, driver: Driver, provider: AwsProvider
) -> None:
    inventory.open_backends(ACCOUNT, REGION)
    inputs = {**CASES[kind].inputs(driver), **PROTECTED[kind]}
    before = held()
    made = driver.create(CASES[kind].token, **inputs)
    if kind == "repository":
        driver.aws("ecr", "PutImage", repositoryName=made.id, imageManifest=MANIFEST, imageTag="1")
    provider.discard(made.urn, made.id, made.inputs, made.outputs)
    assert held() == before
    provider.discard(made.urn, made.id, made.inputs, made.outputs)


def test_a_creation_that_failed_after_the_cloud_had_made_something_is_open_until_it_is_mended(
    driver: Driver, provider: AwsProvider, shared_clients: Clients, faults: Faults, tmp_path: Path
) -> None:
    token = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"
    urn = Urn(text=f"urn:pulumi:test::infra::{token}::names")
    vpc = driver.create("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16").id
    inputs = driver.check(token, vpc=vpc, name="a.internal").inputs
    inventory.open_backends(ACCOUNT, REGION)
    before = held()
    journal = Journal(tmp_path / "journal.jsonl")
    journaled = JournaledPlugin(provider, journal)

    faults.after = {"CreatePrivateDnsNamespace": 0}
    with pytest.raises(ProviderError, match="ordered by the test"):
        journaled.create(urn, inputs, False)
    assert journal.creations() == [], "the cloud refused: there is nothing"

    faults.after = {"GetOperation": 0}
    with pytest.raises(ProviderError, match="ordered by the test"):
        journaled.create(urn, inputs, False)
    journal.close()
    assert [creation.urn for creation in journal.cut()] == [urn]
    assert held() != before

    faults.after = {}
    fresh = AwsProvider(endpoint_url=shared_clients.endpoint_url, region=REGION, clients=shared_clients)
    assert [item.urn for item in remove_unknown(journal, {"aws": fresh}, known=())] == [urn]
    journal.close()
    assert not journal.exists
    assert held() == before


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    project = make_project(tmp_path / "project")
    (project / "Pulumi.other.yaml").write_text(STACK_FILE)
    files = SandboxFiles(project)
    files.prepare()
    cloud = Cloud.start(files, REGION)
    yield project
    cloud.stop()


def stack(project: Path, name: str = "prod") -> Engine:
    return Engine(files=SandboxFiles(project), stack=name, program=TinyProgram(), plugins=tiny_plugins)


def cloud_of(project: Path) -> Cloud:
    cloud = Cloud.attach(SandboxFiles(project), REGION)
    assert cloud is not None
    return cloud


def buckets(cloud: Cloud) -> list[str]:
    return sorted(bucket["Name"].split("-")[0] for bucket in cloud.client("s3").list_buckets()["Buckets"])


def test_what_one_stack_left_is_not_touched_by_the_commands_of_another(project: Path) -> None:
    cloud, said = cloud_of(project), list[str]()
    prod = stack(project)
    prod.up(cloud)
    prod.journal.reopen()
    mend_interrupted_update(stack(project, "other"), cloud, said.append)
    assert said == []
    assert buckets(cloud) == ["one", "three", "two"]
    assert prod.journal.exists
    mend_interrupted_update(prod, cloud, said.append)
    assert len(said) == 1
    assert "refreshed" in said[0]
    assert buckets(cloud) == ["one", "three", "two"]
    assert not prod.journal.exists


def test_a_replacement_that_the_state_only_waits_for_is_unknown_although_it_has_the_name_of_the_old(
    project: Path,
) -> None:
    cloud, said = cloud_of(project), list[str]()
    prod = stack(project)
    prod.lift_protection(cloud)
    exported = prod.export(cloud)
    for resource in exported["deployment"]["resources"]:
        if resource["urn"].endswith("::two"):
            resource["pendingReplacement"] = True
    prod.replace_state(cloud, exported["deployment"])
    prod.journal.reopen()
    mend_interrupted_update(prod, cloud, said.append)
    assert "they were removed: tiny:index:Bucket two" in said[0]
    assert buckets(cloud) == ["one", "three"]
    prod.lift_protection(cloud)
    assert buckets(cloud) == ["one", "three", "two"]
    assert prod.lift_protection(cloud).changes == {"same": 5}


def test_a_lock_whose_owner_is_alive_is_left_and_told_and_goes_with_its_owner(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "WINDING_DOWN_SECONDS", 0.1)
    files, said = SandboxFiles(project), list[str]()
    pulumi = shutil.copy(shutil.which("sleep") or "", project / "pulumi")
    owner = subprocess.Popen([pulumi, "100"], stdin=subprocess.DEVNULL)
    lock = files.state / ".pulumi/locks/organization/tiny/prod/of-somebody.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"pid": owner.pid}))
    try:
        with pytest.raises(BusyError, match=rf"Pulumi \(process {owner.pid}\) is changing it.*kill -INT {owner.pid}"):
            recovery.release_dead_lock(stack(project), said.append)
        assert lock.exists()
    finally:
        owner.kill()
        owner.wait()
    recovery.release_dead_lock(stack(project), said.append)
    assert not lock.exists()
    assert said == [f"The lock of process {owner.pid}, which is dead, was removed."]
