"""Plumbing of a Pulumi provider that this process serves to the engine on loopback.

A `Plugin` sees plain Python values (`dict`, `list`, `str`, `int`, `float`, `bool`, `None`, `UNKNOWN`). This module
answers the protocol around it: handshake, attachment, unwrapping and re-marking of secrets, failures. Secrets of a
request are known here, so no error text leaves with one of them in it.
"""

# ruff: noqa: D102, N802, S105
# The protocol names the methods and `id`; the signatures are public markers.

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Self, TypeVar, cast

import grpc
from google.protobuf import any_pb2, empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

Props = dict[str, Any]
"""Inputs or outputs of a resource, by their camelCase wire names."""

UNKNOWN_SIGNATURE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_SHORTEST_SCRUBBED: Final = 4
R = TypeVar("R")


class Unknown:
    """A value that is not known before `up`. There is one instance: `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def has_unknown(value: object) -> bool:
    """Whether `value` is, or contains, a value that is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in cast(Mapping[str, object], value).values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in cast(list[object], value))
    return value is UNKNOWN


class ProviderError(Exception):
    """What the user reads when an operation fails. Raised by plugins, shown without a traceback."""


class InitializationError(ProviderError):
    """The resource exists, but a later step of its creation failed: the engine keeps it and updates it next time."""

    def __init__(self, *, id: str, inputs: Props, outputs: Props, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.id, self.inputs, self.outputs, self.reasons = id, inputs, outputs, tuple(reasons)


@dataclass(frozen=True, kw_only=True)
class Urn:
    """A resource's URN, its type token and its logical name."""

    text: str

    @property
    def type(self) -> str:
        return self.text.split("::")[2].split("$")[-1]

    @property
    def name(self) -> str:
        return self.text.split("::", 3)[3]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An input that was refused: which property, and why in the reader's words."""

    property: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The inputs as the engine is to keep them, and what is wrong with them."""

    inputs: Props
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Changed property paths: `updates` in place, `replaces` by a new resource."""

    updates: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path -> add, delete or update."""
    delete_before_replace: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """A resource as it is. An empty id: it is gone."""

    id: str
    inputs: Props = field(default_factory=dict[str, Any])
    outputs: Props = field(default_factory=dict[str, Any])


class Plugin(ABC):
    """A provider of one package. Methods are called from many threads at once."""

    package: ClassVar[str]
    version: ClassVar[str]

    @abstractmethod
    def configure(self, config: Props) -> Self:
        """The plugin that answers for one provider resource with this configuration (each has its own connection)."""

    @abstractmethod
    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """Complete and validate inputs before anything is created. `old` is empty for a new or replaced resource."""

    @abstractmethod
    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        """What changes, and what of it needs a replacement."""

    @abstractmethod
    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        """Create; gives id and outputs. In a preview nothing is touched and what cannot be known is `UNKNOWN`."""

    @abstractmethod
    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """The resource as it is now."""

    @abstractmethod
    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """Update in place; gives the outputs."""

    @abstractmethod
    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Delete; succeeds when it is gone already."""

    @abstractmethod
    def invoke(self, token: str, args: Props) -> Props:
        """Answer a function call of the program."""


class _Values:
    """Wire values of one request -> Python, remembering what was secret; and back, marking it again."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.texts: set[str] = set()

    def props(self, message: struct_pb2.Struct) -> Props:
        found: Props = {}
        for key, value in message.fields.items():
            before = len(self.texts)
            plain, secret = self._plain(value)
            if secret or len(self.texts) > before:
                self.keys.add(key)
            found[key] = plain
        return found

    def _plain(self, value: struct_pb2.Value, secret: bool = False) -> tuple[Any, bool]:
        kind = value.WhichOneof("kind")
        if kind == "struct_value":
            fields = value.struct_value.fields
            signature = fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""
            if signature == SECRET_SIGNATURE:
                return self._plain(fields["value"], secret=True)[0], True
            if signature == OUTPUT_SIGNATURE:
                marked = secret or ("secret" in fields and fields["secret"].bool_value)
                return (self._plain(fields["value"], marked)[0] if "value" in fields else UNKNOWN), marked
            return {key: self._plain(item, secret)[0] for key, item in fields.items()}, secret
        if kind == "list_value":
            return [self._plain(item, secret)[0] for item in value.list_value.values], secret
        if kind == "number_value":
            number = value.number_value
            return (int(number) if number.is_integer() else number), secret
        if kind == "bool_value":
            return value.bool_value, secret
        if kind == "string_value":
            if value.string_value == UNKNOWN_SIGNATURE:
                return UNKNOWN, secret
            if secret:
                self.texts.add(value.string_value)
            return value.string_value, secret
        return None, secret

    def scrub(self, text: str) -> str:
        """`text` without any secret of this request, as it is or as JSON escapes it."""
        for secret in sorted(self.texts, key=len, reverse=True):
            if len(secret) >= _SHORTEST_SCRUBBED:
                text = text.replace(secret, "[secret]").replace(json.dumps(secret)[1:-1], "[secret]")
        return text

    def _holds_secret(self, value: object) -> bool:
        if isinstance(value, Mapping):
            return any(self._holds_secret(item) for item in cast(Mapping[str, object], value).values())
        if isinstance(value, list):
            return any(self._holds_secret(item) for item in cast(list[object], value))
        return isinstance(value, str) and any(
            value == secret or (len(secret) >= _SHORTEST_SCRUBBED and secret in value)
            for secret in self.texts
            if secret
        )

    def message(self, props: Props) -> struct_pb2.Struct:
        """`props` for the wire; a property is marked secret when it was in the request or holds a secret text."""
        struct = struct_pb2.Struct()
        wire = {
            key: {SIGNATURE_KEY: SECRET_SIGNATURE, "value": _wire(value)}
            if key in self.keys or self._holds_secret(value)
            else _wire(value)
            for key, value in props.items()
        }
        return json_format.ParseDict(wire, struct)


def _wire(value: object) -> object:
    if value is UNKNOWN:
        return UNKNOWN_SIGNATURE
    if isinstance(value, Mapping):
        return {str(key): _wire(item) for key, item in cast(Mapping[str, object], value).items()}
    if isinstance(value, (list, tuple)):
        return [_wire(item) for item in cast(Sequence[object], value)]
    return value.isoformat() if isinstance(value, datetime) else value


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
        def act(values: _Values) -> provider_pb2.ConfigureResponse:
            self._configured[context.peer()] = self._plugin.configure(values.props(request.args))
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

        return _answer(context, act)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> Any:
        def act(values: _Values) -> provider_pb2.InvokeResponse:
            result = self._of(context).invoke(request.tok, values.props(request.args))
            return provider_pb2.InvokeResponse(**{"return": values.message(result)})  # pyright: ignore[reportArgumentType]  # `return` is a keyword

        return _answer(context, act)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> Any:
        def act(values: _Values) -> provider_pb2.CheckResponse:
            old, new = values.props(request.olds), _Values()
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
        def act(values: _Values) -> provider_pb2.DiffResponse:
            old_inputs, outputs, new = map(values.props, (request.old_inputs, request.olds, request.news))
            found = self._of(context).diff(Urn(text=request.urn), request.id, old_inputs, outputs, new)
            return _diff_response(found)

        return _answer(context, act)

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> Any:
        def act(values: _Values) -> provider_pb2.CreateResponse:
            inputs = values.props(request.properties)
            made, outputs = self._of(context).create(Urn(text=request.urn), inputs, request.preview)
            return provider_pb2.CreateResponse(id=made, properties=values.message(outputs))

        return _answer(context, act)

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> Any:
        def act(values: _Values) -> provider_pb2.ReadResponse:
            inputs, outputs = values.props(request.inputs), values.props(request.properties)
            found = self._of(context).read(Urn(text=request.urn), request.id, inputs, outputs)
            return provider_pb2.ReadResponse(
                id=found.id, inputs=values.message(found.inputs), properties=values.message(found.outputs)
            )

        return _answer(context, act)

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> Any:
        def act(values: _Values) -> provider_pb2.UpdateResponse:
            old_inputs, old_outputs, fresh = values.props(request.old_inputs), values.props(request.olds), _Values()
            new = fresh.props(request.news)
            values.texts |= fresh.texts
            outputs = self._of(context).update(
                Urn(text=request.urn), request.id, old_inputs, old_outputs, new, request.preview
            )
            return provider_pb2.UpdateResponse(properties=values.message(outputs))

        return _answer(context, act)

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Any:
        def act(values: _Values) -> empty_pb2.Empty:
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


def _answer(context: grpc.ServicerContext, act: Callable[[_Values], R]) -> R:
    """Run `act`; what it raises as `ProviderError` reaches the engine as a status without a secret in it."""
    values = _Values()
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
