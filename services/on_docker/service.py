"""One service of the application as containers of a Docker engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import pulumi
import pulumi_docker as docker

from services.model import Healthcheck, Port, Service
from services.on_docker import jobs, values
from services.on_docker.secret_files import SecretFiles

LOOPBACK = "127.0.0.1"

_LOG_ROTATION = {"max-size": "10m", "max-file": "3"}


@dataclass(frozen=True, kw_only=True)
class ServiceContainersArgs:
    """Inputs of `ServiceContainers`. `wait_for` is what must be there before its containers are."""

    service: Service
    image: pulumi.Input[str]
    networks: Mapping[str, docker.Network]
    volumes: Mapping[str, docker.Volume]
    secret_files: SecretFiles
    labels: Mapping[str, str]
    is_job: bool
    wait_until_healthy: bool
    wait_for: Sequence[pulumi.Resource]


class ServiceContainers(pulumi.ComponentResource):
    """The containers of one service, `<service>-1` to `<service>-<replicas>`.

    `ready` is what a dependant waits for: the containers (healthy, where that is asked for), or a job's marker.
    """

    containers: Sequence[docker.Container]
    ready: Sequence[pulumi.Resource]
    endpoint: pulumi.Output[str] | None

    def __init__(self, name: str, args: ServiceContainersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:docker:Service", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.containers = [
            self._container(f"{name}-{number}", name, args) for number in range(1, args.service.replicas + 1)
        ]
        self.ready = [jobs.completed(name, self.containers, child)] if args.is_job else self.containers
        self.endpoint = _endpoint(args.service.ports, self.containers)
        self.register_outputs({"endpoint": self.endpoint, "containers": [item.name for item in self.containers]})

    def _container(self, name: str, alias: str, args: ServiceContainersArgs) -> docker.Container:
        service = args.service
        check = service.healthcheck
        memory_mib = values.mebibytes(service.memory_limit_bytes) if service.memory_limit_bytes else None
        grace_seconds = values.seconds(service.stop_grace_period)
        secrets = args.secret_files.mounted(name, service.secrets)
        return docker.Container(
            name,
            image=args.image,
            entrypoints=service.entrypoint,
            command=service.command,
            working_dir=service.working_dir,
            user=service.user,
            envs=[f"{key}={value}" for key, value in sorted(service.plain_environment.items())],
            networks_advanced=[
                docker.ContainerNetworksAdvancedArgs(
                    name=args.networks[network].name, aliases=[alias, *attachment.aliases]
                )
                for network, attachment in service.networks.items()
            ],
            ports=[_published(port) for port in service.ports],
            mounts=[
                *(
                    docker.ContainerMountArgs(
                        type="volume",
                        source=args.volumes[mount.source or ""].name,
                        target=mount.target,
                        read_only=mount.read_only,
                    )
                    for mount in service.named_volumes
                ),
                *secrets.mounts,
            ],
            tmpfs=dict(values.tmpfs(entry) for entry in service.tmpfs),
            healthcheck=None if check is None else _healthcheck(check),
            wait=args.wait_until_healthy,
            wait_timeout=values.health_deadline_seconds(check) if check and args.wait_until_healthy else None,
            must_run=not args.is_job,
            attach=args.is_job,
            logs=args.is_job,
            restart=service.restart_policy[0],
            init=service.init,
            read_only=service.read_only,
            capabilities=docker.ContainerCapabilitiesArgs(drops=[values.capability(item) for item in service.cap_drop])
            if service.cap_drop
            else None,
            security_opts=["no-new-privileges"],
            log_driver="json-file",
            log_opts=_LOG_ROTATION,
            cpus=f"{service.cpu_limit:g}" if service.cpu_limit else None,
            memory=memory_mib,
            # Swap beyond the limit would be the engine's choice, and a difference at every refresh.
            memory_swap=memory_mib,
            stop_timeout=grace_seconds,
            destroy_grace_seconds=grace_seconds,
            labels=[
                docker.ContainerLabelArgs(label=label, value=value)
                for label, value in sorted({**args.labels, "infra.service": alias, **service.labels}.items())
            ],
            opts=_merged(
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=list(args.wait_for),
                    # Two containers at once would share a host port, or write to one volume.
                    delete_before_replace=True,
                    # What a program prints may hold what it knows.
                    additional_secret_outputs=["containerLogs"],
                ),
                secrets.opts,
            ),
        )


def _merged(*options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return reduce(pulumi.ResourceOptions.merge, options)


def _published(port: Port) -> docker.ContainerPortArgs:
    return docker.ContainerPortArgs(
        internal=port.target, external=port.published, protocol=port.protocol, ip=port.host_ip or LOOPBACK
    )


def _healthcheck(check: Healthcheck) -> docker.ContainerHealthcheckArgs:
    return docker.ContainerHealthcheckArgs(
        tests=list(check.test),
        interval=values.duration(check.interval),
        timeout=values.duration(check.timeout),
        start_period=values.duration(check.start_period),
        retries=check.retries,
    )


def _endpoint(ports: Sequence[Port], containers: Sequence[docker.Container]) -> pulumi.Output[str] | None:
    """The URL of the first published port on this machine; the engine knows the number where the model has none."""
    if not ports or not containers:
        return None
    port = ports[0]
    # 0.0.0.0 is bound on every address, and loopback is the one that is always there.
    host = LOOPBACK if port.host_ip in {None, "0.0.0.0"} else port.host_ip  # noqa: S104
    number = containers[0].ports.apply(lambda bound: None if not bound else bound[0].external)
    external = pulumi.Output.from_input(port.published) if port.published else number
    return pulumi.Output.concat(f"{port.app_protocol or port.protocol}://{host}:", external.apply(str))
