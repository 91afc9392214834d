"""Takes the engine's place: records every registration whole, and answers as the providers would.

Pulumi's own `MockMonitor` shows a program's inputs only; this one keeps the requests, so that options are seen too,
gives URNs as the engine does, refuses a second resource of the same URN, and knows no function that is not listed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Lock
from typing import cast

import pulumi
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import alias_pb2, engine_pb2, resource_pb2

from graph import sdk, wire
from graph.resource import STACK_TYPE, CustomTimeouts, Graph, Invoke, Resource
from graph.stack_file import CANARY
from graph.wire import Plain

ACCOUNT_ID = "123456789012"
_HOOK_POINTS = (
    "before_create",
    "after_create",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
    "on_error",
)
_ALIAS_PARTS = ("type", "name", "project", "stack", "parentUrn", "noParent")


class UnknownInvokeError(ValueError):
    """The program calls a provider function that has no answer here."""


class DuplicateResourceError(ValueError):
    """Two resources have one URN."""


_FORMATS: Mapping[str, str] = {
    "aws:acm/certificateValidation:CertificateValidation.certificateArn": "{certificateArn}",
    "aws:ec2/vpcEndpoint:VpcEndpoint.prefixListId": "pl-{hash}",
    "aws:ecr/repository:Repository.repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{id}",
    "aws:ecr/repository:Repository.registryId": "{account}",
    "aws:efs/fileSystem:FileSystem.dnsName": "{id}.efs.{region}.amazonaws.com",
    "aws:lb/loadBalancer:LoadBalancer.dnsName": "{id}.{region}.elb.amazonaws.com",
    "aws:lb/loadBalancer:LoadBalancer.arnSuffix": "app/{id}/{hash}",
    "aws:lb/targetGroup:TargetGroup.arnSuffix": "targetgroup/{id}/{hash}",
    "aws:rds/instance:Instance.address": "{id}.{hash}.{region}.rds.amazonaws.com",
    "aws:rds/instance:Instance.endpoint": "{id}.{hash}.{region}.rds.amazonaws.com:5432",
    "aws:s3/bucket:Bucket.bucketDomainName": "{id}.s3.amazonaws.com",
    "aws:s3/bucket:Bucket.bucketRegionalDomainName": "{id}.s3.{region}.amazonaws.com",
    "docker-build:index:Image.digest": "sha256:{digest}",
    "docker-build:index:Image.ref": "{id}@sha256:{digest}",
}
"""`type.output` -> form of its text. Fields: id, name, region, account, hash, digest, and the text inputs."""

_ARN_IS_ID = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:ecs/cluster:Cluster",
        "aws:ecs/service:Service",
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/targetGroup:TargetGroup",
        "aws:secretsmanager/secret:Secret",
        "aws:wafv2/webAcl:WebAcl",
    }
)
"""Types whose identifier is their ARN."""


def _certificate(inputs: Mapping[str, Plain], digest: str) -> dict[str, Plain]:
    domain = cast("str", inputs["domainName"])
    record: dict[str, Plain] = {
        "domainName": domain,
        "resourceRecordName": f"_{digest[:32]}.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{digest[32:]}.acm-validations.aws.",
    }
    return {"domainValidationOptions": [record]}


def _database(inputs: Mapping[str, Plain], _digest: str) -> dict[str, Plain]:
    return {} if "port" in inputs else {"port": 5432}


def _task_definition(_inputs: Mapping[str, Plain], _digest: str) -> dict[str, Plain]:
    return {"revision": 1}


_OTHER_OUTPUTS: Mapping[str, Callable[[Mapping[str, Plain], str], dict[str, Plain]]] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:rds/instance:Instance": _database,
}
"""Outputs that are no text."""

_Answer = Callable[[Mapping[str, Plain], str], dict[str, Plain]]
_INVOKES: Mapping[str, _Answer] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _arguments, _region: {
        "accountId": ACCOUNT_ID,
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/graph",
        "id": ACCOUNT_ID,
        "userId": "AIDAGRAPH",
    },
    "aws:index/getRegion:getRegion": lambda _arguments, region: {"id": region, "name": region, "region": region},
    "aws:index/getPartition:getPartition": lambda _arguments, _region: {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:route53/getZone:getZone": lambda arguments, _region: {
        **arguments,
        "id": "Z0GRAPH",
        "zoneId": "Z0GRAPH",
        "arn": "arn:aws:route53:::hostedzone/Z0GRAPH",
        "nameServers": ["ns-1.awsdns-01.org"],
    },
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _arguments, region: {
        "id": region,
        "authorizationToken": f"{CANARY} authorization token",
        "userName": "AWS",
        "password": f"{CANARY} registry password",
        "proxyEndpoint": f"https://{ACCOUNT_ID}.dkr.ecr.{region}.amazonaws.com",
        "expiresAt": "2100-01-01T00:00:00Z",
    },
}
"""Function token -> its answer to (arguments, region)."""


class _NoMocks(Mocks):
    """What `MockMonitor` asks for; `Recorder` answers everything itself."""

    def call(self, args: object) -> tuple[dict[str, object], list[tuple[str, str]] | None]:
        raise NotImplementedError

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        raise NotImplementedError


class Recorder(MockMonitor):
    """The resource monitor and engine of one run. Its methods are called from several threads."""

    def __init__(self, *, region: str) -> None:
        super().__init__(_NoMocks())
        self._region = region
        self._lock = Lock()
        self._registered: dict[str, tuple[resource_pb2.RegisterResourceRequest, str, dict[str, Plain]]] = {}
        self._component_outputs: dict[str, tuple[dict[str, Plain], frozenset[wire.ValuePath]]] = {}
        self._invokes: list[Invoke] = []
        self._messages: list[str] = []
        self.hooks: list[str] = []
        """Names of the hooks that the program registered."""

    @property
    def registered_count(self) -> int:
        """How many resources were registered so far, the stack itself aside."""
        return sum(request.type != STACK_TYPE for request, _, _ in self._registered.values())

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        """Record a resource and answer with a plausible identifier and outputs."""
        urn = self._urn(request)
        response = resource_pb2.RegisterResourceResponse(urn=urn)
        computed: dict[str, Plain] = {}
        if request.custom:
            response.object.CopyFrom(request.object)
            response.id, computed = self._outputs(request, urn)
            wire.write(computed, response.object)
        with self._lock:
            if urn in self._registered:
                raise DuplicateResourceError(f"{urn}: declared twice; give one of the two another name")
            self._registered[urn] = (request, response.id, computed)
        return response

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Empty:  # noqa: N802
        """Record what a component, or the stack, yields."""
        self._component_outputs[request.urn] = wire.read(request.outputs)
        return Empty()

    def RegisterResourceHook(self, request: resource_pb2.RegisterResourceHookRequest) -> Empty:  # noqa: N802
        """Record a hook; none is run."""
        self.hooks.append(request.name)
        return Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Answer a provider function from the table.

        Raises:
            UnknownInvokeError: The function is not in the table.
        """
        arguments, _ = wire.read(request.args)
        if request.tok not in _INVOKES:
            raise UnknownInvokeError(f"the program calls {request.tok}, which graph/mocks.py has no answer for: add it")
        with self._lock:
            self._invokes.append(Invoke(token=request.tok, arguments=arguments))
        response = resource_pb2.ResourceInvokeResponse()
        wire.write(_INVOKES[request.tok](arguments, self._region), getattr(response, "return"))
        return response

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        """Refuse a resource that is read instead of declared: nothing here could know its properties."""
        raise UnknownInvokeError(f"the program reads {request.type} {request.id}, which graph/mocks.py cannot answer")

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802
        """Keep a message that is meant for the reader."""
        if request.severity != engine_pb2.DEBUG:
            self._messages.append(request.message)

    def graph(self) -> Graph:
        """Return everything that was recorded. To be asked after the run has drained."""
        resources = [self._resource(urn, *registered) for urn, registered in self._registered.items()]
        stack = next(resource for resource in resources if resource.type == STACK_TYPE)
        exports, secret_exports = self._component_outputs.get(stack.urn, ({}, frozenset()))
        return Graph(resources, exports, secret_exports, self._invokes, self._messages)

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        """As the engine builds it: the types of all parents but the stack precede the resource's own."""
        stack, project = pulumi.get_stack(), pulumi.get_project()
        _, _, parent_type, _ = (request.parent.split("::", 3) + [""] * 4)[:4]
        qualified = request.type if parent_type in {"", STACK_TYPE} else f"{parent_type}${request.type}"
        return f"urn:pulumi:{stack}::{project}::{qualified}::{request.name}"

    def _outputs(self, request: resource_pb2.RegisterResourceRequest, urn: str) -> tuple[str, dict[str, Plain]]:
        inputs, _ = wire.read(request.object)
        digest = hashlib.sha256(urn.encode()).hexdigest()
        if request.type.startswith("pulumi:providers:"):
            return f"{request.name}-{digest[:8]}", {}
        package, module, name = request.type.split(":")
        id_ = f"{request.name}-{digest[:8]}"
        service = module.split("/")[0]
        arn = f"arn:{package}:{service}:{self._region}:{ACCOUNT_ID}:{name[0].lower()}{name[1:]}/{id_}"
        if request.type in _ARN_IS_ID:
            id_ = arn
        fields = {key: value for key, value in inputs.items() if isinstance(value, str)}
        fields |= {"id": f"{request.name}-{digest[:8]}", "region": self._region, "account": ACCOUNT_ID}
        fields |= {"hash": digest[:12], "digest": digest}
        outputs: dict[str, Plain] = {}
        for python_name, wire_name in sdk.text_outputs(request.type).items():
            if wire_name in inputs:
                continue
            form = _FORMATS.get(f"{request.type}.{wire_name}")
            if form is not None:
                outputs[wire_name] = form.format_map(fields)
            elif wire_name == "arn":
                outputs[wire_name] = arn
            elif wire_name == "region":
                outputs[wire_name] = self._region
            elif wire_name == "name":
                outputs[wire_name] = f"{request.name}-{digest[:7]}"
            else:
                outputs[wire_name] = f"{fields['id']}-{python_name.replace('_', '-')}"
        if request.type in _OTHER_OUTPUTS:
            outputs |= _OTHER_OUTPUTS[request.type](inputs, digest)
        return id_, outputs

    def _resource(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, id_: str, computed: Mapping[str, Plain]
    ) -> Resource:
        inputs, secret_inputs = wire.read(request.object)
        registered, _ = self._component_outputs.get(urn, ({}, frozenset()))
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            id=id_,
            inputs=inputs,
            secret_inputs=secret_inputs,
            outputs={**inputs, **computed} if request.custom else registered,
            outputs_registered=request.custom or urn in self._component_outputs,
            parent=request.parent,
            dependencies=tuple(sorted(set(request.dependencies))),
            property_dependencies={
                key: tuple(sorted(value.urns)) for key, value in request.propertyDependencies.items() if value.urns
            },
            provider=request.provider.rpartition("::")[0],
            version=request.version,
            protect=request.protect,
            aliases=tuple(_aliases(request)),
            ignore_changes=tuple(request.ignoreChanges),
            delete_before_replace=request.deleteBeforeReplace,
            retain_on_delete=request.retainOnDelete,
            replace_on_changes=tuple(request.replaceOnChanges),
            deleted_with=request.deletedWith,
            custom_timeouts=CustomTimeouts(
                create=request.customTimeouts.create,
                update=request.customTimeouts.update,
                delete=request.customTimeouts.delete,
            ),
            hooks={
                point: tuple(getattr(request.hooks, point)) for point in _HOOK_POINTS if getattr(request.hooks, point)
            },
        )


def _aliases(request: resource_pb2.RegisterResourceRequest) -> Iterator[str]:
    for alias in cast("Iterable[alias_pb2.Alias]", request.aliases):
        if alias.WhichOneof("alias") == "urn":
            yield alias.urn
        else:
            parts = {name: getattr(alias.spec, name) for name in _ALIAS_PARTS}
            yield ",".join(f"{name}={value}" for name, value in parts.items() if value)
