"""An engine in the words of the Compose model: what all of them have in common is said here once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from observability import files
from services.model import (
    BindOptions,
    Build,
    Condition,
    Config,
    ConfigMount,
    Dependency,
    Deploy,
    Exposed,
    Healthcheck,
    NetworkAttachment,
    Port,
    ResourceLimits,
    Resources,
    SecretMount,
    Service,
    VolumeMount,
)
from services.units import MIB

INSIDE: Final = "observability"
"""The network of the engines among themselves; it has no way out."""

OUTSIDE: Final = "observability-edge"
"""The network of those that publish a port, or that tell somebody outside."""

HEALTHY: Final = Dependency(condition=Condition.HEALTHY)
DONE: Final = Dependency(condition=Condition.COMPLETED)
STARTED: Final = Dependency()


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A program that watches: image or build, and what it is given.

    `files` are configurations by their path in the container; `binds` are paths of the machine, read-only.
    `secrets` are mounted under their own names, `secret_files` by path. `health` is a command line of its shell.
    `writable` are paths in memory, for a read-only root file system. Memory in MiB.
    """

    memory_mib: int
    command: tuple[str, ...] | None
    image: str | None = None
    build: Build | None = None
    entrypoint: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: tuple[str, ...] = ()
    secret_files: Mapping[str, str] = field(default_factory=dict[str, str])
    certificate: str | None = None
    """Folder of its own certificate; the authority's lies there, too."""
    aliases: tuple[str, ...] = ()
    port: int | None = None
    published: int | None = None
    networks: tuple[str, ...] = (INSIDE,)
    health: str | None = None
    starts_within: timedelta = timedelta(seconds=60)
    depends_on: Mapping[str, Dependency] = field(default_factory=dict[str, Dependency])
    volumes: Mapping[str, str] = field(default_factory=dict[str, str])
    binds: Mapping[str, str] = field(default_factory=dict[str, str])
    writable: tuple[str, ...] = ()
    user: str | None = None
    read_only: bool = True
    is_job: bool = False
    pid: str | None = None
    stop_grace_period: timedelta = timedelta(seconds=10)

    def configs(self, name: str) -> Mapping[str, Config]:
        """The application's configs that its files are."""
        return {config_name(name, path): Config(content=content) for path, content in self.files.items()}

    @property
    def named_secrets(self) -> frozenset[str]:
        """The secrets that it names, without those of its certificate."""
        return frozenset((*self.secrets, *self.secret_files.values()))

    def own_secrets(self, name: str) -> Mapping[str, str]:
        """Path -> secret for its certificate, and for the authority's beside it."""
        if self.certificate is None:
            return {}
        return {
            f"{self.certificate}/{files.CERTIFICATE}": f"{name}-{files.CERTIFICATE}",
            f"{self.certificate}/{files.CERTIFICATE_KEY}": f"{name}-{files.CERTIFICATE_KEY}",
            f"{self.certificate}/{files.AUTHORITY}": files.AUTHORITY,
        }

    def service(self, name: str) -> Service:
        """It as a service of the application."""
        return Service(
            image=self.image,
            build=self.build,
            entrypoint=self.entrypoint,
            command=self.command,
            environment=dict(self.environment),
            ports=self._ports(),
            expose=() if self.port is None else (Exposed(first=self.port),),
            healthcheck=self._healthcheck(),
            depends_on=dict(self.depends_on),
            networks={network: NetworkAttachment(aliases=self.aliases) for network in self.networks},
            volumes=(
                *(VolumeMount(source=volume, target=target) for volume, target in self.volumes.items()),
                *(
                    VolumeMount(
                        type="bind",
                        source=source,
                        target=target,
                        read_only=True,
                        bind=BindOptions(create_host_path=False),
                    )
                    for source, target in self.binds.items()
                ),
            ),
            tmpfs=self.writable,
            secrets=(
                *(SecretMount(source=secret) for secret in self.secrets),
                *(SecretMount(source=secret, target=path) for path, secret in self.secret_files.items()),
                *(SecretMount(source=secret, target=_target(path)) for path, secret in self.own_secrets(name).items()),
            ),
            configs=tuple(ConfigMount(source=config_name(name, path), target=path) for path in self.files),
            deploy=Deploy(
                mode="replicated-job" if self.is_job else None,
                resources=ResourceLimits(limits=Resources(memory=self.memory_mib * MIB)),
            ),
            restart="no" if self.is_job else "unless-stopped",
            stop_grace_period=self.stop_grace_period,
            user=self.user,
            read_only=self.read_only,
            init=self.pid is None,
            cap_drop=("ALL",),
            pid=self.pid,
        )

    def _ports(self) -> tuple[Port, ...]:
        if self.port is None or self.published is None:
            return ()
        return (Port(name="web", target=self.port, published=self.published, app_protocol="https"),)

    def _healthcheck(self) -> Healthcheck | None:
        if self.health is None:
            return None
        return Healthcheck(
            test=("CMD-SHELL", self.health),
            interval=timedelta(seconds=10),
            timeout=timedelta(seconds=5),
            retries=3,
            start_period=self.starts_within,
        )


def _target(path: str) -> str:
    """A secret's path as its mount says it: by name below the folder where secrets are."""
    return path.removeprefix(f"{files.FOLDER}/")


def config_name(name: str, path: str) -> str:
    """The config that a file of an engine is: the engine's name, and as much of the file's path as tells it apart."""
    return f"{name}-{re.sub('[^a-z0-9]+', '-', path.rpartition('/')[2])}"


def with_passwords(variables: Mapping[str, str], program: str) -> tuple[str, ...]:
    """A command line that reads variables from secrets before it becomes the program.

    An engine shows a container's environment to whoever asks it; a variable of the process alone it does not know.
    """
    exports = "".join(f'{name}="$(cat {files.path(secret)})"; export {name}; ' for name, secret in variables.items())
    return (f"{exports}exec {program}",)


def fetched(address: str) -> str:
    """A health check with busybox' wget: it knows no authority, and the address is the container's own."""
    return f"wget -q -O /dev/null --no-check-certificate https://{address}"


def refused(address: str) -> str:
    """A health check of who asks for a password: it answers that one is missing.

    With the password, everybody who lists the machine's processes would read it in wget's arguments.
    """
    return f"{fetched(address)} 2>&1 | grep -q '401 Unauthorized'"
