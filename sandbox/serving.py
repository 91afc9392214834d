"""Serves plugins to the engine on loopback: handshake, attachment, secrets unwrapped and marked again, failures.

The secrets of a request are known here, so no error text leaves with one of them in it.
"""

# ruff: noqa: D102, N802
# The protocol names the methods.

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.plugin import Difference, InitializationError, Plugin, ProviderError, Urn
from sandbox.wire import Values

R = TypeVar("R")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the provider protocol for one plugin.

    Every provider resource of a program has a connection of its own, and requests name only that: configurations are
    therefore kept by the connection's peer.
    """

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self._configured: dict[str, Plugin] = {}

    def _of(self, context: grpc.ServicerContext) -> Plugin:
        found = self._configured.get(context.peer())
        if found is None and len(self._configured) == 1:
            found = next(iter(self._configured.values()))
        if found is None:
            raise ProviderError(f"the {self._plugin.package} provider was asked before it was configured")
        return found

    def Handshake(self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=self._plugin.version)

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext) -> Any:
        schema = {"name": self._plugin.package, "version": self._plugin.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> Any:
        changed = request.old_inputs != request.news
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes)

    def Configure(self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> provider_pb2.ConfigureResponse:
            self._configured[context.peer()] = self._plugin.configure(values.props(request.args))
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

        return _answer(context, act)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> provider_pb2.InvokeResponse:
            result = self._of(context).invoke(request.tok, values.props(request.args))
            return provider_pb2.InvokeResponse(**{"return": values.message(result)})  # pyright: ignore[reportArgumentType]  # `return` is a keyword

        return _answer(context, act)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> provider_pb2.CheckResponse:
            old, new = values.props(request.olds), Values()
            inputs = new.props(request.news)
            values.texts |= new.texts
            checked = self._of(context).check(Urn(text=request.urn), old, inputs, request.randomSeed)
            failures = [
                provider_pb2.CheckFailure(property=item.property, reason=values.scrub(item.reason))
                for item in checked.failures
            ]
            return provider_pb2.CheckResponse(inputs=new.message(checked.inputs), failures=failures)

        return _answer(context, act)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> provider_pb2.DiffResponse:
            old_inputs, outputs, new = map(values.props, (request.old_inputs, request.olds, request.news))
            found = self._of(context).diff(Urn(text=request.urn), request.id, old_inputs, outputs, new)
            return _diff_response(found)

        return _answer(context, act)

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> provider_pb2.CreateResponse:
            inputs = values.props(request.properties)
            made, outputs = self._of(context).create(Urn(text=request.urn), inputs, request.preview)
            return provider_pb2.CreateResponse(id=made, properties=values.message(outputs))

        return _answer(context, act)

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> provider_pb2.ReadResponse:
            inputs, outputs = values.props(request.inputs), values.props(request.properties)
            found = self._of(context).read(Urn(text=request.urn), request.id, inputs, outputs)
            return provider_pb2.ReadResponse(
                id=found.id, inputs=values.message(found.inputs), properties=values.message(found.outputs)
            )

        return _answer(context, act)

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> provider_pb2.UpdateResponse:
            old_inputs, old_outputs, fresh = values.props(request.old_inputs), values.props(request.olds), Values()
            new = fresh.props(request.news)
            values.texts |= fresh.texts
            outputs = self._of(context).update(
                Urn(text=request.urn), request.id, old_inputs, old_outputs, new, request.preview
            )
            return provider_pb2.UpdateResponse(properties=values.message(outputs))

        return _answer(context, act)

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Any:
        def act(values: Values) -> empty_pb2.Empty:
            inputs, outputs = values.props(request.old_inputs), values.props(request.properties)
            self._of(context).delete(Urn(text=request.urn), request.id, inputs, outputs)
            return empty_pb2.Empty()

        return _answer(context, act)


_KINDS: Final = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def _diff_response(found: Difference) -> provider_pb2.DiffResponse:
    paths = sorted(found.updates | found.replaces)
    detailed = {
        path: provider_pb2.PropertyDiff(
            kind=_KINDS[found.kinds.get(path, "update"), path in found.replaces], inputDiff=True
        )
        for path in paths
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if paths else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({path.split(".")[0].split("[")[0] for path in paths}),
        replaces=sorted(found.replaces),
        deleteBeforeReplace=found.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _answer(context: grpc.ServicerContext, act: Callable[[Values], R]) -> R:
    """Run `act`; what it raises as `ProviderError` reaches the engine as a status without a secret in it."""
    values = Values()
    try:
        return act(values)
    except InitializationError as error:
        reasons = [values.scrub(reason) for reason in error.reasons]
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=error.id,
                properties=values.message(error.outputs),
                inputs=values.message(error.inputs),
                reasons=reasons,
            )
        )
        code: int = cast(tuple[int, str], grpc.StatusCode.UNKNOWN.value)[0]
        status = status_pb2.Status(code=code, message="; ".join(reasons), details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, "; ".join(reasons))
    except ProviderError as error:
        context.abort(grpc.StatusCode.UNKNOWN, values.scrub(str(error)))
    raise AssertionError("abort raises")


@dataclass(frozen=True, kw_only=True)
class ServedPlugins:
    """Plugins that listen on loopback until `stop`."""

    ports: Mapping[str, int]
    servers: Sequence[grpc.Server]

    @property
    def debug_providers(self) -> str:
        """The value of PULUMI_DEBUG_PROVIDERS with which the engine attaches to them."""
        return ",".join(f"{package}:{port}" for package, port in self.ports.items())

    def stop(self) -> None:
        """Stop at once; running operations are abandoned."""
        stopped: list[threading.Event] = [server.stop(grace=None) for server in self.servers]
        for event in stopped:
            event.wait(timeout=10)


def serve(plugins: Sequence[Plugin], *, threads: int = 32) -> ServedPlugins:
    """Serve each plugin on a loopback port that the system chooses, with `threads` operations at once."""
    ports: dict[str, int] = {}
    servers: list[grpc.Server] = []
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    for plugin in plugins:
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=threads), options=unlimited)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(plugin), server)
        ports[plugin.package] = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
    return ServedPlugins(ports=ports, servers=servers)
