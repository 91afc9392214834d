"""A project of three buckets and a provider of them, for tests of the engine side that need no AWS graph."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import pulumi

from sandbox.calls import AwsError, Clients
from sandbox.plugin import UNKNOWN, Checked, Difference, Failure, Plugin, Props, ProviderError, ReadResult, Urn

REPOSITORY = Path(__file__).resolve().parents[2]
BUCKET = "tiny:index:Bucket"
STACK_FILE = """\
# The reader's own words stay.
secretsprovider: awskms://alias/stack?region=eu-central-1
encryptedkey: AQICAHg=
config:
  aws:region: eu-central-1
  services:variables:
    DATABASE_PASSWORD:
      secure: v1:abcdef:0123456789
    PLAIN: visible
  components:protection: true
  components:edge:
    domain: app.example.com
    hosted_zone: example.com
"""


def make_project(folder: Path) -> Path:
    """A project folder with a prod stack, its secrets encrypted with a key that nobody here has."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (folder / "Pulumi.prod.yaml").write_text(STACK_FILE)
    return folder


def begun(module: str, project: Path, command: str, **variables: str) -> "subprocess.Popen[str]":
    """A command of a test's own command line, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.sandbox.{module}", str(project), command],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Bucket(pulumi.CustomResource):
    """A bucket in the cloud."""

    def __init__(self, name: str, *, opts: pulumi.ResourceOptions | None = None, **props: Any) -> None:
        super().__init__(BUCKET, name, {"arn": None, **props}, opts)


class Group(pulumi.ComponentResource):
    """Holds buckets."""

    def __init__(self, name: str) -> None:
        super().__init__("tiny:index:Group", name)


@dataclass(kw_only=True)
class TinyProgram:
    """What the stack should be; tests change it between operations."""

    names: Sequence[str] = ("one", "two", "three")
    colour: str = "red"
    refuse: str | None = None

    def __call__(self) -> None:
        if self.refuse is not None:
            raise SettingsError(self.refuse)
        config = pulumi.Config("services")
        variables = config.require_secret_object("variables")
        protect = pulumi.Config("components").require_bool("protection")
        group = Group("group")
        opts = pulumi.ResourceOptions(parent=group, protect=protect)
        for name in self.names:
            Bucket(name, colour=self.colour, opts=opts)
        pulumi.export("names", list(self.names))
        pulumi.export("password", variables["DATABASE_PASSWORD"])


class SettingsError(ValueError):
    """Stands for settings.SettingsError."""


class TinyPlugin(Plugin):
    """Buckets of moto's S3."""

    package: ClassVar[str] = "tiny"
    version: ClassVar[str] = "1.0.0"

    def __init__(self, *, endpoint_url: str, region: str) -> None:
        self._clients, self._region = Clients(endpoint_url=endpoint_url, region=region), region

    def _s3(self, operation: str, **params: Any) -> Props:
        return self._clients.call("s3", operation, params)

    def configure(self, config: Props) -> Self:
        return self

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        if new.get("colour") == "ultraviolet":
            return Checked(inputs=new, failures=[Failure(property="colour", reason="nobody can see ultraviolet")])
        bucket = old.get("bucket") or f"{urn.name}-{seed.hex()[:8]}"
        return Checked(inputs={"bucket": bucket, **new})

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        return Difference(updates=frozenset({"colour"} if old_inputs["colour"] != new["colour"] else ()))

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        if preview:
            return "", {**inputs, "arn": UNKNOWN}
        if inputs["colour"] == "broken" and urn.name == "two":
            raise ProviderError("AccessDenied: nobody may create two")
        place = {"LocationConstraint": self._region}
        self._s3("CreateBucket", Bucket=inputs["bucket"], CreateBucketConfiguration=place)
        self._paint(inputs)
        return inputs["bucket"], {**inputs, "arn": f"arn:aws:s3:::{inputs['bucket']}"}

    def _paint(self, inputs: Props) -> None:
        tags = [{"Key": "colour", "Value": inputs["colour"]}]
        self._s3("PutBucketTagging", Bucket=inputs["bucket"], Tagging={"TagSet": tags})

    def _exists(self, bucket: str) -> bool:
        return bucket in {item["Name"] for item in self._s3("ListBuckets")["Buckets"]}

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        if not self._exists(id):
            return ReadResult(id="")
        try:
            tags = {tag["Key"]: tag["Value"] for tag in self._s3("GetBucketTagging", Bucket=id)["TagSet"]}
        except AwsError:
            tags = {}  # killed between its creation and its painting
        now = {**json.loads(json.dumps(inputs)), "colour": tags.get("colour")}
        return ReadResult(id=id, inputs=now, outputs={**now, "arn": f"arn:aws:s3:::{id}"})

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        if not preview:
            self._paint(new)
        return {**new, "arn": f"arn:aws:s3:::{id}"}

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        if self._exists(id):
            self._s3("DeleteBucket", Bucket=id)

    def invoke(self, token: str, args: Props) -> Props:
        raise ProviderError(f"no function {token}")


def tiny_plugins(endpoint_url: str, region: str, project: Path) -> Sequence[Plugin]:
    """The provider of a run."""
    return (TinyPlugin(endpoint_url=endpoint_url, region=region),)
