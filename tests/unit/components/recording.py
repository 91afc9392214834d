"""Runs a small program under Pulumi's mocks and keeps what it registered."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi.runtime import mocks, rpc

from components.context import Context
from components.settings import ComponentsSettings

ACCOUNT_ID = "123456789012"
REGION = "eu-central-1"
INVOKES: Mapping[str, Mapping[str, object]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": ACCOUNT_ID,
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/tester",
        "userId": "tester",
        "id": ACCOUNT_ID,
    },
    "aws:route53/getZone:getZone": {"zoneId": "Z123", "id": "Z123", "name": "example.com"},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"userName": "AWS", "password": "t0ken", "id": "x"},
}


@dataclass(frozen=True)
class Registered:
    """One resource as the engine would see it."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    parent: str
    protect: bool
    dependencies: Sequence[str]
    secrets: frozenset[str]

    def is_secret(self, key: str) -> bool:
        """Return whether an input was registered as a secret."""
        return key in self.secrets

    def policy(self, key: str = "policy") -> list[dict[str, Any]]:
        """Return the statements of a policy document among the inputs."""
        return json.loads(self.inputs[key])["Statement"]


class _Outputs(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        identity = f"{args.name}-id"
        outputs: dict[str, Any] = {
            **cast("dict[str, Any]", args.inputs),
            "arn": f"arn:aws:mock:{REGION}:{ACCOUNT_ID}:{args.name}",
            "keyId": identity,
        }
        if args.typ == "aws:secretsmanager/secretVersion:SecretVersion":
            outputs["versionId"] = f"{args.name}-version"
        if args.typ == "aws:acm/certificate:Certificate":
            given = cast("dict[str, Any]", args.inputs)
            names: list[str] = [given["domainName"], *given.get("subjectAlternativeNames", [])]
            option = {"resourceRecordType": "CNAME", "resourceRecordValue": "y"}
            outputs["domainValidationOptions"] = [
                {"domainName": name, "resourceRecordName": f"_x.{name}", **option} for name in reversed(names)
            ]
        if args.typ == "aws:ecr/repository:Repository":
            outputs["repositoryUrl"] = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/{args.name}"
        if args.typ == "docker-build:index:Image":
            outputs["digest"] = f"sha256:{'a' * 64}"
        return identity, outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return dict(INVOKES[args.token]), []


class _Monitor(mocks.MockMonitor):
    def __init__(self) -> None:
        super().__init__(_Outputs())
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        inputs = cast("dict[str, Any]", rpc.deserialize_properties(request.object, keep_unknowns=False))
        self.registered.append(
            Registered(
                type=request.type,
                name=request.name,
                inputs=_plain(inputs),
                parent=request.parent,
                protect=request.protect,
                dependencies=list(request.dependencies),
                secrets=frozenset(key for key, value in inputs.items() if rpc.is_rpc_secret(value)),
            )
        )
        return cast("Callable[[Any], Any]", super().RegisterResource)(request)


def _plain(value: Any) -> Any:
    """Take the marks of secrets off."""
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    return value


@dataclass(frozen=True)
class Graph:
    """What a program registered, drained."""

    resources: Sequence[Registered]

    def of(self, type_suffix: str) -> list[Registered]:
        """Return the resources whose type ends in `:type_suffix`."""
        return [item for item in self.resources if item.type.endswith(f":{type_suffix}")]

    def one(self, type_suffix: str, name: str) -> Registered:
        """Return the one resource of that type and name."""
        (found,) = [item for item in self.of(type_suffix) if item.name == name]
        return found


def settings(**overrides: Any) -> ComponentsSettings:
    """Return valid settings with some replaced."""
    values: dict[str, Any] = {
        "network": {"cidr": "10.0.0.0/16"},
        "tags": {
            "owner": "team",
            "cost_center": "42",
            "data_classification": "internal",
            "repository": "example/infra",
        },
        **overrides,
    }
    return ComponentsSettings.model_validate_json(json.dumps(values))


def record(program: Callable[[Context, ComponentsSettings], object], chosen: ComponentsSettings | None = None) -> Graph:
    """Run `program` with a context under mocks and return all that it registered."""
    chosen = chosen or settings()
    monitor = _Monitor()
    mocks.set_mocks(_Outputs(), project="infra", stack="prod", preview=False, monitor=monitor)

    def run() -> None:
        context = Context.create(
            project="infra", stack="prod", region=REGION, settings=chosen, tags={"Project": "infra"}
        )
        program(context, chosen)

    cast("Callable[[Callable[[], None]], Callable[[], None]]", pulumi.runtime.test)(run)()
    return Graph(resources=monitor.registered)
