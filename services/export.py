"""An application as a Compose file that `docker compose` runs as the dev stack does.

What the Docker target decides by itself stands in the file: ports on loopback, no new privileges, rotated logs, no
swap beyond the memory limit, quick probes while a container starts. Secrets are files: `docker compose` would copy a
variable into the container, which a read-only root file system refuses.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, Final, cast

import yaml

from services.model import Application, Exposed, Service
from services.on_docker.values import LOG_ROTATION

LOOPBACK: Final = "127.0.0.1"
START_INTERVAL: Final = "1s"
LOGGING: Final = {"driver": "json-file", "options": dict(LOG_ROTATION)}


def compose_file(
    application: Application, *, replicas: Mapping[str, int], secrets: PurePosixPath, notes: str = ""
) -> str:
    """The text of a Compose file.

    replicas: service -> number of containers, in place of the model's own. secrets: folder of a file a secret, as the
    Compose file names it.
    """
    content = {
        "name": application.name,
        "services": {name: _service(service, replicas.get(name)) for name, service in application.services.items()},
        "networks": {name: _written(network) for name, network in application.networks.items()},
        "volumes": {name: _written(volume) for name, volume in application.volumes.items()},
        "secrets": {name: {"file": f"{secrets}/{name}"} for name in application.secrets},
        "configs": {name: _written(config) for name, config in application.configs.items()},
    }
    kept = {key: value for key, value in content.items() if value}
    head = "".join(f"# {line}\n" for line in notes.splitlines())
    return head + yaml.dump(kept, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice: anchors say nothing to a reader."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _service(service: Service, replicas: int | None) -> dict[str, Any]:
    written = cast("dict[str, Any]", _written(service))
    written.pop("x-aws", None)
    if service.expose:
        written["expose"] = [_exposed(item) for item in service.expose]
    if service.ports:
        written["ports"] = [{"host_ip": LOOPBACK, **port} for port in written["ports"]]
    if service.volumes:
        written["volumes"] = [{"type": mount.type, **_written(mount)} for mount in service.volumes]
    if service.secrets:
        # Owner and mode are the file's own: bind mounts have no others.
        written["secrets"] = [{"source": mount.source, "target": mount.path} for mount in service.secrets]
    if service.depends_on:
        written["depends_on"] = {
            name: {"condition": dependency.condition.value} for name, dependency in service.depends_on.items()
        }
    if service.healthcheck and service.healthcheck.start_period and not service.healthcheck.start_interval:
        written["healthcheck"]["start_interval"] = START_INTERVAL
    if replicas is not None:
        written.setdefault("deploy", {})["replicas"] = replicas
    limits = service.deploy.resources.limits if service.deploy.resources else None
    if limits is not None and limits.memory is not None:
        written["deploy"]["resources"]["limits"]["memory"] = str(limits.memory)
        written.setdefault("memswap_limit", limits.memory)
    written.setdefault("security_opt", ["no-new-privileges"])
    written.setdefault("logging", LOGGING)
    return written


def _exposed(item: Exposed) -> str:
    ports = str(item.first) if item.last in (None, item.first) else f"{item.first}-{item.last}"
    return ports if item.protocol.value == "tcp" else f"{ports}/{item.protocol.value}"


def _written(element: Any) -> Any:
    """An element with what differs from its defaults, in Compose's forms."""
    return _plain(element.model_dump(by_alias=True, exclude_defaults=True))


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in cast("dict[object, object]", value).items()}
        case list() | tuple():
            return [_plain(item) for item in cast("list[object]", value)]
        case timedelta():
            return f"{value.total_seconds():g}s"
        case Enum():
            return value.value
        case str():
            return value.replace("$", "$$")  # no variable: the model's texts are final
        case _:
            return value
