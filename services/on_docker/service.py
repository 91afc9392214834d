"""One service of the application as containers of a Docker engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import pulumi
import pulumi_docker as docker

from services.model import ContainerPort, Port, Service
from services.on_docker import jobs, values
from services.on_docker.container import CHANGES_THAT_REPLACE, Surroundings, container_args
from services.on_docker.mounted_files import FileStore


@dataclass(frozen=True, kw_only=True)
class ServiceContainersArgs:
    """Inputs of `ServiceContainers`. `wait_for` is what must be there before its containers are."""

    surroundings: Surroundings
    image: pulumi.Input[str]
    files: FileStore
    is_job: bool
    wait_until_healthy: bool
    wait_for: Sequence[pulumi.Resource]


class ServiceContainers(pulumi.ComponentResource):
    """The containers of one service, `<service>-1` to `<service>-<replicas>`.

    `ready` is what a dependant waits for: the containers (healthy, where that is asked for), or a job's marker.
    `endpoints` are the URLs of the published ports on this machine, that of the first one under the service's name.
    """

    containers: Sequence[docker.Container]
    ready: Sequence[pulumi.Resource]
    endpoints: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ServiceContainersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:docker:Service", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        service = args.surroundings.application.services[name]
        self.containers = [self._container(f"{name}-{number}", name, args) for number in range(1, service.replicas + 1)]
        self.ready = [jobs.completed(name, self.containers, child)] if args.is_job else self.containers
        self.endpoints = _endpoints(name, service.ports, self.containers)
        self.register_outputs(
            {"endpoints": dict(self.endpoints), "containers": [item.name for item in self.containers]}
        )

    def _container(self, name: str, service_name: str, args: ServiceContainersArgs) -> docker.Container:
        service = args.surroundings.application.services[service_name]
        files = args.files.mounted(name, service)
        secret_outputs = ["containerLogs", *(["envs"] if service.secret_environment else [])]
        return docker.Container(
            name,
            container_args(
                service_name,
                args.surroundings,
                image=args.image,
                files=files.mounts,
                is_job=args.is_job,
                wait_until_healthy=args.wait_until_healthy,
            ),
            _merged(
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=list(args.wait_for),
                    # Two containers at once would share a host port, or write to one volume.
                    delete_before_replace=True,
                    replace_on_changes=CHANGES_THAT_REPLACE,
                    replacement_trigger=_trigger(files.trigger, service, args.surroundings),
                    # What a program prints may hold what it knows.
                    additional_secret_outputs=secret_outputs,
                ),
                files.opts,
            ),
        )


def _merged(*options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return reduce(pulumi.ResourceOptions.merge, options)


def _trigger(
    files: pulumi.Output[str] | None, service: Service, surroundings: Surroundings
) -> pulumi.Input[object] | None:
    """What makes a new container when it changes: its files' values, and the containers that it restarts with."""
    restarting = [
        container.id
        for other, dependency in sorted(service.depends_on.items())
        if dependency.restart
        for container in surroundings.containers.get(other, ())
    ]
    return pulumi.Output.all(files, *restarting) if restarting else files


def _endpoints(
    name: str, ports: Sequence[Port], containers: Sequence[docker.Container]
) -> Mapping[str, pulumi.Output[str]]:
    """The URL of each published port of the first container; the engine knows the number where the model has none."""
    if not containers:
        return {}
    return {
        name if index == 0 else f"{name}:{ContainerPort(port.target, port.protocol)}": _url(port, containers[0])
        for index, port in enumerate(ports)
    }


def _url(port: Port, container: docker.Container) -> pulumi.Output[str]:
    address = values.address(port)
    # 0.0.0.0 is bound on every address, and loopback is the one that is always there.
    host = {"0.0.0.0": values.LOOPBACK, "::": "[::1]"}.get(address, f"[{address}]" if ":" in address else address)  # noqa: S104

    def bound(ports: Sequence[docker.outputs.ContainerPort] | None) -> int | None:
        found = (
            item for item in ports or () if (item.internal, item.protocol or "tcp") == (port.target, port.protocol)
        )
        return next((item.external for item in found), None)

    number = pulumi.Output.from_input(port.published) if port.published else container.ports.apply(bound)
    return pulumi.Output.concat(f"{values.url_scheme(port)}://{host}:", number.apply(str))
