"""Applications on a Docker engine, under Pulumi's mocks: what the engine is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks

from components.settings import ComponentsSettings
from services.application import built_in
from services.model import Application, Deploy, Network, NetworkAttachment, Service
from services.on_docker import limits
from services.on_docker.target import deploy
from services.problems import ApplicationError
from services.rules import required_variables
from services.settings import ServicesSettings, TargetName
from settings import Settings

PASSWORD = "correct-horse-battery"
CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"


@dataclass(frozen=True)
class Registered:
    """One resource as the engine is asked for it."""

    inputs: Mapping[str, Any]
    request: Any

    @property
    def dependencies(self) -> set[str]:
        return {urn.rpartition("::")[2] for urn in self.request.dependencies}


@dataclass
class Deployed:
    """Every registration of one deployment."""

    by_name: dict[tuple[str, str], Registered] = field(default_factory=dict[tuple[str, str], Registered])
    endpoints: dict[str, str] = field(default_factory=dict[str, str])

    def of(self, kind: str) -> Mapping[str, Registered]:
        return {name: item for (token, name), item in self.by_name.items() if token == kind}

    @property
    def containers(self) -> Mapping[str, Registered]:
        return self.of(CONTAINER)


class Engine(mocks.Mocks):
    """Answers with the inputs, and with what a real engine adds."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)
        answers: dict[str, Any] = {"name": f"{args.name}-0000000", **inputs, "exitCode": 0, "containerLogs": ""}
        if args.typ == REMOTE_IMAGE:
            answers["imageId"] = f"sha256:{inputs['name']}"
        if "ports" in answers:
            answers["ports"] = [{"external": 32768 + number, **port} for number, port in enumerate(answers["ports"])]
        return f"{args.name}-id", answers

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"nothing is asked for outside the graph: {args.token}")


def settings(
    *,
    protection: bool = False,
    images: Mapping[str, str] | None = None,
    variables: Mapping[str, str | pulumi.Output[str]] | None = None,
) -> Settings:
    known = variables or {name: pulumi.Output.secret(PASSWORD) for name in required_variables(built_in())}
    return Settings.model_construct(
        components=ComponentsSettings.model_construct(protection=protection),
        services=ServicesSettings(target=TargetName.DOCKER, variables=known, images=images or {}),
    )


def changed(application: Application, name: str, **update: Any) -> Application:
    service = application.services[name].model_copy(update=update)
    return application.model_copy(update={"services": {**application.services, name: service}})


def small(application: Application | None = None) -> Application:
    """The built-in application with one frontend: a host port belongs to one container."""
    return changed(application or built_in(), "frontend", deploy=Deploy(replicas=1))


def one_service(**keys: Any) -> Application:
    """An application of one service, `web`, on one network unless `keys` say otherwise."""
    networks = keys.pop("networks", {} if "network_mode" in keys else {"edge": NetworkAttachment()})
    web = Service(image="web:1", networks=networks, **keys)
    return Application(name="shop", services={"web": web}, networks={name: Network() for name in networks})


def run(application: Application, **options: Any) -> Deployed:
    deployed = Deployed()
    monitor: Any = mocks.MockMonitor(Engine())
    register: Callable[[Any], Any] = monitor.RegisterResource

    def observed(request: Any) -> Any:
        inputs = MessageToDict(request.object)
        deployed.by_name[request.type, request.name] = Registered(inputs, request)
        return register(request)

    monitor.RegisterResource = observed
    mocks.set_mocks(Engine(), project="infra", stack="dev", monitor=monitor)

    def program() -> pulumi.Output[None]:
        deployment = deploy(settings(**options), application)
        return pulumi.Output.all(**deployment.endpoints).apply(deployed.endpoints.update)

    drained = cast("Callable[[Callable[[], object]], Callable[[], None]]", mocks.test)
    drained(program)()
    return deployed


def inputs(application: Application, container: str = "web-1") -> Mapping[str, Any]:
    """The inputs of one container of an application."""
    return run(application).containers[container].inputs


def refused(application: Application) -> list[str]:
    """What a Docker engine refuses of an application: at least one thing."""
    with pytest.raises(ApplicationError):
        limits.check(application)
    return [str(problem) for problem in limits.problems(application)]
