"""Takes the engine's place: records every registration whole, and answers as the providers would.

Pulumi's own `MockMonitor` shows a program's inputs only; this one keeps the requests, so that options are seen too,
gives URNs as the engine does, refuses a second resource of the same URN, and knows no function that is not listed.
"""

from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from typing import cast

import pulumi
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import alias_pb2, engine_pb2, resource_pb2

from graph import answers, wire
from graph.resource import STACK_TYPE, CustomTimeouts, Graph, Invoke, Resource
from graph.wire import Plain

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


class DuplicateResourceError(ValueError):
    """Two resources have one URN."""


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
            inputs, _ = wire.read(request.object)
            secrets = request.additionalSecretOutputs
            response.id, computed = answers.resource(urn, request.type, request.name, inputs, self._region, secrets)
            response.object.CopyFrom(request.object)
            wire.write(computed, response.object, secrets)
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
            UnknownInvokeError: `graph.answers` does not know the function.
        """
        arguments, _ = wire.read(request.args)
        answer = answers.invoke(request.tok, arguments, self._region)
        with self._lock:
            self._invokes.append(Invoke(token=request.tok, arguments=arguments))
        response = resource_pb2.ResourceInvokeResponse()
        wire.write(answer, getattr(response, "return"))
        return response

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        """Refuse a resource that is read instead of declared: nothing here could know its properties."""
        raise answers.UnknownInvokeError(
            f"the program reads {request.type} {request.id}, which nothing here can answer"
        )

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
            replacement_trigger=wire.read_value(request.replacement_trigger),
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
