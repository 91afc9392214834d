"""A moto server, a provider over it, and the real engine for the sandbox's tests."""

import json
import logging
import os
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pulumi
import pulumi.automation as auto
import pytest
from moto import settings

from sandbox import moto_server
from sandbox.calls import Clients
from sandbox.cloud import Cloud
from sandbox.files import SandboxFiles
from sandbox.image_provider import DockerBuildProvider
from sandbox.plugin import Checked, Plugin, Props, Urn
from sandbox.provider import AwsProvider
from sandbox.serving import serve

REGION = "eu-central-1"
PULUMI = Path(__file__).parents[2] / ".tools" / "pulumi"


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """The cloud's server on a free loopback port, in this process, for the whole session."""
    settings.ACM_VALIDATION_WAIT = 0
    # Thousands of images that no test asks for, read anew at each reset.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    server = moto_server.make(0, REGION, "tests")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    serving.join(timeout=10)


@pytest.fixture
def endpoint(moto_url: str) -> str:
    """The server's address, its state emptied."""
    reset(moto_url)
    return moto_url


def reset(url: str) -> None:
    """Empties the cloud."""
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"), timeout=30).close()


@pytest.fixture(scope="session")
def shared_clients(moto_url: str) -> Clients:
    """botocore clients are slow to make: one set for the session."""
    return Clients(endpoint_url=moto_url, region=REGION)


@pytest.fixture
def aws(endpoint: str, shared_clients: Clients) -> Callable[..., Props]:
    """Calls AWS behind Pulumi's back: `aws("ec2", "DescribeVpcs", VpcIds=[...])`."""

    def call(service: str, operation: str, /, **params: Any) -> Props:
        return shared_clients.call(service, operation, params)

    return call


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource made directly through the provider."""

    provider: Plugin
    urn: Urn
    id: str
    inputs: Props
    outputs: Props

    def refreshed(self) -> Props:
        """The inputs after a refresh; empty when it is gone."""
        return self.provider.read(self.urn, self.id, self.inputs, self.outputs).inputs

    def updated(self, **changes: Any) -> "Resource":
        """Check, diff and update with changed inputs (`None` removes one); fails where it would be replaced."""
        wanted = {k: v for k, v in {**self.inputs, **changes}.items() if v is not None and k not in {"tagsAll"}}
        wanted = {k: v for k, v in wanted.items() if k not in (wanted.get("__defaults") or [])}
        checked = self.provider.check(self.urn, self.inputs, wanted, b"seed")
        assert not checked.failures, checked.failures
        difference = self.provider.diff(self.urn, self.id, self.inputs, self.outputs, checked.inputs)
        assert not difference.replaces, difference
        outputs = self.provider.update(self.urn, self.id, self.inputs, self.outputs, checked.inputs, False)
        return Resource(provider=self.provider, urn=self.urn, id=self.id, inputs=checked.inputs, outputs=outputs)

    def deleted(self) -> None:
        """Delete it."""
        self.provider.delete(self.urn, self.id, self.inputs, self.outputs)


@dataclass(frozen=True, kw_only=True)
class Driver:
    """Drives the provider as the engine does, without one."""

    provider: Plugin
    aws: Callable[..., Props]

    def check(self, token: str, resource: str = "thing", **inputs: Any) -> Checked:
        """Check a new resource."""
        return self.provider.check(_urn(token, resource), {}, inputs, b"seed")

    def refused(self, token: str, resource: str = "thing", **inputs: Any) -> str:
        """The failures of a check, as one text."""
        return "\n".join(f"{f.property}: {f.reason}" for f in self.check(token, resource, **inputs).failures)

    def create(self, token: str, resource: str = "thing", **inputs: Any) -> Resource:
        """Check and create."""
        checked = self.check(token, resource, **inputs)
        assert not checked.failures, checked.failures
        urn = _urn(token, resource)
        made, outputs = self.provider.create(urn, checked.inputs, False)
        return Resource(provider=self.provider, urn=urn, id=made, inputs=checked.inputs, outputs=outputs)


def _urn(token: str, name: str) -> Urn:
    return Urn(text=f"urn:pulumi:test::infra::{token}::{name}")


@pytest.fixture(scope="module")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud in a process of its own, for the tests of a module."""
    files = SandboxFiles(tmp_path_factory.mktemp("cloud"))
    files.prepare()
    cloud = Cloud.start(files, REGION)
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Iterator[Cloud]:
    """That cloud; faults that a test injects end with it."""
    yield shared_cloud
    shared_cloud.clear_injections()


@pytest.fixture
def provider(endpoint: str, shared_clients: Clients) -> AwsProvider:
    """A provider over the emptied server, with two default tags."""
    bare = AwsProvider(endpoint_url=endpoint, region=REGION, clients=shared_clients)
    return bare.configure(
        {"region": REGION, "defaultTags": json.dumps({"tags": {"Project": "infra", "Stack": "test"}})}
    )


@pytest.fixture
def driver(provider: AwsProvider, aws: Callable[..., Props]) -> Driver:
    """Drives the provider as the engine does."""
    return Driver(provider=provider, aws=aws)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The real CLI, attached to the provider, with a program inline and its state in a temporary folder."""

    stack: auto.Stack

    def run(self, program: Callable[[], None]) -> None:
        """Use this program from now on."""
        self.stack.workspace.program = program

    def changes(self, program: Callable[[], None]) -> dict[str, int]:
        """What a preview would do, without the unchanged."""
        self.run(program)
        summary = cast(dict[str, int], self.stack.preview(color="never").change_summary)
        return {
            str(getattr(op, "value", op)): n for op, n in summary.items() if str(getattr(op, "value", op)) != "same"
        }

    def up(self, program: Callable[[], None]) -> dict[str, int]:
        """What an update did, without the unchanged."""
        self.run(program)
        summary = self.stack.up(color="never").summary.resource_changes or {}
        return {op: n for op, n in summary.items() if op != "same"}


@pytest.fixture
def engine(endpoint: str, shared_clients: Clients, tmp_path: Path) -> Iterator[Engine]:
    """A fresh stack."""
    if not PULUMI.exists():
        pytest.skip("needs the Pulumi CLI in .tools (make sets it up)")
    served = serve(
        [
            AwsProvider(endpoint_url=endpoint, region=REGION, clients=shared_clients),
            DockerBuildProvider(endpoint_url=endpoint, region=REGION, project_dir=tmp_path),
        ]
    )
    (tmp_path / "state").mkdir()
    variables = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DEBUG_PROVIDERS": served.debug_providers,
        "PULUMI_HOME": str(tmp_path / "home"),
    }
    before = os.environ.copy()
    os.environ["PATH"] = f"{PULUMI.parent}{os.pathsep}{os.environ['PATH']}"
    try:
        stack = auto.create_stack(
            "test",
            project_name="infra",
            program=lambda: pulumi.export("nothing", True),
            opts=auto.LocalWorkspaceOptions(env_vars=variables, work_dir=str(tmp_path)),
        )
        stack.set_config("aws:region", auto.ConfigValue(REGION))
        yield Engine(stack=stack)
    finally:
        os.environ.clear()
        os.environ.update(before)
        served.stop()
